variable "name" {
  description = "The name that everything here begins with."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's addresses."
  type        = string
}

variable "subnet_id" {
  description = "A private subnet."
  type        = string
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
