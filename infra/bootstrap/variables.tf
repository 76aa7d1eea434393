variable "region" {
  description = "The region of the state and the registry."
  type        = string
  default     = "eu-central-1"
}

variable "repository" {
  description = "The GitHub repository whose CI gets in, as `owner/name`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "A repository as owner/name, without wildcards."
  }
}

variable "pull_account_ids" {
  description = "Other accounts whose nodes pull images, where environments have accounts of their own."
  type        = list(string)
  default     = []
}
