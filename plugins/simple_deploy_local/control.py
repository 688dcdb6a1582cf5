"""Talks to the supervisor of a site, by running ``supervisor.py`` with the base interpreter."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from simple_deploy.api import Completed, StepError

PATIENCE = 240.0  # seconds; the supervisor's own limits are shorter


class Run(Protocol):
    """:meth:`simple_deploy.api.Context.run`, as far as it is needed here."""

    def __call__(self, argv: Sequence[str], *, timeout: float, check: bool, show: bool) -> Completed: ...


class SupervisorError(StepError):
    """The supervisor said no.

    :param kind: its word for why, for example ``port-taken``.
    :param detail: what the failed program printed last.
    """

    code = "SD400"

    def __init__(self, kind: str, message: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the supervisor says about its site.

    :param state: ``stopped``, ``empty``, ``serving``, ``restarting`` or ``failed``.
    :param release: path of the release file that serves, or served last.
    :param served_since: seconds since the epoch, or None.
    :param restarts: how often the application server ended by itself since the release was activated.
    :param trouble: why it is restarting or failed, in words.
    """

    running: bool
    state: str
    port: int
    pid: int | None = None
    release: Path | None = None
    served_since: float | None = None
    restarts: int = 0
    trouble: str = ""


NEVER_STARTED = Served(running=False, state="stopped", port=0)
_STILL = "The lines above are what the application server printed. The previous release is still serving."
HINTS = {
    "port-taken": "End that program, or choose another port for this site.",
    "release-broken": _STILL,
    "release-slow": _STILL,
    "not-running": "Start it with `manage.py deploy --platform local --start`.",
    "not-stopped": "End that process yourself, then try again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The supervisor that keeps its state in *folder*.

    :param python: a base interpreter, one that no virtual environment owns.
    :param program: the copy of ``supervisor.py`` that it runs from.
    """

    run: Run
    python: str
    program: Path
    folder: Path

    def start(self, *, port: int, lease: float | None = None) -> Served:
        """Make sure a supervisor holds *port*; 0 chooses one. With *lease* it ends by itself after that many seconds.

        :raises SupervisorError: the port is taken, or it cannot run.
        """
        extra = () if lease is None else ("--lease", str(lease))
        return self._ask("start", "--port", str(port), *extra)

    def activate(self, release: Path) -> Served:
        """Let *release* serve, without losing a request.

        :raises SupervisorError: it does not start; the one that served before still does.
        """
        return self._ask("activate", str(release))

    def status(self) -> Served:
        return self._ask("status") if self.program.is_file() else NEVER_STARTED

    def stop(self) -> Served:
        """:raises SupervisorError: it is still there after a while."""
        return self._ask("stop") if self.program.is_file() else NEVER_STARTED

    def stop_request(self) -> tuple[Path, str]:
        """A file and its text that make the supervisor stop, for when nobody can wait for it."""
        return self._request({"command": "stop"})

    def activate_request(self, release: Path) -> tuple[Path, str]:
        """The same for activating *release*."""
        return self._request({"command": "activate", "release": str(release)})

    def _request(self, command: Mapping[str, str]) -> tuple[Path, str]:
        # After every other request: they are taken in the order of their names.
        return self.folder / "control" / f"z{time.time_ns()}.request", json.dumps(command)

    def _ask(self, command: str, *arguments: str) -> Served:
        argv = (self.python, "-I", str(self.program), command, str(self.folder), *arguments)
        done = self.run(argv, timeout=PATIENCE, check=False, show=False)
        return read_answer(done)


def read_answer(done: Completed) -> Served:
    """What ``supervisor.py`` printed.

    :raises SupervisorError: it reported an error, or said nothing that can be read.
    """
    try:
        answer: Mapping[str, Any] = json.loads(done.output.splitlines()[-1])
        error: Mapping[str, Any] = answer.get("error") or {}
        if not answer["ok"]:
            raise SupervisorError(
                error["kind"], error["message"], detail=error["detail"], hint=HINTS.get(error["kind"], "")
            )
        return Served(
            running=bool(answer.get("running", True)),
            state=str(answer["state"]),
            port=int(answer.get("port") or 0),
            pid=answer.get("pid"),
            release=Path(answer["release"]) if answer.get("release") else None,
            served_since=answer.get("served_since"),
            restarts=int(answer.get("restarts") or 0),
            trouble=str(error["message"]) if error else "",
        )
    except (IndexError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise SupervisorError(
            "unreadable",
            "The site's supervisor gave an answer that this tool cannot read.",
            detail="\n".join(done.tail()),
            hint="Try again; the lines above are what it printed.",
        ) from problem
