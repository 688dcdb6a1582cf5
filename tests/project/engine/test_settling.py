"""A call that writes the files itself: what it may send, where it stands, and what it leaves in the git folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simple_deploy.core.errors import Cancelled, MissingAnswers, PluginError, StepError
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.secret import Redactor
from simple_deploy.core.steps import AddRequirements, Call, EditBlock, Step, WriteFile
from simple_deploy.engine import changes, workbench
from simple_deploy.engine.additions import OTHER_FILES
from simple_deploy.engine.context import Ports, SystemClock
from simple_deploy.engine.git_notes import GitNotes
from simple_deploy.engine.settling import Settling
from simple_deploy.engine.workbench import Workbench
from simple_deploy.runs.asking import Ahead
from simple_deploy.system import process
from simple_deploy.system.git import Git
from tests.support.repository import git, repository

FILES = {"settings.py": "DEBUG = True\n", ".gitignore": "/.secrets\n", "old.cfg": "old\n"}
CALL = Call(id="deploy", title="Let it deploy", why="…", name="deploy", rewrites=True, once=True)
GUARD = EditBlock(id="guard", title="…", why="…", path="settings.py", block_id="guard", text="GUARD = 1\n")


@dataclass
class Person:
    """Answers the question about other files, and remembers what was asked."""

    answer: bool = True
    asked: list[Question] = field(default_factory=list)

    def ask(self, question: Question) -> Answers:
        self.asked.append(question)
        return Answers(values={OTHER_FILES: self.answer})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-global-config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return repository(tmp_path / "my project", FILES)


def written(path: str, text: str) -> WriteFile:
    return WriteFile(id=path, title="…", why="…", path=path, text=text, if_exists="replace")


def settling(project: Path, person: object, *steps: Step) -> Settling:
    """One whose plan wants *steps*, with their files on the workbench as the person approved them."""
    bench = workbench.create(project, project.parent / "tree", run=process.run)
    approved = []
    for step in steps:
        if isinstance(step, WriteFile):
            before = bench.original(step.path)
            bench.write(step.path, step.text.encode())
            approved.append(
                changes.change(step.path, before, step.text.encode(), known=before, steps=[step], redact=str)
            )
    rendered = RenderedPlan(
        plan=Plan(platform="toy", steps=(*steps, CALL)),
        base=bench.base,
        snapshot=False,
        changes=tuple(approved),
        answers_digest="",
    )
    ports = Ports(
        emit=lambda event: None,
        asker=person,  # type: ignore[arg-type]
        cancelled=lambda: False,
        redactor=Redactor(),
        clock=SystemClock(),
    )
    return Settling(CALL, rendered, bench, ports=ports, message="", save=lambda plan: None)


def bench_of(project: Path) -> Workbench:
    return Workbench(project=project, folder=project.parent / "tree", base=git(project, "rev-parse", "HEAD"))


def in_commit(bench: Workbench, commit: str) -> set[str]:
    return set(git(bench.folder, "show", "--name-only", "--format=", commit).splitlines())


def test_files_as_they_were_approved_are_committed_unasked(project: Path) -> None:
    person, bench = Person(), bench_of(project)
    barrier = settling(project, person, written("fly.toml", "app = 1\n"))
    barrier.begin()
    assert bench.read("fly.toml") is None  # the call finds the project as it is
    bench.write("fly.toml", b"app = 1\n")
    commit = barrier.settle("Configured")
    barrier.end()
    assert person.asked == []
    assert in_commit(bench, commit) == {"fly.toml"}
    assert git(bench.folder, "log", "-1", "--format=%s %an") == "Configured Ada Example"


def test_the_tools_own_blocks_are_in_what_is_sent(project: Path) -> None:
    person, bench = Person(), bench_of(project)
    barrier = settling(project, person, written("settings.py", "DEBUG = False\n"), GUARD)
    barrier.begin()
    bench.write("settings.py", b"DEBUG = False\n")
    commit = barrier.settle("Configured")
    assert "GUARD = 1" in git(bench.folder, "show", f"{commit}:settings.py")


def test_other_files_are_shown_and_sent_only_when_they_are_wanted(project: Path) -> None:
    person, bench = Person(), bench_of(project)
    barrier = settling(project, person, written("fly.toml", "app = 'blog'\n"))
    barrier.begin()
    bench.write("fly.toml", b"app = 'blog-73'\n")
    bench.write("Procfile", b"web: x\n")
    bench.path("old.cfg").unlink()
    commit = barrier.settle("Configured")
    [question] = person.asked
    assert "fly.toml, Procfile, old.cfg" in question.title
    assert "-app = 'blog'\n+app = 'blog-73'" in question.help
    assert "+web: x" in question.help and "-old" in question.help
    assert in_commit(bench, commit) == {"fly.toml", "Procfile", "old.cfg"}
    assert {(each.path, each.change) for each in barrier.rendered.changes} == {
        ("fly.toml", "create"),
        ("Procfile", "create"),
        ("old.cfg", "delete"),
    }


def test_unwanted_files_are_sent_nowhere(project: Path) -> None:
    barrier, bench = settling(project, Person(answer=False)), bench_of(project)
    barrier.begin()
    bench.write("Procfile", b"web: x\n")
    with pytest.raises(Cancelled, match="nothing was sent"):
        barrier.settle("Configured")
    assert git(bench.folder, "rev-parse", "HEAD") == bench.base


@pytest.mark.parametrize(("yes", "goes_on"), [(True, True), (False, False)])
def test_where_nobody_is_asked_only_yes_lets_other_files_through(project: Path, yes: bool, goes_on: bool) -> None:
    barrier = settling(project, Ahead(given={}, use_defaults=yes, otherwise=None))
    barrier.begin()
    bench_of(project).write("Procfile", b"web: x\n")
    if goes_on:
        assert barrier.settle("Configured") != barrier.rendered.base
    else:
        with pytest.raises(MissingAnswers):
            barrier.settle("Configured")


def test_an_ignored_file_is_private(project: Path) -> None:
    person, bench = Person(), bench_of(project)
    barrier = settling(project, person)
    barrier.begin()
    bench.write(".secrets", b"KEY=a1b2c3d4e5f6\n")
    bench.write("deploy.yml", b"x: 1\n")
    commit = barrier.settle("Configured")
    assert "a1b2c3d4e5f6" not in person.asked[0].help
    assert in_commit(bench, commit) == {"deploy.yml"}
    found = next(each for each in barrier.rendered.changes if each.path == ".secrets")
    assert (found.private, found.diff, found.mode) == (True, "", 0o600)
    assert "a1b2c3d4e5f6" not in repr(barrier.rendered)


def test_what_the_person_edited_meanwhile_is_not_taken_for_what_was_seen(project: Path) -> None:
    barrier, bench = settling(project, Person(), written("settings.py", "DEBUG = False\n")), bench_of(project)
    seen = barrier.rendered.changes[0].before
    barrier.begin()
    (project / "settings.py").write_text("MINE = 1\n")
    bench.write("settings.py", b"DEBUG = False\n")
    barrier.settle("Configured")
    assert barrier.rendered.changes[0].before == seen  # landing then refuses


def test_a_call_that_never_commits_is_asked_about_at_its_end(project: Path) -> None:
    person, bench = Person(), bench_of(project)
    barrier = settling(project, person)
    barrier.begin()
    bench.write("Procfile", b"web: x\n")
    barrier.end()
    assert len(person.asked) == 1 and barrier.commit is None
    assert [each.path for each in barrier.rendered.changes] == ["Procfile"]


def test_a_push_of_the_branch_never_deletes_what_is_there(project: Path, tmp_path: Path) -> None:
    bare = tmp_path / "heroku.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    git(project, "remote", "add", "heroku", str(bare))
    git(project, "push", "--quiet", "heroku", "main")
    barrier, bench = settling(project, Person()), bench_of(project)
    barrier.begin()
    bench.write("Procfile", b"web: x\n")
    commit = barrier.settle("Configured")
    branch = git(bench.folder, "branch", "--show-current")
    git(bench.folder, "push", "--quiet", "heroku", f"{branch}:main")
    assert git(bare, "rev-parse", "main") == commit


def test_without_a_branch_nothing_is_begun(project: Path) -> None:
    git(project, "checkout", "--quiet", "--detach")
    with pytest.raises(StepError, match="is not on a branch"):
        settling(project, Person()).begin()


def test_new_remotes_and_what_git_ignores_come_along_and_go_again(project: Path, tmp_path: Path) -> None:
    git(project, "remote", "add", "origin", "https://git.example/own.git")
    barrier, bench = settling(project, Person()), bench_of(project)
    barrier.begin()
    assert git(bench.folder, "remote", "get-url", "origin") == "https://git.example/own.git"
    git(bench.folder, "remote", "add", "heroku", "https://me:pw-9f8e7d6c@git.example/blog.git")
    exclude = bench.folder / ".git/info/exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/.local/\n")
    before = (project / ".git/info/exclude").read_bytes()
    notes = GitNotes(Git(project, process.run), tmp_path / "run")
    notes.folder.mkdir()
    brought = notes.bring(Git(bench.folder, process.run))
    assert ([*brought.remotes], brought.excluded) == (["heroku"], ("/.local/",))
    assert git(project, "remote").split() == ["heroku", "origin"]
    assert all("pw-9f8e7d6c" not in path.read_text() for path in notes.folder.iterdir())
    notes.take_back()
    assert git(project, "remote") == "origin"
    assert (project / ".git/info/exclude").read_bytes() == before


def test_a_remote_that_was_changed_since_stays(project: Path, tmp_path: Path) -> None:
    barrier, bench = settling(project, Person()), bench_of(project)
    barrier.begin()
    git(bench.folder, "remote", "add", "cloud", "https://git.example/a.git")
    notes = GitNotes(Git(project, process.run), tmp_path / "run")
    notes.folder.mkdir()
    notes.bring(Git(bench.folder, process.run))
    git(project, "remote", "set-url", "cloud", "https://git.example/other.git")
    notes.take_back()
    assert git(project, "remote") == "cloud"


def test_a_plan_does_not_both_rewrite_and_edit() -> None:
    add = AddRequirements(id="add", title="…", why="…", requirements=("gunicorn",))
    with pytest.raises(PluginError, match="edits some of them itself"):
        Plan(platform="toy", steps=(add, CALL)).validate()
    assert Plan(platform="toy", steps=(GUARD, CALL)).validate().rewrites
