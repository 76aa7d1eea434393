output "state_bucket" {
  description = "What `terraform init -backend-config=bucket=…` takes."
  value       = aws_s3_bucket.state.bucket
}

output "ci_role_arns" {
  description = "What GitHub's jobs assume: `images` and `plan`."
  value       = module.github.role_arns
}

output "repository_urls" {
  description = "Where each image is pushed and pulled."
  value       = module.registry.repository_urls
}
