# Who may call the Kubernetes API. CI has no entry: Argo CD, inside, takes what CI commits.

data "aws_partition" "current" {}

locals {
  people = merge(
    { for arn in var.administrator_role_arns : arn => "AmazonEKSClusterAdminPolicy" },
    { for arn in var.viewer_role_arns : arn => "AmazonEKSViewPolicy" },
  )
}

resource "aws_eks_access_entry" "people" {
  for_each = local.people

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.key
  type          = "STANDARD"
  tags          = var.tags
}

resource "aws_eks_access_policy_association" "people" {
  for_each = local.people

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.people[each.key].principal_arn
  policy_arn    = "arn:${data.aws_partition.current.partition}:eks::aws:cluster-access-policy/${each.value}"

  access_scope {
    type = "cluster"
  }
}

data "aws_iam_policy_document" "control_plane_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "control_plane" {
  name               = "${var.name}-control-plane"
  description        = "What EKS does in this account for ${var.name}."
  assume_role_policy = data.aws_iam_policy_document.control_plane_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "control_plane" {
  role       = aws_iam_role.control_plane.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonEKSClusterPolicy"
}
