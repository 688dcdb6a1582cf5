from __future__ import annotations

import pytest
from hypothesis import given

from simple_deploy.edits import python_settings
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.python_settings import StarImport
from tests.unit.edits.strategies import answers, anything, python_texts

SETTINGS = '''\
"""Settings."""
from .base import *
import os

SECRET_KEY = (
    "django-insecure-"
    "abc"
)
DEBUG: bool = True
ALLOWED_HOSTS = ["localhost"]
ALLOWED_HOSTS += ["example.org"]
DATABASES = {"default": {"NAME": os.environ["DB"]}}
A, (B, C) = 1, [2, os.name]
D, *E = 1, 2
F = G = None
ANNOTATED: str
if DEBUG:
    EMAIL = "a"
elif A:
    EMAIL = "b"
else:
    EMAIL = os.name
try:
    from ..local import *
except ImportError:
    LOCAL = False
finally:
    DONE = 1
with open("key") as file:
    KEY = file.read()
def function():
    INSIDE = 1
class Settings:
    INSIDE = 1
a.b = c["d"] = 1
'''


@given(anything)
def test_any_text_is_answered_or_refused(text: str) -> None:
    answers(lambda: python_settings.read(text), EditError)


@given(python_texts)
def test_line_numbers_lie_inside_the_file(text: str) -> None:
    found = answers(lambda: python_settings.read(text), EditError)
    if found is not None:
        rows = text.split("\n")
        for name, assignment in found.assignments.items():
            assert name in "\n".join(rows[assignment.line - 1 : assignment.last_line])


@pytest.mark.parametrize(
    "text",
    [
        "A = 1\n" * 20_000,
        "A = " + "[" * 150 + "]" * 150,
        "A = " + "1 + " * 20_000 + "1",
        "if A:\n    B = 1\n" + "elif A:\n    B = 1\n" * 2_000,
        "A = {[]: 1}",
    ],
    ids=["long", "nested", "sum", "branches", "no key"],
)
def test_huge_and_odd_python_is_answered_or_refused(text: str) -> None:
    answers(lambda: python_settings.read(text), EditError)


def test_literals_are_told_from_what_is_computed() -> None:
    found = python_settings.read(SETTINGS).assignments
    assert {name: each.value for name, each in found.items() if each.literal and not each.augmented} == {
        "SECRET_KEY": "django-insecure-abc",
        "DEBUG": True,
        "A": 1,
        "B": 2,
        "F": None,
        "G": None,
        "LOCAL": False,
        "DONE": 1,
    }


def test_every_name_that_is_assigned_at_the_top_level_is_found() -> None:
    found = python_settings.read(SETTINGS).assignments
    assert list(found) == [
        *("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DATABASES", "A", "B", "C", "D", "E", "F", "G"),
        *("EMAIL", "LOCAL", "DONE", "KEY"),
    ]
    assert (found["SECRET_KEY"].line, found["SECRET_KEY"].last_line) == (5, 8)
    assert found["ALLOWED_HOSTS"].augmented
    assert found["EMAIL"].conditional
    assert not found["DEBUG"].conditional


def test_the_last_of_several_assignments_counts() -> None:
    text = "SECRET_KEY = 'abc'\nSECRET_KEY = os.environ['SECRET_KEY']\n"
    last = python_settings.read(text).assignments["SECRET_KEY"]
    assert (last.line, last.literal) == (2, False)


def test_star_imports_are_found_with_their_dots() -> None:
    assert python_settings.read(SETTINGS).star_imports == (
        StarImport(module=".base", line=2),
        StarImport(module="..local", line=24),
    )
    assert python_settings.read("from . import *\n").star_imports == (StarImport(module=".", line=1),)


def test_a_secret_value_does_not_show_when_printed() -> None:
    assert "abc" not in repr(python_settings.read("SECRET_KEY = 'abc'"))


def test_broken_python_is_refused_with_its_line() -> None:
    with pytest.raises(EditError) as caught:
        python_settings.read("A = 1\nB = = 2\n")
    assert caught.value.line == 2
