# What an account has once, before any environment: where Terraform's state is, the registry, and how CI gets in. Its own
# state begins on the disk of whoever runs it and is moved into the bucket afterwards (docs/deploy.md).

terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

data "aws_caller_identity" "current" {}

locals {
  tags = { system = "laurel", environment = "all" }
}

module "registry" {
  source = "../modules/registry"

  prefix           = "laurel"
  pull_account_ids = var.pull_account_ids
  tags             = local.tags

  # Also what others make: clusters pull from here alone.
  repositories = [
    "broker",
    "command-api",
    "judge",
    "nats-exporter",
    "postgres-exporter",
    "projectors",
    "query-api",
    "redis-exporter",
    "aws-cli",
    "set-up",
  ]
}

module "github" {
  source = "../modules/github"

  name                  = "laurel"
  repository            = var.repository
  image_repository_arns = module.registry.repository_arns
  state_bucket_arn      = aws_s3_bucket.state.arn
  state_key_arn         = module.state_key.arn
  tags                  = local.tags
}
