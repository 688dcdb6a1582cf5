"""Items of lists in Python source, taken out where nothing else changes."""

from __future__ import annotations

import pytest

from simple_deploy.edits import python_lists
from simple_deploy.edits.errors import EditError

APPS = "INSTALLED_APPS"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('INSTALLED_APPS = [\n    "a",\n    "x",  # why\n    "b",\n]\n', 'INSTALLED_APPS = [\n    "a",\n    "b",\n]\n'),
        ('INSTALLED_APPS = [\n    "a",\n    "x"\n]\n', 'INSTALLED_APPS = [\n    "a",\n]\n'),
        ("INSTALLED_APPS = ['a', 'x', 'b']", "INSTALLED_APPS = ['a', 'b']"),
        ("INSTALLED_APPS = ['x', 'b']", "INSTALLED_APPS = ['b']"),
        ("INSTALLED_APPS = ['a', 'x']", "INSTALLED_APPS = ['a']"),
        ("INSTALLED_APPS = ['x']", "INSTALLED_APPS = []"),
        ("INSTALLED_APPS = ('x',)\n", "INSTALLED_APPS = ()\n"),
        ("INSTALLED_APPS += ['x']  # mine\n", "INSTALLED_APPS += []  # mine\n"),
        ("if DEBUG:\n    INSTALLED_APPS += ('x', 'y',)\n", "if DEBUG:\n    INSTALLED_APPS += ('y',)\n"),
        ("INSTALLED_APPS = ['ä', 'x', 'ö']\n", "INSTALLED_APPS = ['ä', 'ö']\n"),
        ("INSTALLED_APPS: list[str] = BASE + ['x', 'a'] + MORE\n", "INSTALLED_APPS: list[str] = BASE + ['a'] + MORE\n"),
        ("INSTALLED_APPS = ['x', 'a', 'x']\n", "INSTALLED_APPS = ['a']\n"),
        ("OTHER = ['x']\nINSTALLED_APPS = []\n", "OTHER = ['x']\nINSTALLED_APPS = []\n"),
    ],
)
def test_an_item_goes_and_nothing_else(before: str, after: str) -> None:
    assert python_lists.without(before, APPS, {"x"}) == after


def test_what_would_mean_something_else_is_left_to_people() -> None:
    with pytest.raises(EditError, match="cannot be changed safely"):
        python_lists.without("INSTALLED_APPS = ('x', 'y')\n", APPS, {"x"})  # ('y') is no tuple


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(EditError, match="not valid Python"):
        python_lists.without("INSTALLED_APPS = [", APPS, {"x"})
