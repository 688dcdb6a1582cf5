from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core import codec
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Level
from simple_deploy.core.interfaces import Completed
from simple_deploy.inspection import fixes
from simple_deploy.inspection.cache import Cache
from simple_deploy.inspection.inspect import Inspection, Inspector
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Look, Make
from tests.support.repository import fingerprint, git, repository, write

POLLS: dict[str, str | bytes] = {
    "polls/__init__.py": "",
    "polls/apps.py": "from django.apps import AppConfig\n\n\nclass PollsConfig(AppConfig):\n    name = 'polls'\n",
    "polls/models.py": "from django.db import models\n\n\nclass Question(models.Model):\n    text = models.TextField()\n",
    "polls/migrations/__init__.py": "",
    "polls/migrations/0001_initial.py": """\
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
            ],
        ),
    ]
""",
    "polls/views.py": "from django.http import HttpResponse\n\n\ndef index(request):\n    return HttpResponse('Hi')\n",
    "mysite/urls.py": """\
from django.contrib import admin
from django.urls import path

from polls import views

urlpatterns = [path("polls/", views.index, name="index"), path("admin/", admin.site.urls)]
""",
}


class Counting:
    """The real runner, which remembers how often a program was started."""

    def __init__(self) -> None:
        self.programs: list[str] = []

    def __call__(self, argv: Sequence[str], **options: Any) -> Completed:
        self.programs.append(Path(argv[0]).name)
        return run(argv, **options)

    @property
    def probes(self) -> int:
        return self.programs.count(Path(sys.executable).name)


def levels(found: Inspection) -> dict[str, Level]:
    return {finding.id: finding.level for finding in found.findings}


def blockers(found: Inspection) -> set[str]:
    return {finding.id for finding in found.findings if finding.level is Level.BLOCKER}


def carry_out(name: str, facts: ProjectFacts) -> None:
    fix = fixes.describe(name, facts, {"name": "Ada", "email": "ada@example.com"})
    for path, content in fix.files:
        (facts.location.root / path).write_bytes(content)
    for command in fix.commands:
        subprocess.run(command, cwd=facts.location.root, check=True, capture_output=True)


def add_app(settings: Path) -> None:
    text = settings.read_text(encoding="utf-8")
    text = text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "polls.apps.PollsConfig",')
    settings.write_text(text + '\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n', encoding="utf-8")


@dataclass(frozen=True)
class Plain:
    """A project as startproject makes it, committed, and what a first look at it found."""

    root: Path
    cache: Path
    runner: Counting
    cold: Inspection

    def look(self, **options: bool) -> Inspection:
        return _as_in_one_terminal(self.root, Inspector(self.runner, cache_dir=self.cache), **options)


def _as_in_one_terminal(root: Path, inspector: Inspector, **options: bool) -> Inspection:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")
        return inspector.inspect(Look().at(root), **options)


@pytest.fixture(scope="module")
def plain(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    folder = tmp_path_factory.mktemp("plain")
    root = repository(Path(shutil.copytree(templates / "nested", folder / "project")), {"requirements.txt": "django\n"})
    cache, runner = folder / "cache", Counting()
    cold = _as_in_one_terminal(root, Inspector(runner, cache_dir=cache))
    return Plain(root=root, cache=cache, runner=runner, cold=cold)


@pytest.mark.slow
def test_the_official_tutorial_is_led_to_where_it_can_be_deployed(
    make: Make, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No git, no requirements.txt: two findings, each with a button, and after both nothing stands in the way."""
    root = write(make("flat"), POLLS)
    add_app(root / "mysite" / "settings.py")
    (root / "db.sqlite3").touch()
    nobody = tmp_path / "nobody.gitconfig"
    nobody.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(nobody))
    before = fingerprint(root)
    cache = tmp_path / "cache"
    found = look(root, cache=cache)
    assert fingerprint(root) == before
    assert blockers(found) == {"git.no-repository", "dependencies.none"}
    assert found.facts.settings is not None
    assert found.facts.settings.first_url == "/polls/"
    assert found.facts.settings.unapplied_model_changes == ()
    assert found.facts.dependencies.suggested == (f"Django=={found.facts.django}",)

    carry_out("create-repository", found.facts)
    tracked = git(root, "ls-files").splitlines()
    assert "db.sqlite3" not in tracked
    assert {"manage.py", ".gitignore", "polls/models.py"} <= set(tracked)
    found = look(root, cache=cache)
    assert blockers(found) == {"dependencies.none"}

    carry_out("write-requirements", found.facts)
    found = look(root, cache=cache)
    assert blockers(found) == set()
    assert levels(found)["git.clean"] is Level.OK
    assert found.facts.dependencies.names == {"django"}


def test_a_repository_without_a_commit_gets_one(make: Make, look: Look, tmp_path: Path) -> None:
    root = write(make("nested"), {"requirements.txt": "django\n"})
    git(root, "init", "--quiet")
    found = look(root, cache=tmp_path / "cache")
    assert {"git.no-commit", "git.no-identity"} >= blockers(found) >= {"git.no-commit"}
    carry_out("git-identity", found.facts)
    carry_out("first-commit", found.facts)
    found = look(root, cache=tmp_path / "cache")
    assert blockers(found) == set()
    assert found.facts.location.project_dir == "mysite"
    assert found.facts.settings is not None
    assert found.facts.settings.file == "mysite/mysite/settings.py"


def test_a_warm_inspection_does_not_start_django(plain: Plain) -> None:
    before = plain.runner.probes
    warm = plain.look()
    assert plain.runner.probes == before
    assert (warm.facts, warm.findings) == (plain.cold.facts, plain.cold.findings)
    assert warm.secrets == ()


def test_a_fresh_look_knows_the_secrets(plain: Plain) -> None:
    before = plain.runner.probes
    assert plain.look(fresh=True).secrets == plain.cold.secrets != ()
    assert plain.runner.probes == before + 1


def test_a_process_that_knows_the_secrets_does_not_load_the_project_again_for_them(plain: Plain) -> None:
    inspector = Inspector(plain.runner, cache_dir=plain.cache)
    before = plain.runner.probes
    first = _as_in_one_terminal(plain.root, inspector, hiding=True)
    again = _as_in_one_terminal(plain.root, inspector, hiding=True)
    assert first.secrets == again.secrets == plain.cold.secrets != ()
    assert plain.runner.probes == before + 1

    settings = plain.root / "mysite" / "mysite" / "settings.py"
    text = settings.read_bytes()
    settings.write_bytes(text + b"EMAIL_HOST_PASSWORD = 'another-secret-1'\n")
    assert "another-secret-1" in _as_in_one_terminal(plain.root, inspector, hiding=True).secrets
    settings.write_bytes(text)
    assert _as_in_one_terminal(plain.root, inspector, hiding=True).secrets == first.secrets


def test_the_cache_holds_no_secret_and_is_the_owners_alone(plain: Plain) -> None:
    files = [*plain.cache.iterdir()]
    assert len(files) == 2, "what loading showed, and what git tracks"
    for file in files:
        assert not [secret for secret in plain.cold.secrets if secret in file.read_text(encoding="utf-8")]
        if sys.platform != "win32":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_facts_can_be_stored(plain: Plain) -> None:
    facts = plain.cold.facts
    assert codec.from_data(ProjectFacts, json.loads(json.dumps(codec.to_data(facts)))) == facts


def test_a_project_that_may_not_be_written_is_a_blocker(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "settings.py")
    found = plain.look()
    assert found.facts.unwritable == ("mysite/mysite/settings.py",)
    assert "project.not-writable" in blockers(found)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"key": 1}', b"\xff", b"[]"])
def test_a_damaged_cache_is_as_good_as_none(plain: Plain, tmp_path: Path, content: bytes) -> None:
    write(tmp_path, {file.name: content for file in plain.cache.iterdir()})
    location = plain.cold.facts.location
    assert Cache(tmp_path).load(location, "1") is None
    assert Cache(tmp_path).index(location, location.root / ".git" / "index", lambda: {"a": "100644"}) == {"a": "100644"}
    assert Cache(plain.cache).load(location, "another key") is None


def test_settings_that_cannot_be_loaded_are_looked_at_each_time(make: Make, look: Look, tmp_path: Path) -> None:
    root = write(make("flat"), {"mysite/settings.py": "1/0"})
    found = look(root, cache=tmp_path / "cache")
    assert "settings.not-importable" in blockers(found)
    assert found.facts.settings_problem is not None
    assert not (tmp_path / "cache").exists(), "the reason may lie elsewhere"


def test_a_cache_that_cannot_be_written_is_no_problem(make: Make, look: Look, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert look(repository(make("flat"), {}), cache=tmp_path / "cache").facts.settings is not None


@pytest.mark.slow
def test_what_changes_is_seen(make: Make, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(make("flat"), {"requirements.txt": "django\n", ".gitignore": "db.sqlite3\n"})
    cache = tmp_path / "cache"
    digests = [look(root, cache=cache).facts.digest]

    settings = root / "mysite" / "settings.py"
    more = "\nimport os\nDEBUG = 'ON' in os.environ\nALLOWED_HOSTS = ['a.example']\n"
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    found = look(root, cache=cache)
    assert found.facts.settings is not None
    assert found.facts.settings.allowed_hosts == ("a.example",)
    assert "git.uncommitted" in blockers(found)
    assert "git.uncommitted" not in blockers(look(root, cache=cache, allow_dirty=True))
    digests.append(found.facts.digest)

    git(root, "commit", "--quiet", "-am", "Hosts")
    digests.append(look(root, cache=cache).facts.digest)

    write(root, {"requirements.txt": "django\ngunicorn\n"})
    assert look(root, cache=cache).facts.dependencies.names == {"django", "gunicorn"}
    digests.append(look(root, cache=cache).facts.digest)
    assert len(set(digests)) == len(digests), "each of these makes a plan stale"

    assert "settings.debug" not in levels(look(root, cache=cache))
    monkeypatch.setenv("ON", "1")
    assert "settings.debug" in levels(look(root, cache=cache)), "settings may follow the environment"


@pytest.mark.slow
def test_the_local_database_is_looked_at_each_time(make: Make, look: Look, tmp_path: Path) -> None:
    root = repository(make("flat"), {"requirements.txt": "django\n", ".gitignore": "db.sqlite3\n__pycache__/\n"})
    runner = Counting()
    inspector = Inspector(runner, cache_dir=tmp_path / "cache")
    first = inspector.inspect(look.at(root)).facts
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=root, check=True)
    migrated = inspector.inspect(look.at(root)).facts
    with closing(sqlite3.connect(root / "db.sqlite3")) as connection:
        connection.execute(
            "INSERT INTO auth_user (username, password, email, first_name, last_name, is_staff, is_active,"
            " is_superuser, date_joined) VALUES ('ada', '', '', '', '', 1, 1, 1, '2020-01-01')"
        )
        connection.commit()
    filled = inspector.inspect(look.at(root)).facts
    states = [facts.settings for facts in (first, migrated, filled)]
    assert [(each.pending_migrations, each.has_data) for each in states if each] == [(18, False), (0, False), (0, True)]
    assert runner.probes == 1
    assert first.digest == filled.digest, "rows do not make a plan stale"


def test_what_is_declared_is_held_against_what_is_needed(make: Make, look: Look) -> None:
    lines = ["asgiref", "celery==5.4", "kombu", "django-simple-deploy-dashboard==0.1", "click", "tomlkit"]
    root = write(make("flat"), {"requirements.txt": "\n".join(lines), "mysite/tasks.py": "import tomlkit\n"})
    settings = root / "mysite" / "settings.py"
    uses = (
        '\nINSTALLED_APPS += ["environ"]\nfrom contextlib import suppress\nwith suppress(ImportError):\n'
        "    import markdown_it\n    INSTALLED_APPS += ['markdown_it']\n"
    )
    settings.write_text(settings.read_text(encoding="utf-8") + uses, encoding="utf-8")
    needs = look(repository(root, {})).facts.dependencies
    assert needs.undeclared == ("django", "django-environ")
    assert needs.tool_only == ("asgiref", "celery", "click", "django-simple-deploy-dashboard", "kombu")


def test_what_is_imported_is_suggested(make: Make, look: Look) -> None:
    root = write(make("flat"), {"mysite/extra.py": "import environ, nowhere_at_all\nfrom mysite import urls\n"})
    needs = look(repository(root, {})).facts.dependencies
    assert [line.partition("==")[0] for line in needs.suggested] == ["Django", "django-environ"]
    assert needs.unknown_imports == ("nowhere_at_all",)


def test_what_git_tracks_is_known_anew_as_soon_as_the_index_changes(make: Make, look: Look, tmp_path: Path) -> None:
    root = repository(make("flat"), {"requirements.txt": "Django\n"})
    assert look(root, cache=tmp_path / "cache").facts.git is not None
    counting = Counting()
    inspector, location = Inspector(counting, cache_dir=tmp_path / "cache"), look.at(root)
    inspector.inspect(location)
    unchanged = counting.programs.count("git")
    write(root, {"server.pem": "key"})
    git(root, "add", "--force", "server.pem")
    found = inspector.inspect(location)
    assert found.facts.git is not None and found.facts.git.sensitive == ("server.pem",)
    assert counting.programs.count("git") == 2 * unchanged + 1, "only the listing was asked for again"


def test_classes_that_settings_name_are_needed_and_models_are_not_modules(make: Make, look: Look) -> None:
    root = write(make("flat"), {"mysite/celery.py": "import celery\n"})
    settings = root / "mysite" / "settings.py"
    added = 'LAYERS = {"default": {"BACKEND": "environ.Env"}}\nIMAGE_MODEL = "gallery_of_somebody.Image"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + added, encoding="utf-8")
    needs = look(repository(root, {})).facts.dependencies
    assert [line.partition("==")[0].lower() for line in needs.suggested] == ["celery", "django", "django-environ"]
    assert needs.unknown_imports == ()
