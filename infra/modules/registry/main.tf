# Where images are: a tag, once pushed, never means another image; each is scanned when it comes and stands encrypted.

module "key" {
  source = "../key"

  name        = "${var.prefix}-registry"
  description = "Images of ${var.prefix}"
  tags        = var.tags
}

resource "aws_ecr_repository" "this" {
  for_each = var.repositories

  name                 = "${var.prefix}/${each.value}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = false
  tags                 = var.tags

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = module.key.arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

# Images are deployed by digest, so one that went out may be needed for a way back: a hundred are kept of each.
resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What no tag names is gone after a week"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "The last hundred"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}

data "aws_iam_policy_document" "pull" {
  count = length(var.pull_account_ids) > 0 ? 1 : 0

  statement {
    sid     = "OtherAccountsPull"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = var.pull_account_ids
    }
  }
}

resource "aws_ecr_repository_policy" "this" {
  for_each = { for name, repository in aws_ecr_repository.this : name => repository.name if length(var.pull_account_ids) > 0 }

  repository = each.value
  policy     = data.aws_iam_policy_document.pull[0].json
}
