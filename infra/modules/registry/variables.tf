variable "prefix" {
  description = "What every repository's name begins with, as `laurel`."
  type        = string
}

variable "repositories" {
  description = "The images' names."
  type        = set(string)
}

variable "pull_account_ids" {
  description = "Other accounts whose nodes may pull, where environments have accounts of their own."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
