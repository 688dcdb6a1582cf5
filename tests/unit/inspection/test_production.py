from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.facts import Production, Settings
from simple_deploy.inspection import production
from tests.support.repository import write

BLOCK = "# >>> simple_deploy: {0} (do not edit inside; hash 1a2b3c4d) >>>\nX = 1\n# <<< simple_deploy: {0} <<<\n"


def find(
    root: Path, file: str, module: str, *others: str, files: dict[str, str | bytes] | None = None
) -> Production | None:
    write(root, {file: "DEBUG = True\n", **(files or {})})
    return production.find(root, Settings(module=module, file=file), (module, *others))


def test_beside_the_settings_there_is_a_place(tmp_path: Path) -> None:
    found = find(tmp_path, "site/mysite/settings.py", "mysite.settings")
    assert found == Production(module="mysite.production", file="site/mysite/production.py", imports=".settings")
    assert not found.usual


@pytest.mark.parametrize(
    ("file", "module", "expected", "imports"),
    [
        ("config/settings/dev.py", "config.settings.dev", "config.settings.production", ".dev"),
        ("mysite/settings/__init__.py", "mysite.settings", "mysite.settings.production", "."),
        ("settings.py", "settings", "production", "settings"),
    ],
)
def test_it_takes_over_the_active_settings(tmp_path: Path, file: str, module: str, expected: str, imports: str) -> None:
    found = find(tmp_path, file, module)
    assert found is not None
    assert (found.module, found.imports, found.exists) == (expected, imports, False)
    assert (tmp_path / found.file).parent == (tmp_path / file).parent


@pytest.mark.parametrize("name", ["production", "prod"])
def test_settings_for_production_that_are_there_are_found(tmp_path: Path, name: str) -> None:
    there: dict[str, str | bytes] = {f"config/settings/{name}.py": "from .base import *\n"}
    found = find(tmp_path, "config/settings/dev.py", "config.settings.dev", f"config.settings.{name}", files=there)
    assert found is not None
    assert (found.module, found.exists) == (f"config.settings.{name}", True)


def test_a_module_of_that_name_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    found = find(tmp_path, "mysite/settings.py", "mysite.settings", files={"mysite/production.py": "LINES = 3\n"})
    assert found is not None
    assert (found.file, found.exists) == ("mysite/prod.py", False)


@pytest.mark.parametrize(
    ("file", "module"), [("config/settings/production.py", "config.settings.production"), ("prod.py", "prod")]
)
def test_settings_that_are_for_production_have_no_others(tmp_path: Path, file: str, module: str) -> None:
    assert find(tmp_path, file, module) is None


def test_without_a_file_of_the_project_there_is_no_place(tmp_path: Path) -> None:
    assert production.find(tmp_path, Settings(module="elsewhere.settings", file=None), ()) is None
    assert production.find(tmp_path, None, ()) is None


def test_blocks_of_platforms_are_seen(tmp_path: Path) -> None:
    text = "DEBUG = True\n" + BLOCK.format("guard") + BLOCK.format("pond")
    assert (found := find(tmp_path, "mysite/settings.py", "mysite.settings")) and found.blocks == ()
    write(tmp_path, {"mysite/settings.py": text})
    found = production.find(tmp_path, Settings(module="mysite.settings", file="mysite/settings.py"), ())
    assert found is not None
    assert found.blocks == ("pond",)


@pytest.mark.parametrize("text", ["DEBUG = (\n", "# >>> simple_deploy: pond >>>\n", b"\xff\xfe\x00"])
def test_damaged_settings_do_no_harm(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path, {"mysite/settings.py": text})
    found = production.find(tmp_path, Settings(module="mysite.settings", file="mysite/settings.py"), ())
    assert found is not None
    assert found.blocks == ()
