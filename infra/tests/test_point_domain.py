"""The domain is pointed at the cluster's own load balancer, and at no other."""

import pytest

from infra.commands.point_domain import MARK, point


@pytest.fixture
def balancers(session):
    ec2, elb = session.client("ec2"), session.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, AvailabilityZone=f"eu-central-1{zone}", CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]

    def make(name, cluster):
        made = elb.create_load_balancer(Name=name, Subnets=subnets, Scheme="internet-facing", Tags=[{"Key": MARK, "Value": cluster}])
        return made["LoadBalancers"][0]["DNSName"]

    return make


def test_the_domain_is_pointed_at_it(session, balancers):
    route53 = session.client("route53")
    zone = route53.create_hosted_zone(Name="dev.laurel.example", CallerReference="x")["HostedZone"]["Id"]
    balancers("another", "laurel-staging")
    name = balancers("ours", "laurel-dev")
    for _ in range(2):
        assert point(session, "laurel-dev", "dev.laurel.example") == name
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (alias,) = [record for record in records if record["Type"] == "A"]
    assert alias["AliasTarget"]["DNSName"].rstrip(".") == name


def test_without_a_load_balancer_or_a_zone_it_says_so(session, balancers):
    with pytest.raises(SystemExit, match="has 0 load balancers"):
        point(session, "laurel-dev", "dev.laurel.example")
    balancers("ours", "laurel-dev")
    with pytest.raises(SystemExit, match="0 zones"):
        point(session, "laurel-dev", "dev.laurel.example")
