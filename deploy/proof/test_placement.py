"""The placement proof, and that it sees every kind of mistake."""

import pytest

import placement
import rendered


@pytest.fixture(params=rendered.ENVIRONMENTS)
def environment(request):
    return request.param


def test_every_pod_has_its_place(environment):
    assert placement.faults(placement.cluster(environment)) == []


def test_every_workload_is_looked_at(environment):
    there = {(pod.namespace, pod.name) for pod in placement.cluster(environment).pods}
    assert set(placement.GROUP_OF) <= there


def the(cluster, name):
    return next(pod for pod in cluster.pods if pod.name == name)


def mistake_no_selector(cluster):
    """laurel/command-api has no node selector"""
    the(cluster, "command-api").selector = {}


def mistake_wrong_selector(cluster):
    """laurel/query-api is for application and can go to no group"""
    the(cluster, "query-api").selector = {"workload": "broker"}


def mistake_selector_and_toleration_of_another_group(cluster):
    """laurel/query-api is for application and can go to ['judge']"""
    pod = the(cluster, "query-api")
    pod.selector = {"workload": "judge"}
    pod.tolerations = [{"key": "workload", "operator": "Equal", "value": "judge", "effect": "NoSchedule"}]


def mistake_no_toleration(cluster):
    """judge/judge tolerates nothing"""
    the(cluster, "judge").tolerations = []


def mistake_tolerates_everything(cluster):
    """broker/broker tolerates whatever there is"""
    the(cluster, "broker").tolerations = [{"operator": "Exists"}]


def mistake_affinity_that_nothing_meets(cluster):
    """laurel/projectors is for application and can go to no group"""
    rule = {"key": "workload", "operator": "In", "values": ["elsewhere"]}
    the(cluster, "projectors").required_node_affinity = [{"matchExpressions": [rule]}]


def mistake_unknown_workload(cluster):
    """monitoring/redis-exporter is for ? and can go to"""
    the(cluster, "redis-exporter").group = "?"


def mistake_chart_without_selector(cluster):
    """operators/keda-operator has no node selector"""
    the(cluster, "keda-operator").selector = {}


def mistake_daemon_that_misses_a_group(cluster):
    """is for every node and can go to"""
    the(cluster, "kube-prometheus-stack-node-exporter").tolerations = [
        {"key": "workload", "operator": "Equal", "value": "judge", "effect": "NoSchedule"}
    ]


def mistake_too_much_memory(cluster):
    """no node of broker is left for broker/broker"""
    the(cluster, "broker").memory_mib = 1 << 20


def mistake_too_much_cpu(cluster):
    """no node of judge is left for judge/judge"""
    the(cluster, "judge").cpu_millis = 3900


def mistake_daemon_that_takes_the_room(cluster):
    """no node of judge is left for judge/judge"""
    the(cluster, "falco-falco").cpu_millis = 1500


def mistake_least_replicas_that_a_lost_zone_cannot_hold(cluster):
    """judge at its least"""
    pod = the(cluster, "judge")
    pod.least = cluster.groups["judge"]["min"]


def mistake_most_replicas_that_the_most_nodes_cannot_hold(cluster):
    """judge at its most"""
    the(cluster, "judge").most += 1


def mistake_brokers_without_a_node_group_in_every_zone(cluster):
    """not a node group in every zone"""
    cluster.groups["broker"]["per_zone"] = False


def mistake_brokers_that_are_no_majority_without_a_zone(cluster):
    """broker/broker has no majority"""
    the(cluster, "broker").least = 5


def mistake_fewer_nodes(cluster):
    """application at its least"""
    cluster.groups["application"]["min"] = 1


def mistake_spread_over_more_than_there_is(cluster):
    """no node of application is left for laurel/command-api"""
    pod = the(cluster, "command-api")
    pod.apart = (placement.ZONE,)
    pod.most = 4


def mistake_spot_brokers(cluster):
    """only judges may be taken away"""
    cluster.groups["broker"]["capacity"] = "SPOT"


MISTAKES = [value for name, value in sorted(globals().items()) if name.startswith("mistake_")]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__.removeprefix("mistake_"))
def test_a_planted_mistake_is_seen(mistake):
    cluster = placement.cluster("production").copy()
    mistake(cluster)
    # Its first line is what has to be said about it.
    assert any(mistake.__doc__ in fault for fault in placement.faults(cluster))


def test_the_figures_are_read_as_kubernetes_reads_them():
    assert [placement.millis(text) for text in ("250m", "1", "0.5", 2)] == [250, 1000, 500, 2000]
    assert [placement.mebibytes(text) for text in ("64Mi", "3Gi")] == [64, 3072]
    init = {"resources": {"requests": {"cpu": "2", "memory": "16Mi"}}}
    main = {"resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}
    assert placement.requested({"containers": [main, main], "initContainers": [init]}) == [2000, 128]
