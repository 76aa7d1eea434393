"""The environment `dev` in a mocked account, as far as pre-flight looks at it."""

import pytest

from infra.commands import account, environment

NAME = "laurel-dev"


def tags(name):
    return [{"Key": "Name", "Value": name}]


@pytest.fixture
def made(session, not_in_moto, dev):
    """The environment `dev`, as far as pre-flight looks at it."""
    ec2, eks, rds = session.client("ec2"), session.client("eks"), session.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        for number, zone in enumerate(dev.zones)
    ]
    groups = {}
    for name in ("application", "monitoring", "bastion", "database", "cache", "control-plane"):
        groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        ec2.create_tags(Resources=[groups[name]], Tags=tags(f"{NAME}-{name}"))
    for client, server, port in (
        ("application", "database", 5432),
        ("monitoring", "database", 5432),
        ("application", "cache", 6379),
        ("monitoring", "cache", 6379),
    ):
        let_in(ec2, groups[client], groups[server], port)
    eks.create_cluster(
        name=NAME,
        version=dev.kubernetes_version,
        roleArn="arn:aws:iam::123456789012:role/control-plane",
        resourcesVpcConfig={"subnetIds": subnets, "securityGroupIds": [], "endpointPublicAccess": False, "endpointPrivateAccess": True},
    )
    network = eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]
    # moto makes up a VPC and a group for the control plane; the real ones are given to the checks instead.
    network |= {"vpcId": vpc, "clusterSecurityGroupId": groups["control-plane"]}
    let_in(ec2, groups["bastion"], groups["control-plane"], 443)
    for pool in dev.pools:
        eks.create_nodegroup(
            clusterName=NAME,
            nodegroupName=pool.name,
            subnets=subnets,
            nodeRole="arn:aws:iam::123456789012:role/node",
            scalingConfig={"minSize": pool.min, "maxSize": pool.max, "desiredSize": pool.min},
            labels={"workload": pool.workload},
            taints=[{"key": "workload", "value": pool.workload, "effect": "NO_SCHEDULE"}],
        )
    rds.create_db_subnet_group(DBSubnetGroupName=NAME, DBSubnetGroupDescription="x", SubnetIds=subnets)
    rds.create_db_instance(
        DBInstanceIdentifier=NAME,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="laurel_owner",
        MasterUserPassword="only-in-this-test",
        MultiAZ=True,
        StorageEncrypted=True,
        PubliclyAccessible=False,
        DBSubnetGroupName=NAME,
    )
    session.client("elasticache").create_replication_group(
        ReplicationGroupId=NAME,
        ReplicationGroupDescription="x",
        Engine="valkey",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        TransitEncryptionEnabled=True,
    )
    for name in dev.secrets:
        session.client("secretsmanager").create_secret(Name=f"laurel/dev/{name}", SecretString="x")
    not_in_moto.entries[account.role_arn(session)] = [environment.ADMINISTRATOR]
    return {"cluster": {"resourcesVpcConfig": network}, "groups": groups}


def let_in(ec2, client, server, port):
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": client}]}
    ec2.authorize_security_group_ingress(GroupId=server, IpPermissions=[rule])
