# The control plane: reachable from inside the VPC only, its secrets encrypted under a key of ours, every call audited.

module "key" {
  source = "../key"

  name        = "${var.name}-cluster"
  description = "Kubernetes secrets and control plane logs of ${var.name}"
  services    = ["logs.${var.region}.amazonaws.com"]
  tags        = var.tags
}

# EKS would make the group itself, unencrypted and kept for ever.
resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_retention_days
  kms_key_id        = module.key.arn
  tags              = var.tags
}

resource "aws_eks_cluster" "this" {
  name                          = var.name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.control_plane.arn
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = module.key.arn
    }
  }

  # Written down, because some services have addresses of their own choice in it (deploy/base/broker).
  kubernetes_network_config {
    service_ipv4_cidr = "172.20.0.0/16"
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  # Lets traffic be moved out of a zone that is ill.
  zonal_shift_config {
    enabled = true
  }

  tags = var.tags

  depends_on = [aws_cloudwatch_log_group.control_plane, aws_iam_role_policy_attachment.control_plane]
}

# The group that EKS makes for its control plane and the nodes lets them talk to each other; this adds who else may call.
resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  description                  = "Kubernetes API from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  tags                         = var.tags
}

# Service accounts prove who they are to IAM through this.
resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
}
