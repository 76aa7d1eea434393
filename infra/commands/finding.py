"""What a check found."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`good`, or what is wrong; what would mend it in words, and where a script can do that, the call that does.

    `asked` says that the call only asks for it: it is wrong until somebody has answered."""

    subject: str
    good: bool
    said: str
    remedy: str = ""
    mend: Callable[[], object] | None = None
    asked: bool = False


def good(subject: str, said: str) -> Finding:
    return Finding(subject, True, said)


def wrong(subject: str, said: str, remedy: str, mend: Callable[[], object] | None = None) -> Finding:
    return Finding(subject, False, said, remedy, mend)
