"""A server of DigitalOcean as a platform, rented by its API.

Sources: the reference of the API, docs.digitalocean.com/reference/api, which is made from digitalocean/openapi.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from simple_deploy.api import (
    SERVER_DATABASES,
    SERVER_EVERYBODY,
    SERVER_LABEL,
    SERVER_MANAGERS,
    SERVER_PORTS,
    SERVER_UNREHEARSED,
    Api,
    Card,
    Choice,
    Link,
    Machine,
    Provider,
    ProviderPlatform,
    StepError,
    Wanted,
    entries,
    entry,
    fingerprint,
)

NAME = "DigitalOcean"
ADDRESS = "https://api.digitalocean.com/v2"
IMAGE = "debian-13-x64"
PAGE = "200"  # the most that a list holds
GUIDE = "https://github.com/django-simple-deploy/dashboard/blob/main/docs/how-to/deploy-to-digitalocean.md"
TOKENS = "https://cloud.digitalocean.com/account/api/tokens"
PRICES = "https://docs.digitalocean.com/products/droplets/details/pricing/"


@dataclass(frozen=True)
class DigitalOcean(Provider):
    """DigitalOcean's API. What belongs to a project has a tag of its own."""

    @property
    def api(self) -> Api:
        return Api(ctx=self.ctx, base=ADDRESS, token=self.token, name=NAME, tokens=TOKENS)

    def price(self, size: str, region: str) -> str:
        listed = entries(self.api.get("/sizes", per_page=PAGE), "sizes")
        found = next((each for each in listed if each.get("slug") == size), {})
        if not found.get("available") or region not in found.get("regions", ()):
            raise StepError(f"{NAME} has no {size} in {region}.", hint="Choose another size or region.")
        return f"${float(found['price_monthly']):.2f} a month without tax, as {NAME} says"

    def find(self, project: str) -> Machine | None:
        listed = entries(self.api.get("/droplets", tag_name=_tag(project)), "droplets")
        return _machine(listed[0]) if listed else None

    def rent(self, wanted: Wanted) -> Machine:
        # The firewall counts for the tag, so it is there before the server is.
        self.api.post("/tags", {"name": _tag(wanted.project)})
        self._protect(wanted)
        body = {
            "name": wanted.name,
            "region": wanted.region,
            "size": wanted.size,
            "image": IMAGE,
            "ssh_keys": [self._key(wanted)],
            "tags": [_tag(wanted.project)],
            "ipv6": True,
        }
        return _machine(entry(self.api.post("/droplets", body), "droplet"))

    def end(self, machine: Machine, project: str) -> None:
        self.api.delete(f"/droplets/{machine.id}")
        for firewall in self._firewalls(project):
            self.api.delete(f"/firewalls/{firewall['id']}")
        self.api.delete(f"/tags/{_tag(project)}")

    # -- parts --

    def _key(self, wanted: Wanted) -> int:
        known = entry(self.api.get(f"/account/keys/{fingerprint(wanted.key)}"), "ssh_key")
        if not known:
            body = {"name": wanted.name, "public_key": wanted.key}
            known = entry(self.api.post("/account/keys", body), "ssh_key")
        return int(known["id"])

    def _firewalls(self, project: str) -> list[Mapping[str, Any]]:
        listed = entries(self.api.get("/firewalls", per_page=PAGE), "firewalls")
        return [each for each in listed if _tag(project) in (each.get("tags") or ())]

    def _protect(self, wanted: Wanted) -> None:
        if self._firewalls(wanted.project):
            return
        everybody = {"addresses": list(SERVER_EVERYBODY)}
        rules = [{"protocol": "tcp", "ports": port, "sources": everybody} for port in SERVER_PORTS]
        out = [{"protocol": name, "ports": "0", "destinations": everybody} for name in ("tcp", "udp", "icmp")]
        body = {
            "name": wanted.name,
            "inbound_rules": [*rules, {"protocol": "icmp", "ports": "0", "sources": everybody}],
            "outbound_rules": out,
            "tags": [_tag(wanted.project)],
        }
        self.api.post("/firewalls", body)


def _tag(project: str) -> str:
    return f"{SERVER_LABEL}:{project}"


def _machine(data: Mapping[str, Any]) -> Machine:
    known = entries(entry(data, "networks"), "v4") if data.get("status") == "active" else ()
    address = next((str(each.get("ip_address")) for each in known if each.get("type") == "public"), "")
    return Machine(id=str(data.get("id")), name=str(data.get("name")), address=address)


class DigitalOceanPlatform(ProviderPlatform):
    """A server with Debian, rented from DigitalOcean."""

    card = Card(
        slug="digitalocean",
        name=NAME,
        summary="A Debian server in one of a dozen cities, rented for you.",
        cost="You pay for the server by the hour until you remove it, even while it is switched off. Before anything "
        "is rented, the plan shows today's price from DigitalOcean's API. The database and backups on the server "
        "are included.",
        price="About $6 a month",
        checked=date(2026, 11, 29),
        status="experimental",
        status_note="Renting is tested against an API that the tests build from DigitalOcean's published reference; "
        "nobody has rented a real server with it. The steps on the server are tested on Debian 13.",
        needs_account=True,
        needs_card=True,
        managers=SERVER_MANAGERS,
        databases=SERVER_DATABASES,
        unrehearsed=SERVER_UNREHEARSED,
        links=(
            Link(title="What is rented and what it costs", url=GUIDE),
            Link(title="Prices of DigitalOcean's servers", url=PRICES),
            Link(title="DigitalOcean's documentation", url="https://docs.digitalocean.com/products/droplets/"),
        ),
    )
    docs = GUIDE
    provider = DigitalOcean
    tokens = TOKENS
    sizes = (
        Choice(value="s-1vcpu-1gb", label="Basic, 1 GB", help="1 shared processor, 1 GB of memory, 25 GB of disk."),
        Choice(value="s-1vcpu-2gb", label="Basic, 2 GB", help="1 shared processor, 2 GB of memory, 50 GB of disk."),
        Choice(value="s-2vcpu-4gb", label="Basic, 4 GB", help="2 shared processors, 4 GB of memory, 80 GB of disk."),
    )
    regions = (
        Choice(value="fra1", label="Frankfurt"),
        Choice(value="ams3", label="Amsterdam"),
        Choice(value="lon1", label="London"),
        Choice(value="nyc3", label="New York"),
        Choice(value="sfo3", label="San Francisco"),
        Choice(value="tor1", label="Toronto"),
        Choice(value="blr1", label="Bangalore"),
        Choice(value="sgp1", label="Singapore"),
        Choice(value="syd1", label="Sydney"),
    )
    memory = {"s-1vcpu-1gb": 960, "s-1vcpu-2gb": 1960, "s-2vcpu-4gb": 3900}
