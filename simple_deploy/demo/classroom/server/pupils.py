"""Who has a dashboard on the server, and where it is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simple_deploy_local.sites import ADDRESS

from simple_deploy.demo.shape import DemoRefused
from simple_deploy.inspection.corrections import STATE_FOLDER
from simple_deploy.rehearsal.world import address_variable, stage_folder
from simple_deploy.system import stored

#: What the accounts are called, in front of their number.
ACCOUNT = "pupil-"
#: The file in the folder of a class that says who is in it.
RECORD = "class.json"
MOST = 99
#: Each development server listens so many ports above the one that the network sees, and for this computer alone.
APART = 10_000
#: And so many ports above that of the dashboard the network sees the site on this computer; those of rehearsals follow,
#: each platform's by as many again.
SITES = 100
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """:param name: of the account. :param folder: its home. :param port: of the dashboard, for the network."""

    name: str
    folder: Path
    port: int

    @property
    def inner(self) -> int:
        """Where the development server listens."""
        return self.port + APART

    @property
    def site(self) -> int:
        """Port of the deployed site, for the network."""
        return self.port + SITES

    def stage(self, slug: str) -> Path:
        """The folder in which platform *slug* is rehearsed."""
        return stage_folder(self.project / STATE_FOLDER, slug)

    @property
    def data(self) -> Path:
        """Where the tool keeps the pupil's sites, in a folder for each platform."""
        return self.folder / "data"

    @property
    def project(self) -> Path:
        return self.folder / "simple-deploy-demo"

    @property
    def redis(self) -> Path:
        """The socket of the pupil's own Redis, in a folder that nobody else may enter."""
        return self.folder / "redis" / "socket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The class.

    :param folder: with everything. :param host: the name or address of this machine in the network.
    :param python: the interpreter that everything runs on.
    :param at_once: how many runs work at once, those of all pupils together.
    :param wheels: a folder with packages, in the place of a network.
    :param rehearsed: the platforms that can be rehearsed, in the order of their sites' ports.
    """

    folder: Path
    host: str
    pupils: tuple[Pupil, ...]
    python: str
    at_once: int = 1
    wheels: Path | None = None
    rehearsed: tuple[str, ...] = ()

    @property
    def turns(self) -> Path:
        """The socket at which runs wait for their turn."""
        return self.folder / "turns"

    @property
    def certificate(self) -> Path:
        return self.folder / "tls" / "certificate.pem"

    @property
    def key(self) -> Path:
        return self.folder / "tls" / "key.pem"

    def rehearsals(self, pupil: Pupil) -> Mapping[str, int]:
        """By platform, the port of the site that the pupil rehearses on it, for the network."""
        return {slug: pupil.site + SITES * number for number, slug in enumerate(self.rehearsed, 1)}

    def address(self, port: int) -> str:
        """Of what the network sees at *port*, without a slash at the end."""
        return f"https://{self._name}:{port}"

    @property
    def _name(self) -> str:
        """The host as addresses have it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def environment(self, pupil: Pupil) -> Mapping[str, str]:
        """The variables of a pupil's programs, besides those by which they reach a network."""
        offline = {} if self.wheels is None else {"UV_FIND_LINKS": self.wheels.as_uri(), "UV_OFFLINE": "1"}
        return {
            "HOME": str(pupil.folder),
            "USER": pupil.name,
            "LOGNAME": pupil.name,
            "LANG": "C.UTF-8",
            "PATH": f"{Path(self.python).parent}:/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(pupil.folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "SIMPLE_DEPLOY_TRUSTED_HOSTS": self._name,
            "SIMPLE_DEPLOY_REDIS_URL": f"redis+socket://{pupil.redis}",
            "SIMPLE_DEPLOY_TURNS": str(self.turns),
            "SIMPLE_DEPLOY_DATA_DIR": str(pupil.data),
            ADDRESS: self.address(pupil.site),
            **{address_variable(slug): self.address(port) for slug, port in self.rehearsals(pupil).items()},
            **offline,
        }


def room(
    folder: Path,
    *,
    host: str,
    count: int,
    port: int,
    python: str,
    at_once: int,
    wheels: Path | None = None,
    rehearsed: Sequence[str] = (),
) -> Room:
    """A class of *count* pupils, whose dashboards are at *port* and those behind it.

    :raises DemoRefused: there are too many, no run could work, or the name is none.
    """
    if at_once < 1:
        raise DemoRefused("No run could work.", hint="Say how many may work at once: --at-once 2")
    if not 1 <= count <= MOST:
        raise DemoRefused(f"A class has 1 to {MOST} pupils here, not {count}.", hint="Say how many: --pupils 30")
    if len(rehearsed) > APART // SITES - 2:
        raise DemoRefused(
            f"{len(rehearsed)} platforms can be rehearsed here, more than there are ports for.",
            hint="Uninstall some of their plugins.",
        )
    if not 1024 <= port <= 65535 - APART - SITES - count:
        raise DemoRefused(f"The ports from {port} on cannot be used.", hint="Name another first one, such as 8400.")
    pupils = (
        Pupil(name=f"{ACCOUNT}{number:02}", folder=folder / "pupils" / f"{number:02}", port=port + number)
        for number in range(1, count + 1)
    )
    return Room(
        folder=folder,
        host=_checked(host),
        pupils=tuple(pupils),
        python=python,
        at_once=at_once,
        wheels=wheels,
        rehearsed=tuple(rehearsed),
    )


def in_order(found: Sequence[str], known: Room | None) -> tuple[str, ...]:
    """The platforms *found*, in an order in which those of the class that is *known* keep their ports."""
    before = known.rehearsed if known is not None else ()
    return (*before, *sorted({*found} - {*before}))


def open_class(folder: Path) -> Room | None:
    """The class whose folder that is; None where there is none."""
    return stored.known(Room, folder / RECORD)


def _checked(host: str) -> str:
    """:raises DemoRefused: browsers could not reach anything under it."""
    name = host.lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        if _HOST.fullmatch(name):
            return name
    raise DemoRefused(
        f"“{host}” is neither a name nor an address of a computer.",
        hint="Name what pupils type into their browsers, without a port: --host 192.168.1.20",
    )
