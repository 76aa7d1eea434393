"""checkov has nothing against infra/ but what is skipped there, each with its reason beside it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from terraform_cli import INFRA

SKIPS_MAX = 12


def failed(folder: Path) -> set[tuple[str, str]]:
    """Every check that failed, and on what."""
    command = [str(Path(sys.executable).with_name("checkov")), "--directory", str(folder), "--framework", "terraform"]
    answer = subprocess.run(
        [*command, "--skip-download", "--quiet", "--compact", "--output", "json"],
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    found = json.loads(answer.stdout)
    assert found["summary"]["parsing_errors"] == 0
    assert found["summary"]["passed"] > 0
    return {(check["check_id"], check["resource"]) for check in found["results"]["failed_checks"]}


def test_checkov_has_nothing_against_it():
    assert failed(INFRA) == set()


def test_skips_are_few_and_have_reasons():
    skips = [skip for path in INFRA.rglob("*.tf") for skip in re.findall(r"checkov:skip=(.*)", path.read_text())]
    assert len(skips) <= SKIPS_MAX
    assert all(re.fullmatch(r"CKV2?_AWS_\d+:\S.{15,}", skip) for skip in skips), skips


def test_a_planted_mistake_is_found(tmp_path):
    for name in ("key", "database"):
        shutil.copytree(INFRA / "modules" / name, tmp_path / name)
    main = tmp_path / "database" / "main.tf"
    main.write_text(main.read_text().replace("storage_encrypted     = true", "storage_encrypted     = false"))
    assert ("CKV_AWS_16", "aws_db_instance.this") in failed(tmp_path / "database")
