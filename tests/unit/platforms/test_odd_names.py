"""Folders whose names mean something to a shell, to Docker or to git, in every kind of file that is generated."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from simple_deploy_flyio import dockerfile
from simple_deploy_heroku import files

from simple_deploy.edits import gitignore
from simple_deploy.testing import make_facts
from tests.support.repository import git

NAMES = ("my site", "it's", 'a "b"', "$HOME", "a`b`", "a;b&c", "a\\b", "a#b", "a[b]", "a*b", "ä")


@pytest.mark.parametrize("name", NAMES)
def test_the_shell_of_a_procfile_reads_the_folder_as_it_is_called(name: str) -> None:
    facts = make_facts()
    assert facts.settings is not None
    location = replace(facts.location, project_dir=name)
    assert shlex.split(files.manage(location, "migrate"))[1] == f"{name}/manage.py"
    words = shlex.split(files.web_command(facts.settings, location))
    assert words[words.index("--chdir") + 1] == name
    said = subprocess.run(["sh", "-c", f"printf '%s\\n' {files.manage(location)}"], capture_output=True, text=True)
    assert said.stdout.splitlines() == ["python", f"{name}/manage.py"]


@pytest.mark.parametrize("name", NAMES)
def test_git_ignores_a_folder_of_that_name_and_no_other(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for folder in (name, "other", "aXb", "ab"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "file").touch()
    (tmp_path / ".gitignore").write_text(gitignore.literal(f"/{name}/") + "\n", encoding="utf-8")
    seen = git(tmp_path, "-c", "core.quotePath=false", "status", "--porcelain", "-z", "--untracked-files=all")
    assert sorted(entry[3:] for entry in seen.split("\0") if entry) == [
        ".gitignore",
        "aXb/file",
        "ab/file",
        "other/file",
    ]


@pytest.mark.slow
def test_docker_reads_the_folder_as_it_is_called(tmp_path: Path) -> None:
    buildah = (
        "buildah",
        "--storage-driver",
        "vfs",
        "--root",
        str(tmp_path / "store"),
        "--runroot",
        str(tmp_path / "run"),
    )
    for name in NAMES:
        text = f"FROM scratch\nWORKDIR {dockerfile._word(f'/code/{name}')}\n"
        (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
        building = (
            *buildah,
            "build",
            "--quiet",
            "--format",
            "docker",
            "--file",
            str(tmp_path / "Dockerfile"),
            str(tmp_path / "empty"),
        )
        (tmp_path / "empty").mkdir(exist_ok=True)
        image = subprocess.run(building, capture_output=True, text=True, check=True).stdout.strip()
        told = subprocess.run(
            (*buildah, "inspect", "--type", "image", image), capture_output=True, text=True, check=True
        )
        assert json.loads(told.stdout)["Docker"]["config"]["WorkingDir"] == f"/code/{name}"
