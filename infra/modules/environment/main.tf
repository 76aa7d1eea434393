# A whole environment. The three differ in sizes and protections, which are data, and in nothing else.

data "aws_region" "current" {}

locals {
  name   = "laurel-${var.environment}"
  region = data.aws_region.current.region
  nodes  = jsondecode(file("${path.module}/../../node-groups.json"))
  sizes  = jsondecode(file("${path.module}/../../environments.json"))[var.environment]
  tags   = { system = "laurel", environment = var.environment }

  # Services and migrations run on application nodes, exporters on monitoring nodes; judges and brokers need no store.
  store_clients = { for group in ["application", "monitoring"] : group => module.node_groups.security_group_ids[group] }
}

module "network" {
  source = "../network"

  name                = local.name
  region              = local.region
  zones               = local.nodes.zones
  interface_endpoints = local.sizes.interface_endpoints
  log_retention_days  = local.sizes.log_retention_days
  tags                = local.tags
}

module "bastion" {
  source = "../bastion"

  name      = local.name
  vpc_id    = module.network.vpc_id
  vpc_cidr  = module.network.cidr
  subnet_id = module.network.private_subnet_ids_by_zone[local.nodes.zones[0]]
  tags      = local.tags
}

module "cluster" {
  source = "../cluster"

  name                      = local.name
  region                    = local.region
  kubernetes_version        = local.nodes.kubernetes_version
  subnet_ids                = values(module.network.private_subnet_ids_by_zone)
  administrator_role_arns   = var.account.administrator_role_arns
  viewer_role_arns          = var.account.viewer_role_arns
  client_security_group_ids = { bastion = module.bastion.security_group_id }
  deletion_protection       = local.sizes.deletion_protection
  log_retention_days        = local.sizes.log_retention_days
  tags                      = local.tags
}

module "node_groups" {
  source = "../node-groups"

  cluster_name              = module.cluster.name
  kubernetes_version        = local.nodes.kubernetes_version
  vpc_id                    = module.network.vpc_id
  subnet_ids_by_zone        = module.network.private_subnet_ids_by_zone
  cluster_security_group_id = module.cluster.security_group_id
  groups                    = local.nodes.environments[var.environment]
  tags                      = local.tags
}

module "database" {
  source = "../database"

  name                      = local.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.database_subnet_ids
  client_security_group_ids = merge(local.store_clients, { bastion = module.bastion.security_group_id })
  instance_class            = local.sizes.database.instance_class
  storage_gib               = local.sizes.database.storage_gib
  backup_retention_days     = local.sizes.database.backup_retention_days
  log_retention_days        = local.sizes.log_retention_days
  tags                      = local.tags
}

module "cache" {
  source = "../cache"

  name                      = local.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.database_subnet_ids
  client_security_group_ids = local.store_clients
  node_type                 = local.sizes.cache.node_type
  nodes                     = local.sizes.cache.nodes
  tags                      = local.tags
}

module "storage" {
  source = "../storage"

  name        = local.name
  backup_days = local.sizes.backup_days
  tags        = local.tags
}

module "secrets" {
  source = "../secrets"

  prefix        = "laurel/${var.environment}"
  names         = keys(jsondecode(file("${path.module}/../../secrets.json")))
  recovery_days = local.sizes.secret_recovery_days
  tags          = local.tags
}

module "dns_certificates" {
  source = "../dns-certificates"

  domain = var.account.domain
  tags   = local.tags
}

module "identity" {
  source = "../identity"

  cluster_name       = module.cluster.name
  region             = local.region
  secrets_prefix     = "laurel/${var.environment}"
  secrets_key_arn    = module.secrets.key_arn
  backups_bucket_arn = module.storage.bucket_arns["backups"]
  storage_key_arn    = module.storage.key_arn
  tags               = local.tags
}

module "budget" {
  source = "../budget"

  name        = local.name
  environment = var.environment
  monthly_usd = local.sizes.budget_monthly_usd
  emails      = var.account.budget_emails
}
