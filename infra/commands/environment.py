"""What has to be true of an environment after Terraform made it, before anything is deployed to it."""

import socket
from collections.abc import Iterator

import boto3
from botocore.exceptions import ClientError

from .account import role_arn
from .finding import Finding, good, wrong
from .wanted import STORE_CLIENTS, Wanted

APPLY = "apply infra/environments again"
ADMINISTRATOR = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
SECONDS_MAX = 5


def checks(session: boto3.Session, wanted: Wanted, connect: bool) -> Iterator[Finding]:
    try:
        cluster = session.client("eks").describe_cluster(name=wanted.name)["cluster"]
    except ClientError as error:
        yield wrong("cluster", f"{wanted.name}: {error.response['Error']['Message']}", APPLY)
        return
    yield from control_plane(cluster, wanted)
    yield from access(session, wanted)
    yield from node_groups(session, wanted)
    yield from security_groups(session, wanted, cluster)
    yield from database(session, wanted, cluster, connect)
    yield from cache(session, wanted, connect)
    yield from secrets(session, wanted)


def control_plane(cluster: dict, wanted: Wanted) -> Iterator[Finding]:
    network = cluster["resourcesVpcConfig"]
    if cluster["status"] != "ACTIVE":
        yield wrong("cluster", f"is {cluster['status']}", "wait, or look at it in the console")
    elif network.get("endpointPublicAccess"):
        yield wrong("cluster", "can be reached from the internet", APPLY)
    elif cluster["version"] != wanted.kubernetes_version:
        yield wrong("cluster", f"has {cluster['version']}, not {wanted.kubernetes_version}", APPLY)
    else:
        yield good("cluster", f"{wanted.name}, Kubernetes {cluster['version']}, private")


def access(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    """Whether the caller may use kubectl."""
    eks = session.client("eks")
    arn = role_arn(session)
    if arn is None:
        yield wrong("access entry", "you are no role, and only roles are let in", "sign in with a role")
        return
    entries = [arn for page in eks.get_paginator("list_access_entries").paginate(clusterName=wanted.name) for arn in page["accessEntries"]]
    associate = {
        "clusterName": wanted.name,
        "principalArn": arn,
        "policyArn": ADMINISTRATOR,
        "accessScope": {"type": "cluster"},
    }
    if arn not in entries:

        def enter() -> None:
            eks.create_access_entry(clusterName=wanted.name, principalArn=arn, type="STANDARD")
            eks.associate_access_policy(**associate)

        yield wrong("access entry", f"{arn} has none", "let it in as administrator; then add it to terraform.tfvars", enter)
        return
    policies = eks.list_associated_access_policies(clusterName=wanted.name, principalArn=arn)["associatedAccessPolicies"]
    if policies:
        yield good("access entry", f"{arn}: {', '.join(policy['policyArn'].rsplit('/', 1)[-1] for policy in policies)}")
    else:
        yield wrong("access entry", f"{arn} may do nothing", "make it administrator", lambda: eks.associate_access_policy(**associate))


def node_groups(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    eks = session.client("eks")
    there = set(eks.list_nodegroups(clusterName=wanted.name)["nodegroups"])
    for pool in wanted.pools:
        if pool.name not in there:
            yield wrong("node group", f"{pool.name} is missing", APPLY)
            continue
        group = eks.describe_nodegroup(clusterName=wanted.name, nodegroupName=pool.name)["nodegroup"]
        issues = [issue["message"] for issue in group.get("health", {}).get("issues", [])]
        taints = [(taint.get("key"), taint.get("value"), taint.get("effect")) for taint in group.get("taints", [])]
        if group["status"] != "ACTIVE" or issues:
            yield wrong("node group", f"{pool.name} is {group['status']}: {'; '.join(issues)}", "see the message; often a quota")
        elif taints != [("workload", pool.workload, "NO_SCHEDULE")] or group["labels"].get("workload") != pool.workload:
            yield wrong("node group", f"{pool.name} has label {group['labels']} and taints {taints}", APPLY)
        else:
            yield good("node group", f"{pool.name}: {group['scalingConfig']['minSize']} to {group['scalingConfig']['maxSize']}")


def security_groups(session: boto3.Session, wanted: Wanted, cluster: dict) -> Iterator[Finding]:
    """Who may connect to whom: clients' nodes to the stores, the bastion to the control plane, and nobody from outside."""
    ec2 = session.client("ec2")
    network = cluster["resourcesVpcConfig"]
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network["vpcId"]]}])["SecurityGroups"]
    by_name = {{tag["Key"]: tag["Value"] for tag in group.get("Tags", [])}.get("Name"): group for group in found}
    by_id = {group["GroupId"]: group for group in found}
    edges = [(f"{wanted.name}-{client}", f"{wanted.name}-{store}", port) for client in STORE_CLIENTS for store, port in (("database", 5432), ("cache", 6379))]
    edges.append((f"{wanted.name}-bastion", network.get("clusterSecurityGroupId"), 443))
    for client_name, server_name, port in edges:
        client, server = by_name.get(client_name), by_name.get(server_name) or by_id.get(server_name)
        if client is None or server is None:
            yield wrong("security group", f"{client_name if client is None else server_name} is missing", APPLY)
        elif lets_in(server, client["GroupId"], port):
            yield good("security group", f"{client_name} reaches {server_name} on {port}")
        else:
            rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": client["GroupId"]}]}
            yield wrong(
                "security group",
                f"{client_name} does not reach {server_name} on {port}",
                "add the rule",
                lambda server=server, rule=rule: ec2.authorize_security_group_ingress(GroupId=server["GroupId"], IpPermissions=[rule]),
            )
    for name, group in by_name.items():
        for rule in map(open_to_everybody, group["IpPermissions"] if (name or "").startswith(wanted.name) else ()):
            if rule is not None:
                yield wrong(
                    "security group",
                    f"{name} lets everybody in on {rule.get('FromPort', 'every port')}",
                    "take the rule away",
                    lambda group=group, rule=rule: ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule]),
                )


def open_to_everybody(rule: dict) -> dict | None:
    """The part of a rule that is for everybody: AWS tells rules of one port together, and the others are to stay."""
    v4 = [range_ for range_ in rule.get("IpRanges", []) if range_["CidrIp"] == "0.0.0.0/0"]
    v6 = [range_ for range_ in rule.get("Ipv6Ranges", []) if range_["CidrIpv6"] == "::/0"]
    if not v4 and not v6:
        return None
    ports = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
    return ports | ({"IpRanges": v4} if v4 else {}) | ({"Ipv6Ranges": v6} if v6 else {})


def lets_in(server: dict, client_id: str, port: int) -> bool:
    return any(
        client_id in [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]
        and (rule["IpProtocol"] == "-1" or rule["FromPort"] <= port <= rule["ToPort"])
        for rule in server["IpPermissions"]
    )


def database(session: boto3.Session, wanted: Wanted, cluster: dict, connect: bool) -> Iterator[Finding]:
    rds = session.client("rds")
    try:
        (instance,) = rds.describe_db_instances(DBInstanceIdentifier=wanted.name)["DBInstances"]
    except ClientError as error:
        yield wrong("database", f"{wanted.name}: {error.response['Error']['Message']}", APPLY)
        return
    wrongs = [
        said
        for true, said in (
            (instance["DBInstanceStatus"] != "available", f"is {instance['DBInstanceStatus']}"),
            (instance.get("DBSubnetGroup", {}).get("VpcId") != cluster["resourcesVpcConfig"]["vpcId"], "is in another VPC than the cluster"),
            (not instance["MultiAZ"], "has no standby"),
            (not instance["StorageEncrypted"], "is not encrypted"),
        )
        if true
    ]
    if wrongs:
        yield wrong("database", f"{wanted.name} {', '.join(wrongs)}", APPLY)
    if instance["PubliclyAccessible"]:
        yield wrong(
            "database",
            f"{wanted.name} has a public address",
            "take it away",
            lambda: rds.modify_db_instance(DBInstanceIdentifier=wanted.name, PubliclyAccessible=False, ApplyImmediately=True),
        )
    elif not wrongs:
        yield good("database", f"{wanted.name}, in the cluster's VPC, with a standby")
    if connect and "Endpoint" in instance:
        yield from reach("database", instance["Endpoint"]["Address"], instance["Endpoint"]["Port"])


def cache(session: boto3.Session, wanted: Wanted, connect: bool) -> Iterator[Finding]:
    try:
        (group,) = session.client("elasticache").describe_replication_groups(ReplicationGroupId=wanted.name)["ReplicationGroups"]
    except ClientError as error:
        yield wrong("cache", f"{wanted.name}: {error.response['Error']['Message']}", APPLY)
        return
    if group["Status"] != "available" or not group.get("TransitEncryptionEnabled") or group.get("MultiAZ") != "enabled":
        yield wrong("cache", f"is {group['Status']}, TLS {group.get('TransitEncryptionEnabled')}, Multi-AZ {group.get('MultiAZ')}", APPLY)
    else:
        yield good("cache", f"{wanted.name}, TLS, over zones")
    endpoint = (group.get("NodeGroups") or [{}])[0].get("PrimaryEndpoint")
    if connect and endpoint:
        yield from reach("cache", endpoint["Address"], endpoint["Port"])


def reach(subject: str, host: str, port: int) -> Iterator[Finding]:
    """A connection from where this runs, which must be inside the VPC to say anything."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS_MAX):
            yield good(subject, f"{host}:{port} answers")
    except OSError as error:
        yield wrong(subject, f"{host}:{port}: {error}", "run this from inside the VPC; then see the security groups above")


def secrets(session: boto3.Session, wanted: Wanted) -> Iterator[Finding]:
    client = session.client("secretsmanager")
    for name in wanted.secrets:
        full = f"laurel/{wanted.environment}/{name}"
        try:
            stages = client.describe_secret(SecretId=full).get("VersionIdsToStages", {}).values()
        except client.exceptions.ResourceNotFoundException:
            yield wrong("secret", f"{full} is missing", APPLY)
            continue
        if any("AWSCURRENT" in stage for stage in stages):
            yield good("secret", full)
        else:
            yield wrong("secret", f"{full} has no value", f"run infra/fill-secrets {wanted.environment}")
