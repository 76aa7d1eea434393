"""What each process is given is exactly what its code reads."""

import re

import pytest

import rendered

# Which code reads the environment of which container, and what it is called there.
READ_BY = {
    ("laurel", "command-api"): "command-api/src/config.rs",
    ("laurel", "query-api"): "query-api/src/config.rs",
    ("laurel", "projectors"): "projectors/src/config.rs",
    ("judge", "judge"): "judge/src/config.rs",
    ("laurel", "set-up-log"): "cli/src/commands/set_up.rs",
    ("laurel", "migrations"): "cli/src/commands/set_up.rs",
}
# What `chassis::trace::Tracing` reads, for whoever has one.
TRACING = {"OTEL_EXPORTER_OTLP_ENDPOINT": "optional", "OTEL_TRACES_SAMPLER_ARG": "or"}
# Not ours: what the clients of the broker and of Redis trust (rustls-native-certs).
OF_LIBRARIES = {"SSL_CERT_FILE", "SSL_CERT_DIR"}


@pytest.fixture(params=rendered.ENVIRONMENTS)
def environment(request):
    return request.param


def declared(source):
    """name → how it is read: required, optional, or, secret."""
    code = source.split("#[cfg(test)]")[0]
    found = dict(
        (name, how)
        for how, name in re.findall(r"settings\s*\.(required|optional|or|secret)(?:::<[^>]*>)?\(\s*\"(LAUREL_[A-Z_]+)\"", code)
    )
    mentioned = {name.removesuffix("_FILE") for name in re.findall(r"LAUREL_[A-Z_]+", code)}
    if "Tracing::read(" in code:
        found |= TRACING
        mentioned |= set(TRACING)
    assert mentioned == set(found), f"read in a way this proof does not see: {mentioned ^ set(found)}"
    return found


def read_by(namespace, name):
    source = (rendered.REPO / READ_BY[namespace, name]).read_text()
    if READ_BY[namespace, name].startswith("cli/"):
        # One function for each of the two parts.
        part = {"set-up-log": "log", "migrations": "tables"}[name]
        function = re.search(rf"async fn {part}\(.*?\n}}\n", source, re.S)
        source = function.group(0)
    return declared(source)


def faults(given, reads):
    """Every variable is set, by itself or as a file where it is a secret, and no other is."""
    found = []
    for name, how in reads.items():
        forms = {name, f"{name}_FILE"} if how == "secret" else {name}
        if len(forms & given) != 1:
            found.append(f"{name} is set {len(forms & given)} times")
        given = given - forms
    return found + [f"{name} is read by nobody" for name in sorted(given - OF_LIBRARIES)]


def given_to(workload):
    (container,) = rendered.pod_of(workload)["containers"]
    return {variable["name"] for variable in container["env"]}


def ours(environment):
    return {
        (rendered.namespace_of(workload), rendered.name_of(workload)): workload
        for workload in rendered.of_kind(rendered.everything(environment), "Deployment", "Job")
        if rendered.namespace_of(workload) != "monitoring"
    }


def test_every_process_is_given_what_it_reads(environment):
    there = ours(environment)
    assert set(there) == set(READ_BY)
    for key, workload in there.items():
        assert faults(given_to(workload), read_by(*key)) == [], key


def test_files_are_where_the_variables_say(environment):
    for workload in ours(environment).values():
        pod = rendered.pod_of(workload)
        (container,) = pod["containers"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        files = {
            f"{mounts[volume['name']]}/{item['path']}"
            for volume in pod["volumes"]
            for item in volume.get("secret", {}).get("items", [])
            if volume["name"] in mounts
        }
        for variable in container["env"]:
            if variable["name"].endswith("_FILE") and variable["name"] != "SSL_CERT_FILE":
                assert variable["value"] in files, (rendered.name_of(workload), variable)


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given - {"LAUREL_NATS_URL"},
        lambda given: given | {"LAUREL_NATS_URI"},
        lambda given: given | {"LAUREL_MASTER_KEY"},
        lambda given: given - {"LAUREL_MASTER_KEY_FILE"},
    ],
)
def test_a_planted_mistake_is_seen(change):
    judge = ours("dev")["judge", "judge"]
    assert faults(change(given_to(judge)), read_by("judge", "judge"))


def test_processes_listen_where_they_are_asked(environment):
    for workload in ours(environment).values():
        (container,) = rendered.pod_of(workload)["containers"]
        listen = next((variable["value"] for variable in container["env"] if variable["name"] == "LAUREL_LISTEN"), None)
        if listen:
            assert [port["containerPort"] for port in container["ports"]] == [int(listen.rsplit(":", 1)[1])]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = container.get(probe, {}).get("httpGet", {}).get("path")
            observed = (rendered.REPO / "chassis/src/observe.rs").read_text()
            assert path is None or f'"{path}"' in observed, path
