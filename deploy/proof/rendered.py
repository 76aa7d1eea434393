"""What kustomize makes of deploy/, per environment: the objects, and the pods they lead to."""

import functools
import json
import pathlib
import subprocess

import yaml

REPO = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "staging", "production")
PARTS = ("namespaces", "foundation", "broker", "set-up", "services", "monitoring")


@functools.cache
def kustomized(folder):
    """The objects of a folder below deploy/. Callers must not change them."""
    made = subprocess.run(["kubectl", "kustomize", str(REPO / "deploy" / folder)], capture_output=True, text=True)
    if made.returncode:
        raise AssertionError(f"deploy/{folder} cannot be rendered: {made.stderr}")
    return tuple(document for document in yaml.safe_load_all(made.stdout) if document)


@functools.cache
def part(environment, name):
    return kustomized(f"overlays/{environment}/{name}")


def everything(environment):
    """All objects of an environment that are ours."""
    return [document for name in PARTS for document in part(environment, name)]


def applications(environment):
    """What Argo CD is given: projects and applications."""
    return list(kustomized(f"argocd/environments/{environment}"))


def of_kind(objects, *kinds):
    return [document for document in objects if document["kind"] in kinds]


def name_of(document):
    return document["metadata"]["name"]


def namespace_of(document):
    return document["metadata"].get("namespace")


def labels_of(document):
    return document["metadata"].get("labels", {})


WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def template_of(workload):
    spec = workload["spec"]
    return (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)["template"]


def pod_of(workload):
    return template_of(workload)["spec"]


def containers_of(pod):
    return pod["containers"] + pod.get("initContainers", [])


def pod_labels(workload):
    return template_of(workload)["metadata"]["labels"]


def infra(file):
    return json.loads((REPO / "infra" / file).read_text())


def lookup(values, path):
    """`a.b` in nested mappings; None where there is nothing, the whole for an empty path."""
    for step in path.split(".") if path else []:
        values = (values or {}).get(step)
    return values
