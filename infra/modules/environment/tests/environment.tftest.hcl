# Each environment is planned whole, with AWS mocked: what modules hand to each other is checked by types and conditions, and
# the proof in deploy/proof/terraform looks at what is planned.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_resource "aws_eks_cluster" {
    defaults = {
      identity = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE" }] }]
    }
  }

  mock_resource "aws_db_instance" {
    defaults = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds" }] }
  }

  mock_resource "aws_acm_certificate" {
    defaults = {
      domain_validation_options = [{
        domain_name           = "laurel.example"
        resource_record_name  = "_validation.laurel.example"
        resource_record_type  = "CNAME"
        resource_record_value = "_validation.acm.example"
      }]
    }
  }
}

variables {
  account = {
    domain                  = "laurel.example"
    administrator_role_arns = ["arn:aws:iam::111122223333:role/operators"]
    viewer_role_arns        = ["arn:aws:iam::111122223333:role/developers"]
    budget_emails           = ["operators@laurel.example"]
  }
}

run "dev" {
  command = plan

  variables {
    environment = "dev"
  }
}

run "staging" {
  command = plan

  variables {
    environment = "staging"
  }
}

run "production" {
  command = plan

  variables {
    environment = "production"
  }
}

run "an_environment_that_there_is_not" {
  command = plan

  variables {
    environment = "test"
  }

  expect_failures = [var.environment]
}
