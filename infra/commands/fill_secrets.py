"""Makes the secrets of an environment, each where Terraform left a place for it: random, never printed, in no file.

    infra/fill-secrets ENVIRONMENT                 what has no value gets one; what has one keeps it
    infra/fill-secrets ENVIRONMENT --rotate NAME   a new one, except where that would lose data

Give `--database-ca FILE`: Amazon's authorities for RDS in the region, as the address in infra/secrets.json has them.
"""

import argparse
import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

import boto3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from .wanted import REGION, Wanted, wanted

KEY_BYTES = 32


class Refused(Exception):
    """What cannot be done, in words for whoever asked."""


@dataclass
class Filler:
    session: boto3.Session
    wanted: Wanted
    database_ca: Path | None = None

    def __post_init__(self) -> None:
        self.manager = self.session.client("secretsmanager")

    def fill(self) -> list[str]:
        """Gives a value to whatever has none, in the file's order: what a value is made of comes before it."""
        return [self.put(name) for name in self.wanted.secrets if self.value(name) is None]

    def rotate(self, name: str) -> list[str]:
        description = self.wanted.secrets.get(name)
        if description is None:
            raise Refused(f"there is no secret {name}: {', '.join(self.wanted.secrets)}")
        if "keep" in description:
            raise Refused(f"{name} is kept: {description['keep']}")
        derived = [other for other, its in self.wanted.secrets.items() if its.get("of") == name]
        return [self.put(each) for each in [name, *derived]]

    def put(self, name: str) -> str:
        value = self.make(name)
        if name == "cache":
            self.let_in(json.loads(value)["password"])
        self.manager.put_secret_value(SecretId=self.full(name), SecretString=value)
        return name

    def make(self, name: str) -> str:
        description = self.wanted.secrets[name]
        match description.get("make"):
            case None:
                texts = {**description.get("texts", {})}
                if "host" in description:
                    texts["host"] = self.host(description["host"])
                return json.dumps(texts | {property_: secrets.token_urlsafe(KEY_BYTES) for property_ in description["passwords"]})
            case "key":
                return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
            case "ed25519":
                return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            case "public-key-of":
                private = load_pem_private_key(self.value(description["of"]).encode(), password=None)
                return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            case "file":
                if self.database_ca is None:
                    raise Refused(f"{name}: give --database-ca FILE, from {description['from']}")
                return self.database_ca.read_text()
            case other:
                raise Refused(f"infra/secrets.json: nothing makes {other}")

    def value(self, name: str) -> str | None:
        try:
            return self.manager.get_secret_value(SecretId=self.full(name))["SecretString"]
        except self.manager.exceptions.ResourceNotFoundException:
            return None

    def full(self, name: str) -> str:
        return f"laurel/{self.wanted.environment}/{name}"

    def host(self, store: str) -> str:
        if store == "database":
            (instance,) = self.session.client("rds").describe_db_instances(DBInstanceIdentifier=self.wanted.name)["DBInstances"]
            return instance["Endpoint"]["Address"]
        (group,) = self.session.client("elasticache").describe_replication_groups(ReplicationGroupId=self.wanted.name)["ReplicationGroups"]
        return group["NodeGroups"][0]["PrimaryEndpoint"]["Address"]

    def let_in(self, password: str) -> None:
        """Gives the cache's user its password and switches it on. The old one is good until services have taken the new one."""
        cache = self.session.client("elasticache")
        user_id = f"{self.wanted.name}-services"
        (user,) = cache.describe_users(UserId=user_id)["Users"]
        rules = user["AccessString"].removeprefix("on ").removeprefix("off ")
        old = self.value("cache")
        passwords = [password, *([json.loads(old)["password"]] if old else [])]
        cache.modify_user(
            UserId=user_id,
            AccessString=f"on {rules}",
            AuthenticationMode={"Type": "password", "Passwords": passwords},
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra/fill-secrets", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("environment", choices=["dev", "staging", "production"])
    parser.add_argument("--rotate", metavar="NAME")
    parser.add_argument("--database-ca", metavar="FILE", type=Path)
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--profile", help="the profile in ~/.aws/config")
    options = parser.parse_args(arguments)
    session = boto3.Session(profile_name=options.profile, region_name=options.region)
    filler = Filler(session, wanted(options.environment), options.database_ca)
    try:
        done = filler.rotate(options.rotate) if options.rotate else filler.fill()
    except Refused as refused:
        print(refused)
        return 1
    for name in done:
        print(f"made {filler.full(name)}")
    print(f"{len(done)} made, {len(filler.wanted.secrets) - len(done)} left as they were")
    return 0
