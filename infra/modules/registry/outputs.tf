output "repository_arns" {
  description = "Every repository."
  value       = [for repository in aws_ecr_repository.this : repository.arn]
}

output "repository_urls" {
  description = "Where each image is pushed and pulled, by its name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}
