variable "cluster_name" {
  description = "The cluster that the nodes join."
  type        = string
}

variable "kubernetes_version" {
  description = "The version of the nodes: the control plane's."
  type        = string
}

variable "subnet_ids_by_zone" {
  description = "The private subnet of each zone."
  type        = map(string)

  validation {
    condition     = length(var.subnet_ids_by_zone) == 3
    error_message = "Nodes stand in exactly three zones."
  }
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "cluster_security_group_id" {
  description = "The group of the control plane and every node."
  type        = string
}

variable "groups" {
  description = "The five groups by name, as node-groups.json has them: sizes are totals over all zones."
  type = map(object({
    instance_types = list(string)
    capacity       = string
    per_zone       = bool
    min            = number
    max            = number
  }))

  validation {
    condition     = toset(keys(var.groups)) == toset(["application", "broker", "judge", "argocd", "monitoring"])
    error_message = "There is exactly one group for each kind of work: application, broker, judge, argocd, monitoring."
  }

  validation {
    condition     = alltrue([for name, group in var.groups : group.capacity == "ON_DEMAND" || (group.capacity == "SPOT" && name == "judge")])
    error_message = "Capacity is ON_DEMAND; only judges may be SPOT, because a judge that is taken away costs four seconds and nothing else."
  }

  validation {
    condition     = alltrue([for group in var.groups : group.min >= 1 && group.max >= group.min])
    error_message = "A group has at least one node, and no fewer at most than at least."
  }

  validation {
    condition     = alltrue([for group in var.groups : !group.per_zone || (group.min % 3 == 0 && group.max % 3 == 0)])
    error_message = "A group that is made per zone has the same size in each of three zones."
  }

  validation {
    condition     = alltrue([for name in ["broker", "monitoring"] : try(var.groups[name].per_zone, false)])
    error_message = "A volume lives in one zone, so groups whose pods have volumes are made per zone: broker and monitoring."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
}
