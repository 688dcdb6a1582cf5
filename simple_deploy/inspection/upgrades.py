"""The pin of a Django that is too old, and what to write there instead. Pure."""

from __future__ import annotations

import re

from simple_deploy.core.facts import Declared, ProjectFacts
from simple_deploy.core.versions import OLDEST_DJANGO
from simple_deploy.edits import textfile
from simple_deploy.managers import requirements

#: Name of the fix.
FIX = "upgrade-django"


def version(facts: ProjectFacts) -> str:
    """What to ask for: the Django that is installed here, or, where that is too old as well, the nearest series."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", facts.django)[:2])
    return f"=={facts.django}" if numbers >= OLDEST_DJANGO else f"~={'.'.join(map(str, OLDEST_DJANGO))}.0"


def pin(facts: ProjectFacts) -> Declared | None:
    """The line to change; None where that is not enough, since a lock, hashes or another file decide as well."""
    found = facts.dependencies
    lines = [entry for entry in found.declared if entry.name == "django"]
    if len(lines) != 1 or found.manager != "requirements" or found.lock is not None or found.hashed:
        return None
    return lines[0] if lines[0].line and requirements.is_versioned(lines[0].text) else None


def changed(before: bytes, facts: ProjectFacts) -> bytes:
    """The bytes of the requirements file with the newer Django.

    :raises EditError: *before* is no text.
    """
    file = textfile.decode(before)
    return file.encode(requirements.repinned(file.text, "django", version(facts)))
