variable "name" {
  description = "The name that the roles begin with."
  type        = string
}

variable "repository" {
  description = "The GitHub repository, as `owner/name`: no other gets in."
  type        = string
}

variable "image_repository_arns" {
  description = "The registry's repositories that CI pushes to."
  type        = list(string)
}

variable "state_bucket_arn" {
  description = "Where Terraform's state is."
  type        = string
}

variable "state_key_arn" {
  description = "The key that encrypts it."
  type        = string
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
