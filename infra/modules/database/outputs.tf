output "address" {
  description = "The host to connect to; after a failover it names the former standby."
  value       = aws_db_instance.this.address
}

output "owner_secret_arn" {
  description = "Where RDS keeps the owner's password."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "key_arn" {
  description = "The key that encrypts that secret."
  value       = module.key.arn
}
