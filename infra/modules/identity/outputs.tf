output "role_arns" {
  description = "The role of each service account."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
