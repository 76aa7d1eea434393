output "node_role_arn" {
  description = "The role of every node."
  value       = aws_iam_role.node.arn
}

output "pools" {
  description = "Every EKS node group by name: its workload, sizes and instance types."
  value = {
    for name, pool in local.pools : name => {
      workload       = pool.workload
      instance_types = pool.instance_types
      capacity       = pool.capacity
      min            = pool.min
      max            = pool.max
    }
  }
}

output "security_group_ids" {
  description = "The security group that marks the nodes of each group."
  value       = { for name, group in aws_security_group.this : name => group.id }
}
