variable "name" {
  description = "The budget's name."
  type        = string
}

variable "environment" {
  description = "The value of the tag `environment` whose cost is watched."
  type        = string
}

variable "monthly_usd" {
  description = "What a month may cost, in US dollars."
  type        = number
}

variable "emails" {
  description = "Who is told."
  type        = list(string)

  validation {
    condition     = length(var.emails) > 0 && alltrue([for email in var.emails : can(regex("^[^@ ]+@[^@ ]+$", email))])
    error_message = "At least one e-mail address."
  }
}
