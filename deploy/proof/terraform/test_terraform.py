"""infra/ is formatted, valid against the provider's schema, and what it plans has none of the faulty habits."""

import json
import re

import pytest
from habits import RULES
from make_schema import used
from terraform_cli import INFRA, SCHEMA

NODES = json.loads((INFRA / "node-groups.json").read_text())
ENVIRONMENTS = sorted(NODES["environments"])
ROOTS = [INFRA / "bootstrap", *(INFRA / "environments" / name for name in ENVIRONMENTS)]


def test_everything_is_formatted(cli):
    answer = cli.run(INFRA, "fmt", "-check", "-recursive", "-diff")
    assert answer.code == 0, answer.text


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_a_root_is_valid(cli, root):
    assert cli.validate(root) == []


def test_every_module_is_used_and_is_three_files_at_least():
    named = set()
    for path in INFRA.rglob("*.tf"):
        named |= {name for name in re.findall(r'source\s*=\s*"\.\.[./]*/(?:modules/)?([\w-]+)"', path.read_text())}
    modules = {path.name: path for path in (INFRA / "modules").iterdir()}
    assert named == set(modules)
    for path in modules.values():
        assert {"main.tf", "variables.tf", "outputs.tf"} <= {file.name for file in path.iterdir()}, path


def test_every_variable_and_output_says_what_it_is():
    for path in INFRA.rglob("*.tf"):
        for kind, name, body in re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', path.read_text(), re.MULTILINE | re.DOTALL):
            assert "  description = " in body or "  description" in body, f"{path}: {name}"
            assert kind == "output" or re.search(r"^  type\s+=", body, re.MULTILINE), f"{path}: {name} has no type"


def test_no_secret_is_written():
    for path in INFRA.rglob("*.tf"):
        written = re.findall(r"^\s*(?:password|passwords|auth_token|secret_string|secret_key|token)\s*=\s*(.*)", path.read_text(), re.MULTILINE)
        # That of a user who is switched off, until infra/fill-secrets gives it another.
        assert [value for value in written if value != "[sha256(uuid())]"] == [], path


def test_environments_differ_in_their_name_alone():
    texts = {name: (INFRA / "environments" / name / "main.tf").read_text() for name in ENVIRONMENTS}
    assert len({text.replace(f'"{name}"', '"…"').replace(f"{name}.tfstate", "….tfstate") for name, text in texts.items()}) == 1


def test_the_schema_holds_what_is_used_and_nothing_else():
    schema, names = json.loads(SCHEMA.read_text()), used(INFRA)
    assert set(schema["resources"]) == names["resource"]
    assert set(schema["data_sources"]) == names["data"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment(environments, environment, rule):
    assert list(rule(environments[environment])) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_bootstrap(bootstrap, rule):
    for plan in bootstrap.values():
        assert list(rule(plan)) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_node_groups_are_those_of_the_data(environments, environment):
    planned = {}
    for resource in environments[environment].values():
        if resource["type"] == "aws_eks_node_group":
            sizes = resource["scaling_config"][0]
            planned.setdefault(resource["labels"]["workload"], []).append((sizes["min_size"], sizes["max_size"]))
            assert resource["version"] == NODES["kubernetes_version"]
            assert resource["instance_types"] == NODES["environments"][environment][resource["labels"]["workload"]]["instance_types"]
    for name, group in NODES["environments"][environment].items():
        pools = planned.pop(name)
        assert len(pools) == (3 if group["per_zone"] else 1), name
        assert tuple(map(sum, zip(*pools, strict=True))) == (group["min"], group["max"]), name
    assert planned == {}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_security_groups_are_described_in_letters_that_aws_takes(environments, environment):
    for address, resource in environments[environment].items():
        if "security_group" in resource["type"] and resource["type"] != "aws_default_security_group":
            assert re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", resource["description"], re.ASCII), address


def test_the_cost_page_counts_as_many_keys_and_addresses_as_there_are(environments):
    counted = int(re.search(r"^KEYS = (\d+)$", (INFRA / "commands" / "cost.py").read_text(), re.MULTILINE)[1])
    for environment in ENVIRONMENTS:
        types = [resource["type"] for resource in environments[environment].values()]
        assert types.count("aws_kms_key") == counted
        assert types.count("aws_nat_gateway") == types.count("aws_eip") == len(NODES["zones"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_types_of_a_group_are_of_one_size(environment):
    for name, group in NODES["environments"][environment].items():
        sizes = {(NODES["instance_types"][type_]["vcpu"], NODES["instance_types"][type_]["memory_gib"]) for type_ in group["instance_types"]}
        assert len(sizes) == 1, name
