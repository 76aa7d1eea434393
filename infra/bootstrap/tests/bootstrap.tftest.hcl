# What an account has once, planned with AWS mocked.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
}

variables {
  repository = "laurel-platform/laurel"
}

run "one_account" {
  command = plan
}

run "accounts_of_their_own" {
  command = plan

  variables {
    pull_account_ids = ["444455556666"]
  }
}

run "any_repository" {
  command = plan

  variables {
    repository = "laurel-platform/*"
  }

  expect_failures = [var.repository]
}
