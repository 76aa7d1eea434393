"""The page about cost is what the sizes and prices say, and budgets lie where they tell something."""

import json

import pytest

from infra.commands import cost
from infra.commands.wanted import INFRA

PRICES = json.loads((INFRA / "prices.json").read_text())


def test_the_page_is_up_to_date():
    assert cost.main(["--check"]) == 0


@pytest.mark.parametrize("environment", cost.ENVIRONMENTS)
def test_a_budget_lies_between_the_least_and_the_most(environment):
    least, most = cost.totals(environment, PRICES)
    budget = json.loads((INFRA / "environments.json").read_text())[environment]["budget_monthly_usd"]
    assert least * 1.05 < budget < most


def test_a_group_costs_its_nodes_and_their_disks():
    prices = PRICES | {"hours_a_month": 100, "volume_gib_month": 0.1, "spot_share": 0.5}
    parts = cost.lines("dev", prices)
    # Three nodes of $0.096 an hour with 50 GiB each; at most four.
    assert parts["nodes: application"] == pytest.approx((3 * (9.6 + 5), 4 * (9.6 + 5)))
    # Two judges, of the dearest type, at half the price.
    assert parts["nodes: judge"][0] == pytest.approx(2 * (20.37 / 2 + 5))
