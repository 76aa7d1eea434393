"""Every route of the API reaches the process that answers it, and what is not for the outside is in no rule."""

import json
import re

import pytest

import rendered

INSIDE = {"/health/live", "/health/ready", "/metrics"}


@pytest.fixture(params=rendered.ENVIRONMENTS)
def ingress(request):
    (found,) = rendered.of_kind(rendered.part(request.param, "services"), "Ingress")
    return found


def routes():
    """The one policy table."""
    text = (rendered.REPO / "access/src/policy.rs").read_text()
    live = re.search(r'const LIVE: &str = "([^"]*)"', text).group(1)
    found = re.findall(r'rule\((GET|POST|PUT|DELETE|PATCH), (?:"([^"]*)"|LIVE),', text)
    return [(method, path or live) for method, path in found]


def annotation(ingress, name):
    return json.loads(ingress["metadata"]["annotations"].get(f"alb.ingress.kubernetes.io/{name}", "null"))


def routed(ingress, method, path, asks_for=None):
    """The service of the first rule that fits, as the load balancer looks for it; None: 404. `asks_for` is what a browser's
    preflight names as the method of the request to come."""
    (rule,) = ingress["spec"]["rules"]
    for entry in rule["http"]["paths"]:
        service = entry["backend"]["service"]["name"]
        fits, values = True, 1 + bool(rule.get("host"))
        for condition in annotation(ingress, f"conditions.{service}") or []:
            if condition["field"] == "http-request-method":
                wanted, has = condition["httpRequestMethodConfig"]["Values"], method
            else:
                assert condition["httpHeaderConfig"]["httpHeaderName"] == "Access-Control-Request-Method"
                wanted, has = condition["httpHeaderConfig"]["values"], asks_for
            fits, values = fits and has in wanted, values + len(wanted)
        assert values <= 5, "a rule of a load balancer has at most five values"
        wanted = entry["path"]
        fits = fits and {
            "Exact": path == wanted,
            "Prefix": path == wanted or path.startswith(wanted.rstrip("/") + "/"),
            "ImplementationSpecific": path.startswith(wanted.removesuffix("*")),
        }[entry["pathType"]]
        if fits:
            action = annotation(ingress, f"actions.{service}")
            return action["forwardConfig"]["targetGroups"][0]["serviceName"] if action else service
    return None


def test_a_browsers_preflight_is_answered_by_who_answers_the_request(ingress):
    for method, path in routes():
        if path not in INSIDE:
            assert routed(ingress, "OPTIONS", path, asks_for=method) == routed(ingress, method, path), (method, path)


def test_every_route_reaches_its_process(ingress):
    assert len(routes()) > 40
    for method, path in routes():
        expected = None if path in INSIDE else "query-api" if method == "GET" else "command-api"
        assert routed(ingress, method, path) == expected, (method, path)


def test_health_and_metrics_are_not_for_the_outside(ingress):
    for path in INSIDE:
        assert routed(ingress, "GET", path) is None


def test_the_load_balancer_gives_up_a_connection_before_the_process_does(ingress):
    attributes = ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/load-balancer-attributes"]
    idle = int(re.search(r"idle_timeout\.timeout_seconds=(\d+)", attributes).group(1))
    kept = re.search(r"next_head_within: Duration::from_secs\((\d+)\)", (rendered.REPO / "chassis/src/http.rs").read_text())
    assert idle < int(kept.group(1))
