output "bucket_arns" {
  description = "The buckets by purpose: archive, backups, access-logs."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => bucket.arn }
}

output "bucket_names" {
  description = "The buckets' names by purpose."
  value       = local.buckets
}

output "key_arn" {
  description = "The key that encrypts archive and backups."
  value       = module.key.arn
}
