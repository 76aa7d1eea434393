terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # The bucket is given at `terraform init`, because its name has the account's number in it.
  backend "s3" {
    key          = "environments/staging.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { system = "laurel", environment = "staging" }
  }
}

variable "account" {
  description = "What only the owner of the account knows: see modules/environment."
  type        = any
}

module "environment" {
  source = "../../modules/environment"

  environment = "staging"
  account     = var.account
}

output "environment" {
  description = "What the next steps need: see modules/environment."
  value       = module.environment
}
