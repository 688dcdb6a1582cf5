"""The error family: stable codes, documented exit codes, no effect when built."""

from __future__ import annotations

import inspect

import pytest

from simple_deploy.core import errors
from simple_deploy.core.errors import SimpleDeployError


def family() -> list[type[SimpleDeployError]]:
    return [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, SimpleDeployError)]


def test_every_code_is_used_once() -> None:
    codes = [each.code for each in family()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", family(), ids=lambda kind: kind.__name__)
def test_the_drawing_in_the_docstring_is_true(kind: type[SimpleDeployError]) -> None:
    assert errors.__doc__ is not None
    line = next(row for row in errors.__doc__.splitlines() if f" {kind.__name__} " in f"{row} ")
    if kind is not SimpleDeployError:
        assert (kind.code in line) or (kind.code[:3] + "xx" in line)
        assert f" {kind.exit_code} " in f"{line} "
