output "arns" {
  description = "The secrets by name."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "key_arn" {
  description = "The key that encrypts them."
  value       = module.key.arn
}
