"""What can be done with a site once it is deployed, declared once for every platform."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from simple_deploy.core.interfaces import Context
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.base import Operation, SiteState


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a site, made from one commit.

    :param name: what :meth:`Site.rollback` is told, such as ``v7``. :param status: in the platform's own words.
    """

    name: str
    status: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Site(ABC):
    """The deployed site of a project. Mandatory: :meth:`status`. A platform offers what it overrides; a method that
    prints leaves that to the platform's own program, whose lines appear in the log."""

    ctx: Context

    @abstractmethod
    def status(self) -> SiteState:
        """How it is doing."""

    def logs(self) -> None:
        """Print the newest lines of its log."""
        raise LookupError("logs")

    def start(self) -> None:
        raise LookupError("start")

    def stop(self) -> None:
        raise LookupError("stop")

    def releases(self) -> tuple[Release, ...]:
        """Its releases, the newest first."""
        raise LookupError("releases")

    def rollback(self, release: str) -> None:
        """Roll back to *release*; empty for the previous one. :raises StepError: there is no such release."""
        raise LookupError("rollback")

    def variables(self) -> tuple[str, ...]:
        """The names of its environment variables, never their values."""
        raise LookupError("variables")

    def set_variable(self, name: str, value: Secret) -> None:
        raise LookupError("set")

    def unset_variable(self, name: str) -> None:
        raise LookupError("unset")

    def run(self, argv: Sequence[str]) -> None:
        """Run a command on the site, in its environment."""
        raise LookupError("run")

    def backup(self) -> Path:
        """Save its data to a file below ``ctx.home``."""
        raise LookupError("backup")

    def restore(self, file: Path) -> None:
        """Replace its data with those of *file*, which :meth:`backup` made."""
        raise LookupError("restore")


_DO: Mapping[Operation, Callable[[Site, Mapping[str, str]], None]] = {
    "logs": lambda site, given: site.logs(),
    "start": lambda site, given: site.start(),
    "stop": lambda site, given: site.stop(),
    "rollback": lambda site, given: site.rollback(given.get("release", "")),
}


def offered(site: type[Site]) -> tuple[Operation, ...]:
    """The operations that *site* overrides, of those that the page and the command know today."""
    return tuple(each for each in get_args(Operation) if getattr(site, each) is not getattr(Site, each))


def operate(site: Site, operation: Operation, given: Mapping[str, str]) -> SiteState:
    """Do *operation*, and say how the site is doing then.

    :param given: its arguments by name.
    """
    if operation in _DO:
        _DO[operation](site, given)
    return site.status()
