variable "name" {
  description = "The name that the buckets' names begin with; the account's number makes them unique."
  type        = string
}

variable "backup_days" {
  description = "How long a backup is kept."
  type        = number
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
