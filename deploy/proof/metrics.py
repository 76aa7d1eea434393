"""The metrics there are: read from the code that registers them, and a list of what others' exporters have."""

import pathlib
import re

import rendered

# Of each file that registers metrics: the prefixes they get (none: as they are).
REGISTERED_IN = {
    "command-api/src/metrics.rs": ["command_api"],
    "query-api/src/metrics.rs": ["query_api"],
    "projectors/src/metrics.rs": ["projectors"],
    "judge/src/metrics.rs": ["judge"],
    "chassis/src/requests.rs": ["command_api", "query_api"],
    "chassis/src/log/metrics.rs": [None],
    "chassis/src/http.rs": [None],
}
SUFFIXES = {"Counter": ["_total"], "Gauge": [""], "Histogram": ["_bucket", "_sum", "_count"]}


def of_code():
    found = set()
    for file, prefixes in REGISTERED_IN.items():
        code = (rendered.REPO / file).read_text().split("#[cfg(test)]")[0]
        for name, second, value in re.findall(
            r'\.register(?:_with_unit)?\(\s*"(\w+)",\s*(?:"[^"]*"),\s*(Unit::Seconds,\s*)?([\w.]+?)(?:\.clone\(\))?,?\s*\)', code
        ):
            field = value.split(".")[-1]
            kind = re.search(rf"\b{field}: [^;{{}}]*?\b(Counter|Gauge|Histogram)\b", code) or re.search(
                rf"\b{field} = (Counter|Gauge|Histogram)\b", code
            ) or re.search(rf"\blet \(?[\w, ]*\b{field}\b[\w, ]*\)? = .*?\b(Counter|Gauge|Histogram)::", code) or re.search(
                rf"\blet {field} = Family::<\w+, (Counter|Gauge|Histogram)", code
            )
            assert kind, f"{file}: of what kind is {name}?"
            unit = "_seconds" if second else ""
            for prefix in prefixes:
                whole = f"{prefix}_{name}{unit}" if prefix else f"{name}{unit}"
                found |= {whole + suffix for suffix in SUFFIXES[kind.group(1)]}
        registered = len(re.findall(r"registry(?:\s|\.sub_registry_with_prefix\(\w+\))*\.register(?:_with_unit)?\(", code))
        assert registered, file
    return found


def of_others():
    """`deploy/proof/metrics_of_others.txt`: one a line, by exporter."""
    lines = (pathlib.Path(__file__).parent / "metrics_of_others.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


FUNCTIONS = """abs absent absent_over_time avg avg_over_time bool bottomk by ceil clamp_max clamp_min count count_over_time delta
    deriv floor group_left group_right histogram_quantile ignoring increase irate label_replace last_over_time max
    max_over_time min min_over_time offset on or and unless quantile rate resets round scalar sort stddev sum sum_over_time
    time timestamp topk vector without""".split()


def named_in(expression):
    """The metrics of a PromQL expression."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    return {name for name in re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", bare) if name not in FUNCTIONS}
