variable "name" {
  description = "The cluster's name."
  type        = string
}

variable "region" {
  description = "The AWS region."
  type        = string
}

variable "kubernetes_version" {
  description = "The control plane's version, as `1.35`."
  type        = string

  validation {
    condition     = can(regex("^1\\.[0-9]+$", var.kubernetes_version)) && tonumber(split(".", var.kubernetes_version)[1]) >= 33
    error_message = "Judges need Kubernetes 1.33 or newer: user namespaces and procMount are on by default from there."
  }
}

variable "subnet_ids" {
  description = "The private subnets of the three zones."
  type        = list(string)
}

variable "administrator_role_arns" {
  description = "IAM roles of people who may do everything in the cluster. CI is not among them."
  type        = set(string)

  validation {
    condition     = length(var.administrator_role_arns) > 0 && alltrue([for arn in var.administrator_role_arns : can(regex(":role/", arn))])
    error_message = "At least one role of people; not a user, whose keys do not expire."
  }
}

variable "viewer_role_arns" {
  description = "IAM roles of people who may look at what runs, but at no secret."
  type        = set(string)
  default     = []
}

variable "client_security_group_ids" {
  description = "Security groups that may call the private endpoint from outside the cluster, by a name for each: the bastion's."
  type        = map(string)
}

variable "deletion_protection" {
  description = "Whether the cluster refuses to be deleted."
  type        = bool
}

variable "log_retention_days" {
  description = "How long the control plane's logs are kept, audit among them."
  type        = number
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
