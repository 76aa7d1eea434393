"""Argo CD may do what is rendered and nothing more, in an order in which each part finds what it stands on."""

import re

import pytest
import yaml

import rendered

CLUSTER_WIDE = (
    "Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterIssuer", "ClusterSecretStore",
    "PriorityClass", "StorageClass",
)
HERE = "https://kubernetes.default.svc"


@pytest.fixture(params=rendered.ENVIRONMENTS)
def environment(request):
    return request.param


def project(environment, name):
    return next(
        found["spec"] for found in rendered.of_kind(rendered.applications(environment), "AppProject") if rendered.name_of(found) == name
    )


def applications(environment, kind):
    return [
        found
        for found in rendered.of_kind(rendered.applications(environment), "Application")
        if rendered.labels_of(found)["laurel.dev/kind"] == kind
    ]


def group_of(document):
    return document["apiVersion"].rsplit("/", 1)[0] if "/" in document["apiVersion"] else ""


def test_our_project_allows_exactly_what_is_rendered(environment):
    ours = project(environment, "laurel")
    objects = rendered.everything(environment)
    kinds = {(group_of(found), found["kind"]) for found in objects}
    allowed = {
        where: {(entry["group"], entry["kind"]) for entry in ours[f"{where}ResourceWhitelist"]} for where in ("cluster", "namespace")
    }
    assert allowed["cluster"] == {kind for kind in kinds if kind[1] in CLUSTER_WIDE}
    assert allowed["namespace"] == {kind for kind in kinds if kind[1] not in CLUSTER_WIDE}
    # A certificate authority is where cert-manager looks for it.
    assert {entry["namespace"] for entry in ours["destinations"]} == {rendered.name_of(found) for found in rendered.of_kind(objects, "Namespace")}
    assert {entry["server"] for entry in ours["destinations"]} == {HERE}
    assert len(ours["sourceRepos"]) == 1


def test_nothing_is_allowed_by_a_star(environment):
    bootstrap = yaml.safe_load((rendered.REPO / "deploy/argocd/bootstrap/project.yaml").read_text())["spec"]
    for spec in (project(environment, "laurel"), project(environment, "operators"), bootstrap):
        assert "*" not in yaml.safe_dump(spec)


def test_every_application_is_within_its_project(environment):
    for found in applications(environment, "part"):
        spec = found["spec"]
        assert spec["project"] == "laurel"
        assert [spec["source"]["repoURL"]] == project(environment, "laurel")["sourceRepos"]
        assert spec["source"]["path"] == f"deploy/overlays/{environment}/{rendered.name_of(found)}"
        assert (rendered.REPO / spec["source"]["path"] / "kustomization.yaml").exists()
    operators = project(environment, "operators")
    for found in applications(environment, "chart"):
        spec = found["spec"]
        assert spec["project"] == "operators"
        assert spec["source"]["repoURL"] in operators["sourceRepos"]
        assert spec["destination"]["namespace"] in {entry["namespace"] for entry in operators["destinations"]}
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", spec["source"]["targetRevision"]), "a chart is of one version"


def wave(application):
    return int(application["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])


def test_each_part_finds_what_it_stands_on(environment):
    waves = {rendered.name_of(found): wave(found) for kind in ("part", "chart") for found in applications(environment, kind)}
    assert set(rendered.PARTS) < set(waves)
    order = [
        ("namespaces", "cert-manager"), ("namespaces", "external-secrets"), ("cert-manager", "foundation"),
        ("external-secrets", "foundation"), ("foundation", "broker"), ("broker", "set-up"), ("set-up", "services"),
        ("keda", "services"), ("foundation", "kube-prometheus-stack"), ("kube-prometheus-stack", "monitoring"),
        ("services", "monitoring"), ("aws-load-balancer-controller", "services"),
    ]
    for before, after in order:
        assert waves[before] < waves[after], (before, after)


def test_only_production_waits_for_a_person(environment):
    (bootstrap,) = yaml.safe_load_all((rendered.REPO / f"deploy/argocd/bootstrap/{environment}.yaml").read_text())
    everything = [bootstrap, *rendered.of_kind(rendered.applications(environment), "Application")]
    for found in everything:
        automated = found["spec"].get("syncPolicy", {}).get("automated")
        assert automated == (None if environment == "production" else {"prune": True, "selfHeal": True}), rendered.name_of(found)


def test_migrations_come_before_what_uses_them_and_can_be_repeated(environment):
    jobs = {rendered.name_of(found): found["metadata"]["annotations"] for found in rendered.of_kind(rendered.part(environment, "set-up"), "Job")}
    assert jobs["migrations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert all(notes["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation" for notes in jobs.values())
    # What the hook needs came with an earlier part: of its own part nothing is there yet.
    before = {(found["kind"], rendered.name_of(found)) for found in rendered.part(environment, "foundation")}
    for job in rendered.of_kind(rendered.part(environment, "set-up"), "Job"):
        pod = rendered.pod_of(job)
        secrets = {volume["secret"]["secretName"] for volume in pod["volumes"]}
        assert secrets <= {name for kind, name in before if kind in ("ExternalSecret", "Certificate")}
        assert {("ServiceAccount", pod["serviceAccountName"]), ("PriorityClass", pod["priorityClassName"])} <= before
        assert ("NetworkPolicy", rendered.pod_labels(job)["app.kubernetes.io/name"]) in before
