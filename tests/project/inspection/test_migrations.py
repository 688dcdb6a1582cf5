"""The migrations that a project's changed models lack are written as Django would, where it would ask nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_deploy import conf
from simple_deploy.core.facts import Location
from simple_deploy.core.findings import Finding
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from simple_deploy.testing import Shape, write_shape
from tests.support.repository import fingerprint, git, repository

MODELS = Path("posts", "models.py")
FIX = "make-migrations"
NEW_FIELD = '    mood = models.CharField(max_length=20, default="calm")\n'
NEW_MODEL = "\n\nclass Tag(models.Model):\n    name = models.CharField(max_length=20)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "blog"
    write_shape(root, Shape(), run=process.run)
    return repository(root, {})


@pytest.fixture
def service(project: Path) -> Service:
    home = project.with_name("home")
    folders = {"SIMPLE_DEPLOY_DATA_DIR": str(home / "data"), "SIMPLE_DEPLOY_CACHE_DIR": str(home / "cache")}
    return Service(Location(root=project), conf.load(folders))


def changed(project: Path, change: str) -> None:
    models = (project / MODELS).read_text(encoding="utf-8")
    first = next(line for line in models.splitlines(keepends=True) if "= models." in line)
    after = models + change if change.startswith("\n") else models.replace(first, change + first, 1)
    (project / MODELS).write_text(after, encoding="utf-8", newline="\n")


def finding(service: Service) -> Finding:
    return next(each for each in service.inspection().findings if each.id == "settings.model-changes")


def done(service: Service, run: Run) -> Run:
    ended = service.execute(run.id)
    assert ended.state is RunState.SUCCEEDED, ended.error
    return ended


def complete(project: Path) -> bool:
    """Whether Django finds nothing to write any more."""
    argv = (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", "--no-input")
    done = process.run(argv, cwd=project, check=False)
    (project / "db.sqlite3").unlink()  # it looks into one, which then is there
    return done.returncode == 0


@pytest.mark.slow
def test_they_are_shown_written_committed_and_taken_back(project: Path, service: Service) -> None:
    changed(project, NEW_FIELD)
    changed(project, NEW_MODEL)
    git(project, "commit", "--quiet", "-am", "Moods and tags")
    before, tree = fingerprint(project), git(project, "rev-parse", "HEAD^{tree}")
    assert finding(service).fix_name == FIX and fingerprint(project) == before

    fix = service.describe_fix(FIX)
    assert "+++ b/posts/migrations/0002_" in fix.diff and "+        migrations.AddField(" in fix.diff
    assert any("adds post.mood" in step and "creates Tag" in step for step in fix.steps)
    fixed = done(service, service.create_fix(FIX, {}))

    assert complete(project)
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "show", "--format=", "--name-only").startswith("posts/migrations/0002_")
    done(service, service.create_undo(fixed.id))
    assert fingerprint(project) == before and git(project, "rev-parse", "HEAD^{tree}") == tree


@pytest.mark.slow
def test_they_are_not_committed_without_the_models_they_are_of(project: Path, service: Service) -> None:
    changed(project, NEW_MODEL)
    head = git(project, "rev-parse", "HEAD")
    done(service, service.create_fix(finding(service).fix_name or "", {}))
    assert complete(project)
    assert git(project, "rev-parse", "HEAD") == head
    assert "?? posts/migrations/0002_" in git(project, "status", "--porcelain")


@pytest.mark.slow
def test_an_app_without_migrations_gets_its_first(project: Path, service: Service) -> None:
    git(project, "rm", "-r", "--quiet", "posts/migrations")
    git(project, "commit", "--quiet", "-m", "No migrations")
    fix = service.describe_fix(finding(service).fix_name or "")
    assert [path for path, _ in fix.files] == ["posts/migrations/__init__.py", "posts/migrations/0001_initial.py"]
    done(service, service.create_fix(FIX, {}))
    assert complete(project) and git(project, "status", "--porcelain") == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    ["    rank = models.IntegerField()\n", "rename", "    at = models.DateTimeField(default=[].append)\n"],
    ids=["a default", "a rename", "what cannot be written down"],
)
def test_where_django_would_ask_or_cannot_write_it_there_is_no_button(
    project: Path, service: Service, change: str
) -> None:
    if change == "rename":
        models = (project / MODELS).read_text(encoding="utf-8")
        (project / MODELS).write_text(models.replace("title", "heading"), encoding="utf-8", newline="\n")
    else:
        changed(project, change)
    found = finding(service)
    assert found.fix_name is None and "makemigrations posts" in found.fix
