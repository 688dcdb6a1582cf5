"""Which of several dependency managers is used, and that the person can say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.facts import Corrections, ProjectFacts
from simple_deploy.core.findings import Finding
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Look, Make
from tests.support.repository import write

POETRY = '[tool.poetry.dependencies]\npython = "^3.10"\ndjango = "*"\n'


def seen(root: Path, look: Look, manager: str | None = None) -> tuple[ProjectFacts, Finding]:
    location = replace(look.at(root), corrections=Corrections(manager=manager))
    found = Inspector(run).inspect(location)
    return found.facts, next(each for each in found.findings if each.id == "dependencies.several")


@pytest.mark.slow
def test_the_person_can_choose_another_manager(make: Make, look: Look) -> None:
    root = make()
    write(root, {"requirements.txt": "django\n", "pyproject.toml": POETRY})
    facts, finding = seen(root, look)
    assert (facts.dependencies.manager, facts.dependencies.others) == ("requirements", ("poetry",))
    assert finding.why.startswith("requirements.txt is used, because nothing shows that Poetry is in use instead.")
    assert "--manager poetry" in finding.fix
    facts, finding = seen(root, look, "poetry")
    assert (facts.dependencies.manager, facts.dependencies.file) == ("poetry", "pyproject.toml")
    assert finding.why.startswith("Poetry is used, as you chose.")
