"""Files are renamed and folders removed in one place, which knows what stands in the way on each system."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]

#: What does it by itself: the place itself, and what is copied into a site's folder and runs there alone.
BY_THEMSELVES = {
    "simple_deploy/system/files.py",
    "plugins/simple_deploy_local/archive.py",
    "plugins/simple_deploy_local/carry.py",
    "plugins/simple_deploy_local/supervisor.py",
}
#: What a text has to look like to be worth a closer look.
SUSPECT = re.compile(r"\bos\.re(place|name)|\.(rename|renames|rmtree|move|replace\([^,\"']*\))")
#: A single try is what is wanted there.
ONCE = {("simple_deploy/engine/environments.py", "rename")}


def modules() -> list[Path]:
    return sorted(path for part in ("simple_deploy", "plugins") for path in (CHECKOUT / part).rglob("*.py"))


def calls(source: str) -> Iterator[str]:
    """The calls that rename or remove files, by their names; ``text.replace(a, b)`` is none."""
    for node in ast.walk(ast.parse(source)) if SUSPECT.search(source) else ():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, module = node.func.attr, getattr(node.func.value, "id", "")
        if (module in {"os", "shutil"} and name in {"rename", "replace", "renames", "move", "rmtree"}) or (
            module != "files" and name in {"rename", "replace"} and len(node.args) == 1 and not node.keywords
        ):
            yield name


def test_only_one_place_renames_files_and_removes_folders() -> None:
    found = {
        (path.relative_to(CHECKOUT).as_posix(), name)
        for path in modules()
        if path.relative_to(CHECKOUT).as_posix() not in BY_THEMSELVES
        for name in calls(path.read_text(encoding="utf-8"))
    }

    assert found == ONCE


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("path.replace(other)", ["replace"]),
        ("path.rename(other)", ["rename"]),
        ("shutil.rmtree(path)", ["rmtree"]),
        ("os.replace(a, b)", ["replace"]),
        ("text.replace('a', 'b')", []),
        ("files.rename(a, b)", []),
        ("when.replace(tzinfo=None)", []),
    ],
)
def test_it_would_be_found(source: str, found: list[str]) -> None:
    assert list(calls(source)) == found
