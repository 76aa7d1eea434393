variable "domain" {
  description = "The environment's domain, as `dev.laurel.example`: a zone of its own, to which its parent delegates."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain name in small letters, without a dot at its end."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
