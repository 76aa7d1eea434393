"""Pipelines and images: pinned, without keys, and nothing goes on after an error."""

import importlib.machinery
import importlib.util
import re

import pytest
import yaml

import rendered

WORKFLOWS = sorted((rendered.REPO / ".github/workflows").glob("*.yml"))
DOCKERFILE = (rendered.REPO / "deploy/images/Dockerfile").read_text()


@pytest.fixture(params=WORKFLOWS, ids=lambda file: file.stem)
def workflow(request):
    return request.param.read_text()


def test_every_action_is_of_one_commit(workflow):
    for action, comment in re.findall(r"uses: (\S+)(.*)", workflow):
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v[\d.]+", comment), f"{action} does not say its version"


def test_nothing_goes_on_after_an_error(workflow):
    for habit in ("continue-on-error", "|| true", "|| :", "if: always()", "set +e", "soft_fail"):
        assert habit not in workflow, habit


def test_jobs_may_only_what_they_need(workflow):
    document = yaml.safe_load(workflow)
    assert document["permissions"] == {"contents": "read"}
    # YAML 1.1 reads the key `on` as true.
    assert "pull_request_target" not in (document.get("on") or document[True])
    for job in document["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert "write-all" not in str(job.get("permissions"))


def test_there_are_no_keys(workflow):
    assert "secrets." not in workflow and "aws-access-key" not in workflow
    # What a person types or a commit says never becomes a part of a script.
    for script in [step.get("run", "") for job in yaml.safe_load(workflow)["jobs"].values() for step in job["steps"]]:
        assert "${{" not in script


def images():
    text = (rendered.REPO / "deploy/overlays/dev/environment/kustomization.yaml").read_text()
    return set(re.findall(r"  - name: (\S+)", text))


def mirrored():
    lines = (rendered.REPO / "deploy/images/mirrored.txt").read_text().splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


def test_every_image_is_built_or_mirrored():
    pipeline = yaml.safe_load((rendered.REPO / ".github/workflows/images.yml").read_text())
    built = pipeline["jobs"]["image"]["strategy"]["matrix"]["target"]
    assert set(built) | set(mirrored()) == images()
    assert set(built) <= set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.M))
    assert all(re.fullmatch(r"\S+:v?\d+\.\d+\.\d+", image) for image in mirrored().values())


def test_bases_are_pinned_and_processes_are_nobody():
    bases = re.findall(r"^ARG (?:RUST|DEBIAN|NODE)=(\S+)", DOCKERFILE, re.M)
    assert len(bases) == 3
    assert all(re.fullmatch(r"[\w.:-]+@sha256:[0-9a-f]{64}", image) for image in bases)
    for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]:
        base, name = re.match(r"(\S+) AS (\S+)", stage).groups()
        assert base in ("${RUST}", "${DEBIAN}", "${NODE}", "scratch", "base"), name
        users = re.findall(r"^USER (\S+)", stage, re.M)
        if name == "base" or users:
            assert users[-1] == "10001:10001", name
        if base == "base":
            assert re.search(r'^ENTRYPOINT \["/usr/local/bin/', stage, re.M), name
    for workload in rendered.of_kind(rendered.everything("production"), *rendered.WORKLOADS):
        assert rendered.pod_of(workload)["securityContext"].get("runAsUser", 10001) == 10001


def test_what_is_compiled_is_in_the_context():
    ignored = (rendered.REPO / "deploy/images/Dockerfile.dockerignore").read_text()
    members = re.search(r"members = \[(.*?)\]", (rendered.REPO / "Cargo.toml").read_text(), re.S).group(1)
    for member in re.findall(r'"([^"]+)"', members):
        assert f"!{member}\n" in ignored, member


def pin():
    loader = importlib.machinery.SourceFileLoader("pin", str(rendered.REPO / "deploy/images/pin"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("pin", loader))
    loader.exec_module(module)
    return module


def test_a_deployment_changes_the_digests_it_names_and_nothing_else():
    text = (rendered.REPO / "deploy/overlays/dev/environment/kustomization.yaml").read_text()
    digest = "sha256:" + "ab" * 32
    changed = pin().pinned(text, {"judge": digest})
    different = [(old, new) for old, new in zip(text.splitlines(), changed.splitlines()) if old != new]
    assert different == [(different[0][0], f"    digest: {digest}")]
    assert pin().digests(changed) == {**pin().digests(text), "judge": digest}
    for wrong in ({"judges": digest}, {"judge": "sha256:short"}, {"judge": "latest"}):
        with pytest.raises(SystemExit):
            pin().pinned(text, wrong)
