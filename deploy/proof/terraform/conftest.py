import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from terraform_cli import INFRA, terraform  # noqa: E402


@pytest.fixture(scope="session")
def cli():
    with terraform() as running:
        yield running


@pytest.fixture(scope="session")
def environments(cli):
    """What each environment would make."""
    return cli.plans(INFRA / "modules" / "environment")


@pytest.fixture(scope="session")
def bootstrap(cli):
    """What the bootstrap would make, by run."""
    return cli.plans(INFRA / "bootstrap")
