"""What the report says about each layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from simple_deploy.cli.jsonlines import VERSION
from simple_deploy.core import codec
from simple_deploy.core.facts import Location
from simple_deploy.core.findings import blockers
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.system.process import run
from tests.docs import report_schema
from tests.shapes.conftest import Build
from tests.shapes.layouts import LAYOUTS, Layout, repository
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow

#: What is said about many projects, whatever their layout is.
USUAL = frozenset(
    {
        *("git.clean", "dependencies.found", "project.nested", "settings.database", "settings.static-root"),
        *("settings.debug", "settings.secret-key", "settings.allowed-hosts", "settings.email"),
    }
)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_report_says_what_the_project_is(
    layout: Layout, build: Build, python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in layout.variables.items():
        monkeypatch.setenv(name, value)
    root = prepared(layout, build, tmp_path).resolve()
    before = fingerprint(root)
    inspector = Inspector(run, python=str(python))
    found = inspector.inspect(locate(start=root, runner=run))
    assert found.facts.settings is not None, found.facts.settings_problem
    assert found.facts.location.root == root
    assert found.facts.location.project_dir == layout.project_dir
    assert (found.facts.settings.module, found.facts.settings.file) == (layout.settings, layout.file)
    assert found.facts.settings.has_wagtail == (layout.name == "Wagtail")
    report = {"type": "report", "version": VERSION, **codec.to_data(found)}
    assert [*Draft202012Validator(report_schema.schema()).iter_errors(report)] == []
    said = {finding.id for finding in found.findings}
    assert layout.findings <= said
    assert said - layout.findings <= USUAL
    assert {finding.id for finding in blockers(found.findings)} == (set() if layout.repository else layout.findings)
    assert [message.text for message in found.facts.settings.checks] == []
    again = locate(start=root / layout.project_dir, runner=run)
    assert again == Location(root=root, project_dir=layout.project_dir, settings_module=again.settings_module)
    assert fingerprint(root) == before


def prepared(layout: Layout, build: Build, folder: Path) -> Path:
    """The project as its owner has it before the first deployment."""
    root = build(layout, folder / "my site")
    if not layout.repository:
        return root
    lines = "".join(f"{line}\n" for line in ("django>=5.2", *layout.packages))
    (root / (layout.project_dir if layout.files_beside else "") / "requirements.txt").write_text(lines)
    repository(root)
    if layout.name == "git worktree":
        git(root, "worktree", "add", "--quiet", "-b", "second", str(folder / "second tree"))
        return folder / "second tree"
    return root
