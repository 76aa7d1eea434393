"""Where every pod can go, and whether there is room: from the node groups in infra/ and everything that is rendered.

The simulation is simpler than the scheduler, and harder to please: pods are placed one after the other, the largest first,
and none is moved again.
"""

import copy
import dataclasses
import itertools
import json
import pathlib
import re

import rendered

# Which group each kind of work is for. What is not here is a mistake.
GROUP_OF = {
    ("laurel", "command-api"): "application",
    ("laurel", "query-api"): "application",
    ("laurel", "projectors"): "application",
    ("laurel", "set-up-log"): "application",
    ("laurel", "migrations"): "application",
    ("broker", "broker"): "broker",
    ("broker", "backup"): "application",
    ("broker", "restore"): "application",
    ("judge", "judge"): "judge",
    ("node-agents", "judge-node"): "judge",
    ("monitoring", "postgres-exporter"): "monitoring",
    ("monitoring", "redis-exporter"): "monitoring",
}
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


@dataclasses.dataclass
class Pod:
    """One kind of pod, and how many of it there are."""

    namespace: str
    name: str
    group: str
    selector: dict
    tolerations: list
    cpu_millis: int
    memory_mib: int
    least: int = 1
    most: int = 1
    daemon: bool = False
    every_group: bool = False
    required_node_affinity: list = dataclasses.field(default_factory=list)
    apart: tuple = ()  # No two of it in one of these.
    spread: tuple = ()  # (key, how uneven it may be at the most)
    volume: bool = False  # Bound to its zone.
    surge: int = 0

    @property
    def title(self):
        return f"{self.namespace}/{self.name}"


@dataclasses.dataclass
class Node:
    group: str
    zone: str
    number: int
    labels: dict
    taints: list
    cpu_millis: int
    memory_mib: int
    pods: int
    placed: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Cluster:
    """An environment: its groups as infra/node-groups.json has them, and its pods."""

    groups: dict
    types: dict
    zones: list
    add_ons: list
    pods: list

    def copy(self):
        return copy.deepcopy(self)


def millis(text):
    text = str(text)
    return int(text[:-1]) if text.endswith("m") else round(float(text) * 1000)


def mebibytes(text):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", str(text)).groups()
    return int(number) * (1024 if unit == "Gi" else 1)


def requested(pod):
    """CPU and memory of a pod: of its containers together, or of the largest one that runs before them."""
    def each(container):
        requests = container["resources"]["requests"]
        return millis(requests["cpu"]), mebibytes(requests["memory"])

    together = [sum(column) for column in zip(*map(each, pod["containers"]))]
    before = [max(column) for column in zip((0, 0), *map(each, pod.get("initContainers", [])))]
    return [max(pair) for pair in zip(together, before)]


def cluster(environment):
    nodes = rendered.infra("node-groups.json")
    objects = rendered.everything(environment)
    bounds = scaling_bounds(objects)
    pods = [from_workload(workload, bounds) for workload in rendered.of_kind(objects, *rendered.WORKLOADS)]
    pods += from_charts(rendered.applications(environment))
    for add_on in nodes["add_on_pods"]:
        if not add_on.get("daemon"):
            pods.append(from_add_on(add_on))
    return Cluster(nodes["environments"][environment], nodes["instance_types"], nodes["zones"], nodes["add_on_pods"], pods)


def scaling_bounds(objects):
    """How many of each deployment there may be, by who decides it."""
    bounds = {}
    for scaler in rendered.of_kind(objects, "HorizontalPodAutoscaler"):
        spec = scaler["spec"]
        target = (rendered.namespace_of(scaler), spec["scaleTargetRef"]["name"])
        bounds.setdefault(target, []).append((spec["minReplicas"], spec["maxReplicas"]))
    for scaler in rendered.of_kind(objects, "ScaledObject"):
        spec = scaler["spec"]
        target = (rendered.namespace_of(scaler), spec["scaleTargetRef"]["name"])
        bounds.setdefault(target, []).append((spec["minReplicaCount"], spec["maxReplicaCount"]))
    for target, found in bounds.items():
        assert len(found) == 1, f"two autoscalers of {target}"
    return {target: found[0] for target, found in bounds.items()}


def from_workload(workload, bounds):
    namespace, name = rendered.namespace_of(workload), rendered.name_of(workload)
    spec, pod = workload["spec"], rendered.pod_of(workload)
    cpu, memory = requested(pod)
    stated = spec.get("replicas")
    scaled = bounds.get((namespace, name))
    assert not (stated and scaled), f"{namespace}/{name}: replicas are the autoscaler's to say"
    least, most = scaled or (stated or 1, stated or 1)
    affinity = pod.get("affinity", {})
    apart = affinity.get("podAntiAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
    node_affinity = affinity.get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    labels = rendered.pod_labels(workload).items()
    mine = lambda selector: selector["matchLabels"].items() <= labels
    rolling = spec.get("strategy", {}).get("rollingUpdate", {})
    return Pod(
        namespace=namespace,
        name=name,
        group=GROUP_OF.get((namespace, name), "?"),
        selector=pod.get("nodeSelector", {}),
        tolerations=pod.get("tolerations", []),
        cpu_millis=cpu,
        memory_mib=memory,
        least=least,
        most=most,
        daemon=workload["kind"] == "DaemonSet",
        required_node_affinity=node_affinity.get("nodeSelectorTerms", []),
        apart=tuple(term["topologyKey"] for term in apart if mine(term["labelSelector"])),
        spread=tuple(
            (constraint["topologyKey"], constraint["maxSkew"])
            for constraint in pod.get("topologySpreadConstraints", [])
            if constraint["whenUnsatisfiable"] == "DoNotSchedule" and mine(constraint["labelSelector"])
        ),
        volume=bool(spec.get("volumeClaimTemplates")),
        surge=rolling.get("maxSurge", 1) if workload["kind"] == "Deployment" else 0,
    )


def from_charts(applications):
    """Charts are not rendered here: charts.json says which pods each makes, and where in its values they are placed."""
    values = {
        rendered.name_of(application): application["spec"]["source"]["helm"]["valuesObject"]
        for application in applications
        if "helm" in application["spec"].get("source", {})
    }
    described = json.loads((pathlib.Path(__file__).parent / "charts.json").read_text())
    missing = set(values) - {entry["chart"] for entry in described}
    assert not missing, f"charts.json does not say what pods these make: {missing}"
    pods = []
    for entry in described:
        chart = values[entry["chart"]]
        placed = rendered.lookup(chart, entry["placed_by"]) or {}
        requests = (rendered.lookup(chart, entry["resources"]) or {}).get("requests")
        assert requests, f"{entry['chart']}: {entry['resources']} requests nothing"
        replicas = entry.get("replicas", 1)
        replicas = replicas if isinstance(replicas, int) else rendered.lookup(chart, replicas)
        pods.append(
            Pod(
                namespace=entry["namespace"],
                name=f"{entry['chart']}-{entry['pod']}",
                group=entry["group"],
                selector=placed.get("nodeSelector", {}),
                tolerations=placed.get("tolerations", []),
                cpu_millis=millis(requests["cpu"]),
                memory_mib=mebibytes(requests["memory"]),
                least=replicas,
                most=replicas,
                daemon=entry.get("daemon", False),
                every_group=entry["group"] == "*",
                apart=(entry["apart"],) if "apart" in entry else (),
                volume=entry.get("volume", False),
                surge=0 if entry.get("daemon") or "apart" in entry or entry.get("once") else 1,
            )
        )
    return pods


def from_add_on(add_on):
    """EKS' own; the Terraform module gives it this selector and this toleration."""
    group = add_on["group"]
    return Pod(
        namespace="kube-system",
        name=add_on["name"],
        group=group,
        selector={"workload": group},
        tolerations=[{"key": "workload", "operator": "Equal", "value": group, "effect": "NoSchedule"}],
        cpu_millis=add_on["cpu_millis"],
        memory_mib=add_on["memory_mib"],
        least=add_on["replicas"],
        most=add_on["replicas"],
    )


def allocatable(cluster, group):
    """What the kubelet leaves to pods: of the smallest of a group's types."""
    found = []
    for name in cluster.groups[group]["instance_types"]:
        size = cluster.types[name]
        kept = sum(
            share for core, share in zip(range(size["vcpu"]), itertools.chain([60, 10, 5, 5], itertools.repeat(2.5)))
        )
        memory = size["memory_gib"] * 1024 * 0.925 - (255 + 11 * size["pods_max"]) - 100
        found.append((size["vcpu"] * 1000 - kept, memory, size["pods_max"]))
    return [int(min(column)) for column in zip(*found)]


def nodes(cluster, group, count):
    """`count` nodes of a group, balanced over the zones."""
    cpu, memory, pods = allocatable(cluster, group)
    daemons = [pod for pod in cluster.pods if pod.daemon and may_go(pod, group)]
    cpu -= sum(pod.cpu_millis for pod in daemons)
    memory -= sum(pod.memory_mib for pod in daemons)
    pods -= len(daemons)
    for add_on in cluster.add_ons:
        if add_on.get("daemon"):
            cpu, memory, pods = cpu - add_on["cpu_millis"], memory - add_on["memory_mib"], pods - 1
    return [
        Node(group, cluster.zones[number % 3], number, {"workload": group}, [group], cpu, memory, pods)
        for number in range(count)
    ]


def tolerates(pod, group):
    return any(
        toleration.get("effect", "NoSchedule") == "NoSchedule"
        and (
            (toleration.get("operator", "Equal") == "Exists" and toleration.get("key", "workload") == "workload")
            or (toleration.get("key") == "workload" and toleration.get("value") == group)
        )
        for toleration in pod.tolerations
    )


def may_go(pod, group):
    labels = {"workload": group}
    chosen = all(labels.get(key) == value for key, value in pod.selector.items())
    for term in pod.required_node_affinity[:1]:
        for rule in term.get("matchExpressions", []):
            has = labels.get(rule["key"])
            chosen &= {"In": has in rule.get("values", []), "NotIn": has not in rule.get("values", []), "Exists": has is not None}.get(
                rule["operator"], False
            )
    return chosen and tolerates(pod, group)


def own_group_faults(cluster):
    """Each pod can go to exactly its own group."""
    faults = []
    for pod in cluster.pods:
        where = {group for group in cluster.groups if may_go(pod, group)}
        if pod.every_group:
            if where != set(cluster.groups):
                faults.append(f"{pod.title} is for every node and can go to {sorted(where)}")
            continue
        if not pod.selector:
            faults.append(f"{pod.title} has no node selector")
        if not pod.tolerations:
            faults.append(f"{pod.title} tolerates nothing, and every group is tainted")
        if any(toleration.get("operator") == "Exists" for toleration in pod.tolerations):
            faults.append(f"{pod.title} tolerates whatever there is")
        if where != {pod.group}:
            faults.append(f"{pod.title} is for {pod.group} and can go to {sorted(where) or 'no group'}")
    return faults


def place(nodes, wanted):
    """Places so many of each pod; what did not fit."""
    faults = []
    for pod, count in sorted(wanted, key=lambda pair: (-bool(pair[0].apart), -pair[0].cpu_millis, -pair[0].memory_mib)):
        for _ in range(count):
            node = best(nodes, pod)
            if node is None:
                faults.append(f"no node of {pod.group} is left for {pod.title} (of {count})")
                break
            node.placed.append(pod.title)
            node.cpu_millis -= pod.cpu_millis
            node.memory_mib -= pod.memory_mib
            node.pods -= 1
    return faults


def best(nodes, pod):
    def of_it(key):
        counts = {}
        for node in nodes:
            place = node.zone if key == ZONE else node.number
            counts[place] = counts.get(place, 0) + node.placed.count(pod.title)
        return counts

    zones, hosts = of_it(ZONE), of_it(HOST)
    fits = []
    for node in nodes:
        if node.cpu_millis < pod.cpu_millis or node.memory_mib < pod.memory_mib or node.pods < 1:
            continue
        if (ZONE in pod.apart and zones[node.zone]) or (HOST in pod.apart and hosts[node.number]):
            continue
        if any(key == ZONE and zones[node.zone] + 1 - min(zones.values()) > skew for key, skew in pod.spread):
            continue
        if any(key == HOST and hosts[node.number] + 1 - min(hosts.values()) > skew for key, skew in pod.spread):
            continue
        fits.append(node)
    return min(fits, key=lambda node: (zones[node.zone], hosts[node.number], node.cpu_millis), default=None)


def wanted_of(cluster, group, count):
    return [(pod, count(pod)) for pod in cluster.pods if pod.group == group and not pod.daemon]


def zone_loss_faults(cluster):
    """With any one zone gone, the fewest nodes hold the fewest replicas."""
    faults = []
    for group, size in cluster.groups.items():
        for lost in cluster.zones:
            left = [node for node in nodes(cluster, group, size["min"]) if node.zone != lost]

            def least(pod):
                # What is one for each zone, or has its volume there, is gone with the zone and comes back with it.
                apart = ZONE in pod.apart
                return min(pod.least, len({node.zone for node in left})) if apart else pod.least

            found = place(left, wanted_of(cluster, group, least))
            faults += [f"without {lost}, {group} at its least: {fault}" for fault in found]
            for pod in cluster.pods:
                if pod.group == group and pod.volume and least(pod) * 2 <= pod.least and pod.least > 2:
                    faults.append(f"without {lost}, {pod.title} has no majority")
    return faults


def maximum_faults(cluster):
    """The most replicas, one roll-out of each included, fit on the most nodes."""
    faults = []
    for group, size in cluster.groups.items():
        there = nodes(cluster, group, size["max"])
        faults += [f"{group} at its most: {fault}" for fault in place(there, wanted_of(cluster, group, lambda pod: pod.most + pod.surge))]
    return faults


def group_faults(cluster):
    """Volumes cannot leave their zone, so what has some needs nodes in each; and three zones are three zones."""
    faults = []
    for group, size in cluster.groups.items():
        has_volumes = [pod.title for pod in cluster.pods if pod.group == group and pod.volume]
        if has_volumes and not (size["per_zone"] and size["min"] >= 3):
            faults.append(f"{group} has volumes ({', '.join(has_volumes)}) and not a node group in every zone")
        if size["capacity"] == "SPOT" and group != "judge":
            faults.append(f"{group} is on spot nodes: only judges may be taken away")
    return faults


def faults(cluster):
    return own_group_faults(cluster) + group_faults(cluster) + zone_loss_faults(cluster) + maximum_faults(cluster)
