"""Commits are made as the project's owner would make them, and one that is refused names the way out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_deploy.core.errors import PluginError, StepError
from simple_deploy.engine import workbench
from simple_deploy.engine.workbench import Workbench
from simple_deploy.system import process
from tests.support.repository import fingerprint, git, repository, write

PROTECTED = """#!/bin/sh
if [ "$(git symbolic-ref --short HEAD)" = main ]; then echo "no commits on main, please" >&2; exit 1; fi
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-global-config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return repository(tmp_path / "my project", {"settings.py": "DEBUG = True\n", ".gitignore": ".env\n*.pem\n"})


def hook(project: Path, text: str, name: str = "pre-commit") -> None:
    path = project / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def edited(project: Path, path: str = "settings.py") -> Workbench:
    bench = workbench.create(project, project.parent / "tree", run=process.run)
    bench.write(path, b"DEBUG = False\n")
    return bench


def test_a_hook_that_protects_the_branch_is_obeyed(project: Path) -> None:
    hook(project, PROTECTED)
    before = fingerprint(project)
    with pytest.raises(StepError, match="no commits on main, please") as caught:
        edited(project).commit("Configure", ["settings.py"], process.run)
    assert "git switch -c" in caught.value.hint
    assert fingerprint(project) == before
    git(project, "switch", "--quiet", "--create", "deploy")
    assert edited(project).commit("Configure", ["settings.py"], process.run)


def test_a_detached_head_is_committed_to_as_such(project: Path) -> None:
    git(project, "checkout", "--quiet", "--detach")
    hook(project, "#!/bin/sh\ngit symbolic-ref --quiet HEAD && exit 1\nexit 0\n")
    bench = edited(project)
    commit = bench.commit("Configure", ["settings.py"], process.run)
    assert git(bench.folder, "rev-parse", f"{commit}^") == git(project, "rev-parse", "HEAD")


def test_a_hook_of_the_projects_own_folder_is_obeyed(project: Path) -> None:
    """As husky and pre-commit configure it."""
    write(project, {".hooks/commit-msg": "#!/bin/sh\ngrep -q TICKET \"$1\" || { echo 'no ticket' >&2; exit 1; }\n"})
    (project / ".hooks" / "commit-msg").chmod(0o755)
    git(project, "config", "core.hooksPath", ".hooks")
    with pytest.raises(StepError, match="no ticket") as caught:
        edited(project).commit("Configure", ["settings.py"], process.run)
    assert "configure only" in caught.value.hint.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a script cannot stand for gpg there")
def test_a_key_that_cannot_be_used_is_said(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpg = write(tmp_path / "bin", {"gpg": "#!/bin/sh\necho 'gpg: signing failed: Timeout' >&2\nexit 2\n"}) / "gpg"
    gpg.chmod(0o755)
    write(tmp_path, {"no-global-config": f"[commit]\ngpgSign = true\n[gpg]\nprogram = {gpg}\n"})
    with pytest.raises(StepError, match="failed to sign") as caught:
        edited(project).commit("Configure", ["settings.py"], process.run)
    assert "commit.gpgSign false" in caught.value.hint


@pytest.mark.parametrize("path", [".env", "config/.env.production", "keys/site.pem", "ID_RSA", "db.sqlite3"])
def test_what_holds_secrets_is_never_committed(project: Path, path: str) -> None:
    bench = edited(project, path)
    with pytest.raises(PluginError, match="probably holds secrets"):
        bench.commit("Configure", ["settings.py", path], process.run)
    assert git(bench.folder, "log", "--format=%s") == "First"


def test_a_template_for_secrets_may_be_committed(project: Path) -> None:
    bench = edited(project, ".env.example")
    commit = bench.commit("Configure", [".env.example"], process.run)
    assert git(bench.folder, "show", "--name-only", "--format=", commit) == ".env.example"


def test_only_what_was_changed_is_committed_whatever_else_lies_about(project: Path) -> None:
    write(project, {"notes.txt": "mine\n", "settings.py": "unfinished\n", ".env": "KEY=x\n"})
    git(project, "add", "notes.txt")
    bench = edited(project)
    bench.write("left-by-a-tool.txt", b"x")
    commit = bench.commit("Configure", ["settings.py"], process.run)
    assert git(bench.folder, "show", "--name-only", "--format=", commit) == "settings.py"
    assert git(project, "status", "--porcelain").split("\n") == ["A  notes.txt", " M settings.py"]
