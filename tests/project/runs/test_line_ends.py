"""Files whose line ends git changes: what counts as changed is what git would call so, and undo takes back what changed.

Whatever the line ends, a plan that was tried says the same, and so does the project's own Python of the same files: the
first is left out here, and the second is asked once for each content.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.core.trials import Report
from simple_deploy.engine.trial import Trial
from simple_deploy.runs.model import RunKind
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.attacks import replay
from tests.project.runs.test_configured import run, undo
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow

SETTINGS = ("true", "input", "false")
ATTRIBUTES = ("", "* text=auto", "* text eol=crlf", "* text eol=lf", "* -text", "*.py filter=tabs")
FILTER = {"clean": "sed 's/    /\t/g'", "smudge": "sed 's/\t/    /g'"}


@pytest.fixture(autouse=True)
def _looked_at_once(tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    env[replay.FOLDER] = str(answers)
    monkeypatch.setattr(process, "run", process.run)  # which comes back at the end
    replay.install()
    monkeypatch.setattr(Trial, "run", lambda self, bench, digest="": Report())


def with_line_ends(project: Path, autocrlf: str, attributes: str, *, checked_out: bool) -> None:
    """:param checked_out: whether git has written the files, rather than their owner."""
    git(project, "config", "core.autocrlf", autocrlf)
    for name, command in FILTER.items():
        git(project, "config", f"filter.tabs.{name}", command)
    if attributes:
        (project / ".gitattributes").write_text(f"{attributes}\n", encoding="utf-8")
        git(project, "add", ".gitattributes")
    git(project, "add", "--renormalize", ".")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Line ends")
    if checked_out:
        git(project, "rm", "--quiet", "-r", "--cached", ".")
        git(project, "reset", "--quiet", "--hard")
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.slice(3)
@pytest.mark.parametrize("kind", [RunKind.CONFIGURE, RunKind.DEPLOY])
@pytest.mark.parametrize("checked_out", [True, False], ids=["as git wrote them", "as they were made"])
@pytest.mark.parametrize("attributes", ATTRIBUTES)
@pytest.mark.parametrize("autocrlf", SETTINGS)
def test_a_second_run_changes_nothing_and_undo_takes_back_the_first(
    project: Path, service: Service, autocrlf: str, attributes: str, checked_out: bool, kind: RunKind
) -> None:
    with_line_ends(project, autocrlf, attributes, checked_out=checked_out)
    before, tree = fingerprint(project), git(project, "rev-parse", "HEAD^{tree}")
    first = run(service, kind)
    after, head = fingerprint(project), git(project, "rev-parse", "HEAD")
    second = run(service, kind)
    rendered = service.plan_of(second.id)
    assert rendered is not None
    listed = [(change.path, change.added, change.removed) for change in rendered.changes]
    if kind is RunKind.DEPLOY:
        assert git(project, "status", "--porcelain") == ""
        assert listed == []
    assert not second.can_be_undone
    assert (fingerprint(project), git(project, "rev-parse", "HEAD")) == (after, head)
    undone = undo(service)
    assert undone.subject == first.id
    assert fingerprint(project) == before
    assert git(project, "rev-parse", "HEAD^{tree}") == tree
    assert git(project, "status", "--porcelain") == ""
    with pytest.raises(NothingToUndo):
        service.create_undo()


def test_line_ends_that_git_set_on_a_checkout_are_no_edit(project: Path, service: Service) -> None:
    with_line_ends(project, "true", "", checked_out=False)
    before = fingerprint(project)
    run(service, RunKind.DEPLOY)
    changed = [path for path, state in fingerprint(project).items() if before.get(path) != state]
    git(project, "rm", "--quiet", "--cached", *changed)
    for path in changed:
        (project / path).unlink()
    git(project, "reset", "--quiet", "--hard")
    assert b"\r\n" in (project / "mysite/settings.py").read_bytes()
    undo(service)
    assert fingerprint(project) == before
    assert git(project, "status", "--porcelain") == ""
