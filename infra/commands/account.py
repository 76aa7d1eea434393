"""What has to be true of an account before Terraform makes an environment in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from .finding import Finding, good, wrong
from .wanted import Wanted


@dataclass(frozen=True)
class Quota:
    service: str
    code: str
    name: str


ON_DEMAND = Quota("ec2", "L-1216C47A", "vCPUs of on-demand standard instances")
SPOT = Quota("ec2", "L-34B43A08", "vCPUs of spot standard instances")
ADDRESSES = Quota("ec2", "L-0263D0A3", "elastic IP addresses")
VPCS = Quota("vpc", "L-F678F1CE", "VPCs")

# Roles that AWS makes the first time a service is used by hand; a new account that only Terraform uses may lack them.
SERVICE_LINKED = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "eks-nodegroup.amazonaws.com": "AWSServiceRoleForAmazonEKSNodegroup",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "elasticache.amazonaws.com": "AWSServiceRoleForElastiCache",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
}


def checks(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    yield from identity(session)
    yield from zones(session, wanted)
    yield from instance_types(session, wanted)
    yield from service_linked_roles(session)
    yield from quotas(session, wanted)
    yield from state(session)


def role_arn(session: boto3.Session) -> str | None:
    """The role behind the caller, or nothing if the caller is no role."""
    parts = session.client("sts").get_caller_identity()["Arn"].split(":", 5)
    kind, _, rest = parts[5].partition("/")
    if kind != "assumed-role":
        return None
    # The session's ARN has no path, so the role is asked for its own.
    return session.client("iam").get_role(RoleName=rest.split("/")[0])["Role"]["Arn"]


def identity(session: boto3.Session) -> Iterator[Finding]:
    caller = session.client("sts").get_caller_identity()
    arn = caller["Arn"]
    if arn.endswith(":root"):
        yield wrong("identity", f"you are the root user of {caller['Account']}", "sign in with a role (IAM Identity Center)")
    elif ":assumed-role/" not in arn:
        yield wrong("identity", f"{arn} is a user, whose keys do not expire", "sign in with a role (IAM Identity Center)")
    else:
        yield good("identity", f"{arn}")


def zones(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    found = session.client("ec2").describe_availability_zones()["AvailabilityZones"]
    there = {zone["ZoneName"] for zone in found if zone["State"] == "available"}
    missing = sorted(set(wanted.zones) - there)
    if missing:
        yield wrong("zones", f"{', '.join(missing)} cannot be used", "change `zones` in infra/node-groups.json")
    else:
        yield good("zones", ", ".join(wanted.zones))


def instance_types(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    types = sorted({type_ for pool in wanted.pools for type_ in pool.instance_types})
    pages = session.client("ec2").get_paginator("describe_instance_type_offerings")
    offered = {
        (offer["InstanceType"], offer["Location"])
        for page in pages.paginate(LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": types}])
        for offer in page["InstanceTypeOfferings"]
    }
    missing = [f"{type_} in {zone}" for type_ in types for zone in wanted.zones if (type_, zone) not in offered]
    if missing:
        yield wrong("instance types", f"not offered: {', '.join(missing)}", "choose other types in infra/node-groups.json")
    else:
        yield good("instance types", ", ".join(types))


def service_linked_roles(session: boto3.Session) -> Iterator[Finding]:
    iam = session.client("iam")
    for service, role in SERVICE_LINKED.items():
        try:
            iam.get_role(RoleName=role)
            yield good("service-linked role", role)
        except iam.exceptions.NoSuchEntityException:
            yield wrong(
                "service-linked role",
                f"{role} is missing",
                "make it",
                lambda service=service: iam.create_service_linked_role(AWSServiceName=service),
            )


def quotas(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    needed = {
        ON_DEMAND: wanted.vcpus_max("ON_DEMAND"),
        SPOT: wanted.vcpus_max("SPOT"),
        ADDRESSES: len(wanted.zones),
        VPCS: 1,
    }
    # What is there counts against the quota too; of vCPUs AWS does not say how many are used.
    used = {ADDRESSES: len(session.client("ec2").describe_addresses()["Addresses"]), VPCS: others(session, wanted)}
    client = session.client("service-quotas")
    for quota, more in needed.items():
        least = more + used.get(quota, 0)
        value = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]["Value"]
        if value >= least:
            yield good("quota", f"{quota.name}: {value:g}, of which {least} are needed")
        else:
            yield Finding(
                subject="quota",
                good=False,
                said=f"{quota.name}: {value:g}, but {least} are needed",
                remedy=f"ask AWS for {least} (it can take days)",
                mend=lambda quota=quota, least=least: client.request_service_quota_increase(
                    ServiceCode=quota.service, QuotaCode=quota.code, DesiredValue=float(least)
                ),
                asked=True,
            )


def others(session: boto3.Session, wanted: Wanted) -> int:
    """How many VPCs there are beside this environment's."""
    named = [
        {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", [])}.get("Name")
        for vpc in session.client("ec2").describe_vpcs()["Vpcs"]
    ]
    return sum(name != wanted.name for name in named)


def state(session: boto3.Session) -> Iterator[Finding]:
    bucket = f"laurel-state-{session.client('sts').get_caller_identity()['Account']}"
    s3 = session.client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        yield wrong("state", f"{bucket}: {error.response['Error']['Message']}", "apply infra/bootstrap first (docs/deploy.md)")
        return
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        yield wrong(
            "state",
            f"{bucket} keeps no versions",
            "keep them",
            lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}),
        )
    else:
        yield good("state", bucket)
