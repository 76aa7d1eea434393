"""Rules and dashboards: they parse, they name metrics that exist, alerts fire when they should and are quiet otherwise."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

import metrics
import rendered


def objects():
    return rendered.part("production", "monitoring")


def groups():
    return [group for rule in rendered.of_kind(objects(), "PrometheusRule") for group in rule["spec"]["groups"]]


def rules():
    return [rule for group in groups() for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboards():
    return [
        json.loads(text)
        for found in rendered.of_kind(objects(), "ConfigMap")
        if rendered.labels_of(found).get("grafana_dashboard")
        for text in found["data"].values()
    ]


def scaled_by():
    return [
        trigger["metadata"]["query"]
        for scaler in rendered.of_kind(rendered.part("production", "services"), "ScaledObject")
        for trigger in scaler["spec"]["triggers"]
    ]


@pytest.fixture
def promtool(tmp_path):
    program = shutil.which("promtool")
    assert program, "promtool is missing: it is in Debian's package prometheus"
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups()}, sort_keys=False))

    def run(*arguments):
        return subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, text=True)

    run.folder = tmp_path
    return run


def test_rules_are_valid(promtool):
    checked = promtool("check", "rules", "rules.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_metric_exists():
    known = metrics.of_code() | metrics.of_others() | {rule["record"] for rule in rules() if "record" in rule}
    expressions = [rule["expr"] for rule in rules()] + scaled_by()
    expressions += [target["expr"] for board in dashboards() for panel in board["panels"] for target in panel["targets"]]
    assert len(expressions) > 100
    unknown = {name for expression in expressions for name in metrics.named_in(expression)} - known
    assert unknown == set()


def test_an_unknown_metric_is_seen():
    assert metrics.named_in('sum by (a) (rate(judge_slots_busi{b="c"}[5m])) / vector(0)') - metrics.of_code() == {"judge_slots_busi"}


def test_what_the_code_registers_is_found():
    found = metrics.of_code()
    for name in (
        "command_api_request_seconds_bucket", "query_api_oldest_wait_seconds", "judge_judgements_total", "judge_grading_seconds_sum",
        "projectors_lag_seconds", "projectors_commit_seconds_bucket", "log_append_refusals_total", "http_connections_max",
        "query_api_board_reads_total",
    ):
        assert name in found, name


def test_routes_in_expressions_are_routes():
    text = (rendered.REPO / "access/src/policy.rs").read_text()
    expressions = [rule["expr"] for rule in rules()]
    expressions += [target["expr"] for board in dashboards() for panel in board["panels"] for target in panel["targets"]]
    for expression in expressions:
        for route in re.findall(r'route="([^"]*)"', expression):
            assert f'"{route}"' in text, route


def test_buckets_in_expressions_are_buckets():
    """Exponential from 0.5 ms, doubling: an `le` that is none of them would match nothing."""
    buckets = {repr(0.0005 * 2**power) for power in range(15)}
    for rule in rules():
        assert set(re.findall(r'le="([^"]*)"', rule["expr"])) <= buckets


def test_every_alert_has_a_runbook():
    page = (rendered.REPO / "docs/operations.md").read_text()
    headings = {heading.strip().lower() for heading in re.findall(r"^#+ (.*)$", page, re.M)}
    for name, alert in alerts().items():
        assert alert["labels"]["severity"] in ("page", "ticket"), name
        assert alert["annotations"]["runbook_url"].endswith(f"docs/operations.md#{name.lower()}"), name
        assert name.lower() in headings, f"docs/operations.md has no section {name}"


def test_dashboards_are_whole():
    boards = dashboards()
    assert len(boards) == 6 and len({board["uid"] for board in boards}) == 6
    for board in boards:
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) >= 8
        assert all(panel["title"] and panel["targets"] for panel in board["panels"])


def test_everything_that_has_metrics_is_asked_for_them():
    objects = rendered.everything("production")
    asked = set()
    for monitor in rendered.of_kind(objects, "ServiceMonitor"):
        (namespace,) = monitor["spec"]["namespaceSelector"]["matchNames"]
        port = monitor["spec"]["endpoints"][0]["port"]
        services = [
            service
            for service in rendered.of_kind(objects, "Service")
            if rendered.namespace_of(service) == namespace
            and monitor["spec"]["selector"]["matchLabels"].items() <= rendered.labels_of(service).items()
            and any(one["name"] == port for one in service["spec"]["ports"])
        ]
        assert len(services) == 1, rendered.name_of(monitor)
        asked.add(rendered.name_of(monitor))
    pods = rendered.of_kind(objects, "Deployment", "StatefulSet")
    assert asked == {rendered.pod_labels(pod)["app.kubernetes.io/name"] for pod in pods}


# Each alert: series that make it fire, series under which it is quiet, and when to look.
SUBMISSIONS = 'command_api_request_seconds_count{method="POST",route="/v1/exercises/{slug}/submissions",status="%s"}'
BOARDS = 'query_api_request_seconds_%s{route="/v1/leaderboards/{scope}",status="2xx"%s}'


def submissions(failed):
    return {SUBMISSIONS % "2xx": f"0+{1000 - failed}x%d", SUBMISSIONS % "5xx": f"0+{failed}x%d"}


def boards(slow):
    return {BOARDS % ("bucket", ',le="0.128"'): f"0+{1000 - slow}x%d", BOARDS % ("count", ""): "0+1000x%d"}


def gauge(name, *values):
    return {name: " ".join(values)}


def up(count):
    return {f'up{{job="broker",pod="broker-{number}"}}': f"{int(number < count)}x%d" for number in range(3)}


CASES = {
    # In an hour's rates: 2 % of errors are 20 times the allowance of 0.1 %.
    "AcceptanceBurnsFast": (submissions(20), submissions(1), 70),
    "AcceptanceBurns": (submissions(8), submissions(2), 400),
    "AcceptanceWears": (submissions(2), submissions(0), 4400),
    "VerdictsBurnsFast": (gauge("query_api_oldest_wait_seconds", "60x%d"), gauge("query_api_oldest_wait_seconds", "20x%d"), 70),
    "VerdictsBurns": (gauge("query_api_oldest_wait_seconds", "60x%d"), gauge("query_api_oldest_wait_seconds", "20x%d"), 400),
    "VerdictsWears": (gauge("query_api_oldest_wait_seconds", "60x%d"), gauge("query_api_oldest_wait_seconds", "20x%d"), 4400),
    "FreshnessBurnsFast": (gauge("projectors_lag_seconds", "9x%d"), gauge("projectors_lag_seconds", "1x%d"), 70),
    "FreshnessBurns": (gauge("projectors_lag_seconds", "9x%d"), gauge("projectors_lag_seconds", "1x%d"), 400),
    "FreshnessWears": (gauge("projectors_lag_seconds", "9x%d"), gauge("projectors_lag_seconds", "1x%d"), 4400),
    "BoardsBurnsFast": (boards(200), boards(5), 70),
    "BoardsBurns": (boards(80), boards(20), 400),
    "BoardsWears": (boards(20), boards(5), 4400),
    "BrokerServerAway": (up(2), up(3), 20),
    "BrokerQuorumLost": (up(1), up(2), 20),
    "BrokerFills": (
        {'jetstream_server_total_message_bytes{server_name="a"}': "80x%d", 'jetstream_server_max_storage{server_name="a"}': "100x%d"},
        {'jetstream_server_total_message_bytes{server_name="a"}': "60x%d", 'jetstream_server_max_storage{server_name="a"}': "100x%d"},
        30,
    ),
    "LogFull": (gauge('log_append_refusals_total{code="10077"}', "0+5x%d"), gauge('log_append_refusals_total{code="10071"}', "0+5x%d"), 20),
    "RelayLags": (gauge("command_api_relay_lag_events", "3x%d"), gauge("command_api_relay_lag_events", "0x%d"), 20),
    "ProjectorsWithoutOwner": (gauge("projectors_owner", "0x%d"), gauge("projectors_owner", "1x%d"), 20),
    "ProjectorsHalted": (gauge("projectors_halted", "1x%d"), gauge("projectors_halted", "0x%d"), 20),
    "KeysParked": (gauge('projectors_parked_keys{projection="ledger"}', "2x%d"), gauge('projectors_parked_keys{projection="ledger"}', "0x%d"), 20),
    "BoardsAway": (gauge("projectors_boards_up", "0x%d"), gauge("projectors_boards_up", "1x%d"), 20),
    "StoresFailBatches": (gauge("projectors_retries_total", "0+60x%d"), gauge("projectors_retries_total", "0+1x%d"), 40),
    "JudgesSaturated": (
        {"judge_slots": "3x%d", "judge_slots_busy": "3x%d", "query_api_submissions_waiting": "9x%d"},
        {"judge_slots": "3x%d", "judge_slots_busy": "3x%d", "query_api_submissions_waiting": "4x%d"},
        30,
    ),
    "NoJudge": ({"up": "1x%d"}, {"judge_slots": "3x%d"}, 20),
    "JudgesFail": (
        {'judge_judgements_total{verdict="judge_error"}': "0+1x%d", 'judge_judgements_total{verdict="accepted"}': "0+9x%d"},
        {'judge_judgements_total{verdict="judge_error"}': "0x%d", 'judge_judgements_total{verdict="accepted"}': "0+9x%d"},
        40,
    ),
    "SandboxLayerOff": (gauge('judge_sandbox_layer_on{layer="seccomp"}', "0x%d"), gauge('judge_sandbox_layer_on{layer="landlock"}', "0x%d"), 20),
    "LanguageOff": (gauge('judge_language_on{language="lua"}', "0x%d"), gauge('judge_language_on{language="lua"}', "1x%d"), 30),
    "SubmissionsComeBack": (gauge("judge_redeliveries_total", "0+6x%d"), gauge("judge_redeliveries_total", "0+1x%d"), 60),
    "ReadsRefused": (gauge("query_api_not_caught_up_total", "0+120x%d"), gauge("query_api_not_caught_up_total", "0+6x%d"), 30),
    "ConnectionsFull": (
        {'http_connections{job="query-api"}': "99x%d", 'http_connections_max{job="query-api"}': "100x%d"},
        {'http_connections{job="query-api"}': "50x%d", 'http_connections_max{job="query-api"}': "100x%d"},
        20,
    ),
    "DatabaseAway": (gauge("pg_up", "0x%d"), gauge("pg_up", "1x%d"), 20),
    "CacheAway": (gauge("redis_up", "0x%d"), gauge("redis_up", "1x%d"), 20),
    "BackupsOld": (
        gauge('kube_cronjob_status_last_successful_time{namespace="broker",cronjob="backup"}', "0x%d"),
        gauge('kube_cronjob_status_last_successful_time{namespace="broker",cronjob="backup"}', "12000x%d"),
        240,
    ),
    "TargetAway": (gauge('up{job="judge"}', "0x%d"), gauge('up{job="judge"}', "1x%d"), 30),
}


def test_every_alert_has_its_cases():
    assert set(CASES) == set(alerts())


@pytest.mark.parametrize("step", [1, 5, 30], ids=lambda step: f"{step} min")
def test_alerts_fire_and_are_quiet(promtool, step):
    """Each case twice: with what should wake somebody, and with what should not. Long windows are walked in longer steps."""
    tests = []
    for name, (firing, quiet, minutes) in CASES.items():
        if (1 if minutes <= 70 else 5 if minutes <= 400 else 30) != step:
            continue
        for series, fires in ((firing, True), (quiet, False)):
            tests.append(
                {
                    "name": f"{name} {'fires' if fires else 'is quiet'}",
                    "interval": f"{step}m",
                    "input_series": [{"series": one, "values": values % (minutes // step)} for one, values in series.items()],
                    "promql_expr_test": [
                        {
                            "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                            "eval_time": f"{minutes // step * step}m",
                            "exp_samples": [{"labels": "{}", "value": 1 if fires else 0}],
                        }
                    ],
                }
            )
    assert tests
    told = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": f"{step}m",
        # Records before what reads them: long steps leave nothing of the step before to read.
        "group_eval_order": [group["name"] for group in groups()],
        "tests": tests,
    }
    (promtool.folder / "tests.yaml").write_text(yaml.safe_dump(told, sort_keys=False))
    tested = promtool("test", "rules", "tests.yaml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
