"""From the workbench into the project, and back: files, commit, index, and everything of the person's own untouched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from simple_deploy.core.errors import FilesChanged, NothingToUndo, StalePlan, StepError
from simple_deploy.core.plan import FileChange
from simple_deploy.engine import landing, workbench
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.workbench import Workbench
from simple_deploy.system import process
from tests.support.repository import fingerprint, git, repository, write

FILES = {"settings.py": b"DEBUG = True\r\n", "app/views.py": "# page\n", "requirements.txt": "Django\n"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-global-config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return repository(tmp_path / "my project", FILES)


def bench_for(project: Path, *, allow_dirty: bool = False) -> Workbench:
    return workbench.create(project, project.parent / "tree", run=process.run, allow_dirty=allow_dirty)


def lander(project: Path, name: str) -> Lander:
    return Lander(project=project, folder=project.parent / "runs" / name, run=process.run)


def edit(bench: Workbench, path: str, data: bytes) -> FileChange:
    before = bench.seed(path)
    bench.write(path, data)
    return FileChange(
        path=path,
        before=None if before is None else hashlib.sha256(before).hexdigest(),
        after=hashlib.sha256(data).hexdigest(),
        diff="",
    )


def deploy(project: Path, name: str = "deploy") -> tuple[Lander, str]:
    bench = bench_for(project)
    changes = [edit(bench, "settings.py", b"DEBUG = True\r\n# block\r\n"), edit(bench, "fly/fly.toml", b"[app]\n")]
    commit = bench.commit("Configure", [change.path for change in changes], process.run)
    done = lander(project, name)
    done.land(bench, changes, commit=commit, on_file=lambda path, change: None)
    return done, commit


def undo(project: Path, done: Lander, name: str = "undo") -> str | None:
    return landing.undo(done, lander(project, name), title="deploy", on_file=lambda path, change: None)


def test_the_workbench_has_the_projects_own_line_ends(project: Path) -> None:
    git(project, "config", "core.autocrlf", "true")
    (project / "app/views.py").write_bytes(b"# page\r\n")
    git(project, "add", "--all")
    bench = bench_for(project)
    assert bench.read("app/views.py") == b"# page\r\n"


def test_making_a_workbench_changes_nothing_in_the_project(project: Path) -> None:
    write(project, {"app/views.py": "# changed\n", "new.txt": "untracked\n"})
    before, index = fingerprint(project), (project / ".git/index").read_bytes()
    bench = bench_for(project, allow_dirty=True)
    assert bench.snapshot and bench.read("app/views.py") == b"# changed\n"
    assert fingerprint(project) == before
    assert (project / ".git/index").read_bytes() == index


def test_without_a_commit_there_is_no_workbench(tmp_path: Path) -> None:
    git(write(tmp_path / "empty", {"a": ""}), "init", "--quiet")
    with pytest.raises(StepError, match="no commit yet"):
        bench_for(tmp_path / "empty")


def test_landing_moves_the_branch_and_leaves_the_tree_clean(project: Path) -> None:
    _, commit = deploy(project)
    assert git(project, "rev-parse", "HEAD") == commit
    assert git(project, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(project, "status", "--porcelain") == ""
    assert (project / "settings.py").read_bytes() == b"DEBUG = True\r\n# block\r\n"
    assert git(project, "show", "--stat", "--format=%an <%ae>").startswith("Ada Example <ada@example.com>")


def test_what_the_person_had_staged_and_changed_stays_so(project: Path) -> None:
    write(project, {"staged.txt": "staged\n", "app/views.py": "# my work\n"})
    git(project, "add", "staged.txt")
    before = git(project, "status", "--porcelain")
    done, _ = deploy(project)
    assert git(project, "status", "--porcelain") == before
    undo(project, done)
    assert git(project, "status", "--porcelain") == before


def test_undo_restores_every_byte_and_reverts_by_a_new_commit(project: Path) -> None:
    before, head = fingerprint(project), git(project, "rev-parse", "HEAD")
    done, commit = deploy(project)
    reverted = undo(project, done)
    assert fingerprint(project) == before
    assert reverted is not None and git(project, "rev-parse", "HEAD") == reverted
    assert git(project, "rev-parse", "HEAD^{tree}") == git(project, "rev-parse", f"{head}^{{tree}}")
    assert git(project, "rev-parse", "HEAD~1") == commit
    assert git(project, "status", "--porcelain") == ""
    with pytest.raises(NothingToUndo):
        undo(project, done, "again")


def test_undo_keeps_commits_made_since(project: Path) -> None:
    done, _ = deploy(project)
    write(project, {"app/views.py": "# later\n"})
    git(project, "commit", "--quiet", "-am", "Later")
    undo(project, done)
    assert (project / "app/views.py").read_bytes() == b"# later\n"
    assert (project / "settings.py").read_bytes() == b"DEBUG = True\r\n"
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg"])
def test_the_commit_of_an_undo_passes_by_the_hooks_like_any_other(project: Path, name: str) -> None:
    """The hooks see the branch, what is staged and, if they are asked about it, the message."""
    done, commit = deploy(project)
    hook = write(
        project / ".git" / "hooks",
        {
            name: '#!/bin/sh\n[ -n "$1" ] && grep -q TICKET "$1" && exit 0\n'
            'echo "$(git symbolic-ref HEAD), $(git diff --cached --name-only | tail -n 1), $(head -n 1 "$1")" >&2\n'
            "exit 1\n"
        },
    )
    (hook / name).chmod(0o755)
    before = fingerprint(project)

    with pytest.raises(StepError, match="Git refused the commit") as caught:
        undo(project, done)

    assert "--commit-message, which --undo takes too" in caught.value.hint
    said = caught.value.message
    assert "refs/heads/main" in said and "settings.py" in said and (name == "pre-commit" or "deploy" in said)
    assert fingerprint(project) == before and git(project, "rev-parse", "HEAD") == commit
    assert git(project, "status", "--porcelain") == ""
    (hook / name).write_text('#!/bin/sh\n[ -z "$1" ] || echo "Signed by the hook" >>"$1"\n', encoding="utf-8")
    reverted = undo(project, done, "once more")
    assert git(project, "rev-parse", "HEAD") == reverted
    assert ("Signed by the hook" in git(project, "log", "-1", "--format=%B")) == (name == "commit-msg")
    assert git(project, "status", "--porcelain") == ""


def test_undo_touches_nothing_when_a_file_was_edited_since(project: Path) -> None:
    done, _ = deploy(project)
    write(project, {"settings.py": "mine\n"})
    before, head = fingerprint(project), git(project, "rev-parse", "HEAD")
    with pytest.raises(FilesChanged) as caught:
        undo(project, done)
    assert caught.value.paths == ("settings.py",)
    assert (fingerprint(project), git(project, "rev-parse", "HEAD")) == (before, head)


def test_a_commit_made_meanwhile_stops_the_landing(project: Path) -> None:
    bench = bench_for(project)
    change = edit(bench, "settings.py", b"new\n")
    commit = bench.commit("Configure", ["settings.py"], process.run)
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Meanwhile")
    before = fingerprint(project)
    with pytest.raises(StalePlan):
        lander(project, "late").land(bench, [change], commit=commit, on_file=lambda path, kind: None)
    assert fingerprint(project) == before


def test_a_detached_head_moves_too(project: Path) -> None:
    git(project, "checkout", "--quiet", "--detach")
    main = git(project, "rev-parse", "main")
    done, commit = deploy(project)
    assert git(project, "rev-parse", "HEAD") == commit and git(project, "rev-parse", "main") == main
    undo(project, done)
    assert git(project, "status", "--porcelain") == ""


def test_uncommitted_work_is_deployed_but_never_committed(project: Path) -> None:
    write(project, {"app/views.py": "# my unfinished work\n"})
    head = git(project, "rev-parse", "HEAD")
    bench = bench_for(project, allow_dirty=True)
    change = edit(bench, "settings.py", b"# configured\n")
    commit = bench.commit("Configure", ["settings.py"], process.run)
    assert "my unfinished work" in git(bench.folder, "show", f"{commit}:app/views.py")
    lander(project, "snapshot").land(bench, [change], commit=commit, on_file=lambda path, kind: None)
    assert git(project, "rev-parse", "HEAD") == head
    assert git(project, "status", "--porcelain").split() == ["M", "app/views.py", "M", "settings.py"]


def test_a_hook_that_refuses_stops_before_the_project_is_touched(project: Path) -> None:
    hook = project / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no trailing spaces, please' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    bench = bench_for(project)
    edit(bench, "settings.py", b"new\n")
    with pytest.raises(StepError, match="no trailing spaces, please"):
        bench.commit("Configure", ["settings.py"], process.run)


def test_without_an_identity_the_way_out_is_named(project: Path) -> None:
    git(project, "config", "--unset", "user.name")
    git(project, "config", "--unset", "user.email")
    git(project, "config", "user.useConfigOnly", "true")
    bench = bench_for(project)
    edit(bench, "settings.py", b"new\n")
    with pytest.raises(StepError) as caught:
        bench.commit("Configure", ["settings.py"], process.run)
    assert "git config user.email" in caught.value.hint


def test_a_linked_worktree_is_a_project_like_any_other(project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "linked"))
    linked = tmp_path / "linked"
    before = fingerprint(linked)
    done, commit = deploy(linked)
    assert git(linked, "rev-parse", "feature") == commit
    undo(linked, done)
    before.pop(".git", None)
    assert {path: value for path, value in fingerprint(linked).items() if path != ".git"} == before
