"""What each environment costs in a month, on paper: from the sizes that Terraform reads and the prices in infra/prices.json.

    infra/cost            writes docs/cost.md
    infra/cost --check    says whether it is up to date
"""

import argparse
import json
import textwrap
from pathlib import Path

from .wanted import INFRA, Pool, data, wanted

PAGE = INFRA.parent / "docs" / "cost.md"
ENVIRONMENTS = ("dev", "staging", "production")
GROUPS = ("application", "broker", "judge", "argocd", "monitoring")
# Each module with data has one, and so have flow logs.
KEYS = 8

HEAD = """# What it costs

Written by `infra/cost` from `infra/node-groups.json`, `infra/environments.json` and `infra/prices.json`; a test compares.
US dollars a month in {region}, prices of {as_of}.

{source}

Judges are taken to cost {spot:.0%} of the on-demand price, which moves. What traffic costs is a guess, written in
`prices.json`; what a support plan, tax, backups beyond the database's size and data between zones cost is left out.

| | {names} |
|---|{rules}|
"""

TAIL = """
"At least" is with every node group at its minimum, "at most" with every one at its maximum all month. The budget in
`environments.json` lies between the two, so that a month of growth is told before it is paid.

What would make it cheaper, and what it costs instead: one NAT gateway for all zones (a lost zone takes the others' way out
with it); dev without a zone's redundancy (it no longer shows what production does); a savings plan for the on-demand nodes
(about a third off, for a year's promise).
"""


def nodes(pool: Pool, count: int, prices: dict) -> float:
    """Instances and their disks, of the dearest type of the pool."""
    hour = max(prices["instances_hour"][type_] for type_ in pool.instance_types)
    share = prices["spot_share"] if pool.capacity == "SPOT" else 1
    disk = prices["disk_of_a_node_gib"] * prices["volume_gib_month"]
    return count * (hour * share * prices["hours_a_month"] + disk)


def lines(environment: str, prices: dict) -> dict[str, tuple[float, float]]:
    """What each part costs, at least and at most."""
    want, sizes, hours = wanted(environment), data("environments.json")[environment], prices["hours_a_month"]
    zones, traffic = len(want.zones), prices["traffic"][environment]
    parts = {}
    for group in GROUPS:
        pools = [pool for pool in want.pools if pool.workload == group]
        parts[f"nodes: {group}"] = (
            sum(nodes(pool, pool.min, prices) for pool in pools),
            sum(nodes(pool, pool.max, prices) for pool in pools),
        )
    fixed = {
        "control plane": prices["cluster_hour"] * hours,
        "volumes of pods": prices["volumes_gib"][environment] * prices["volume_gib_month"],
        "database": prices["database_multi_az_hour"][sizes["database"]["instance_class"]] * hours
        + sizes["database"]["storage_gib"] * prices["database_multi_az_gib_month"],
        "cache": prices["cache_node_hour"][sizes["cache"]["node_type"]] * sizes["cache"]["nodes"] * hours,
        "NAT and addresses": zones * (prices["nat_hour"] + 2 * prices["address_hour"]) * hours,
        "endpoints": len(sizes["interface_endpoints"]) * zones * prices["endpoint_zone_hour"] * hours,
        "load balancer": prices["load_balancer_hour"] * hours,
        "bastion": prices["instances_hour"]["t3.micro"] * hours,
        "keys and secrets": KEYS * prices["key_month"] + len(want.secrets) * prices["secret_month"],
        "traffic, logs, objects": traffic["nat_gib"] * prices["traffic"]["nat_gib"]
        + traffic["load_balancer_units"] * prices["traffic"]["load_balancer_unit_hour"] * hours
        + traffic["log_gib"] * prices["traffic"]["log_gib"]
        + traffic["storage_gib"] * prices["traffic"]["storage_gib"],
    }
    return parts | {name: (cost, cost) for name, cost in fixed.items()}


def totals(environment: str, prices: dict) -> tuple[float, float]:
    least, most = zip(*lines(environment, prices).values(), strict=True)
    return sum(least), sum(most)


def cell(least: float, most: float) -> str:
    return f"{least:,.0f}" if round(least) == round(most) else f"{least:,.0f} to {most:,.0f}"


def page(prices: dict) -> str:
    columns = {environment: lines(environment, prices) for environment in ENVIRONMENTS}
    text = HEAD.format(
        region=prices["region"],
        as_of=prices["as_of"],
        source=textwrap.fill(f"The prices are {prices['source']}", 125),
        spot=prices["spot_share"],
        names=" | ".join(ENVIRONMENTS),
        rules="|".join("---:" for _ in ENVIRONMENTS),
    )
    for name in columns["dev"]:
        text += f"| {name} | {' | '.join(cell(*columns[environment][name]) for environment in ENVIRONMENTS)} |\n"
    text += f"| **in all, at least** | {' | '.join(f'**{totals(environment, prices)[0]:,.0f}**' for environment in ENVIRONMENTS)} |\n"
    text += f"| in all, at most | {' | '.join(f'{totals(environment, prices)[1]:,.0f}' for environment in ENVIRONMENTS)} |\n"
    budgets = data("environments.json")
    text += f"| budget | {' | '.join(str(format(budgets[name]['budget_monthly_usd'], ',')) for name in ENVIRONMENTS)} |\n"
    return text + TAIL


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="infra/cost", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    text = page(json.loads((INFRA / "prices.json").read_text()))
    if options.check:
        good = Path(PAGE).read_text() == text
        print("docs/cost.md is up to date" if good else "docs/cost.md is not up to date: run infra/cost")
        return 0 if good else 1
    PAGE.write_text(text)
    return 0
