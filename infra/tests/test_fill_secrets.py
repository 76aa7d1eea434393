"""Secrets are made once, of the form that services read, and only those are made again that can be."""

import base64
import json
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.commands.fill_secrets import Filler, Refused


@pytest.fixture
def filler(session, made, dev, tmp_path):
    client = session.client("secretsmanager")
    for name in dev.secrets:
        client.delete_secret(SecretId=f"laurel/dev/{name}", ForceDeleteWithoutRecovery=True)
        client.create_secret(Name=f"laurel/dev/{name}")
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    return Filler(session, dev, bundle)


def test_everything_is_made_once(filler, dev):
    assert filler.fill() == list(dev.secrets)
    values = {name: filler.value(name) for name in dev.secrets}
    assert filler.fill() == []
    assert {name: filler.value(name) for name in dev.secrets} == values


def test_keys_have_the_form_that_services_read(filler):
    filler.fill()
    assert len(base64.b64decode(filler.value("master-key"), validate=True)) == 32
    assert filler.value("master-key") != filler.value("claim-key")
    private = load_pem_private_key(filler.value("token-private-key").encode(), password=None)
    public = load_pem_public_key(filler.value("token-public-key").encode())
    public.verify(private.sign(b"something"), b"something")


def test_every_user_has_a_password_of_its_own_and_knows_where_the_store_is(filler):
    filler.fill()
    broker, database, cache = (json.loads(filler.value(name)) for name in ("broker-passwords", "database", "cache"))
    passwords = [*broker.values(), *(value for name, value in database.items() if name.endswith("-password")), cache["password"]]
    assert len(set(passwords)) == len(passwords) == 11
    assert all(len(password) >= 32 for password in passwords)
    assert database["host"].endswith(".rds.amazonaws.com") and database["query-api-user"] == "query_api"
    assert cache["host"]


def test_the_cache_lets_in_whoever_has_the_password_and_while_it_changes_the_old_one(filler, not_in_moto):
    filler.fill()
    (change,) = not_in_moto.user_changes
    first = json.loads(filler.value("cache"))["password"]
    assert change["AccessString"] == "on ~lb:* -@all +@read"
    assert change["AuthenticationMode"] == {"Type": "password", "Passwords": [first]}
    assert filler.rotate("cache") == ["cache"]
    second = json.loads(filler.value("cache"))["password"]
    assert second != first
    assert not_in_moto.user_changes[1]["AuthenticationMode"]["Passwords"] == [second, first]


def test_what_would_lose_data_is_kept(filler):
    filler.fill()
    for name in ("master-key", "claim-key"):
        with pytest.raises(Refused, match="is kept"):
            filler.rotate(name)
    with pytest.raises(Refused, match="no secret"):
        filler.rotate("password")


def test_a_new_token_key_brings_its_public_half(filler):
    filler.fill()
    old = filler.value("token-public-key")
    assert filler.rotate("token-private-key") == ["token-private-key", "token-public-key"]
    assert filler.value("token-public-key") != old


def test_without_the_authorities_it_says_where_they_are(filler):
    filler.database_ca = None
    with pytest.raises(Refused, match="truststore.pki.rds.amazonaws.com"):
        filler.fill()
