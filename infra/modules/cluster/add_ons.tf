# What EKS itself keeps up to date. Daemons run on every node; the others say where they belong, since every node is tainted.

locals {
  on = {
    for group in ["application", "argocd"] : group => {
      nodeSelector = { workload = group }
      tolerations  = [{ key = "workload", operator = "Equal", value = group, effect = "NoSchedule" }]
    }
  }

  over_zones = [{
    maxSkew           = 1
    topologyKey       = "topology.kubernetes.io/zone"
    whenUnsatisfiable = "ScheduleAnyway"
  }]

  add_ons = {
    # The network plug-in also enforces network policies.
    vpc-cni                = { enableNetworkPolicy = "true", nodeAgent = { enablePolicyEventLogs = "true" } }
    kube-proxy             = {}
    eks-pod-identity-agent = {}
    aws-ebs-csi-driver     = { controller = local.on.argocd }
    metrics-server         = merge(local.on.application, { replicas = 2 })
    coredns = merge(local.on.application, {
      replicaCount = 3
      topologySpreadConstraints = [
        for constraint in local.over_zones : merge(constraint, { labelSelector = { matchLabels = { "k8s-app" = "kube-dns" } } })
      ]
    })
  }

  # Two of them call AWS, each with a role of its own.
  add_on_roles = {
    vpc-cni            = { service_account = "aws-node", policy = "AmazonEKS_CNI_Policy" }
    aws-ebs-csi-driver = { service_account = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
  }
}

# The version that EKS gives to this Kubernetes version, so that an upgrade of the cluster carries them along.
data "aws_eks_addon_version" "this" {
  for_each = local.add_ons

  addon_name         = each.key
  kubernetes_version = var.kubernetes_version
}

resource "aws_eks_addon" "this" {
  for_each = local.add_ons

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.this[each.key].version
  configuration_values        = jsonencode(each.value)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = contains(keys(local.add_on_roles), each.key) ? [local.add_on_roles[each.key]] : []

    content {
      role_arn        = aws_iam_role.add_on[each.key].arn
      service_account = pod_identity_association.value.service_account
    }
  }

  tags = var.tags
}

data "aws_iam_policy_document" "add_on_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "add_on" {
  for_each = local.add_on_roles

  name               = "${var.name}-${each.key}"
  description        = "What ${each.key} does in AWS, and no other pod."
  assume_role_policy = data.aws_iam_policy_document.add_on_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "add_on" {
  for_each = local.add_on_roles

  role       = aws_iam_role.add_on[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value.policy}"
}
