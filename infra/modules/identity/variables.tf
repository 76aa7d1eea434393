variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "secrets_prefix" {
  description = "What the names of Laurel's secrets begin with, as `laurel/dev`."
  type        = string
}

variable "secrets_key_arn" {
  description = "The key that encrypts them."
  type        = string
}

variable "backups_bucket_arn" {
  description = "Where backups go."
  type        = string
}

variable "storage_key_arn" {
  description = "The key that encrypts them."
  type        = string
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
