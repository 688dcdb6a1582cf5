"""Lagoon rents servers out. It does not exist, but its API is like many: JSON, a token, lists with a filter."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simple_deploy.api import (
    SERVER_DATABASES,
    SERVER_MANAGERS,
    SERVER_PORTS,
    Api,
    Card,
    Choice,
    Machine,
    Platform,
    Provider,
    ProviderPlatform,
    StepError,
    Wanted,
    entries,
    entry,
    hookimpl,
)

TOKENS = "https://lagoon.example/tokens"


@dataclass(frozen=True)
class Lagoon(Provider):
    @property
    def api(self) -> Api:
        return Api(ctx=self.ctx, base="https://api.lagoon.example/1", token=self.token, name="Lagoon", tokens=TOKENS)

    def price(self, size: str, region: str) -> str:
        found = entry(self.api.get("/sizes", name=size, region=region), "size")
        if not found:
            raise StepError(f"Lagoon has no {size} in {region}.", hint="Choose another size or region.")
        return f"{found['month']} € a month, as Lagoon says"

    def find(self, project: str) -> Machine | None:
        listed = entries(self.api.get("/servers", note=project), "servers")
        return machine(listed[0]) if listed else None

    def rent(self, wanted: Wanted) -> Machine:
        body = {
            "name": wanted.name,
            "note": wanted.project,
            "size": wanted.size,
            "region": wanted.region,
            "system": "debian-13",
            "keys": [wanted.key],
            "open_ports": list(SERVER_PORTS),
        }
        return machine(entry(self.api.post("/servers", body), "server"))

    def end(self, machine: Machine, project: str) -> None:
        self.api.delete(f"/servers/{machine.id}")


def machine(data: Mapping[str, Any]) -> Machine:
    return Machine(id=str(data["id"]), name=str(data["name"]), address=str(data.get("address") or ""))


class LagoonPlatform(ProviderPlatform):
    card = Card(
        slug="lagoon",
        name="Lagoon",
        summary="A server that is rented for you, by the sea.",
        cost="The server, until you remove it. The plan shows today's price.",
        price="About 5 € a month",
        checked=datetime.date(2026, 11, 1),
        status="experimental",
        status_note="Nobody has rented a server from Lagoon yet.",
        managers=SERVER_MANAGERS,
        databases=SERVER_DATABASES,
    )
    docs = "https://lagoon.example/django"
    provider = Lagoon
    tokens = TOKENS
    sizes = (Choice(value="small", label="Small"), Choice(value="large", label="Large"))
    regions = (Choice(value="north", label="North"), Choice(value="south", label="South"))


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    register(LagoonPlatform())
