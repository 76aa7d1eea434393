"""What infra/ makes and what deploy/ asks for are the same: secrets and their properties, images, and pods that have
a role in AWS."""

import json
import re

import yaml
from terraform_cli import INFRA

DEPLOY = INFRA.parent / "deploy"
# Roles that are ready for jobs which deploy/ does not have yet.
NOT_YET = {"backup", "restore"}


def manifests():
    return (path for folder in ("base", "overlays", "argocd") for path in (DEPLOY / folder).rglob("*.yaml"))


def asked_for() -> set[tuple[str, str | None]]:
    """Every secret that a manifest reads, with the property or, if it takes them by name or all, without."""
    found = set()
    for path in manifests():
        for key, property_ in re.findall(r"key: laurel/ENVIRONMENT/([\w-]+)(?:, property: ([\w-]+))?", path.read_text()):
            found.add((key, property_ or None))
    return found


def made() -> dict[str, set[str]]:
    descriptions = json.loads((INFRA / "secrets.json").read_text())
    return {
        name: {*its.get("passwords", []), *its.get("texts", {}), *(["host"] if "host" in its else [])}
        for name, its in descriptions.items()
    }


def test_every_secret_that_is_asked_for_is_made():
    secrets = made()
    for name, property_ in asked_for():
        assert name in secrets, name
        assert property_ is None or property_ in secrets[name], (name, property_)


def test_every_secret_that_is_made_is_asked_for():
    assert {name for name, _ in asked_for()} == set(made())


def test_every_image_has_its_repository(bootstrap):
    repositories = {resource["name"] for resource in bootstrap["one_account"].values() if resource["type"] == "aws_ecr_repository"}
    images = set()
    for path in manifests():
        images |= set(re.findall(r"newName: \d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com/(\S+)", path.read_text()))
    assert images == repositories


def test_every_role_for_pods_has_its_pods(environments):
    associations = {
        (resource["namespace"], resource["service_account"])
        for resource in environments["dev"].values()
        if resource["type"] == "aws_eks_pod_identity_association" and resource["service_account"] not in NOT_YET
    }
    charts = set()
    for path in (DEPLOY / "argocd").rglob("*.yaml"):
        for chart in yaml.safe_load_all(path.read_text()):
            if chart and chart.get("kind") == "Application" and "chart" in chart["spec"].get("source", {}):
                charts.add((chart["spec"]["destination"]["namespace"], chart["spec"]["source"]["helm"]["releaseName"]))
    assert associations <= charts
