"""The edge proof: the rendered policies allow what ARCHITECTURE.md says, and nothing else."""

import copy

import pytest

import edges
import rendered


@pytest.fixture(params=rendered.ENVIRONMENTS)
def environment(request):
    return request.param


def shown(found):
    return sorted(f"{sender} -> {receiver}:{port}" for sender, receiver, port in found)


def test_the_policies_are_the_table_of_the_architecture(environment):
    table = edges.written((rendered.REPO / "ARCHITECTURE.md").read_text())
    allowed = edges.computed(environment)
    assert shown(allowed - table) == [], "allowed, and not in ARCHITECTURE.md"
    assert shown(table - allowed) == [], "in ARCHITECTURE.md, and not allowed"


def test_a_judge_reaches_the_broker_and_nothing_else(environment):
    assert {edge[1:] for edge in edges.computed(environment) if edge[0] == "judge"} == {("broker", 4222)}


def test_nobody_reaches_the_metadata_address(environment):
    assert [edge for edge in edges.computed(environment) if edge[1] == "metadata"] == []


def test_the_internet_reaches_nobody(environment):
    assert [edge for edge in edges.computed(environment) if edge[0] == "internet"] == []


def test_every_namespace_is_closed_first(environment):
    objects = rendered.everything(environment)
    closed = {
        rendered.namespace_of(policy)
        for policy in rendered.of_kind(objects, "NetworkPolicy")
        if policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    }
    assert closed == {rendered.name_of(namespace) for namespace in rendered.of_kind(objects, "Namespace")}


def changed(change):
    policies = copy.deepcopy(rendered.of_kind(rendered.everything("production"), "NetworkPolicy"))
    by_name = {(rendered.namespace_of(policy), rendered.name_of(policy)): policy for policy in policies}
    return edges.edges(edges.parties("production"), change(by_name) or policies)


def everything_out(policies):
    policies["judge", "judge"]["spec"]["egress"].append({})


def dns_for_judges(policies):
    policies["judge", "judge"]["spec"]["egress"].append({"ports": [{"protocol": "UDP", "port": 53}]})


def no_default(policies):
    return [
        policy
        for name, policy in policies.items()
        if name[0] != "judge"
    ]


def metadata(policies):
    policies["operators", "operators"]["spec"]["egress"].append({"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]})


def judges_in_the_database(policies):
    block = {"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    policies["judge", "judge"]["spec"]["egress"].append(block)


def any_namespace_at_the_broker(policies):
    policies["broker", "broker"]["spec"]["ingress"].append({"from": [{"namespaceSelector": {}}]})


def broker_closed(policies):
    policies["broker", "broker"]["spec"]["ingress"] = []


@pytest.mark.parametrize(
    "change",
    [everything_out, dns_for_judges, no_default, metadata, judges_in_the_database, broker_closed],
    ids=lambda change: change.__name__,
)
def test_a_planted_mistake_is_seen(change):
    assert changed(change) != edges.computed("production")


def test_an_open_ingress_alone_opens_nothing_to_who_may_not_go_out():
    opened = changed(any_namespace_at_the_broker) - edges.computed("production")
    assert not {"judge", "redis-exporter", "migrations", "broker"} & {sender for sender, receiver, _ in opened}
