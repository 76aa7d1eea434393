"""Points an environment's domain at the load balancer that the ingress made, once there is one.

    infra/point-domain ENVIRONMENT DOMAIN
"""

import argparse

import boto3

from .wanted import REGION, wanted

MARK = "elbv2.k8s.aws/cluster"


def balancer(session: boto3.Session, cluster: str) -> dict:
    """The cluster's one load balancer that faces the internet."""
    client = session.client("elbv2")
    pages = client.get_paginator("describe_load_balancers").paginate()
    facing = [each for page in pages for each in page["LoadBalancers"] if each["Scheme"] == "internet-facing"]
    marked = [
        each
        for each in facing
        for tags in client.describe_tags(ResourceArns=[each["LoadBalancerArn"]])["TagDescriptions"]
        if {"Key": MARK, "Value": cluster} in tags["Tags"]
    ]
    if len(marked) != 1:
        raise SystemExit(f"{cluster} has {len(marked)} load balancers, not one: is the ingress there (kubectl get ingress -A)?")
    return marked[0]


def zone_id(session: boto3.Session, domain: str) -> str:
    pages = session.client("route53").get_paginator("list_hosted_zones").paginate()
    found = [zone["Id"] for page in pages for zone in page["HostedZones"] if zone["Name"] == f"{domain}."]
    if len(found) != 1:
        raise SystemExit(f"there are {len(found)} zones of {domain}, not one")
    return found[0]


def point(session: boto3.Session, cluster: str, domain: str) -> str:
    to = balancer(session, cluster)
    record = {
        "Name": domain,
        "Type": "A",
        "AliasTarget": {"HostedZoneId": to["CanonicalHostedZoneId"], "DNSName": to["DNSName"], "EvaluateTargetHealth": True},
    }
    session.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id(session, domain),
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )
    return to["DNSName"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra/point-domain", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("environment", choices=["dev", "staging", "production"])
    parser.add_argument("domain")
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--profile", help="the profile in ~/.aws/config")
    options = parser.parse_args(arguments)
    session = boto3.Session(profile_name=options.profile, region_name=options.region)
    print(f"{options.domain} is {point(session, wanted(options.environment).name, options.domain)}")
    return 0
