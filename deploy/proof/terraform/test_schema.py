"""The extract says of the provider what its documentation says, and the reader of the assembly reads each form there is."""

import json

import pytest
from make_schema import Extract, argument_name, snake_case
from terraform_cli import SCHEMA

PROVIDER = json.loads(SCHEMA.read_text())


def test_it_is_of_the_version_that_the_wheel_is_for():
    assert (PROVIDER["source"], PROVIDER["provider_version"]) == ("cdktf-cdktf-provider-aws==21.22.1", "6.25.0")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (("aws_eks_cluster", "blocks", "vpc_config", "required"), True),
        (("aws_eks_cluster", "blocks", "vpc_config", "max"), 1),
        (("aws_eks_cluster", "blocks", "vpc_config", "attributes", "cluster_security_group_id"), {"type": "string", "computed": True}),
        (("aws_eks_cluster", "attributes", "role_arn"), {"type": "string", "required": True}),
        (("aws_eks_cluster", "attributes", "enabled_cluster_log_types"), {"type": ["list", "string"], "required": False}),
        (("aws_eks_cluster", "blocks", "timeouts", "single"), True),
        (("aws_eks_node_group", "blocks", "taint", "max"), None),
        (("aws_db_instance", "attributes", "multi_az"), {"type": "bool", "required": False}),
        (("aws_db_instance", "attributes", "tags"), {"type": ["map", "string"], "required": False}),
        (("aws_subnet", "attributes", "map_public_ip_on_launch"), {"type": "bool", "required": False}),
        (("aws_vpc", "attributes", "arn"), {"type": "string", "computed": True}),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_it_says(path, wanted):
    found = PROVIDER["resources"]
    for step in path:
        found = found[step]
    assert found == wanted


def test_names_are_terraforms():
    assert [snake_case(name) for name in ("cidrIpv4", "kmsKeyId", "httpPutResponseHopLimit")] == [
        "cidr_ipv4",
        "kms_key_id",
        "http_put_response_hop_limit",
    ]
    docs = {"summary": "Docs at Terraform Registry: {@link https://registry.terraform.io/…/vpc#ipv6_ipam_pool_id Vpc#ipv6_ipam_pool_id}."}
    assert argument_name({"name": "ipv6IpamPoolId", "docs": docs}) == "ipv6_ipam_pool_id"


def test_a_resource_that_the_wheel_does_not_have_is_an_error():
    with pytest.raises(SystemExit, match="aws_no_such_thing"):
        Extract({}).resource("resource", "aws_no_such_thing")
