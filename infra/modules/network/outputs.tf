output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "The VPC's addresses."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids_by_zone" {
  description = "The nodes' subnet of each zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "database_subnet_ids" {
  description = "The databases' subnets."
  value       = [for subnet in aws_subnet.database : subnet.id]
}
