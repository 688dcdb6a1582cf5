"""Known causes of failed deployments, recognised by what programs print. Pure.

Most failures of a first deployment are one of a few dozen. Each is told from a line that Django, a dependency manager,
a compiler, a server or the operating system prints, whatever platform it was printed on; a platform may add its own.
What is known about the project decides what is advised: a file that is there and that git ignores is not made again.
"""

from __future__ import annotations

from simple_deploy.core.known_failures.explaining import CAUSES, READ, explain, missing_variable, named
from simple_deploy.core.known_failures.model import NOTHING, UNKNOWN, Absent, Cause, Evidence, Explanation, Missing

__all__ = [
    "CAUSES",
    "NOTHING",
    "READ",
    "UNKNOWN",
    "Absent",
    "Cause",
    "Evidence",
    "Explanation",
    "Missing",
    "explain",
    "missing_variable",
    "named",
]
