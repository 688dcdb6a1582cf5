"""The other sample project: written by the same source as the blog, and as sound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simple_deploy.assets import folder as asset_folder
from simple_deploy.demo.claim import claim
from simple_deploy.demo.create import create, read_source
from simple_deploy.demo.shape import DemoRefused, Shape
from simple_deploy.system import process
from tests.support.repository import git

SOURCE = asset_folder("sample_polls")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished project; tests of it only look."""
    folder = tmp_path_factory.mktemp("demo") / "polls"
    shape = Shape(project="polls", layout="nested")
    create(folder, shape, source=SOURCE, run=process.run, say=lambda line: None)
    return folder


def manage(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    argv = [sys.executable, "-W", "error", "manage.py", *arguments]
    return subprocess.run(argv, cwd=root / "mysite", env=env, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.slow
def test_it_is_written_as_the_blog_is(root: Path) -> None:
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "log", "--format=%s") == "Polls that work on this computer"
    assert len(git(root, "ls-files").splitlines()) == len(read_source(SOURCE))
    assert (root / "mysite" / "mysite" / "settings.py").is_file()
    assert (root / "requirements.txt").read_text(encoding="utf-8") == "Django>=5.2,<7\n"


@pytest.mark.slow
def test_its_own_tests_pass_and_its_migrations_are_complete(root: Path) -> None:
    tests = manage(root, "test")
    assert tests.returncode == 0, tests.stderr
    assert re.search(r"Ran [6-9] tests", tests.stderr)
    complete = manage(root, "makemigrations", "--check", "--dry-run")
    assert complete.returncode == 0, complete.stdout + complete.stderr
    assert "no issues" in manage(root, "check").stdout


@pytest.mark.slow
def test_it_has_questions_and_an_admin_from_the_beginning(root: Path) -> None:
    code = (
        "from django.contrib.auth import get_user_model; from polls.models import Question; "
        "print(Question.objects.open().count(), get_user_model().objects.filter(is_superuser=True).count())"
    )
    done = manage(root, "shell", "-c", code)
    assert done.stdout.splitlines()[-1] == "3 1", done.stderr


def test_a_folder_with_the_other_project_is_told_apart(tmp_path: Path) -> None:
    claim(tmp_path / "demo", Shape())
    with pytest.raises(DemoRefused) as refused:
        claim(tmp_path / "demo", Shape(project="polls"))
    assert "--project blog" in refused.value.hint
    with pytest.raises(DemoRefused, match="no project “shop”"):
        Shape(project="shop")
