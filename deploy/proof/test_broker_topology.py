"""Three brokers with the deployed configuration, on loopback: no acknowledged event is lost when one is killed and another
one cut off, and each account may do its work and nothing else."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sysconfig

import nats
import nats.errors
import nats.js.api as api
import nats.js.errors
import pytest

import rendered

USERS = ("command-api", "judge", "projectors", "query-api", "operator", "analyst", "backup")
FACT = "facts.submission.03.a-learner"


def password(user):
    """Begins with a digit, as random ones do: nats-server must not read it as a number."""
    return f"1-{user}"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificates(folder):
    """An authority, and one certificate for all servers, as cert-manager would make them."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=laurel broker", folder=folder)
    openssl("req", *curve, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=broker", folder=folder)
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tls.crt", "-days", "2",
            "-extfile", "names", folder=folder)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Brokers:
    """The deployed files, with addresses and folders of this machine in their places."""

    def __init__(self, folder):
        self.folder, self.processes = folder, [None] * 3
        ports = free_ports(9)
        self.client, self.cluster, self.monitor = ports[:3], ports[3:6], ports[6:]
        certificates(folder)
        maps = rendered.of_kind(rendered.part("production", "broker"), "ConfigMap")
        (configuration,) = [found for found in maps if "nats.conf" in found["data"]]
        for number in range(3):
            here = folder / str(number)
            here.mkdir()
            text = configuration["data"]["nats.conf"].replace("/etc/nats/tls", str(folder)).replace("/data/", f"{here}/")
            text = text.replace("0.0.0.0", "127.0.0.1").replace("/run/nats/", f"{here}/")
            for other in range(3):
                text = text.replace(f"broker-{other}.broker-members.broker.svc.cluster.local:6222", f"localhost:{self.cluster[other]}")
            text = text.replace("port: 4222", f"port: {self.client[number]}").replace("port: 6222", f"port: {self.cluster[number]}")
            text = text.replace("127.0.0.1:8222", f"127.0.0.1:{self.monitor[number]}")
            (here / "nats.conf").write_text(text)
            (here / "accounts.conf").write_text(configuration["data"]["accounts.conf"])

    def start(self, number):
        here = self.folder / str(number)
        environment = {**os.environ, "POD_NAME": f"broker-{number}", "STORE_BYTES_MAX": "1GiB"}
        environment |= {f"{user.upper().replace('-', '_')}_PASSWORD": f'"{password(user)}"' for user in USERS}
        program = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
        with (here / "log").open("ab") as log:
            self.processes[number] = subprocess.Popen([program, "-c", "nats.conf"], cwd=here, env=environment, stdout=log, stderr=log)

    def signal(self, number, what):
        self.processes[number].send_signal(what)

    def end(self):
        for process in self.processes:
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()

    async def connect(self, user, **options):
        trust = ssl.create_default_context(cafile=self.folder / "ca.crt")
        return await nats.connect(
            [f"tls://localhost:{port}" for port in self.client], user=user, password=password(user), tls=trust,
            inbox_prefix=f"_INBOX_{user}", connect_timeout=2, max_reconnect_attempts=3, allow_reconnect=False, error_cb=quiet,
            **options,
        )

    async def ask(self, user, question):
        """What a connection of its own tells: one to a server that answers nobody would be closed only after a while."""
        connection = await self.connect(user)
        try:
            return await question(connection.jetstream(timeout=2))
        finally:
            abandon(connection)


LEFT = set()


def abandon(connection):
    """Closes it beside what goes on."""
    task = asyncio.ensure_future(connection.close())
    LEFT.add(task)
    task.add_done_callback(lambda done: (LEFT.discard(done), done.cancelled() or done.exception()))


async def quiet(_error):
    """The tests look at what comes of it."""


@pytest.fixture
def brokers(tmp_path):
    started = Brokers(tmp_path)
    for number in range(3):
        started.start(number)
    yield started
    started.end()


async def within(seconds, attempt):
    """What `attempt` gives, tried until then."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await attempt()
        except (OSError, TimeoutError, nats.errors.Error, nats.js.errors.Error):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.05)


async def set_up(brokers):
    """FACTS with three replicas, by the account that does it in the cluster."""
    operator = await within(30, lambda: brokers.connect("operator"))
    config = api.StreamConfig(name="FACTS", subjects=["facts.>"], num_replicas=3, storage=api.StorageType.FILE, deny_delete=True)
    await within(30, lambda: operator.jetstream(timeout=2).add_stream(config))
    private = api.StreamConfig(name="IDENTITY", subjects=["private.*", "keys.*"], num_replicas=3, allow_direct=True)
    await within(30, lambda: operator.jetstream(timeout=2).add_stream(private))
    return operator


async def facts(brokers):
    return await within(30, lambda: brokers.ask("operator", lambda jetstream: jetstream.stream_info("FACTS")))


async def level(brokers):
    """Until both followers have what the leader has."""

    async def look():
        replicas = (await facts(brokers)).cluster.replicas or []
        if sum(replica.current for replica in replicas) < 2:
            raise TimeoutError("not level yet")

    await within(40, look)


class Submitting:
    """One learner after the other, for as long as it goes on; what was acknowledged is kept."""

    def __init__(self, brokers):
        self.brokers, self.acknowledged = brokers, []
        self.task = asyncio.create_task(self.submit())

    async def submit(self):
        connection, number = None, 0
        while True:
            number += 1
            await asyncio.sleep(0.01)  # Enough to be always under way; every one is read back.
            try:
                connection = connection or await self.brokers.connect("command-api")
                identity = f"event-{number}"
                await connection.jetstream(timeout=2).publish(FACT, b"{}", headers={"Nats-Msg-Id": identity})
                self.acknowledged.append(identity)
            except (OSError, TimeoutError, nats.errors.Error, nats.js.errors.Error):
                # Not acknowledged: whether it is there or not, nothing was promised.
                if connection:
                    abandon(connection)
                connection = None

    async def goes_on(self, count=20):
        before = len(self.acknowledged)

        async def more():
            if len(self.acknowledged) < before + count:
                raise TimeoutError(f"only {len(self.acknowledged) - before} were accepted")

        await within(40, more)


async def stored(brokers):
    """The ids in the log, in order, and how many messages it says that it has."""
    state = (await facts(brokers)).state

    async def read(jetstream):
        return [(await jetstream.get_msg("FACTS", number)).headers["Nats-Msg-Id"] for number in range(1, state.last_seq + 1)]

    return await within(30, lambda: brokers.ask("command-api", read)), state.messages


def test_nothing_acknowledged_is_lost(brokers):
    async def scenario():
        abandon(await set_up(brokers))
        submitting = Submitting(brokers)
        await submitting.goes_on()
        # The one that leads is killed, as if its node had gone.
        killed = int((await facts(brokers)).cluster.leader[-1])
        brokers.signal(killed, signal.SIGKILL)
        await submitting.goes_on()
        brokers.start(killed)
        await level(brokers)
        # The one that leads now is cut off: it holds its connections and answers nobody.
        cut_off = int((await facts(brokers)).cluster.leader[-1])
        brokers.signal(cut_off, signal.SIGSTOP)
        await submitting.goes_on()
        brokers.signal(cut_off, signal.SIGCONT)
        await level(brokers)
        await submitting.goes_on()
        submitting.task.cancel()
        await asyncio.gather(submitting.task, return_exceptions=True)
        ids, messages = await stored(brokers)
        assert set(submitting.acknowledged) <= set(ids)
        assert len(ids) == len(set(ids)) == messages

    asyncio.run(asyncio.wait_for(scenario(), 170))


async def allowed(client, subjects):
    """Those to which a publish comes to something: a refusal is told to the connection, not to the publisher."""

    async def answered(subject):
        try:
            await client.request(subject, b"{}", timeout=2)
        except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
            return False
        return True

    answers = await asyncio.gather(*map(answered, subjects))
    return [subject for subject, answer in zip(subjects, answers) if answer]


def test_accounts_may_do_their_work_and_nothing_else(brokers):
    async def scenario():
        operator = await set_up(brokers)
        queue = api.ConsumerConfig(durable_name="judge-live", filter_subject="facts.submission.>", ack_policy=api.AckPolicy.EXPLICIT)
        await within(20, lambda: operator.jetstream(timeout=2).add_consumer("FACTS", queue))
        learner = await within(10, lambda: brokers.connect("command-api"))
        await within(20, lambda: learner.jetstream(timeout=2).publish(FACT, b"{}"))
        judge = await brokers.connect("judge")
        # Its work: take a submission, read it by sequence, append the verdict.
        taking = judge.jetstream(timeout=2)
        delivered = await judge.subscribe("_INBOX_judge.next")
        await judge.publish("$JS.API.CONSUMER.MSG.NEXT.FACTS.judge-live", b'{"batch":1}', reply="_INBOX_judge.next")
        taken = await delivered.next_msg(timeout=20)
        assert (taken.subject, taken.data) == (FACT, b"{}")
        await taken.ack_sync(timeout=10)
        await within(20, lambda: taking.publish("facts.judgement.03.a-learner", b"{}"))
        forbidden = (
            FACT, "facts.learner.03.a-learner", "facts.operation.03.x", "private.a-learner", "keys.a-learner",
            "$JS.API.STREAM.DELETE.FACTS", "$JS.API.STREAM.PURGE.FACTS", "$JS.API.STREAM.MSG.DELETE.FACTS",
            "$JS.API.STREAM.MSG.GET.IDENTITY", "$JS.API.CONSUMER.CREATE.FACTS.mine", "$JS.API.STREAM.CREATE.MINE",
            "$JS.API.CONSUMER.DELETE.FACTS.judge-live", "anything",
        )
        assert await allowed(judge, forbidden) == []
        analyst = await brokers.connect("analyst")
        read = await within(20, lambda: analyst.jetstream(timeout=2).get_msg("FACTS", 1))
        assert read.data == b"{}"
        forbidden = (
            FACT, "facts.judgement.03.a-learner", "private.a-learner", "$JS.API.STREAM.INFO.IDENTITY",
            "$JS.API.STREAM.MSG.GET.IDENTITY", "$JS.API.DIRECT.GET.IDENTITY.keys.a-learner", "$JS.API.CONSUMER.CREATE.IDENTITY.mine",
            "$JS.API.STREAM.PURGE.FACTS", "$JS.API.STREAM.DELETE.FACTS", "$JS.API.CONSUMER.MSG.NEXT.FACTS.judge-live",
        )
        assert await allowed(analyst, forbidden) == []
        assert await allowed(analyst, ["$JS.API.STREAM.INFO.FACTS"]), "and yet it is asked"
        # Nobody comes in without a password, and nobody hears another's answers.
        with pytest.raises((nats.errors.Error, OSError)):
            await nats.connect(f"tls://localhost:{brokers.client[0]}", tls=ssl.create_default_context(cafile=brokers.folder / "ca.crt"),
                               allow_reconnect=False, error_cb=quiet)
        heard = []

        async def hear(message):
            heard.append(message)

        await analyst.subscribe("_INBOX_judge.>", cb=hear)
        await analyst.subscribe("facts.>", cb=hear)
        await analyst.flush()
        await within(20, lambda: taking.publish("facts.judgement.03.a-learner", b"{}"))
        await analyst.flush()
        assert heard == []

    asyncio.run(asyncio.wait_for(scenario(), 100))


def test_nobody_is_served_in_the_clear(brokers):
    async def plain():
        await within(20, lambda: brokers.connect("operator"))
        with socket.create_connection(("127.0.0.1", brokers.client[0]), timeout=5) as connection:
            greeting = connection.makefile("rb").readline()
            assert json.loads(greeting.removeprefix(b"INFO "))["tls_required"] is True
            connection.sendall(b'CONNECT {"user":"operator","pass":"1-operator"}\r\nPING\r\n')
            assert b"PONG" not in connection.recv(1000)

    asyncio.run(asyncio.wait_for(plain(), 60))
