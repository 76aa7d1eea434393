# Two buckets: the archive of facts, which is kept for ever, and backups, which are not. A third takes the log of who
# touched them. None is public, all are encrypted, and whatever is overwritten or deleted can be had back for a while.

data "aws_caller_identity" "current" {}

locals {
  buckets = {
    for purpose in ["archive", "backups", "access-logs"] :
    purpose => "${var.name}-${purpose}-${data.aws_caller_identity.current.account_id}"
  }

  # Days until what is old goes to cheaper storage, and until it is gone; 0 is never.
  lifecycles = {
    archive     = { colder = 90, expire = 0 }
    backups     = { colder = 0, expire = var.backup_days }
    access-logs = { colder = 0, expire = 400 }
  }
}

module "key" {
  source = "../key"

  name        = "${var.name}-storage"
  description = "Archive and backups of ${var.name}"
  tags        = var.tags
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:what is in them can be had again from the log, which has three replicas; another region is no goal
  #checkov:skip=CKV2_AWS_62:nothing waits for an object to come
  for_each = local.buckets

  bucket        = each.value
  force_destroy = false
  tags          = merge(var.tags, { purpose = each.key })
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# S3 cannot write its access log into a bucket that is encrypted under a key of ours.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.key != "access-logs"

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "access-logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "access-logs" ? null : module.key.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "unfinished"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "old"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    dynamic "transition" {
      for_each = local.lifecycles[each.key].colder > 0 ? [local.lifecycles[each.key].colder] : []

      content {
        days          = transition.value
        storage_class = "GLACIER_IR"
      }
    }

    dynamic "expiration" {
      for_each = local.lifecycles[each.key].expire > 0 ? [local.lifecycles[each.key].expire] : []

      content {
        days = expiration.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = { for purpose, name in local.buckets : purpose => name if purpose != "access-logs" }

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["access-logs"].id
  target_prefix = "${each.key}/"
}
