"""Which settings a module has wherever it is loaded, and which depend on where that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from simple_deploy.core.facts import ANY_NAME
from simple_deploy.edits.blocks import put_block
from simple_deploy.inspection.probe_child.assigned import Names, assigned
from simple_deploy.inspection.probe_child.trouble import Project

Read = Callable[..., Names]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What ``site.settings`` has; further sources by the names of their modules."""

    def read(source: str, **others: str) -> Names:
        modules = {}
        for name, text in {"settings": source, **others}.items():
            file = tmp_path / f"{name}.py"
            file.write_text(text, encoding="utf-8-sig", newline="\r\n")  # as an editor of Windows writes it
            module = ModuleType(f"site.{name}")
            module.__file__, module.__package__ = str(file), "site"
            modules[module.__name__] = module
        package = ModuleType("package")
        package.__file__ = "/usr/lib/python3/package.py"
        package.THEIRS = 1  # type: ignore[attr-defined]
        return assigned("site.settings", Project(str(tmp_path), "site.settings"), {**modules, "package": package})

    return read


@pytest.mark.parametrize(
    "source",
    [
        "DEBUG = True",
        "DEBUG: bool = True",
        "A, (DEBUG, *B) = 1, (2, 3)",
        "if HERE:\n    DEBUG = True\nelse:\n    DEBUG = False",
        "with open('x') as file:\n    DEBUG = True",
        "try:\n    DEBUG = read()\nexcept KeyError:\n    DEBUG = False",
        "try:\n    DEBUG = read()\nexcept KeyError:\n    raise RuntimeError from None",
        "try:\n    pass\nfinally:\n    DEBUG = True",
        "from package import theirs as DEBUG",
    ],
)
def test_what_is_assigned_in_any_case_is_certain(source: str, read: Read) -> None:
    names = read(source)
    assert "DEBUG" in names.certain
    assert "DEBUG" not in names.possible


@pytest.mark.parametrize(
    "source",
    [
        "if HERE:\n    DEBUG = True",
        "try:\n    DEBUG = read()\nexcept KeyError:\n    pass",
        "for each in EACH:\n    DEBUG = each",
        "for DEBUG in EACH:\n    pass",
        "while here():\n    DEBUG = True",
    ],
)
def test_what_is_assigned_under_a_condition_is_possible(source: str, read: Read) -> None:
    assert read(source) == Names(frozenset(), frozenset({"DEBUG"}))


@pytest.mark.parametrize(
    "source",
    [
        "globals().update(more)",
        "vars()['DEBUG'] = True",
        "heroku.settings(locals())",
        "include('base.py')",
        "def more():\n    setattr(module, 'DEBUG', True)",
        "try:\n    from .not_here import *\nexcept ImportError:\n    pass",
    ],
)
def test_what_can_give_any_name_is_noticed(source: str, read: Read) -> None:
    names = read(f"A = 1\n{source}\nB = 2")
    assert ANY_NAME in names.possible
    assert names.certain == {"A", "B"}


def test_what_is_only_declared_or_changed_in_place_is_not_there(read: Read) -> None:
    assert read("DEBUG: bool\nif HERE:\n    pass\nhosts = []\ndef f():\n    A = 1\nclass C:\n    B = 2") == Names()


def test_names_are_taken_over_from_other_modules(read: Read) -> None:
    names = read(
        "from .base import *\nfrom package import *\nif HERE:\n    from .here import *",
        base="A = 1\nif HERE:\n    B = 2",
        here="C = 3",
    )
    assert names == Names(frozenset({"A", "THEIRS"}), frozenset({"B", "C"}))


def test_modules_that_take_over_each_other_s_names_come_to_an_end(read: Read) -> None:
    assert "A" in read("from .base import *", base="from .settings import *\nA = 1").certain


def test_the_blocks_of_this_tool_are_not_the_project_s_settings(read: Read) -> None:
    """They count on a deployed site only; what a plan makes of them must not depend on whether they are there yet."""
    block = "if HERE:\n    DEBUG = False\n    MIDDLEWARE = [*globals().get('MIDDLEWARE', [])]\n"
    source = put_block("A = 1\n", "pond", block)

    assert read(source) == Names(frozenset({"A"}), frozenset())
    assert "B" in read(put_block("", "production", "from .base import *\n"), base="B = 1").certain


@pytest.mark.parametrize("source", ["DEBUG = (", "# <<< simple_deploy: pond <<<\n"])
def test_a_source_that_cannot_be_read_says_nothing(source: str, read: Read) -> None:
    assert read(source) == Names(possible=frozenset({ANY_NAME}))
