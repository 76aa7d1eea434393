variable "name" {
  description = "The cache's name."
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

variable "node_type" {
  description = "The size, as `cache.m7g.large`."
  type        = string
}

variable "nodes" {
  description = "How many nodes, each in another zone."
  type        = number

  validation {
    condition     = var.nodes >= 2 && var.nodes <= 3
    error_message = "Two or three: one that may be lost, and at most one per zone."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
