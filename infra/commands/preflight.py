"""Looks at an account and an environment before anything is deployed, says what is wrong, and offers to mend what it can.

    infra/preflight account ENVIRONMENT        before Terraform makes it
    infra/preflight environment ENVIRONMENT    after, before Argo CD deploys to it

Nothing is changed without a yes. It ends with 0 only if nothing is wrong any more.
"""

import argparse
from collections.abc import Callable, Iterable

import boto3

from . import account, environment
from .finding import Finding
from .wanted import REGION, wanted


def main(arguments: list[str] | None = None, ask: Callable[[str], str] = input) -> int:
    parser = argparse.ArgumentParser(prog="infra/preflight", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["account", "environment"])
    parser.add_argument("environment", choices=["dev", "staging", "production"])
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--profile", help="the profile in ~/.aws/config")
    parser.add_argument("--mend", choices=["ask", "all", "nothing"], default="ask", help="what to do with what can be mended")
    parser.add_argument("--connect", action="store_true", help="also connect to the stores; only from inside the VPC")
    options = parser.parse_args(arguments)
    session = boto3.Session(profile_name=options.profile, region_name=options.region)
    want = wanted(options.environment)
    if options.what == "account":
        findings = account.checks(session, want)
    else:
        findings = environment.checks(session, want, options.connect)
    return go_through(findings, options.mend, ask)


def go_through(findings: Iterable[Finding], mode: str, ask: Callable[[str], str]) -> int:
    still_wrong = 0
    for finding in findings:
        print(f"{'good ' if finding.good else 'WRONG'}  {finding.subject}: {finding.said}")
        if finding.good:
            continue
        mended = finding.mend is not None and agreed(finding, mode, ask)
        if mended:
            finding.mend()
        still_wrong += not mended or finding.asked
        print(f"       {'done' if mended else 'to do'}: {finding.remedy}")
    print("nothing is wrong" if still_wrong == 0 else f"{still_wrong} things are wrong")
    return 0 if still_wrong == 0 else 1


def agreed(finding: Finding, mode: str, ask: Callable[[str], str]) -> bool:
    if mode == "ask":
        return ask(f"       {finding.remedy}? [y/N] ").strip().lower() in ("y", "yes")
    return mode == "all"
