"""What an environment is to have, from the same data that Terraform reads."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

INFRA = Path(__file__).resolve().parents[1]
# Services and exporters speak to the stores, from nodes of these groups.
STORE_CLIENTS = ("application", "monitoring")


def data(name: str) -> dict:
    return json.loads((INFRA / name).read_text())


# A zone's name is its region's and a letter.
REGION = data("node-groups.json")["zones"][0][:-1]


@dataclass(frozen=True)
class Pool:
    """One EKS node group."""

    name: str
    workload: str
    capacity: str
    instance_types: tuple[str, ...]
    min: int
    max: int


@dataclass(frozen=True)
class Wanted:
    environment: str
    name: str
    kubernetes_version: str
    zones: tuple[str, ...]
    pools: tuple[Pool, ...]
    vcpus: dict[str, int]
    secrets: dict[str, dict]

    def vcpus_max(self, capacity: str) -> int:
        """The vCPUs of all nodes of a capacity type at their most, and of one more of each group while nodes are replaced."""
        return sum(
            (pool.max + 1) * max(self.vcpus[type_] for type_ in pool.instance_types)
            for pool in self.pools
            if pool.capacity == capacity
        )


def wanted(environment: str) -> Wanted:
    nodes = data("node-groups.json")
    zones = tuple(nodes["zones"])
    pools = []
    for workload, group in nodes["environments"][environment].items():
        names = [f"{workload}-{zone}" for zone in zones] if group["per_zone"] else [workload]
        pools += [
            Pool(
                name,
                workload,
                group["capacity"],
                tuple(group["instance_types"]),
                math.ceil(group["min"] / len(names)),
                math.ceil(group["max"] / len(names)),
            )
            for name in names
        ]
    return Wanted(
        environment=environment,
        name=f"laurel-{environment}",
        kubernetes_version=nodes["kubernetes_version"],
        zones=zones,
        pools=tuple(pools),
        vcpus={name: type_["vcpu"] for name, type_ in nodes["instance_types"].items()},
        secrets=data("secrets.json"),
    )
