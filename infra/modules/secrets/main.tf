# Places for secrets, without values: `infra/fill-secrets` makes those, so that none stands in a plan or in the state.

module "key" {
  source = "../key"

  name        = "${replace(var.prefix, "/", "-")}-secrets"
  description = "Secrets below ${var.prefix}"
  tags        = var.tags
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:keys of Laurel's own cannot be changed without its data; docs/operations.md has the rotation of each
  for_each = var.names

  name                    = "${var.prefix}/${each.value}"
  description             = "See infra/secrets.json"
  kms_key_id              = module.key.arn
  recovery_window_in_days = var.recovery_days
  tags                    = var.tags
}
