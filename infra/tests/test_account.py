"""Pre-flight, before Terraform: what an account lacks is found, and mended where a script can."""

import boto3
import pytest

from infra.commands import account
from infra.commands.preflight import go_through


def wrongs(findings):
    return {finding.subject: finding for finding in findings if not finding.good}


@pytest.fixture
def ready(session, not_in_moto):
    """An account with nothing to complain about."""
    for service in account.SERVICE_LINKED:
        session.client("iam").create_service_linked_role(AWSServiceName=service)
    s3 = session.client("s3")
    bucket = f"laurel-state-{session.client('sts').get_caller_identity()['Account']}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return session


@pytest.fixture(autouse=True)
def offerings(monkeypatch):
    """moto's list of instance types per zone is of one region and old: every type that is asked for is offered."""

    def offered(session, wanted):
        yield from ()

    monkeypatch.setattr(account, "instance_types", offered)


def test_a_good_account_is_good(ready, dev):
    assert wrongs(account.checks(ready, dev)) == {}


def test_an_empty_account_lacks_roles_and_a_state_bucket(session, not_in_moto, dev):
    assert set(wrongs(account.checks(session, dev))) == {"service-linked role", "state"}


def test_missing_roles_are_made(session, not_in_moto, dev):
    assert go_through(account.service_linked_roles(session), "all", ask=lambda _: "") == 0
    assert wrongs(account.service_linked_roles(session)) == {}


def test_a_user_is_not_a_role(ready, dev):
    iam = ready.client("iam")
    iam.create_user(UserName="somebody")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    as_user = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="eu-central-1")
    assert "is a user" in wrongs(account.identity(as_user))["identity"].said
    assert account.role_arn(as_user) is None


def test_the_role_behind_a_session_has_its_path(ready):
    assert account.role_arn(ready).endswith(":role/people/operators")


def test_a_zone_that_is_not_there(ready, dev):
    elsewhere = dev.__class__(**{**dev.__dict__, "zones": ("eu-central-1a", "eu-central-1b", "eu-central-1z")})
    assert "eu-central-1z" in wrongs(account.zones(ready, elsewhere))["zones"].said


def test_a_quota_that_is_too_small_is_asked_for_and_stays_wrong(ready, not_in_moto, dev):
    not_in_moto.quotas["L-1216C47A"] = 5.0
    assert go_through(account.quotas(ready, dev), "all", ask=lambda _: "") == 1
    assert not_in_moto.asked == [("L-1216C47A", float(dev.vcpus_max("ON_DEMAND")))]


def test_addresses_that_others_have_count(ready, not_in_moto, dev):
    for _ in range(8):
        ready.client("ec2").allocate_address(Domain="vpc")
    assert "11 are needed" in wrongs(account.quotas(ready, dev))["quota"].said


def test_vcpus_are_those_of_all_nodes_at_their_most(dev):
    # application 4 + 1, broker 3 × (1 + 1), argocd 3 + 1, monitoring 3 × (1 + 1), each with 2 vCPUs; judges 4 + 1 with 4.
    assert (dev.vcpus_max("ON_DEMAND"), dev.vcpus_max("SPOT")) == (42, 20)


def test_a_state_bucket_without_versions_is_mended(ready, dev):
    bucket = f"laurel-state-{ready.client('sts').get_caller_identity()['Account']}"
    ready.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert go_through(account.state(ready), "all", ask=lambda _: "") == 0
    assert wrongs(account.state(ready)) == {}


def test_nothing_is_changed_without_a_yes(session, not_in_moto):
    asked = []
    assert go_through(account.service_linked_roles(session), "ask", ask=lambda text: asked.append(text) or "") == 1
    assert len(asked) == len(account.SERVICE_LINKED)
    assert len(wrongs(account.service_linked_roles(session))) == 1
