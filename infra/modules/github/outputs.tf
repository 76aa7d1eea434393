output "role_arns" {
  description = "What jobs assume: `images` and `plan`."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
