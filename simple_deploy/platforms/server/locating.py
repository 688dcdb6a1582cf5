"""Which server and which site are the project's: what its files say, and what the server's ledgers say. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from simple_deploy.core.errors import InvalidAnswer, StepError
from simple_deploy.core.interfaces import Context
from simple_deploy.platforms.identity import project_id, read_text, remembered
from simple_deploy.platforms.server.address import Address, parse
from simple_deploy.platforms.server.connection import Connection
from simple_deploy.platforms.server.front import PACKAGES as FRONTS
from simple_deploy.platforms.server.inspection import PACKAGES, POSTGRES, REDIS, Ledger, ServerFacts, read_facts
from simple_deploy.platforms.server.plans import SitePlan
from simple_deploy.system.dns import resolved

#: The project's file that names its server, so that a fresh clone on another computer finds it. No other tool has one
#: of that name.
FILE = "simple-deploy-server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What the project's file says. All is empty where it is not there."""

    server: str = ""
    name: str = ""
    domain: str = ""

    def to_json(self) -> str:
        return json.dumps({"server": self.server, "name": self.name, "domain": self.domain}, indent=2) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A site that exists."""

    server: str
    connection: Connection
    site: SitePlan
    ledger: Ledger


def read_linked(text: str) -> Linked:
    try:
        data: Mapping[str, object] = json.loads(text)
        found = {name: str(data.get(name) or "") for name in ("server", "name", "domain")}
    except (ValueError, AttributeError):
        return Linked()
    return Linked(**found)


def linked(ctx: Context) -> Linked:
    return read_linked(read_text(ctx.facts.location.root / FILE))


def server_of(ctx: Context) -> str:
    """The server that was chosen, else the one that the project's file names, else the one that was rented from this
    computer and that the file does not name yet; empty where there is none of them."""
    return ctx.answers.text("server") or linked(ctx).server or remembered(ctx)


def connect(ctx: Context) -> Connection | None:
    """The connection to the project's server; None where no server is named.

    :raises InvalidAnswer: what names it is no address.
    """
    named = server_of(ctx)
    if not named:
        return None
    try:
        address = parse(named)
    except ValueError:
        raise InvalidAnswer(f"“{named}” names no server.", hint="It looks like root@203.0.113.7.") from None
    return Connection(ctx, address, ctx.answers.secret("sudo_password"))


def look(connection: Connection, name: str, packages: Sequence[str] = ()) -> ServerFacts:
    """:param packages: further ones that may be needed. :raises StepError: it could not be looked at."""
    asked = " ".join((*PACKAGES, *FRONTS, POSTGRES, REDIS, *packages))
    return read_facts(connection.lines("inspect", {"packages": asked, "site": name}))


def ledger_of(ctx: Context, server: ServerFacts) -> Ledger | None:
    """The ledger of this project's site, by its name or by its project."""
    asked = ctx.answers.text("deployed_project_name") or linked(ctx).name
    project = project_id(ctx)
    named = server.ledger(asked) if asked else None
    if named is not None or asked:
        return named
    return next((each for each in server.ledgers if project and each.project == project), None)


def locate(ctx: Context) -> Located:
    """The project's site.

    :raises StepError: there is none.
    """
    connection = connect(ctx)
    if connection is None:
        raise StepError(
            "The tool does not know which server the site is on.", hint="Name it: --server root@203.0.113.7"
        )
    connection.trust()
    server = look(connection, "")
    ledger = ledger_of(ctx, server)
    if ledger is None:
        raise StepError(
            f"This project has no site on {connection.address.host}.",
            hint="Deploy it first: python manage.py deploy --automate-all",
        )
    site = site_of(ledger, reached(connection, server))
    return Located(server=server_of(ctx), connection=connection, site=site, ledger=ledger)


def reached(connection: Connection, server: ServerFacts) -> Address:
    """By which visitors reach the server. A name of the ssh configuration means nothing to them, and behind a jump host
    ssh goes to an address that only that host can reach."""
    named = connection.host
    led, public = resolved(named), [each for each in server.addresses if is_public(each)]
    if any(map(is_public, led)) or (led and not public):
        return Address(host=named)
    return Address(host=(*public, *server.addresses, named)[0])


def is_public(address: str) -> bool:
    """Whether an address can be reached from everywhere. What a server says may be no address at all."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def site_of(ledger: Ledger, address: Address) -> SitePlan:
    database = "" if ledger.database == "none" else ledger.database
    return SitePlan(name=ledger.name, hosts=hosts(address, ledger.domain, ()), domain=ledger.domain, database=database)


def hosts(address: Address, domain: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The names by which visitors may reach the site: the domain alone, or without one the server's addresses."""
    return (domain,) if domain else tuple(dict.fromkeys((address.host, *addresses)))
