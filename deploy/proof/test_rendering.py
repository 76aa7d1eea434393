"""Everything renders, is valid for the cluster's Kubernetes version, names only what is there, and has no bad habit."""

import ipaddress
import json
import pathlib
import re

import jsonschema
import kubernetes_validate
import pytest
import yaml

import rendered

VERSION = rendered.infra("node-groups.json")["kubernetes_version"]
SCHEMAS = pathlib.Path(__file__).parent / "schemas"
BOOTSTRAP = sorted((rendered.REPO / "deploy/argocd/bootstrap").glob("*.yaml"))


@pytest.fixture(params=rendered.ENVIRONMENTS)
def environment(request):
    return request.param


def validate(document):
    """Strictly: unknown fields are refused."""
    group_and_version = document["apiVersion"]
    schema = SCHEMAS / f"{group_and_version.replace('/', '_')}_{document['kind']}.json".lower()
    if schema.exists():
        jsonschema.validate(document, json.loads(schema.read_text()))
        return
    own = "." not in group_and_version.split("/")[0] or ".k8s.io/" in group_and_version
    assert own, f"no schema is kept for {group_and_version} {document['kind']}"
    kubernetes_validate.validate(document, VERSION, strict=True)


def test_every_object_is_valid(environment):
    for document in rendered.everything(environment) + rendered.applications(environment):
        try:
            validate(document)
        except Exception as error:
            raise AssertionError(f"{document['kind']} {rendered.name_of(document)}: {error}") from error


@pytest.mark.parametrize("file", BOOTSTRAP, ids=lambda file: file.stem)
def test_what_is_applied_by_hand_is_valid(file):
    validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    "path, value",
    [
        (("spec", "template", "spec", "nodeSelecter"), {}),
        (("spec", "template", "spec", "hostUsers"), "no"),
        (("spec", "template", "spec", "containers", 0, "readinesProbe"), {}),
    ],
)
def test_a_wrong_field_is_refused(path, value):
    document = json.loads(json.dumps(rendered.of_kind(rendered.part("dev", "services"), "Deployment")[0]))
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(document)


@pytest.mark.parametrize("kind", ["ScaledObject", "ExternalSecret"])
def test_a_wrong_field_of_a_custom_resource_is_refused(kind):
    document = json.loads(json.dumps(rendered.of_kind(rendered.part("dev", "services"), kind)[0]))
    document["spec"]["minReplicas"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


def workloads(environment):
    return rendered.of_kind(rendered.everything(environment), *rendered.WORKLOADS)


def test_every_image_is_ours_and_by_digest(environment):
    for workload in workloads(environment):
        for container in rendered.containers_of(rendered.pod_of(workload)):
            assert re.fullmatch(
                r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/laurel/[a-z-]+@sha256:[0-9a-f]{64}", container["image"]
            ), f"{rendered.name_of(workload)}: {container['image']}"


def test_no_pod_may_more_than_it_needs(environment):
    for workload in workloads(environment):
        name, pod = rendered.name_of(workload), rendered.pod_of(workload)
        assert pod["automountServiceAccountToken"] is False, name
        assert not any(pod.get(field) for field in ("hostNetwork", "hostPID", "hostIPC")), name
        for container in rendered.containers_of(pod):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False and context["readOnlyRootFilesystem"] is True, name
            assert context["capabilities"] == {"drop": ["ALL"]} and not context.get("privileged"), name
            # The one that writes into a folder of the node, which is root's.
            installs = (name, container["name"]) == ("judge-node", "install")
            non_root = context.get("runAsNonRoot", pod["securityContext"].get("runAsNonRoot"))
            assert bool(non_root) != installs, name
            assert context.get("procMount", "Default") == ("Unmasked" if name == "judge" else "Default"), name


def test_only_the_named_namespaces_are_not_restricted(environment):
    levels = {
        rendered.name_of(namespace): rendered.labels_of(namespace)["pod-security.kubernetes.io/enforce"]
        for namespace in rendered.of_kind(rendered.everything(environment), "Namespace")
    }
    assert {name for name, level in levels.items() if level != "restricted"} == {"judge", "node-agents"}


def test_the_judge_is_as_its_documentation_says(environment):
    judge = next(workload for workload in workloads(environment) if rendered.name_of(workload) == "judge")
    pod = rendered.pod_of(judge)
    container = pod["containers"][0]
    page = (rendered.REPO / "docs/judge.md").read_text()
    told = yaml.safe_load(re.search(r"### On Kubernetes.*?```yaml\n(.*?)```", page, re.S).group(1))["spec"]
    assert pod["hostUsers"] is told["hostUsers"] is False
    assert pod["securityContext"].items() >= told["securityContext"].items()
    assert container["securityContext"] == told["containers"][0]["securityContext"]
    assert told["volumes"][0] in pod["volumes"] and told["containers"][0]["volumeMounts"][0] in container["volumeMounts"]
    assert container["resources"]["requests"] == container["resources"]["limits"]
    assert pod["dnsPolicy"] == "None"
    installer = next(workload for workload in workloads(environment) if rendered.name_of(workload) == "judge-node")
    profile = "laurel/judge.json"
    host = next(volume["hostPath"]["path"] for volume in rendered.pod_of(installer)["volumes"] if "hostPath" in volume)
    written = rendered.pod_of(installer)["initContainers"][0]["command"][-1]
    assert f"{host}/{pathlib.Path(written).name}" == f"/var/lib/kubelet/seccomp/{profile}"


def test_the_judge_finds_the_brokers_without_dns(environment):
    judge = next(workload for workload in workloads(environment) if rendered.name_of(workload) == "judge")
    services = rendered.of_kind(rendered.part(environment, "broker"), "Service")
    fixed = {
        f"{rendered.name_of(service)}.broker.svc.cluster.local": service["spec"]["clusterIP"]
        for service in services
        if service["spec"].get("clusterIP") != "None"
    }
    aliases = {name: alias["ip"] for alias in rendered.pod_of(judge)["hostAliases"] for name in alias["hostnames"]}
    assert aliases == fixed and len(fixed) == 3
    cluster = (rendered.REPO / "infra/modules/cluster/main.tf").read_text()
    network = ipaddress.ip_network(re.search(r'service_ipv4_cidr = "([^"]*)"', cluster).group(1))
    # The lowest 256 are given out by themselves only when there are no others.
    assert all(16 < int(ipaddress.ip_address(address)) - int(network.network_address) < 256 for address in fixed.values())


def test_long_running_pods_have_probes_and_limits(environment):
    for workload in workloads(environment):
        name, pod = rendered.name_of(workload), rendered.pod_of(workload)
        for container in rendered.containers_of(pod):
            requests, limits = container["resources"]["requests"], container["resources"]["limits"]
            assert {"cpu", "memory"} <= requests.keys() and "memory" in limits, name
            if workload["kind"] in ("Deployment", "StatefulSet") and container in pod["containers"]:
                assert "readinessProbe" in container and "livenessProbe" in container, name


def test_what_is_there_more_than_once_may_be_disrupted_one_by_one(environment):
    objects = rendered.everything(environment)
    budgets = [
        (rendered.namespace_of(budget), budget["spec"]["selector"]["matchLabels"].items())
        for budget in rendered.of_kind(objects, "PodDisruptionBudget")
    ]
    for workload in rendered.of_kind(objects, "Deployment", "StatefulSet"):
        labels = rendered.pod_labels(workload).items()
        covering = [one for one in budgets if one[0] == rendered.namespace_of(workload) and one[1] <= labels]
        assert len(covering) == (0 if workload["spec"].get("replicas") == 1 else 1), rendered.name_of(workload)


def test_selectors_select_what_is_meant(environment):
    objects = rendered.everything(environment)
    for workload in rendered.of_kind(objects, "Deployment", "StatefulSet", "DaemonSet"):
        assert workload["spec"]["selector"]["matchLabels"].items() <= rendered.pod_labels(workload).items()
    for service in rendered.of_kind(objects, "Service"):
        selector = dict(service["spec"]["selector"])
        one_pod = selector.pop("statefulset.kubernetes.io/pod-name", None)
        named = [
            workload
            for workload in rendered.of_kind(objects, "Deployment", "StatefulSet")
            if rendered.namespace_of(workload) == rendered.namespace_of(service)
            and selector.items() <= rendered.pod_labels(workload).items()
            and (one_pod is None or one_pod.startswith(rendered.name_of(workload)))
        ]
        assert len(named) == 1, rendered.name_of(service)
        ports = {port["name"] for container in rendered.pod_of(named[0])["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, rendered.name_of(service)


def made_secrets(objects):
    """Of each secret somebody makes: its keys; None when they are not told."""
    made = {}
    for external in rendered.of_kind(objects, "ExternalSecret"):
        template = external["spec"].get("target", {}).get("template", {}).get("data")
        keys = set(template) if template else {entry["secretKey"] for entry in external["spec"]["data"]}
        made[rendered.namespace_of(external), rendered.name_of(external)] = keys
    for certificate in rendered.of_kind(objects, "Certificate"):
        made[rendered.namespace_of(certificate), certificate["spec"]["secretName"]] = {"tls.crt", "tls.key", "ca.crt"}
    return made


def test_every_secret_and_configuration_that_is_named_is_made(environment):
    objects = rendered.everything(environment)
    made = made_secrets(objects)
    maps = {(rendered.namespace_of(found), rendered.name_of(found)) for found in rendered.of_kind(objects, "ConfigMap")}
    for workload in rendered.of_kind(objects, *rendered.WORKLOADS):
        namespace, name, pod = rendered.namespace_of(workload), rendered.name_of(workload), rendered.pod_of(workload)
        for volume in pod.get("volumes", []):
            if "secret" in volume:
                keys = {item["key"] for item in volume["secret"].get("items", [])}
                assert keys <= made[namespace, volume["secret"]["secretName"]], (name, volume)
            if "configMap" in volume:
                assert (namespace, volume["configMap"]["name"]) in maps, (name, volume)
        for container in rendered.containers_of(pod):
            for source in container.get("envFrom", []):
                assert (namespace, source["secretRef"]["name"]) in made, name
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference:
                    assert reference["key"] in made[namespace, reference["name"]], (name, variable)


def test_every_secret_comes_from_a_place_that_terraform_makes(environment):
    places = rendered.infra("secrets.json")
    for external in rendered.of_kind(rendered.everything(environment), "ExternalSecret"):
        for entry in external["spec"]["data"]:
            prefix, of, name = entry["remoteRef"]["key"].split("/")
            assert (prefix, of) == ("laurel", environment)
            assert name in places, f"infra/secrets.json has no {name}"
            place = places[name]
            known = {*place.get("passwords", []), *place.get("texts", {}), *(["host"] if "host" in place else [])}
            assert entry["remoteRef"].get("property") in (known or {None}), entry["remoteRef"]


def test_priority_classes_and_service_accounts_are_there(environment):
    objects = rendered.everything(environment)
    classes = {rendered.name_of(found) for found in rendered.of_kind(objects, "PriorityClass")} | {"system-node-critical"}
    accounts = {(rendered.namespace_of(found), rendered.name_of(found)) for found in rendered.of_kind(objects, "ServiceAccount")}
    for workload in rendered.of_kind(objects, *rendered.WORKLOADS):
        pod = rendered.pod_of(workload)
        assert (rendered.namespace_of(workload), pod["serviceAccountName"]) in accounts
        if rendered.namespace_of(workload) != "monitoring":
            assert pod["priorityClassName"] in classes


def test_what_a_mount_shows_is_a_volume(environment):
    for workload in workloads(environment):
        pod = rendered.pod_of(workload)
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
        for container in rendered.containers_of(pod):
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes, rendered.name_of(workload)
