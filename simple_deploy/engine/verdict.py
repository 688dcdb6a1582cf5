"""What a failure in the trial means to the person whose project it is."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.trials import Failure, Phase

_CONDITIONS: Mapping[Phase, str] = {
    "here": "as it is on your computer",
    "build": "while the platform builds it",
    "site": "as it will be deployed",
}


def finding(failure: Failure) -> Finding:
    """The finding for *failure*."""
    label = _CONDITIONS[failure.phase]
    missing = next((line for line in reversed(failure.tail) if "ModuleNotFoundError: No module named" in line), None)
    if missing:
        name = missing.rsplit("No module named", 1)[1].strip().strip("'\"")
        return Finding(
            id=f"check.missing-module.{name}",
            level=Level.BLOCKER,
            title=f"The settings need the package that brings “{name}”, and your dependency file does not list it.",
            why=f"In an environment with just the declared packages, the project does not start {label}.",
            fix=f"Add the package that brings “{name}” to your dependency file, or import it only where DEBUG is on.",
            details=failure.tail[-6:],
        )
    return Finding(
        id="check.failed",
        level=Level.BLOCKER,
        title=f"Django refuses the project {label}: {failure.tail[-1] if failure.tail else 'no reason given'}",
        why=f"`{' '.join(failure.command)}` was run with the planned files in an environment that holds the planned "
        "packages.",
        fix="Fix what the last lines say, then plan again.",
        details=failure.tail[-12:],
    )
