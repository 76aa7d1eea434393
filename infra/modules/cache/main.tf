# Valkey for the boards: TLS only, a replica in another zone. It can be lost whole: boards are filled
# again from PostgreSQL.

module "key" {
  source = "../key"

  name        = "${var.name}-cache"
  description = "Valkey of ${var.name}: disks and snapshots"
  tags        = var.tags
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Subnets without a way out"
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-cache-"
  description = "Valkey, from the node groups that need it."
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-cache" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "Valkey from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  tags                         = var.tags
}

# The services' user begins switched off, with a password that nobody is told: a group of Valkey's takes no user without one.
# `infra/fill-secrets` makes another, keeps it in Secrets Manager and switches the user on, so that no password that opens
# anything stands in the state; so Terraform does not look at it again.
# What the user may do leaves out whatever changes the server or sees other clients.
resource "aws_elasticache_user" "services" {
  user_id       = "${var.name}-services"
  user_name     = "default"
  engine        = "valkey"
  access_string = "off ~lb:* -@all +@read +@write +@scripting +@connection +@transaction +@keyspace -@dangerous +info"
  tags          = var.tags

  authentication_mode {
    type      = "password"
    passwords = [sha256(uuid())]
  }

  lifecycle {
    ignore_changes = [access_string, authentication_mode]
  }
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.name
  engine        = "valkey"
  user_ids      = [aws_elasticache_user.services.user_id]
  tags          = var.tags
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = var.name
  description                = "Boards of ${var.name}"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.node_type
  num_cache_clusters         = var.nodes
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true
  kms_key_id                 = module.key.arn
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:30-sun:04:30"
  snapshot_retention_limit   = 1
  snapshot_window            = "02:00-03:00"
  tags                       = var.tags
}
