"""The database's users, made in a real PostgreSQL by an owner who, as in RDS, is no superuser: each may do its work and no more."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from infra.commands.database_users import environment
from infra.commands.wanted import INFRA

AS_LAUREL = INFRA.parent / "bin" / "as-laurel"
OWNER = """
CREATE ROLE laurel_owner LOGIN CREATEROLE CREATEDB;
GRANT pg_monitor, pg_read_all_data TO laurel_owner WITH ADMIN OPTION;
"""


def as_laurel(*command, **options):
    """PostgreSQL refuses root."""
    return subprocess.run([AS_LAUREL, *command], check=True, stdout=subprocess.DEVNULL, timeout=60, **options)


class Database:
    def __init__(self, folder: Path):
        self.folder = folder

    def psql(self, user: str, *arguments: str, database: str = "laurel", **variables: str) -> subprocess.CompletedProcess:
        kept = {"PATH": os.environ["PATH"], "PGHOST": str(self.folder), "PGUSER": user, "PGDATABASE": database}
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", *arguments]
        return subprocess.run(command, env=kept | variables, capture_output=True, text=True, timeout=60, check=False)

    def answer(self, user: str, statement: str, database: str = "laurel") -> str:
        done = self.psql(user, "--command", statement, database=database)
        return (done.stdout + done.stderr).strip()


@pytest.fixture(scope="module")
def database():
    programs = Path(max(glob.glob("/usr/lib/postgresql/*/bin/initdb"))).parent
    # Where both root and laurel can be, and short enough for a socket.
    folder = Path(tempfile.mkdtemp(prefix="laurel-users-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "laurel")
        as_laurel(programs / "initdb", "--pgdata", folder / "data", "--auth", "trust", "--username", "postgres", cwd=folder)
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        as_laurel(programs / "pg_ctl", "--pgdata", folder / "data", "--wait", "--log", folder / "log", "-o", settings, "start", cwd=folder)
        try:
            running = Database(folder)
            running.answer("postgres", OWNER, database="postgres")
            running.answer("postgres", "CREATE DATABASE laurel OWNER laurel_owner", database="postgres")
            yield running
        finally:
            as_laurel(programs / "pg_ctl", "--pgdata", folder / "data", "--mode", "immediate", "stop", cwd=folder)
    finally:
        shutil.rmtree(folder)


def test_each_user_may_do_its_work_and_no_more(database):
    passwords = {"PROJECTORS_PASSWORD": "with'quotes\"", "QUERY_API_PASSWORD": "b", "EXPORTER_PASSWORD": "c"}
    for _ in range(2):
        done = database.psql("laurel_owner", "--file", str(INFRA / "database-users.sql"), **passwords)
        assert done.returncode == 0, done.stderr
    assert database.answer("projectors", "CREATE SCHEMA board_v1; CREATE TABLE board_v1.t (n int); INSERT INTO board_v1.t VALUES (7)") == ""
    assert "permission denied" in database.answer("projectors", "CREATE ROLE another")
    assert database.answer("query_api", "SELECT n FROM board_v1.t") == "7"
    assert database.answer("query_api", "LISTEN laurel_moved") == ""
    assert "read-only transaction" in database.answer("query_api", "DELETE FROM board_v1.t")
    for statement in ("DELETE FROM board_v1.t", "CREATE TABLE mine ()", "CREATE SCHEMA mine"):
        assert "permission denied" in database.answer("query_api", f"BEGIN READ WRITE; {statement}")
    assert database.answer("exporter", "SELECT count(*) > 0 FROM pg_stat_activity") == "t"
    assert "permission denied" in database.answer("exporter", "SELECT n FROM board_v1.t")


def test_a_missing_password_makes_no_user(database):
    done = database.psql("laurel_owner", "--file", str(INFRA / "database-users.sql"), PROJECTORS_PASSWORD="a", EXPORTER_PASSWORD="c")
    assert done.returncode != 0


def test_psql_is_told_who_to_believe(session, tmp_path):
    manager, rds = session.client("secretsmanager"), session.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="laurel-dev",
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="laurel_owner",
        ManageMasterUserPassword=True,
    )
    (instance,) = rds.describe_db_instances()["DBInstances"]
    owner = {"username": "laurel_owner", "password": "owner's"}
    manager.put_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"], SecretString=json.dumps(owner))
    users = {"projectors-password": "a", "query-api-password": "b", "exporter-password": "c"}
    manager.create_secret(Name="laurel/dev/database", SecretString=json.dumps(users))
    told = environment(session, "laurel-dev", "laurel/dev", 15432, tmp_path / "bundle.pem")
    assert (told["PGHOST"], told["PGHOSTADDR"]) == (instance["Endpoint"]["Address"], "127.0.0.1")
    assert (told["PGSSLMODE"], told["PGPASSWORD"], told["QUERY_API_PASSWORD"]) == ("verify-full", "owner's", "b")
