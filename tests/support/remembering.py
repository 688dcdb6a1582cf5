"""A project is loaded once for each content of its folder, wherever it lies: the same files give the same answer.

Most of the time of a test of the pages would go into loading one and the same project again. What is remembered is what
:func:`simple_deploy.inspection.probe.probe` really said in this test run, with the path of the project's folder taken
out.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simple_deploy.core import codec
from simple_deploy.core.facts import Location
from simple_deploy.core.interfaces import Runner
from simple_deploy.inspection.probe import Probe, probe
from simple_deploy.system import files

#: Folders that loading a project does not depend on.
_PASSED_OVER = {".git", ".simple_deploy", "__pycache__"}


@dataclass(frozen=True)
class Remembering:
    """Stands in for ``probe`` and asks it what it has not been asked before.

    :param answers: a folder, which all workers of the run share.
    """

    answers: Path

    def __call__(self, location: Location, runner: Runner, **options: Any) -> Probe:
        # The folder around the project has the project's home as well, and so the variables that name it.
        around = json.dumps(str(location.root.parent))[1:-1]
        variables = sorted((name, value) for name, value in os.environ.items() if not _passing(name))
        asked = json.dumps([codec.to_data(location), options, variables]).replace(around, "<around>")
        answer = self.answers / f"{files.sha256((asked + content(location.root)).encode())}.json"
        if not answer.exists():
            found = json.dumps(codec.to_data(probe(location, runner, **options)))
            self.answers.mkdir(exist_ok=True)
            files.write_atomic(answer, found.replace(around, "<around>"))
        return codec.from_data(Probe, json.loads(answer.read_text(encoding="utf-8").replace("<around>", around)))


def _passing(name: str) -> bool:
    """Whether a variable is another one for each test."""
    return name.startswith(("PYTEST_", "SIMPLE_DEPLOY_"))


def content(folder: Path) -> str:
    """A digest of all that a program which only looks can read in *folder*."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not _PASSED_OVER & {*parts} and path.is_file():
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
