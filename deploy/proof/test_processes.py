"""The programs start with exactly what the manifests give them: variables, an ordinary user, a root that cannot be written.

It takes built programs, so `deploy/proof/run` leaves it out unless LAUREL_PROGRAMS names their folder. What is replaced: addresses
(the brokers of test_broker_topology.py run here), the files' folder, and of the judge's layers `cgroup_memory`, which takes a pod.
"""

import asyncio
import os
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest

import rendered
import test_broker_topology as topology

PROGRAMS = pathlib.Path(os.environ.get("LAUREL_PROGRAMS", "target/debug")).resolve()
NOWHERE = {"LAUREL_DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/laurel", "LAUREL_REDIS_URL": "rediss://:none@127.0.0.1:1"}
KEY = "A" * 43 + "="


def container_of(name):
    objects = rendered.everything("production")
    (workload,) = [found for found in rendered.of_kind(objects, "Deployment", "Job") if rendered.name_of(found) == name]
    return rendered.pod_of(workload)["containers"][0]


def files(folder):
    """The secrets of all of them, where everybody can read them."""
    shutil.copy(folder / "ca.crt", folder / "authority.crt")
    for name, text in (("master-key", KEY), ("claim-key", KEY), ("database-url", NOWHERE["LAUREL_DATABASE_URL"])):
        (folder / name).write_text(text)
    private, public = folder / "token-private-key", folder / "token-public-key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    trusted = folder / "broker-ca"
    trusted.mkdir()
    shutil.copy(folder / "ca.crt", trusted / "ca.crt")
    for one in (*folder.parents, folder, trusted):
        if os.access(one, os.W_OK) and one.stat().st_uid == os.getuid() and one != pathlib.Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    for one in (*folder.glob("*-key*"), folder / "database-url", folder / "ca.crt", trusted / "ca.crt"):
        one.chmod(0o644)


def environment_of(name, brokers, user, port=None):
    """The container's variables, with this machine's addresses and folders."""
    folder, found = brokers.folder, {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for variable in container_of(name)["env"]:
        key, value = variable["name"], variable.get("value")
        if key == "LAUREL_NATS_URL":
            value = ",".join(f"tls://{user}:{topology.password(user)}@localhost:{one}" for one in brokers.client)
        elif key == "LAUREL_NATS_MONITOR_URLS":
            value = ",".join(f"http://127.0.0.1:{one}" for one in brokers.monitor)
        elif key in NOWHERE:
            value = NOWHERE[key]
        elif key == "LAUREL_LISTEN":
            value = f"127.0.0.1:{port}"
        elif key in ("LAUREL_FACTS_BYTES_MAX", "LAUREL_IDENTITY_BYTES_MAX"):
            value = str(int(value) >> 13)
        elif key == "LAUREL_JUDGE_LAYERS_REQUIRED":
            value = value.replace(",cgroup_memory", "")
        elif key == "SSL_CERT_DIR":
            value = str(folder / "broker-ca")
        elif value and value.startswith("/etc/laurel/"):
            value = str(folder / pathlib.Path(value).name)
        found[key] = value
    return found


def command(program, arguments=()):
    """As in the pod. Root lets nobody run it, on a root that is read-only but for /tmp, with the programs where nothing hides them."""
    if os.getuid() != 0:
        return [str(PROGRAMS / program), *arguments]
    words = [f"/mnt/{program}", *arguments]
    closed = (
        'mount --make-rprivate / && mount -o bind "$0" /mnt && mount -o bind,remount,ro / '
        '&& mount -t tmpfs -o size=16m,mode=1777 tmpfs /tmp && exec "$@"'
    )
    nobody = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--no-new-privs", "--bounding-set", "-all"]
    return ["unshare", "--mount", "sh", "-c", closed, str(PROGRAMS), *nobody, *words]


def answer(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=3) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.fixture(scope="module")
def brokers(tmp_path_factory):
    # Not below /tmp, which the programs do not see.
    folder = pathlib.Path(subprocess.run(["mktemp", "-d", "-p", "/var/tmp"], check=True, capture_output=True, text=True).stdout.strip())
    started = topology.Brokers(folder)
    for number in range(3):
        started.start(number)

    async def ready():
        await topology.within(30, lambda: started.ask("operator", lambda jetstream: jetstream.account_info()))

    asyncio.run(ready())
    files(folder)
    set_up = container_of("set-up-log")
    run = subprocess.run(
        command("laurel", set_up["args"]), env=environment_of("set-up-log", started, "operator"), capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    yield started
    started.end()
    shutil.rmtree(folder)


# Without stores a process of reads lives and says that it waits.
@pytest.mark.parametrize(
    "name, path", [("command-api", "/health/ready"), ("judge", "/health/ready"), ("projectors", "/health/live"), ("query-api", "/health/live")]
)
def test_a_process_starts_as_in_its_pod(brokers, name, path, tmp_path):
    (port,) = topology.free_ports(1)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command(name), env=environment_of(name, brokers, name, port), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 40
        while answer(port, path) != 200:
            said = (tmp_path / "log").read_text()
            assert process.poll() is None and time.monotonic() < deadline, said
            time.sleep(0.1)
    finally:
        process.terminate()
    assert process.wait(30) == 0
