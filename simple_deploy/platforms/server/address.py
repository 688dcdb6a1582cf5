"""Which server is meant, as it is typed for ssh. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: ``USER@HOST``, ``USER@HOST:PORT``, or a name from ~/.ssh/config. Nothing that ssh could take for an option.
PATTERN = (
    r"([A-Za-z_][A-Za-z0-9_.-]*@)?"
    r"([A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)"
    r"(:[0-9]{1,5})?"
)
PATTERN_HELP = "It is USER@HOST, with :PORT behind it where ssh listens on another port than 22."


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """:param host: a name or an IP address. :param user: empty for the one of the ssh configuration.
    :param port: empty for the one of the ssh configuration.
    """

    host: str
    user: str = ""
    port: str = ""

    @property
    def target(self) -> str:
        """What ssh is given."""
        return f"{self.user}@{self.host}" if self.user else self.host

    @property
    def typed(self) -> str:
        """What stands behind ``ssh`` in a terminal."""
        return f"-p {self.port} {self.target}" if self.port else self.target

    @property
    def sudo(self) -> str:
        """What stands there before a command that only root may run."""
        return "" if self.user in ("", "root") else "sudo "

    @property
    def url_host(self) -> str:
        """The host as it stands in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(text: str) -> Address:
    """:raises ValueError: it is no address."""
    if not re.fullmatch(PATTERN, text):
        raise ValueError(text)
    user, _, place = text.rpartition("@")
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return Address(host=host, user=user, port=rest.lstrip(":"))
    if place.count(":") > 1:
        return Address(host=place, user=user)
    host, _, port = place.partition(":")
    return Address(host=host, user=user, port=port)
