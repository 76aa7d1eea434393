"""Who may talk to whom, computed from the rendered network policies: egress of the one and ingress of the other.

Pods have addresses of the private subnets here (the VPC's network plug-in), so an address block that holds those holds
pods, too. What shares a namespace under one policy for all (the operators, Argo CD) is one party.
"""

import dataclasses
import ipaddress
import json
import pathlib
import re

import rendered

# Parties outside of the cluster's pods, each by an address of its own.
OUTSIDE = {
    "load balancer": "10.0.1.17",
    "stores": "10.0.9.17",
    "nodes": "10.0.70.17",
    "metadata": "169.254.169.254",
    "pod identity": "169.254.170.23",
    "internet": "93.184.216.34",
}
# Pods' own addresses are in the nodes' subnets; the control plane's, too.
POD_ADDRESS = OUTSIDE["nodes"]
TOGETHER = ("operators", "argocd")
ANYWHERE = ("internet", "stores", "nodes", "load balancer")


@dataclasses.dataclass(frozen=True)
class Party:
    name: str
    namespace: str
    labels: tuple

    def has(self, selector):
        labels = dict(self.labels)
        if not all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()):
            return False
        for rule in selector.get("matchExpressions", []):
            has = labels.get(rule["key"])
            met = {"In": has in rule.get("values", []), "NotIn": has not in rule.get("values", []), "Exists": has is not None,
                   "DoesNotExist": has is None}[rule["operator"]]
            if not met:
                return False
        return True


def parties(environment):
    """Every pod that is rendered, those charts.json tells of, and the cluster's DNS."""
    found = set()
    objects = rendered.everything(environment)
    for workload in rendered.of_kind(objects, *rendered.WORKLOADS):
        if not rendered.pod_of(workload).get("hostNetwork"):
            labels = rendered.pod_labels(workload)
            found.add(Party(labels["app.kubernetes.io/name"], rendered.namespace_of(workload), tuple(sorted(labels.items()))))
    for entry in json.loads((pathlib.Path(__file__).parent / "charts.json").read_text()):
        if not entry.get("host_network"):
            labels = entry.get("labels", {"app.kubernetes.io/name": f"{entry['chart']}-{entry['pod']}"})
            name = entry["namespace"] if entry["namespace"] in TOGETHER else entry["pod"]
            found.add(Party(name, entry["namespace"], tuple(sorted(labels.items()))))
    found.add(Party("dns", "kube-system", (("k8s-app", "kube-dns"),)))
    return found


def policies_of(party, policies, direction):
    """Those that select it for a direction; none means that everything is allowed."""
    return [
        policy
        for policy in policies
        if rendered.namespace_of(policy) == party.namespace
        and party.has(policy["spec"]["podSelector"])
        and direction in policy["spec"]["policyTypes"]
    ]


def meets(peer, policy, party, address):
    """Whether a peer of a rule is this party (a pod) or this address."""
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        inside = ipaddress.ip_address(address)
        return inside in ipaddress.ip_network(block["cidr"]) and not any(
            inside in ipaddress.ip_network(excepted) for excepted in block.get("except", [])
        )
    if party is None:
        return False
    if "namespaceSelector" in peer:
        labels = {"kubernetes.io/metadata.name": party.namespace}
        if not Party("", "", tuple(labels.items())).has(peer["namespaceSelector"]):
            return False
    elif party.namespace != rendered.namespace_of(policy):
        return False
    return party.has(peer.get("podSelector", {}))


def allowed_ports(party, policies, direction, other, address):
    """The ports on which a party may talk to another (egress) or hear it (ingress); None: all."""
    selecting = policies_of(party, policies, direction)
    if not selecting:
        return None
    ports = set()
    for policy in selecting:
        for rule in policy["spec"].get(direction.lower(), []):
            peers = rule.get("to" if direction == "Egress" else "from")
            if peers is None or any(meets(peer, policy, other, address) for peer in peers):
                if not rule.get("ports"):
                    return None
                ports |= {port["port"] for port in rule["ports"]}
    return ports


def both(egress, ingress):
    if egress is None and ingress is None:
        return {"*"}
    if egress is None:
        return ingress
    return egress if ingress is None else egress & ingress


def edges(everyone, policies):
    """All (from, to, port)."""
    found = set()
    for sender in everyone:
        if sender.name == "dns":
            continue
        for receiver in everyone:
            out = allowed_ports(sender, policies, "Egress", receiver, POD_ADDRESS)
            into = allowed_ports(receiver, policies, "Ingress", sender, POD_ADDRESS)
            ports = both(out, into)
            # DNS has no policy of its own; it listens on one port.
            ports &= {53, "*"} if receiver.name == "dns" else ports
            found |= {(sender.name, receiver.name, port) for port in ports}
        for name, address in OUTSIDE.items():
            out = allowed_ports(sender, policies, "Egress", None, address)
            found |= {(sender.name, name, port) for port in both(out, None)}
    for receiver in everyone:
        if receiver.name == "dns":
            continue
        for name, address in OUTSIDE.items():
            into = allowed_ports(receiver, policies, "Ingress", None, address)
            found |= {(name, receiver.name, port) for port in both(None, into)}
    return found


def computed(environment):
    policies = rendered.of_kind(rendered.everything(environment), "NetworkPolicy")
    return edges(parties(environment), policies)


def written(text):
    """The table under `## Edges`: each row is from every one of its first cell to every one of its second."""
    section = re.search(r"^## Edges$(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert section, "ARCHITECTURE.md has no section `## Edges`"
    found = set()
    for row in re.findall(r"^\|(.+)\|$", section.group(1), re.M)[2:]:
        senders, receivers, ports = ([cell.strip() for cell in part.split(",")] for part in row.split("|"))
        receivers = [name for receiver in receivers for name in (ANYWHERE if receiver == "anywhere" else [receiver])]
        found |= {(sender, receiver, int(port)) for sender in senders for receiver in receivers for port in ports}
    return found
