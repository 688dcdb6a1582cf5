"""Lines that `pip freeze` writes on one system and that no other can install. Data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Packages of Windows; with this marker they are left out elsewhere.
WINDOWS = frozenset(
    {
        "pypiwin32",
        "pywin32",
        "pywinpty",
        "windows-curses",
        "winshell",
        "wmi",
    }
)
MARKER = "sys_platform == 'win32'"
_MACOS = "sys_platform == 'darwin'"

#: Of :data:`SYSTEM`, what no index has in any version.
NOWHERE = frozenset(
    {
        "command-not-found",
        "language-selector",
        "pkg-resources",
        "ubuntu-advantage-tools",
        "ubuntu-drivers-common",
        "ubuntu-pro-client",
        "unattended-upgrades",
    }
)

#: Parts of an operating system. No index has most of them; the others are built from what only that system has.
SYSTEM: Mapping[str, str] = MappingProxyType(
    {
        "pkg-resources": "Debian and Ubuntu",
        "pkg_resources": "Debian and Ubuntu",
        "python-apt": "Debian and Ubuntu",
        "python-debian": "Debian and Ubuntu",
        "command-not-found": "Ubuntu",
        "language-selector": "Ubuntu",
        "ubuntu-advantage-tools": "Ubuntu",
        "ubuntu-drivers-common": "Ubuntu",
        "ubuntu-pro-client": "Ubuntu",
        "unattended-upgrades": "Debian and Ubuntu",
        "ufw": "Ubuntu",
        "distro-info": "Debian and Ubuntu",
        "systemd-python": "the system's own Python",
        "cloud-init": "Ubuntu",
        "ssh-import-id": "Ubuntu",
        "dbus-python": "the system's own Python",
        "pygobject": "the system's own Python",
    }
)


def only_on(name: str) -> tuple[str, str] | None:
    """The one system that the package *name* exists for, and the marker that leaves it out elsewhere; else None."""
    if name in WINDOWS:
        return "Windows", MARKER
    return ("macOS", _MACOS) if name == "pyobjc" or name.startswith("pyobjc-") else None
