variable "prefix" {
  description = "What every secret's name begins with, as `laurel/dev`."
  type        = string
}

variable "names" {
  description = "The secrets' names."
  type        = set(string)
}

variable "recovery_days" {
  description = "How long a deleted secret can be had back."
  type        = number

  validation {
    condition     = var.recovery_days >= 7 && var.recovery_days <= 30
    error_message = "Between 7 and 30 days."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
