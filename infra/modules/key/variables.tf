variable "name" {
  description = "The key's alias, without `alias/`."
  type        = string
}

variable "description" {
  description = "What the key encrypts."
  type        = string
}

variable "services" {
  description = "AWS services that use the key in their own name, as `logs.eu-central-1.amazonaws.com`."
  type        = list(string)
  default     = []
}

variable "granting_role_arns" {
  description = "Roles that may hand the key to AWS resources, as Auto Scaling does for the disks of the nodes it starts."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
