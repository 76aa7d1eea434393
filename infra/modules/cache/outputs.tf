output "address" {
  description = "The host that takes writes; after a failover it names the former replica."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}
