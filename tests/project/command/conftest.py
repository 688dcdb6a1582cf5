"""The command as a person or a program calls it, with platforms that are harder to please than the toy."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.management.commands.deploy import Command
from simple_deploy.runs.service import Service

HARD = Path(__file__).parent / "plugins"


@dataclass(frozen=True)
class Called:
    """What one call did. With ``--json``, *lines* are what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.lines[-1]

    @property
    def status(self) -> tuple[int, str]:
        return self.code, str(self.result["status"])

    @property
    def message(self) -> str:
        return str(self.result["error"]["message"])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.of("event")


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """With the demanding platforms beside the toy."""
    path = os.pathsep.join([env["PYTHONPATH"], str(HARD)])
    return {**env, "PYTHONPATH": path, "TERM": "xterm-256color"}


@pytest.fixture
def deploy(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Called]:
    """``manage.py deploy`` without a terminal, in this process because that is faster."""
    monkeypatch.syspath_prepend(str(HARD))

    def call(*arguments: str, stdin: str = "", **variables: str) -> Called:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            for name, value in variables.items():
                patch.setenv(name, value)
            code = 0
            try:
                Command(start=service.location.root).run_from_argv(["manage.py", "deploy", *arguments])
            except SystemExit as leaving:
                code = int(leaving.code or 0)
        printed = capsys.readouterr()
        return Called(code=code, stdout=printed.out, stderr=printed.err)

    return call


@pytest.fixture
def deploy_json(deploy: Callable[..., Called]) -> Callable[..., Called]:
    """The same with ``--json``: every line of standard output has a type, and just the last one is a result."""

    def call(*arguments: str, **more: str) -> Called:
        done = deploy("--json", *arguments, **more)
        types = [line["type"] for line in done.lines]
        assert types[-1:] == ["result"] and types.count("result") == 1, done
        return done

    return call


@pytest.fixture
def without_settings(project: Path, env: dict[str, str]) -> Callable[..., Called]:
    """``python -m simple_deploy``, from the project's folder or another one."""

    def call(*arguments: str, cwd: Path = project, **variables: str) -> Called:
        done = subprocess.run(
            [sys.executable, "-m", "simple_deploy", *arguments],
            cwd=cwd,
            env={**env, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
        return Called(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    return call
