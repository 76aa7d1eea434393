variable "name" {
  description = "The name that everything here begins with."
  type        = string
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "cidr" {
  description = "The VPC's addresses, a /16."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.cidr, 8, 0)) && endswith(var.cidr, "/16")
    error_message = "The VPC has a /16."
  }
}

variable "zones" {
  description = "The three availability zones."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "There are three different zones."
  }
}

variable "interface_endpoints" {
  description = "AWS services that are reached without leaving the VPC, as `ecr.api`. The others go through NAT."
  type        = set(string)
}

variable "log_retention_days" {
  description = "How long flow logs are kept."
  type        = number
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
