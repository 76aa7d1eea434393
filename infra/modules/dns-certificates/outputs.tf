output "name_servers" {
  description = "What the parent zone has to delegate to."
  value       = aws_route53_zone.this.name_servers
}

output "certificate_arn" {
  description = "The certificate for the load balancer."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
