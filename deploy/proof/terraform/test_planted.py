"""Planted mistakes: each is found, by the check that is there for it."""

import re
import shutil

import pytest
from habits import RULES, no_secret_is_in_the_state
from terraform_cli import INFRA

# A file below infra/, what it says, what it is made to say, and what is then said of it.
INVALID = [
    ("modules/key/main.tf", "enable_key_rotation ", "enable_key_rotations", "Unsupported argument"),
    ("modules/bastion/main.tf", 'instance_type               = "t3.micro"', "instance_type               = []", "Incorrect attribute value type"),
    ("modules/database/main.tf", "  instance_class = var.instance_class\n", "  instance_class = var.instance_classes\n", "undeclared input variable"),
    ("modules/network/main.tf", "  cidr_block           = var.cidr\n", "  cidr_block           = aws_vpc_ipam.this.cidr\n", "undeclared resource"),
    ("modules/cluster/main.tf", "  role_arn                      = aws_iam_role.control_plane.arn\n", "", "Missing required argument"),
    ("modules/registry/main.tf", "image_scanning_configuration {", "image_scanning {", "Unsupported block type"),
    ("modules/environment/main.tf", "  vpc_id    = module.network.vpc_id\n  vpc_cidr", "  vpc_cidr", 'The argument "vpc_id" is required'),
    ("modules/environment/main.tf", "module.storage.key_arn", "module.storage.key_id", "Unsupported attribute"),
    ("modules/environment/main.tf", "  monthly_usd = local", "  monthly_eur = local", "Unsupported argument"),
]

# The same for what is valid and wrong; each is named by the rule that finds it.
WRONG = [
    ("modules/node-groups/main.tf", 'effect = "NO_SCHEDULE"', 'effect = "PREFER_NO_SCHEDULE"', "nodes_are_labelled_and_tainted"),
    ("modules/node-groups/main.tf", "capacity_type        = each.value.capacity", 'capacity_type        = "SPOT"', "only_judges_are_spot"),
    ("modules/node-groups/main.tf", "http_put_response_hop_limit = 1", "http_put_response_hop_limit = 2", "metadata_asks_for_a_token_and_stays_on_the_node"),
    ("modules/node-groups/main.tf", "encrypted             = true", "encrypted             = false", "disks_are_encrypted"),
    ("modules/cluster/main.tf", "endpoint_public_access  = false", "endpoint_public_access  = true", "the_cluster_is_private_encrypted_and_audited"),
    ("modules/environment/main.tf", "var.account.administrator_role_arns", '["arn:aws:iam::111122223333:role/laurel-ci-images"]', "ci_is_not_in_the_cluster"),
    ("modules/cluster/add_ons.tf", "nodeSelector = { workload = group }", "nodeSelector = {}", "add_ons_are_there_and_know_their_place"),
    ("modules/database/main.tf", "storage_encrypted     = true", "storage_encrypted     = false", "the_database_survives_and_is_not_public"),
    ("modules/cache/main.tf", 'transit_encryption_mode    = "required"', 'transit_encryption_mode    = "preferred"', "the_cache_survives_and_is_closed"),
    ("modules/storage/main.tf", "block_public_policy     = true", "block_public_policy     = false", "buckets_are_closed_encrypted_and_versioned"),
    ("modules/network/main.tf", "map_public_ip_on_launch = false", "map_public_ip_on_launch = true", "every_zone_has_its_own_way"),
    ("modules/cache/main.tf", "  referenced_security_group_id = each.value\n", '  cidr_ipv4                    = "0.0.0.0/0"\n', "nothing_is_open_to_everybody"),
    ("modules/bastion/main.tf", "policy/AmazonSSMManagedInstanceCore", "policy/AdministratorAccess", "no_role_may_do_too_much"),
    ("modules/key/main.tf", "enable_key_rotation     = true", "enable_key_rotation     = false", "logs_and_keys_are_looked_after"),
]

# What a module itself refuses when it is planned.
REFUSED = [
    ("node-groups.json", '"capacity": "ON_DEMAND", "per_zone": false, "min": 3, "max": 4', '"capacity": "SPOT", "per_zone": false, "min": 3, "max": 4', "only judges may be SPOT"),
    ("node-groups.json", '"per_zone": true, "min": 3, "max": 3', '"per_zone": false, "min": 3, "max": 3', "a volume lives in one zone"),
    ("node-groups.json", '"per_zone": true, "min": 3, "max": 3', '"per_zone": true, "min": 3, "max": 4', "the same size in each of three zones"),
    ("node-groups.json", '"kubernetes_version": "1.35"', '"kubernetes_version": "1.32"', "1.33 or newer"),
    ("node-groups.json", '"eu-central-1c"]', '"eu-central-1b"]', "three different zones"),
    ("node-groups.json", '["eu-central-1a"', '["eu-west-1a"', "not of the region"),
]


@pytest.fixture
def planted(tmp_path):
    """A copy of infra/ in which mistakes can be made."""
    copy = tmp_path / "infra"
    shutil.copytree(INFRA, copy)
    test = copy / "modules/environment/tests/environment.tftest.hcl"
    test.write_text(test.read_text().split('run "staging"')[0])

    def plant(mistakes):
        for file, text, mistake, _ in mistakes:
            path = copy / file
            assert text in path.read_text(), f"{file} no longer says {text}"
            path.write_text(path.read_text().replace(text, mistake, 1))
        return copy

    return plant


@pytest.mark.parametrize("mistake", INVALID, ids=lambda mistake: f"{mistake[0]}: {mistake[3]}")
def test_terraform_finds_what_is_invalid(cli, planted, mistake):
    copy = planted([mistake])
    root = copy / ("bootstrap" if "registry" in mistake[0] else "environments/dev")
    assert any(mistake[3] in note for note in cli.validate(root))


def test_each_rule_finds_what_is_wrong(cli, planted):
    copy = planted([*WRONG, ("modules/node-groups/variables.tf", 'group.capacity == "ON_DEMAND" || ', "true || ", "")])
    (plan,) = cli.plans(copy / "modules" / "environment").values()
    found = {rule.__name__ for rule in RULES if list(rule(plan))}
    assert found == {rule for *_, rule in WRONG}


def test_the_rule_about_images_finds_what_is_wrong(cli, planted):
    copy = planted([("modules/registry/main.tf", '"IMMUTABLE"', '"MUTABLE"', "")])
    plan = cli.plans(copy / "bootstrap")["one_account"]
    assert {rule.__name__ for rule in RULES if list(rule(plan))} == {"images_do_not_change"}


def test_a_credential_that_lives_long_is_found():
    assert list(no_secret_is_in_the_state({"aws_key_pair.this": {"type": "aws_key_pair"}}))


def test_every_rule_has_its_mistake():
    elsewhere = {"images_do_not_change", "no_secret_is_in_the_state"}
    assert {rule.__name__ for rule in RULES} == {rule for *_, rule in WRONG} | elsewhere


@pytest.mark.parametrize("mistake", REFUSED, ids=lambda mistake: mistake[3])
def test_modules_refuse_what_cannot_be(cli, planted, mistake):
    with pytest.raises(AssertionError, match=re.compile(re.escape(mistake[3]), re.IGNORECASE)):
        cli.plans(planted([mistake]) / "modules" / "environment")


def test_a_format_that_is_not_the_usual_is_found(cli, planted):
    copy = planted([("modules/budget/main.tf", '  time_unit    = "MONTHLY"', 'time_unit = "MONTHLY"', "")])
    assert cli.run(copy, "fmt", "-check", "-recursive").code != 0
