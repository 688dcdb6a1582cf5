"""What can be done with a site once it is deployed, declared once for every platform."""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, get_args

from simple_deploy.core.errors import InvalidAnswer, StepError
from simple_deploy.core.interfaces import Context
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.base import Operation, Platform, Release, SiteState
from simple_deploy.platforms.changed import VariableChange
from simple_deploy.platforms.domains import Domain, compared, domain_name
from simple_deploy.platforms.schedule import Schedule
from simple_deploy.platforms.sizes import Size, Sizes, wanted_size
from simple_deploy.system.dns import resolved

#: What an operation is told besides the platform, as a key of its arguments; a key with a question mark may be missing.
TOLD: Mapping[Operation, str] = {
    "rollback": "release?",
    "set": "name",
    "unset": "name",
    "run": "command",
    "backup": "file",
    "restore": "file",
    "maintenance": "wanted",
    "add_domain": "domain",
    "remove_domain": "domain",
    "resize": "size",
    "daily_backups": "wanted",
}

#: What each operation is called where a run lists its steps.
TITLES: Mapping[Operation, str] = {
    "status": "Look at the site",
    "logs": "Read its log",
    "start": "Start the site",
    "stop": "Stop the site",
    "restart": "Restart the site",
    "releases": "List the releases",
    "rollback": "Roll back",
    "variables": "List the variables",
    "set": "Set the variable",
    "unset": "Unset the variable",
    "run": "Run the command",
    "backup": "Make the backup",
    "restore": "Restore the data",
    "follow": "Follow its log",
    "maintenance": "Switch the maintenance page",
    "domains": "Look at the domains",
    "add_domain": "Add the domain",
    "remove_domain": "Remove the domain",
    "sizes": "Look at what the site runs on",
    "resize": "Change what the site runs on",
    "backups": "Look at the backups",
    "daily_backups": "Switch the daily backups",
}

#: The secret that ``set`` is told, among the answers of the run.
VALUE = "value"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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

    def follow(self) -> None:
        """Print those lines, and the ones that come, until the run is cancelled."""
        raise LookupError("follow")

    def start(self) -> None:
        raise LookupError("start")

    def stop(self) -> None:
        raise LookupError("stop")

    def restart(self) -> None:
        """Let it begin anew, with the code and the variables it has."""
        raise LookupError("restart")

    def releases(self) -> tuple[Release, ...]:
        """Its releases, the newest first."""
        raise LookupError("releases")

    def rollback(self, release: str) -> None:
        """Roll back to *release*; empty for the previous one. :raises StepError: there is no such release."""
        raise LookupError("rollback")

    def variables(self) -> tuple[str, ...]:
        """The names of its environment variables, never their values."""
        raise LookupError("variables")

    def given_variables(self) -> tuple[str, ...]:
        """Those of them that deploying sets, and that can be neither set nor unset otherwise."""
        return ()

    def changed_variables(self) -> tuple[VariableChange, ...] | None:
        """Those that are not what the release that serves was made with; None where the platform cannot tell."""
        return None

    def set_variable(self, name: str, value: Secret) -> None:
        """Give a variable a value, and let the site serve with it."""
        raise LookupError("set")

    def unset_variable(self, name: str) -> None:
        """Take away a variable, one of :meth:`variables`."""
        raise LookupError("unset")

    def run(self, words: Sequence[str]) -> None:
        """Run a management command with the site's code, variables and data; what it prints appears in the log.

        :param words: what stands behind ``manage.py``, such as ``("migrate", "--plan")``.
        """
        raise LookupError("run")

    def backup(self, file: Path) -> None:
        """Save its database and its uploaded files to *file*, which is not there yet."""
        raise LookupError("backup")

    def restore(self, file: Path) -> None:
        """Replace its data with those of *file*, which :meth:`backup` made. :raises StepError: it did not."""
        raise LookupError("restore")

    def maintenance(self, wanted: str) -> None:
        """Show every visitor a page that says to come back later (``on``), or the site again (``off``)."""
        raise LookupError("maintenance")

    def domains(self) -> tuple[Domain, ...]:
        """The domains of its owner. What DNS has for them is added to each afterwards."""
        raise LookupError("domains")

    def add_domain(self, name: str) -> None:
        """Let it answer at a domain too, with a certificate. Safe to repeat.

        :param name: in the letters that DNS has.
        """
        raise LookupError("add_domain")

    def remove_domain(self, name: str) -> None:
        """Let it no longer answer at a domain, one of :meth:`domains`."""
        raise LookupError("remove_domain")

    def sizes(self) -> Sizes:
        """What it runs on, and what it could."""
        raise LookupError("sizes")

    def resize(self, size: Size, count: int) -> None:
        """Let it run on *count* of *size*, one of those that :meth:`sizes` names."""
        raise LookupError("resize")

    def schedule(self) -> Schedule:
        """The backups that are made by themselves."""
        raise LookupError("backups")

    def set_schedule(self, wanted: str) -> None:
        """Make a backup each day (``on``), or none (``off``). Those that there are stay."""
        raise LookupError("daily_backups")


def _unset(site: Site, name: str) -> None:
    if name not in site.variables():
        raise StepError(f"The site has no variable {name}.", hint="--variables lists the ones it has.")
    site.unset_variable(name)


def _remove_domain(site: Site, name: str) -> None:
    if all(each.name != name for each in site.domains()):
        raise StepError(f"The site has no domain {name}.", hint="--domains lists the ones it has.")
    site.remove_domain(name)


_DO: Mapping[Operation, Callable[[Site, Mapping[str, str]], None]] = {
    "logs": lambda site, given: site.logs(),
    "follow": lambda site, given: site.follow(),
    "start": lambda site, given: site.start(),
    "stop": lambda site, given: site.stop(),
    "restart": lambda site, given: site.restart(),
    "rollback": lambda site, given: site.rollback(given.get("release", "")),
    "set": lambda site, given: site.set_variable(given["name"], site.ctx.answers.secret(VALUE)),
    "unset": lambda site, given: _unset(site, given["name"]),
    "run": lambda site, given: site.run(management_command(given["command"])),
    "backup": lambda site, given: site.backup(Path(given["file"])),
    "restore": lambda site, given: site.restore(Path(given["file"])),
    "maintenance": lambda site, given: site.maintenance(given["wanted"]),
    "add_domain": lambda site, given: site.add_domain(domain_name(given["domain"])),
    "remove_domain": lambda site, given: _remove_domain(site, domain_name(given["domain"])),
    "resize": lambda site, given: site.resize(*wanted_size(site.sizes(), given["size"])),
    "daily_backups": lambda site, given: site.set_schedule(given["wanted"]),
}


def _with_domains(site: Site, state: SiteState) -> SiteState:
    return replace(state, domains=tuple(compared(each, resolved) for each in site.domains()))


_TELLS: Mapping[Operation, Callable[[Site, SiteState], SiteState]] = {
    "releases": lambda site, state: replace(state, releases=site.releases()),
    "variables": lambda site, state: replace(
        state,
        variables=tuple(sorted(site.variables())),
        given=site.given_variables(),
        changed=site.changed_variables(),
    ),
    **dict.fromkeys(("domains", "add_domain", "remove_domain"), _with_domains),
    **dict.fromkeys(("sizes", "resize"), lambda site, state: replace(state, sizes=site.sizes())),
    **dict.fromkeys(("backups", "daily_backups"), lambda site, state: replace(state, schedule=site.schedule())),
}


_METHODS: Mapping[Operation, str] = {
    "set": "set_variable",
    "unset": "unset_variable",
    "backups": "schedule",
    "daily_backups": "set_schedule",
}


def offered(site: type[Site]) -> tuple[Operation, ...]:
    """The operations whose method *site* overrides."""
    methods = {each: _METHODS.get(each, each) for each in get_args(Operation)}
    return tuple(each for each, method in methods.items() if getattr(site, method) is not getattr(Site, method))


class SitePlatform(Platform):
    """A platform that says in a class of its own what can be done with a deployed site: mandatory besides those of
    :class:`~simple_deploy.api.Platform` is :attr:`site`."""

    site: ClassVar[type[Site]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if hasattr(cls, "site"):
            cls.operations = offered(cls.site)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        return operate(self.site(ctx), operation, arguments)


def operate(site: Site, operation: Operation, given: Mapping[str, str]) -> SiteState:
    """Do *operation*, and say how the site is doing then.

    :param given: its arguments by name.
    """
    if operation in _DO:
        _DO[operation](site, given)
    state = site.status()
    return _TELLS[operation](site, state) if operation in _TELLS else state


def checked(operation: Operation, given: Mapping[str, str]) -> Mapping[str, str]:
    """*given* if *operation* can be told that.

    :raises InvalidAnswer: something is missing, or is no name, no command or no file that can be meant.
    """
    told = TOLD.get(operation, "")
    if told and not told.endswith("?") and not given.get(told):
        raise InvalidAnswer(f"“{operation}” needs a {told}.")
    if told == "name" and not _VARIABLE.fullmatch(given["name"]):
        raise InvalidAnswer(
            "That is not a valid variable name.",
            hint="A name has letters, digits and underscores. Its value is asked for, or read from standard input.",
        )
    if told == "command":
        management_command(given["command"])
    if told == "wanted" and given["wanted"] not in ("on", "off"):
        raise InvalidAnswer("It is on or off.", hint="Such as: --maintenance on, --daily-backups off")
    if told == "domain":
        domain_name(given["domain"])
    if operation == "backup" and Path(given["file"]).exists():
        raise InvalidAnswer(f"{given['file']} exists already.", hint="Name another file, or remove that one.")
    if operation == "restore" and not Path(given["file"]).is_file():
        raise InvalidAnswer(f"There is no file {given['file']}.", hint="Name one that --backup made.")
    return given


def management_command(text: str) -> tuple[str, ...]:
    """The words of a management command, quoted as in a shell; ``python manage.py`` may stand before it.

    :raises InvalidAnswer: it cannot be read.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidAnswer(
            f"The command cannot be read: {error}.", hint="Check that each quotation mark has a matching one."
        ) from error
    if words[:1] in (["python"], ["python3"]):
        words = words[1:]
    if words[:1] and Path(words[0]).name == "manage.py":
        words = words[1:]
    if not words:
        raise InvalidAnswer("There is no command to run.", hint='Name a management command: --run "migrate --plan".')
    return tuple(words)
