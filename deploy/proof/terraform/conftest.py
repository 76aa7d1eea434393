import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from terraform_cli import terraform  # noqa: E402


@pytest.fixture(scope="session")
def cli():
    with terraform() as running:
        yield running
