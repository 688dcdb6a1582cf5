"""Which computers a classroom folder is for, and what they need. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simple_deploy.demo.shape import DemoRefused

#: The tool, with what shows a QR code, and what a server for a class keeps its queues with.
TOOL = "django-simple-deploy-dashboard[class,redis]"

#: What plans add to a project, what rehearsals install, and what environments begin with.
NEEDED = (
    "gunicorn; sys_platform != 'win32'",
    "waitress",
    "whitenoise",
    "django-environ",
    "psycopg[binary]",
    "pip",
    "setuptools",
    "wheel",
)

#: The oldest macOS on which the packages run; wheels of some need it.
MACOS = "14.0"
_GLIBC = 28  # Debian 11, Ubuntu 20.04, Fedora 29 and newer
_PYTHON = re.compile(r"3\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A kind of computer.

    :param name: for people. :param uv: what uv calls it.
    :param tags: names of the platform in wheels, as pip takes them.
    """

    name: str
    uv: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """:param python: for example ``3.13``."""

    system: System
    python: str

    def __str__(self) -> str:
        return f"{self.system.name}, Python {self.python}"


def _linux(machine: str) -> tuple[str, ...]:
    """pip takes each of these names for itself: https://peps.python.org/pep-0600/"""
    names = (f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, 4, -1))
    return (*names, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}")


def _macos(machine: str) -> tuple[str, ...]:
    return (f"macosx_{MACOS.replace('.', '_')}_{machine}",)


SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        "windows": System(name="Windows", uv="x86_64-pc-windows-msvc", tags=("win_amd64",)),
        "macos": System(name="macOS on Apple processors", uv="aarch64-apple-darwin", tags=_macos("arm64")),
        "macos-intel": System(name="macOS on Intel processors", uv="x86_64-apple-darwin", tags=_macos("x86_64")),
        "linux": System(name="Linux", uv=f"x86_64-manylinux_2_{_GLIBC}", tags=_linux("x86_64")),
        "linux-arm": System(name="Linux on ARM", uv=f"aarch64-manylinux_2_{_GLIBC}", tags=_linux("aarch64")),
    }
)

#: What most classes have. Windows on ARM runs the packages of the first too, with a Python for Intel and AMD: for its
#: own there is no driver of PostgreSQL.
USUAL = ("windows", "macos", "macos-intel", "linux")
PYTHONS = ("3.12", "3.13", "3.14")


def targets(systems: tuple[str, ...], pythons: tuple[str, ...]) -> tuple[Target, ...]:
    """One for each of *systems* with each of *pythons*.

    :raises DemoRefused: there is no such system, or no Python of such a version.
    """
    unknown = [name for name in systems if name not in SYSTEMS]
    if unknown:
        raise DemoRefused(f"There is no system “{unknown[0]}”.", hint=f"Choose among these: {', '.join(SYSTEMS)}.")
    for python in pythons:
        found = _PYTHON.fullmatch(python)
        if found is None or int(found[1]) < 10:
            raise DemoRefused(
                f"“{python}” is not a Python that the tool runs on.",
                hint="Name versions from 3.10 on, like this: --python 3.13",
            )
    chosen = ((SYSTEMS[name], python) for name in dict.fromkeys(systems) for python in dict.fromkeys(pythons))
    return tuple(Target(system=system, python=python) for system, python in chosen)


def wanted(*samples: str) -> str:
    """All that a computer in class needs, as requirements.

    :param samples: the requirements of each sample project.
    """
    return "\n".join((TOOL, *NEEDED, *samples))
