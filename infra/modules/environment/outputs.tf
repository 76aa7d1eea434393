output "cluster_name" {
  description = "The cluster."
  value       = module.cluster.name

  precondition {
    condition     = alltrue([for zone in local.nodes.zones : startswith(zone, local.region)])
    error_message = "The zones in node-groups.json are not of the region that the provider is told: ${local.region}."
  }
}

output "cluster_endpoint" {
  description = "Where the Kubernetes API is, inside the VPC."
  value       = module.cluster.endpoint
}

output "bastion_instance_id" {
  description = "What sessions are started through."
  value       = module.bastion.instance_id
}

output "vpc_id" {
  description = "The VPC, which the load balancer controller is told."
  value       = module.network.vpc_id
}

output "name_servers" {
  description = "What the parent of the domain delegates to."
  value       = module.dns_certificates.name_servers
}

output "certificate_arn" {
  description = "The certificate that the ingress names."
  value       = module.dns_certificates.certificate_arn
}

output "database_address" {
  description = "The host of PostgreSQL."
  value       = module.database.address
}

output "database_owner_secret_arn" {
  description = "Where RDS keeps the owner's password; migrations read it."
  value       = module.database.owner_secret_arn
}

output "cache_address" {
  description = "The host of Valkey."
  value       = module.cache.address
}

output "bucket_names" {
  description = "The buckets by purpose."
  value       = module.storage.bucket_names
}

output "node_groups" {
  description = "Every EKS node group with its sizes."
  value       = module.node_groups.pools
}
