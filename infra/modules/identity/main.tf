# Which pod may do what in AWS: a role for each service account that has work there (EKS Pod Identity), and for no other. The
# services themselves (command-api, query-api, projectors, judge) call nothing in AWS and have no role.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id

  service_accounts = {
    external-secrets             = { namespace = "operators", policy = data.aws_iam_policy_document.external_secrets.json }
    aws-load-balancer-controller = { namespace = "operators", policy = data.aws_iam_policy_document.load_balancer.json }
    cluster-autoscaler           = { namespace = "operators", policy = data.aws_iam_policy_document.cluster_autoscaler.json }
    backup                       = { namespace = "broker", policy = data.aws_iam_policy_document.backup.json }
    restore                      = { namespace = "broker", policy = data.aws_iam_policy_document.restore.json }
  }
}

# Only EKS hands the role out, and only for this cluster and this service account.
data "aws_iam_policy_document" "trust" {
  for_each = local.service_accounts

  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/eks-cluster-name"
      values   = [var.cluster_name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-namespace"
      values   = [each.value.namespace]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-service-account"
      values   = [each.key]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.service_accounts

  name               = "${var.cluster_name}-${each.key}"
  description        = "What the service account ${each.value.namespace}/${each.key} does in AWS."
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  for_each = local.service_accounts

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = each.value.policy
}

resource "aws_eks_pod_identity_association" "this" {
  for_each = local.service_accounts

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.key
  role_arn        = aws_iam_role.this[each.key].arn
  tags            = var.tags
}
