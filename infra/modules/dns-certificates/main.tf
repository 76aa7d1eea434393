# A zone for the environment and a certificate for everything in it, which AWS renews by itself.

resource "aws_route53_zone" "this" {
  #checkov:skip=CKV2_AWS_38:signing needs a key in us-east-1 and the parent's consent: an owner's decision
  #checkov:skip=CKV2_AWS_39:names that are asked for are public, and logs of them would have to stand in us-east-1
  name    = var.domain
  comment = "Laurel"
  tags    = var.tags
}

# No authority but Amazon's may issue certificates here.
resource "aws_route53_record" "authorities" {
  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"amazon.com\"", "0 issuewild \"amazon.com\""]
}

resource "aws_acm_certificate" "this" {
  domain_name               = var.domain
  subject_alternative_names = ["*.${var.domain}"]
  validation_method         = "DNS"
  key_algorithm             = "EC_prime256v1"
  tags                      = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# The domain and its wildcard are validated by one and the same record.
resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.this.domain_validation_options : option.domain_name => option
    if option.domain_name == var.domain
  }

  zone_id         = aws_route53_zone.this.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]

  # The parent's delegation is made by hand after the first try: see docs/deploy.md.
  timeouts {
    create = "75m"
  }
}
