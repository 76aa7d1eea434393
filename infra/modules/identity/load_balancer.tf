# The load balancer controller makes load balancers and security groups, marks them with the cluster's name, and may change
# only what bears that mark.

locals {
  mark         = "elbv2.k8s.aws/cluster"
  load_balance = "arn:${local.partition}:elasticloadbalancing:${var.region}:${local.account}"
  balancers    = ["${local.load_balance}:loadbalancer/app/*", "${local.load_balance}:targetgroup/*"]
  listeners    = ["${local.load_balance}:listener/app/*", "${local.load_balance}:listener-rule/app/*"]
  groups       = "arn:${local.partition}:ec2:${var.region}:${local.account}:security-group/*"
}

data "aws_iam_policy_document" "load_balancer" {
  statement {
    sid = "Look"
    actions = [
      "acm:ListCertificates",
      "ec2:DescribeAccountAttributes",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:Describe*",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "LookAtCertificates"
    actions   = ["acm:DescribeCertificate"]
    resources = ["arn:${local.partition}:acm:${var.region}:${local.account}:certificate/*"]
  }

  statement {
    sid       = "LookAtSecurityGroups"
    actions   = ["ec2:GetSecurityGroupsForVpc"]
    resources = ["arn:${local.partition}:ec2:${var.region}:${local.account}:vpc/*"]
  }

  # It asks of every load balancer whether a firewall or a shield stands before it, and fails without an answer.
  statement {
    sid     = "LookAtFirewalls"
    actions = ["waf-regional:GetWebACLForResource", "wafv2:GetWebACLForResource"]
    resources = [
      "${local.load_balance}:loadbalancer/app/*",
      "arn:${local.partition}:waf-regional:${var.region}:${local.account}:webacl/*",
      "arn:${local.partition}:wafv2:${var.region}:${local.account}:regional/webacl/*",
    ]
  }

  statement {
    sid       = "LookAtShield"
    actions   = ["shield:GetSubscriptionState"]
    resources = ["*"]
  }

  statement {
    sid       = "FirstLoadBalancerOfTheAccount"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["elasticloadbalancing.amazonaws.com"]
    }
  }

  statement {
    sid       = "MakeSecurityGroups"
    actions   = ["ec2:CreateSecurityGroup"]
    resources = [local.groups, "arn:${local.partition}:ec2:${var.region}:${local.account}:vpc/*"]
  }

  statement {
    sid       = "MarkSecurityGroups"
    actions   = ["ec2:CreateTags"]
    resources = [local.groups]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["CreateSecurityGroup"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.mark}"
      values   = [var.cluster_name]
    }
  }

  statement {
    sid = "ChangeOwnSecurityGroups"
    actions = [
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateTags",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteTags",
      "ec2:RevokeSecurityGroupIngress",
    ]
    resources = [local.groups]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.mark}"
      values   = [var.cluster_name]
    }
  }

  # The nodes' group must let the load balancer in; EKS marks that group with the cluster's name.
  statement {
    sid       = "OpenTheNodesToTheLoadBalancer"
    actions   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    resources = [local.groups]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/kubernetes.io/cluster/${var.cluster_name}"
      values   = ["owned"]
    }
  }

  statement {
    sid = "MakeLoadBalancers"
    actions = [
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateTargetGroup",
    ]
    resources = local.balancers

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.mark}"
      values   = [var.cluster_name]
    }
  }

  # Listeners and rules are made under the load balancer's mark, and marked themselves as they are made.
  statement {
    sid       = "MarkListeners"
    actions   = ["elasticloadbalancing:AddTags"]
    resources = local.listeners

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.mark}"
      values   = [var.cluster_name]
    }
  }

  statement {
    sid = "ChangeOwnLoadBalancers"
    actions = [
      "elasticloadbalancing:AddListenerCertificates",
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:DeregisterTargets",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RegisterTargets",
      "elasticloadbalancing:RemoveListenerCertificates",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetIpAddressType",
      "elasticloadbalancing:SetRulePriorities",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
    ]
    resources = concat(local.balancers, local.listeners)

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.mark}"
      values   = [var.cluster_name]
    }
  }
}
