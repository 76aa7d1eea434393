"""Makes the database's users with the passwords that infra/fill-secrets made (infra/database-users.sql). Needs psql 15 or newer,
and a forwarded port of the bastion's to the database (docs/deploy.md).

    infra/database-users ENVIRONMENT --port PORT --database-ca FILE
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

import boto3

from .wanted import INFRA, REGION, wanted


def environment(session: boto3.Session, name: str, prefix: str, port: int, database_ca: Path) -> dict[str, str]:
    """What psql is told: the owner's password, the users' passwords, and to believe none but the database itself although it
    is reached through a port of this machine."""
    manager = session.client("secretsmanager")
    (instance,) = session.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    owner = json.loads(manager.get_secret_value(SecretId=instance["MasterUserSecret"]["SecretArn"])["SecretString"])
    users = json.loads(manager.get_secret_value(SecretId=f"{prefix}/database")["SecretString"])
    return {
        "PGHOST": instance["Endpoint"]["Address"],
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": str(port),
        "PGDATABASE": "laurel",
        "PGUSER": owner["username"],
        "PGPASSWORD": owner["password"],
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(database_ca),
        "PROJECTORS_PASSWORD": users["projectors-password"],
        "QUERY_API_PASSWORD": users["query-api-password"],
        "EXPORTER_PASSWORD": users["exporter-password"],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra/database-users", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("environment", choices=["dev", "staging", "production"])
    parser.add_argument("--port", type=int, required=True, help="the port on this machine that is forwarded")
    parser.add_argument("--database-ca", type=Path, required=True)
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--profile", help="the profile in ~/.aws/config")
    options = parser.parse_args(arguments)
    session = boto3.Session(profile_name=options.profile, region_name=options.region)
    want = wanted(options.environment)
    told = environment(session, want.name, f"laurel/{want.environment}", options.port, options.database_ca)
    command = ["psql", "--no-psqlrc", "--quiet", "--file", str(INFRA / "database-users.sql")]
    return subprocess.run(command, env={**os.environ, **told}, check=False).returncode
