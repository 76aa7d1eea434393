"""Pre-flight, after Terraform: an environment as Terraform makes it is good, and whatever is broken in it is found."""

import socket

from infra.commands import account, environment
from infra.commands.preflight import go_through
from infra.tests.made import NAME


def wrongs(findings):
    return {finding.subject: finding for finding in findings if not finding.good}


def test_what_terraform_makes_is_good(session, made, dev):
    cluster = made["cluster"]
    assert wrongs(environment.control_plane(session.client("eks").describe_cluster(name=NAME)["cluster"], dev)) == {}
    assert wrongs(environment.access(session, dev)) == {}
    assert wrongs(environment.node_groups(session, dev)) == {}
    assert wrongs(environment.security_groups(session, dev, cluster)) == {}
    assert wrongs(environment.database(session, dev, cluster, connect=False)) == {}
    assert wrongs(environment.cache(session, dev, connect=False)) == {}
    assert wrongs(environment.secrets(session, dev)) == {}


def test_without_a_cluster_only_that_is_said(session, not_in_moto, dev):
    (finding,) = environment.checks(session, dev, connect=False)
    assert (finding.good, finding.subject) == (False, "cluster")


def test_a_cluster_that_is_public_or_of_another_version(dev):
    cluster = {"status": "ACTIVE", "version": "1.34", "resourcesVpcConfig": {"endpointPublicAccess": False}}
    assert "1.34" in wrongs(environment.control_plane(cluster, dev))["cluster"].said
    cluster["resourcesVpcConfig"]["endpointPublicAccess"] = True
    assert "internet" in wrongs(environment.control_plane(cluster, dev))["cluster"].said


def test_somebody_without_an_access_entry_is_let_in(session, made, dev, not_in_moto):
    not_in_moto.entries.clear()
    assert go_through(environment.access(session, dev), "ask", ask=lambda _: "y") == 0
    assert not_in_moto.entries == {account.role_arn(session): [environment.ADMINISTRATOR]}
    assert wrongs(environment.access(session, dev)) == {}


def test_an_access_entry_without_a_policy_gets_one(session, made, dev, not_in_moto):
    not_in_moto.entries[account.role_arn(session)] = []
    assert go_through(environment.access(session, dev), "all", ask=lambda _: "") == 0
    assert wrongs(environment.access(session, dev)) == {}


def test_a_node_group_that_is_missing(session, made, dev):
    session.client("eks").delete_nodegroup(clusterName=NAME, nodegroupName="judge")
    assert "judge" in wrongs(environment.node_groups(session, dev))["node group"].said


def test_a_missing_rule_is_added(session, made, dev):
    ec2, groups = session.client("ec2"), made["groups"]
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": groups["application"]}]}
    ec2.revoke_security_group_ingress(GroupId=groups["database"], IpPermissions=[rule])
    found = wrongs(environment.security_groups(session, dev, made["cluster"]))
    assert found["security group"].said == "laurel-dev-application does not reach laurel-dev-database on 5432"
    assert go_through(environment.security_groups(session, dev, made["cluster"]), "all", ask=lambda _: "") == 0
    assert wrongs(environment.security_groups(session, dev, made["cluster"])) == {}


def test_a_rule_for_everybody_is_taken_away(session, made, dev):
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    session.client("ec2").authorize_security_group_ingress(GroupId=made["groups"]["database"], IpPermissions=[rule])
    found = wrongs(environment.security_groups(session, dev, made["cluster"]))
    assert "lets everybody in on 5432" in found["security group"].said
    assert go_through(environment.security_groups(session, dev, made["cluster"]), "all", ask=lambda _: "") == 0
    assert wrongs(environment.security_groups(session, dev, made["cluster"])) == {}


def test_a_database_with_a_public_address_loses_it(session, made, dev):
    rds = session.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier=NAME, PubliclyAccessible=True)
    assert go_through(environment.database(session, dev, made["cluster"], connect=False), "all", ask=lambda _: "") == 0
    assert rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]["PubliclyAccessible"] is False


def test_a_database_in_another_vpc_is_found(session, made, dev):
    elsewhere = {"resourcesVpcConfig": {"vpcId": "vpc-elsewhere"}}
    assert "another VPC" in wrongs(environment.database(session, dev, elsewhere, connect=False))["database"].said


def test_stores_that_are_missing(session, not_in_moto, dev):
    cluster = {"resourcesVpcConfig": {"vpcId": "vpc-1"}}
    assert set(wrongs(environment.database(session, dev, cluster, connect=False))) == {"database"}
    assert set(wrongs(environment.cache(session, dev, connect=False))) == {"cache"}


def test_a_store_that_answers_and_one_that_does_not():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert wrongs(environment.reach("database", "127.0.0.1", port)) == {}
    assert "127.0.0.1" in wrongs(environment.reach("database", "127.0.0.1", port))["database"].said


def test_a_secret_without_a_value_is_found(session, made, dev):
    client = session.client("secretsmanager")
    client.delete_secret(SecretId="laurel/dev/cache", ForceDeleteWithoutRecovery=True)
    client.create_secret(Name="laurel/dev/cache")
    client.delete_secret(SecretId="laurel/dev/grafana", ForceDeleteWithoutRecovery=True)
    said = [finding.said for finding in environment.secrets(session, dev) if not finding.good]
    assert said == ["laurel/dev/cache has no value", "laurel/dev/grafana is missing"]
