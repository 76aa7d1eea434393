# One EKS node group per kind of work, or one per kind and zone where pods have volumes: a volume cannot leave its zone,
# and the autoscaler can only add a node in the right zone if the group has no other.

locals {
  # Who starts nodes, and so hands them the key of their disks. `infra/preflight` makes these roles where they are missing.
  service_roles = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/aws-service-role"
  starters = [
    "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "spot.amazonaws.com/AWSServiceRoleForEC2Spot",
  ]

  zones = sort(keys(var.subnet_ids_by_zone))

  pools = merge([
    for name, group in var.groups : {
      for zone in group.per_zone ? local.zones : ["all"] :
      zone == "all" ? name : "${name}-${zone}" => {
        workload       = name
        instance_types = group.instance_types
        capacity       = group.capacity
        min            = group.per_zone ? group.min / length(local.zones) : group.min
        max            = group.per_zone ? group.max / length(local.zones) : group.max
        subnet_ids     = group.per_zone ? [var.subnet_ids_by_zone[zone]] : [for each_zone in local.zones : var.subnet_ids_by_zone[each_zone]]
      }
    }
  ]...)

  # What the boxes of a judge need of the node's kernel (docs/judge.md). Amazon Linux allows it as shipped; written down so
  # that an image which does not is no surprise.
  judge_user_data = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="laurel"

    --laurel
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/bash
    set -euo pipefail
    cat >/etc/sysctl.d/90-laurel-judge.conf <<'SYSCTL'
    user.max_user_namespaces = 65536
    kernel.perf_event_paranoid = 2
    SYSCTL
    sysctl --load /etc/sysctl.d/90-laurel-judge.conf

    --laurel--
  EOT
}

data "aws_caller_identity" "current" {}

module "key" {
  source = "../key"

  name               = "${var.cluster_name}-nodes"
  description        = "Disks of the nodes of ${var.cluster_name}"
  granting_role_arns = [for role in local.starters : "${local.service_roles}/${role}"]
  tags               = var.tags
}

# Says of a node, and so of every pod on it, which kind of work it does: databases let in by it. It has no rules of its own.
resource "aws_security_group" "this" {
  for_each = var.groups

  name_prefix = "${var.cluster_name}-${each.key}-"
  description = "Nodes of the group ${each.key}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.cluster_name}-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_launch_template" "this" {
  for_each = var.groups

  name_prefix            = "${var.cluster_name}-${each.key}-"
  update_default_version = true
  user_data              = each.key == "judge" ? base64encode(local.judge_user_data) : null
  vpc_security_group_ids = [var.cluster_security_group_id, aws_security_group.this[each.key].id]

  # Session tokens only, and their answer dies at the first hop: a pod with its own network never gets one.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = 50
      encrypted             = true
      kms_key_id            = module.key.arn
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${var.cluster_name}-${each.key}", workload = each.key })
    }
  }

  tags = var.tags
}

resource "aws_eks_node_group" "this" {
  for_each = local.pools

  cluster_name         = var.cluster_name
  node_group_name      = each.key
  node_role_arn        = aws_iam_role.node.arn
  subnet_ids           = each.value.subnet_ids
  version              = var.kubernetes_version
  ami_type             = "AL2023_x86_64_STANDARD"
  capacity_type        = each.value.capacity
  instance_types       = each.value.instance_types
  force_update_version = false
  labels               = { workload = each.value.workload }

  taint {
    key    = "workload"
    value  = each.value.workload
    effect = "NO_SCHEDULE"
  }

  launch_template {
    id      = aws_launch_template.this[each.value.workload].id
    version = aws_launch_template.this[each.value.workload].latest_version
  }

  scaling_config {
    min_size     = each.value.min
    max_size     = each.value.max
    desired_size = each.value.min
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  tags = merge(var.tags, { workload = each.value.workload })

  # The autoscaler moves the desired size; Terraform would move it back.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node]
}
