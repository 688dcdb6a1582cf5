"""A server of Hetzner Cloud as a platform, rented by its API.

Sources: the reference of the API, docs.hetzner.cloud, and its types in hetznercloud/hcloud-go, hcloud/schema.
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

NAME = "Hetzner Cloud"
ADDRESS = "https://api.hetzner.cloud/v1"
IMAGE = "debian-13"
GUIDE = "https://github.com/django-simple-deploy/dashboard/blob/main/docs/how-to/deploy-to-hetzner.md"
TOKENS = "https://console.hetzner.com/ (a project, then Security, API tokens)"
PRICES = "https://www.hetzner.com/cloud"


@dataclass(frozen=True)
class Hetzner(Provider):
    """Hetzner's API. What belongs to a project has the label ``simple-deploy`` with the project as its value."""

    @property
    def api(self) -> Api:
        return Api(ctx=self.ctx, base=ADDRESS, token=self.token, name=NAME, tokens=TOKENS)

    def price(self, size: str, region: str) -> str:
        said = entry(self.api.get("/pricing"), "pricing")
        server = _monthly(_named(entries(said, "server_types"), "name", size), region)
        if server is None:
            raise StepError(f"{NAME} has no {size} in {region}.", hint="Choose another size or region.")
        address = _monthly(_named(entries(said, "primary_ips"), "type", "ipv4"), region) or 0.0
        return f"{server + address:.2f} {said.get('currency', 'EUR')} a month with IPv4 and VAT, as {NAME} says"

    def find(self, project: str) -> Machine | None:
        listed = entries(self.api.get("/servers", label_selector=f"{SERVER_LABEL}={project}"), "servers")
        return _machine(listed[0]) if listed else None

    def rent(self, wanted: Wanted) -> Machine:
        body = {
            "name": wanted.name,
            "server_type": wanted.size,
            "location": wanted.region,
            "image": IMAGE,
            "ssh_keys": [self._key(wanted)],
            "firewalls": [{"firewall": self._firewall(wanted)}],
            "labels": {SERVER_LABEL: wanted.project},
        }
        return _machine(entry(self.api.post("/servers", body), "server"))

    def end(self, machine: Machine, project: str) -> None:
        self.api.delete(f"/servers/{machine.id}")
        # The firewall is in use until the server has gone.
        for _ in range(60):
            if self.find(project) is None:
                break
            self.ctx.pause(2)
        for firewall in entries(self.api.get("/firewalls", label_selector=f"{SERVER_LABEL}={project}"), "firewalls"):
            self.api.delete(f"/firewalls/{firewall['id']}")

    # -- parts --

    def _key(self, wanted: Wanted) -> int:
        known = entries(self.api.get("/ssh_keys", fingerprint=fingerprint(wanted.key)), "ssh_keys")
        if known:
            return int(known[0]["id"])
        body = {"name": wanted.name, "public_key": wanted.key}
        return int(entry(self.api.post("/ssh_keys", body), "ssh_key")["id"])

    def _firewall(self, wanted: Wanted) -> int:
        label = f"{SERVER_LABEL}={wanted.project}"
        known = entries(self.api.get("/firewalls", label_selector=label), "firewalls")
        if known:
            return int(known[0]["id"])
        rules = [
            {"direction": "in", "protocol": "tcp", "port": port, "source_ips": list(SERVER_EVERYBODY)}
            for port in SERVER_PORTS
        ]
        rules.append({"direction": "in", "protocol": "icmp", "source_ips": list(SERVER_EVERYBODY)})
        body = {"name": wanted.name, "labels": {SERVER_LABEL: wanted.project}, "rules": rules}
        return int(entry(self.api.post("/firewalls", body), "firewall")["id"])


def _machine(data: Mapping[str, Any]) -> Machine:
    address = entry(entry(data, "public_net"), "ipv4").get("ip") if data.get("status") == "running" else ""
    return Machine(id=str(data.get("id")), name=str(data.get("name")), address=str(address or ""))


def _named(listed: tuple[Mapping[str, Any], ...], key: str, value: str) -> Mapping[str, Any]:
    return next((each for each in listed if each.get(key) == value), {})


def _monthly(priced: Mapping[str, Any], region: str) -> float | None:
    """The gross price of a month in *region*; None where there is none."""
    gross = entry(_named(entries(priced, "prices"), "location", region), "price_monthly").get("gross")
    return float(gross) if gross else None


class HetznerPlatform(ProviderPlatform):
    """A server with Debian, rented from Hetzner."""

    card = Card(
        slug="hetzner",
        name=NAME,
        summary="A Debian server in Germany, Finland, the USA or Singapore, rented for you.",
        cost="You pay for the server and its IPv4 address by the hour until you remove it, even while it is switched "
        "off. Before anything is rented, the plan shows today's price from Hetzner's API. The database and "
        "backups on the server are included.",
        price="About €5 a month",
        checked=date(2026, 11, 29),
        status="experimental",
        status_note="Renting is tested against an API that the tests build from Hetzner's published reference; nobody "
        "has rented a real server with it. The steps on the server are tested on Debian 13.",
        needs_account=True,
        needs_card=True,
        managers=SERVER_MANAGERS,
        databases=SERVER_DATABASES,
        unrehearsed=SERVER_UNREHEARSED,
        links=(
            Link(title="What is rented and what it costs", url=GUIDE),
            Link(title="Prices of Hetzner Cloud", url=PRICES),
            Link(title="Hetzner's documentation", url="https://docs.hetzner.com/cloud/"),
        ),
    )
    docs = GUIDE
    provider = Hetzner
    tokens = TOKENS
    sizes = (
        Choice(value="cx23", label="CX23", help="2 shared processors of Intel or AMD, 4 GB of memory, 40 GB of disk."),
        Choice(value="cax11", label="CAX11", help="2 shared processors of ARM, 4 GB of memory, 40 GB of disk."),
        Choice(value="cx33", label="CX33", help="4 shared processors of Intel or AMD, 8 GB of memory, 80 GB of disk."),
    )
    regions = (
        Choice(value="nbg1", label="Nuremberg"),
        Choice(value="fsn1", label="Falkenstein"),
        Choice(value="hel1", label="Helsinki"),
        Choice(value="ash", label="Ashburn, Virginia", help="Not for every size."),
        Choice(value="hil", label="Hillsboro, Oregon", help="Not for every size."),
        Choice(value="sin", label="Singapore", help="Not for every size."),
    )
    memory = {"cx23": 4000, "cax11": 4000, "cx33": 8000}
