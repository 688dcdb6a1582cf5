"""A new plugin is the tutorial's Pond under another name."""

from __future__ import annotations

import compileall
from datetime import date
from pathlib import Path

import pytest

from simple_deploy import assets
from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.testkit.scaffold import new_plugin


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_file_is_there_under_the_new_name(tmp_path: Path) -> None:
    folder = new_plugin("acme", tmp_path)

    assert folder == tmp_path / "simple-deploy-acme"
    assert files(folder) == {name.replace("pond", "acme") for name in files(assets.folder("plugin_template"))}
    assert compileall.compile_dir(folder, quiet=1)


def test_nothing_of_pond_is_left(tmp_path: Path) -> None:
    folder = new_plugin("acme", tmp_path)

    text = "".join((folder / name).read_text(encoding="utf-8") for name in files(folder))
    assert "pond" not in text.lower()
    assert "class Acme(ProgramPlatform)" in text and "ACME_HOST" in text


def test_its_facts_were_checked_today(tmp_path: Path) -> None:
    plugin = new_plugin("acme", tmp_path) / "simple_deploy_acme" / "plugin.py"

    today = date.today()
    assert f"datetime.date({today.year}, {today.month}, {today.day})" in plugin.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Acme", "my-cloud", "1st", "a", "", "../x", "pond"])
def test_a_name_that_does_not_fit_is_refused_with_one_that_does(name: str, tmp_path: Path) -> None:
    with pytest.raises(SimpleDeployError) as refused:
        new_plugin(name, tmp_path)

    assert "acme" in (refused.value.hint or "")
    assert not [*tmp_path.iterdir()]


def test_no_folder_is_overwritten(tmp_path: Path) -> None:
    new_plugin("acme", tmp_path)

    with pytest.raises(SimpleDeployError, match="exists already"):
        new_plugin("acme", tmp_path)
