import sys
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.commands.wanted import REGION, wanted  # noqa: E402
from infra.tests.made import made  # noqa: E402, F401
from infra.tests.not_in_moto import NotInMoto  # noqa: E402

# Reading AWS' service models takes longer than everything else here; they are read once.
MODELS = Loader()


def session_with(**arguments) -> boto3.Session:
    core = botocore.session.get_session()
    core.register_component("data_loader", MODELS)
    return boto3.Session(botocore_session=core, region_name=REGION, **arguments)


@pytest.fixture
def session(monkeypatch):
    """An empty AWS account, mocked, in which a role of people is signed in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # A thousand images that nobody here starts from.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # moto asks this for each role it sees, and each time a file of two megabytes is read.
    monkeypatch.setattr(boto3.Session, "get_available_partitions", lambda self: ["aws"])
    with mock_aws():
        first = session_with()
        role = first.client("iam").create_role(RoleName="operators", Path="/people/", AssumeRolePolicyDocument="{}")
        keys = first.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="somebody")["Credentials"]
        yield session_with(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )


@pytest.fixture
def dev():
    return wanted("dev")


@pytest.fixture
def not_in_moto(session, monkeypatch):
    """What moto does not know: access entries, EC2's quotas, ElastiCache's users being changed."""
    return NotInMoto(monkeypatch)
