variable "environment" {
  description = "Which environment this is; its sizes are in node-groups.json and environments.json."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "dev, staging or production."
  }
}

variable "account" {
  description = "What only the owner of the account knows: the domain, who may enter, who is told about cost."
  type = object({
    domain                  = string
    administrator_role_arns = set(string)
    viewer_role_arns        = optional(set(string), [])
    budget_emails           = list(string)
  })
}
