"""Every other combination of layout and manager: it is read as it is, and the plan for this computer fits it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import uv
from simple_deploy_local.platform import LocalPlatform

from simple_deploy.core.errors import ToolMissing
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import Completed
from simple_deploy.core.options import Answers, Question
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import create
from simple_deploy.inspection import dependencies
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.managers.base import Place
from simple_deploy.platforms.base import Remote
from simple_deploy.system import process
from tests.shapes import table
from tests.shapes.conftest import Build, Declared
from tests.shapes.layouts import LAYOUTS, Layout
from tests.shapes.managers import BY_NAME, Manager
from tests.shapes.projects import combined, file_of
from tests.support.repository import fingerprint

pytestmark = pytest.mark.slow

FactsOf = Callable[[Layout], ProjectFacts]
PROGRAMS = ("poetry", "pipenv", "pdm", "pip-compile")
#: Those whose lock uv, which comes with the tool, can make.
LOCKED_BY_UV = ("uv", "pip-tools")


class Nobody:
    def ask(self, question: Question) -> Answers:
        pytest.fail(f"asked {question.title}")


def without_managers(argv: Sequence[str], **options: object) -> Completed:
    """Runs programs on a computer on which no manager is installed but uv, and where uv cannot fetch one."""
    if argv[0] in PROGRAMS or argv[1:3] == ("tool", "run"):
        raise ToolMissing(f"{argv[0]} is not installed.")
    return process.run(argv, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def facts_of(build: Build, declared: Declared, python: Path, tmp_path_factory: pytest.TempPathFactory) -> FactsOf:
    """What is known of a layout whatever its manager is; looked at once."""
    known: dict[str, ProjectFacts] = {}

    def facts(layout: Layout) -> ProjectFacts:
        if layout.name not in known:
            folder = tmp_path_factory.mktemp("looked at")
            root = combined(
                layout, BY_NAME["requirements.txt"], folder, build=build, declared=declared, only_django=True
            )
            with pytest.MonkeyPatch.context() as patch:
                for name, value in layout.variables.items():
                    patch.setenv(name, value)
                location = locate(start=root, runner=process.run)
                known[layout.name] = Inspector(process.run, python=str(python)).inspect(location).facts
        return known[layout.name]

    return facts


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if each.repository], ids=lambda layout: layout.name)
def test_a_plan_adds_to_the_managers_own_file_and_to_the_settings(
    layout: Layout, build: Build, declared: Declared, facts_of: FactsOf, tmp_path: Path
) -> None:
    managers = [manager for planned, manager in table.planned() if planned is layout]
    assert managers
    for manager in managers:
        folder = tmp_path / manager.name.replace("/", "-")
        root = combined(layout, manager, folder, build=build, declared=declared, only_django=True)
        fits(layout, manager, root, facts_of, folder)
        shutil.rmtree(folder)


def fits(layout: Layout, manager: Manager, root: Path, facts_of: FactsOf, folder: Path) -> None:
    """One cell of the table."""
    known = facts_of(layout)
    location = replace(known.location, root=root.resolve())
    reading = dependencies.read(location)
    found = reading.dependencies
    file, lock = file_of(layout, manager.file), file_of(layout, manager.lock)
    assert (found.manager, found.file, found.lock) == (manager.reads, file, lock), manager.name
    assert reading.complete and found.problems == (), manager.name
    assert "django" in found.names, manager.name

    facts = replace(known, location=location, dependencies=found)
    plan = LocalPlatform().plan(facts, Remote(), Answers(values={})).validate()
    before = fingerprint(root)
    bench = create(root, folder / "bench", run=process.run, allow_dirty=False)
    renderer = Renderer(
        bench,
        found,
        asker=Nobody(),
        redact=str,
        written={},
        place=Place(root=bench.folder, run=without_managers, uv=uv.find_uv_bin(), python=facts.host.base_python),
    )
    changes, met = renderer.render(plan.file_steps)
    changed = {change.path for change in changes}
    settings = facts.settings_file
    refreshed = manager.reads in LOCKED_BY_UV
    assert changed == {settings, file, lock if refreshed else file}, manager.name
    after = dependencies.read(replace(location, root=bench.folder)).dependencies
    installed = after.names | {entry.name for entry in after.grouped}
    assert {"django-environ", "whitenoise"} <= installed, manager.name
    assert found.names <= after.names, manager.name
    # Without its program the lock cannot follow; then the command that would make it fit stands in the way.
    stands_in_the_way = ["blocker"] if manager.lock and not refreshed else []
    assert [finding.level.value for finding in met] == stands_in_the_way, manager.name
    assert all(finding.fix for finding in met)
    assert fingerprint(root) == before
