"""Runs Terraform with the stand-in provider, offline."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import schema_provider

HERE = Path(__file__).parent
INFRA = HERE.parents[2] / "infra"
SCHEMA = HERE / "aws_schema.json"
SECONDS_MAX = 120


@dataclass
class Answer:
    code: int
    text: str


@dataclass
class Terraform:
    """Terraform in one environment; it leaves nothing in the folders that it works in."""

    environment: dict[str, str]
    data: Path

    def run(self, folder: Path, *arguments: str) -> Answer:
        data = self.data / str(abs(hash(str(folder))))
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=folder,
            env={**self.environment, "TF_DATA_DIR": str(data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        return Answer(done.returncode, done.stdout)

    def ready(self, folder: Path) -> None:
        answer = self.run(folder, "init", "-backend=false", "-input=false", "-no-color", "-upgrade=false")
        if answer.code != 0:
            raise AssertionError(f"{folder}: {answer.text}")

    def validate(self, folder: Path) -> list[str]:
        """What Terraform has against the folder: unknown or missing arguments, wrong types, references to nothing."""
        self.ready(folder)
        answer = json.loads(self.run(folder, "validate", "-json").text)
        return [
            f"{note['summary']}: {note['detail']} ({note.get('range', {}).get('filename')})"
            for note in answer["diagnostics"]
        ]

    def plans(self, folder: Path) -> dict[str, dict[str, dict]]:
        """By the name of each run of the folder's tests: every resource that it would make, by address."""
        self.ready(folder)
        plans, notes = {}, []
        for line in self.run(folder, "test", "-json", "-verbose").text.splitlines():
            message = json.loads(line)
            if message["type"] == "test_plan":
                changes = message["test_plan"].get("resource_changes", [])
                plans[message["@testrun"]] = {
                    change["address"]: {"type": change["type"], **(change["change"]["after"] or {})}
                    for change in changes
                    if change["mode"] == "managed"
                }
            elif message["type"] == "diagnostic" and message["diagnostic"]["severity"] == "error":
                notes.append(f"{message['diagnostic']['summary']}: {message['diagnostic']['detail']}")
            elif message["type"] == "test_summary" and message["test_summary"]["status"] != "pass":
                notes.append(f"{message['test_summary']}")
        if notes:
            raise AssertionError("\n".join(notes))
        return plans


@contextmanager
def terraform() -> Iterator[Terraform]:
    if shutil.which("terraform") is None:
        raise AssertionError("Terraform is missing: infra/README.md says which version.")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    schema = json.loads(SCHEMA.read_text())
    with tempfile.TemporaryDirectory() as data, schema_provider.serving(schema) as served:
        yield Terraform({**kept, **served, "CHECKPOINT_DISABLE": "1"}, Path(data))
