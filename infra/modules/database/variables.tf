variable "name" {
  description = "The database's name in AWS."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a way out, in three zones."
  type        = list(string)
}

variable "client_security_group_ids" {
  description = "Who may connect, by the name of a node group."
  type        = map(string)
}

variable "instance_class" {
  description = "The size, as `db.m7g.large`."
  type        = string
}

variable "storage_gib" {
  description = "Storage at the start; it may grow to ten times as much."
  type        = number
}

variable "backup_retention_days" {
  description = "How far back the database can be restored to any second."
  type        = number

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "Between 7 and 35 days."
  }
}

variable "log_retention_days" {
  description = "How long the server's logs are kept."
  type        = number
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
