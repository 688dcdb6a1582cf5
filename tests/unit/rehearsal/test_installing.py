"""Installing in a simulated build: what the manager is told, and what is left to uv without a network."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simple_deploy.rehearsal import build
from tests.support.repository import write

PIPFILE = (
    '[[source]]\nname = "pypi"\nurl = "https://example.org/simple"\nverify_ssl = true\n\n[packages]\ndjango = "*"\n'
)
LOCK = {"_meta": {"hash": {"sha256": "of something else"}}, "default": {"django": {"version": "==5.2.1"}}}


@pytest.mark.parametrize(
    ("argv", "groups"),
    [
        (("poetry", "sync", "--only", "main", "--no-interaction"), ()),
        (("poetry", "install", "--only", "main,deploy", "--no-root"), ("deploy",)),
        (("poetry", "install", "--only=main,deploy"), ("deploy",)),
        (("pipenv", "install", "--deploy", "--categories", "packages deploy"), ("deploy",)),
        (("pipenv", "install", "--deploy"), ()),
    ],
)
def test_the_groups_are_those_the_manager_is_told(argv: tuple[str, ...], groups: tuple[str, ...]) -> None:
    assert build.groups_in(argv) == groups


def test_a_lock_that_does_not_fit_is_refused_without_a_network_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"Pipfile": PIPFILE, "Pipfile.lock": json.dumps(LOCK)})
    monkeypatch.setenv("UV_OFFLINE", "1")

    done = build.with_manager(
        ("pipenv", "install", "--deploy"),
        tmp_path / "environment",
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )

    assert done.returncode == 1
    assert "no lock of pipenv that fits" in capsys.readouterr().out
