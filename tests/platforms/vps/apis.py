"""Providers of servers, played on this computer: what their published references say of the requests that are made.

Hetzner: docs.hetzner.cloud, hetznercloud/hcloud-go (hcloud/schema). DigitalOcean: digitalocean/openapi. A request that
the reference does not know is refused, as is a body with a field that is missing or that nobody knows.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-that-nobody-may-see-0123456789"
Body = dict[str, Any]
Route = Callable[[str, Body, Mapping[str, str]], tuple[int, Any]]


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Fake:
    """A provider: what it keeps, by kind and id.

    :param slow: how often a new server is asked about before it runs. :param trouble: status of every answer.
    """

    kept: dict[str, dict[int, Body]] = field(default_factory=lambda: {"server": {}, "firewall": {}, "key": {}})
    asked: list[str] = field(default_factory=list)
    slow: int = 0
    trouble: int = 0
    port: int = 0

    def visited(self, url: str) -> str:
        """*url*, but at this provider."""
        return urlsplit(url)._replace(scheme="http", netloc=f"127.0.0.1:{self.port}").geturl()

    def routes(self) -> Mapping[tuple[str, str], Route]:
        raise NotImplementedError

    def error(self, status: int, message: str) -> Any:
        raise NotImplementedError

    def answer(self, method: str, target: str, body: Body, token: str) -> tuple[int, Any]:
        self.asked.append(f"{method} {target}")
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            if self.trouble:
                raise Refused(self.trouble, "Something is wrong.")
            if token != f"Bearer {TOKEN}":
                raise Refused(401, "Unable to authenticate you.")
            for (wanted, pattern), route in self.routes().items():
                found = re.fullmatch(pattern, unquote(parts.path))
                if wanted == method and found:
                    return route(found[1] if found.groups() else "", body, query)
            raise Refused(404, "There is no such address.")
        except Refused as refused:
            return refused.status, self.error(refused.status, str(refused))

    def keep(self, kind: str, entry: Body) -> Body:
        number = 1000 + len(self.kept[kind]) + sum(map(len, self.kept.values()))
        self.kept[kind][number] = {"id": number, **entry}
        return self.kept[kind][number]

    def drop(self, kind: str, number: str) -> tuple[int, Any]:
        if self.kept[kind].pop(int(number), None) is None:
            raise Refused(404, "It is not there.")
        return 204, None

    def starting(self, entry: Body, running: str) -> None:
        """A new server runs after it has been asked about for some times."""
        entry["asked"] = entry.get("asked", 0) + 1
        if entry["asked"] > self.slow:
            entry["status"] = running


def fields(body: Body, mandatory: str, optional: str = "") -> None:
    """:raises Refused: the body is not as the reference says."""
    missing, unknown = {*mandatory.split()} - {*body}, {*body} - {*mandatory.split(), *optional.split()}
    if missing or unknown:
        raise Refused(422, f"invalid input in fields {', '.join(sorted(missing | unknown))}")


class Hetzner(Fake):
    def error(self, status: int, message: str) -> Any:
        return {"error": {"code": {401: "unauthorized"}.get(status, "invalid_input"), "message": message}}

    def routes(self) -> Mapping[tuple[str, str], Route]:
        return {
            ("GET", "/v1/pricing"): lambda *_: (200, {"pricing": self._pricing()}),
            ("GET", "/v1/servers"): self._servers,
            ("POST", "/v1/servers"): self._create,
            ("DELETE", r"/v1/servers/(\d+)"): self._delete,
            ("GET", "/v1/ssh_keys"): self._keys,
            ("POST", "/v1/ssh_keys"): self._key,
            ("GET", "/v1/firewalls"): lambda _, body, query: (200, {"firewalls": self._labelled("firewall", query)}),
            ("POST", "/v1/firewalls"): self._firewall,
            ("DELETE", r"/v1/firewalls/(\d+)"): self._delete_firewall,
        }

    def _pricing(self) -> Body:
        month = {"net": "3.4900000000", "gross": "4.1531000000000000"}
        prices = [{"location": "nbg1", "price_hourly": month, "price_monthly": month}]
        address = {"net": "0.5000000000", "gross": "0.5950000000000000"}
        of_address = [{"location": "nbg1", "price_hourly": address, "price_monthly": address}]
        return {
            "currency": "EUR",
            "vat_rate": "19.000000",
            "server_types": [{"id": 114, "name": "cx23", "prices": prices}],
            "primary_ips": [{"type": "ipv4", "prices": of_address}, {"type": "ipv6", "prices": []}],
        }

    def _labelled(self, kind: str, query: Mapping[str, str]) -> list[Body]:
        name, _, value = query["label_selector"].partition("=")
        return [each for each in self.kept[kind].values() if each["labels"].get(name) == value]

    def _servers(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        found = self._labelled("server", query)
        for each in found:
            self.starting(each, "running")
        return 200, {"servers": found}

    def _create(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name server_type image", "location ssh_keys firewalls labels")
        if any(each["name"] == body["name"] for each in self.kept["server"].values()):
            raise Refused(409, "server name is already used")
        used = [each["firewall"] for each in body["firewalls"]]
        if not {*used} <= {*self.kept["firewall"]} or not {*body["ssh_keys"]} <= {*self.kept["key"]}:
            raise Refused(422, "no such key or firewall")
        net = {"ipv4": {"ip": "203.0.113.9", "blocked": False}, "ipv6": {"ip": "2001:db8::/64"}}
        made = self.keep("server", {**body, "status": "initializing", "public_net": net, "firewalls": used})
        return 201, {
            "server": made,
            "action": {"id": 1, "status": "running"},
            "next_actions": [],
            "root_password": None,
        }

    def _delete(self, number: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        self.drop("server", number)
        return 200, {"action": {"id": 2, "status": "running"}}

    def _keys(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        found = [each for each in self.kept["key"].values() if each["fingerprint"] == query["fingerprint"]]
        return 200, {"ssh_keys": found}

    def _key(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name public_key", "labels")
        return 201, {"ssh_key": self.keep("key", {**body, "fingerprint": FINGERPRINT})}

    def _firewall(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name", "labels rules apply_to")
        for rule in body["rules"]:
            fields(rule, "direction protocol source_ips", "port description destination_ips")
            if ("port" in rule) != (rule["protocol"] in ("tcp", "udp")):
                raise Refused(422, "a port belongs to tcp and udp")
        return 201, {"firewall": self.keep("firewall", body), "actions": []}

    def _delete_firewall(self, number: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        if any(int(number) in each["firewalls"] for each in self.kept["server"].values()):
            raise Refused(409, "firewall is still in use")
        return self.drop("firewall", number)


class DigitalOcean(Fake):
    def error(self, status: int, message: str) -> Any:
        return {"id": {401: "Unauthorized", 404: "not_found"}.get(status, "unprocessable_entity"), "message": message}

    def routes(self) -> Mapping[tuple[str, str], Route]:
        return {
            ("GET", "/v2/sizes"): lambda *_: (200, {"sizes": self._sizes(), "meta": {"total": 2}}),
            ("POST", "/v2/tags"): self._tag,
            ("DELETE", "/v2/tags/(.+)"): lambda *_: (204, None),
            ("GET", "/v2/droplets"): self._droplets,
            ("POST", "/v2/droplets"): self._create,
            ("DELETE", r"/v2/droplets/(\d+)"): lambda number, *_: self.drop("server", number),
            ("GET", "/v2/account/keys/(.+)"): self._found,
            ("POST", "/v2/account/keys"): self._key,
            ("GET", "/v2/firewalls"): lambda *_: (200, {"firewalls": [*self.kept["firewall"].values()]}),
            ("POST", "/v2/firewalls"): self._firewall,
            ("DELETE", r"/v2/firewalls/(\d+)"): lambda number, *_: self.drop("firewall", number),
        }

    def _sizes(self) -> list[Body]:
        size = {"slug": "s-1vcpu-1gb", "memory": 1024, "vcpus": 1, "disk": 25, "transfer": 1.0, "price_monthly": 6.0}
        gone = {**size, "slug": "s-1vcpu-2gb", "available": False}
        return [
            {**size, "price_hourly": 0.00893, "regions": ["fra1", "nyc3"], "available": True},
            {**gone, "regions": []},
        ]

    def _tag(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name")
        if not re.fullmatch(r"[A-Za-z0-9:_-]{1,255}", body["name"]):
            raise Refused(422, "Tag names hold letters, numbers, colons, dashes and underscores.")
        return 201, {"tag": {"name": body["name"], "resources": {"count": 0}}}

    def _droplets(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        found = [each for each in self.kept["server"].values() if query["tag_name"] in each["tags"]]
        for each in found:
            self.starting(each, "active")
            if each["status"] == "active":
                private = {"ip_address": "10.114.0.2", "type": "private"}
                each["networks"]["v4"] = [private, {"ip_address": "203.0.113.9", "type": "public"}]
        return 200, {"droplets": found, "links": {}, "meta": {"total": len(found)}}

    def _create(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name size image", "region ssh_keys tags ipv6")
        if not {*body["ssh_keys"]} <= {*self.kept["key"]}:
            raise Refused(422, "There is no such key.")
        made = self.keep("server", {**body, "status": "new", "networks": {"v4": [], "v6": []}})
        return 202, {"droplet": made, "links": {"actions": []}}

    def _found(self, mark: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        for each in self.kept["key"].values():
            if each["fingerprint"] == mark:
                return 200, {"ssh_key": each}
        raise Refused(404, "The resource you were accessing could not be found.")

    def _key(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name public_key")
        return 201, {"ssh_key": self.keep("key", {**body, "fingerprint": FINGERPRINT})}

    def _firewall(self, _: str, body: Body, query: Mapping[str, str]) -> tuple[int, Any]:
        fields(body, "name", "inbound_rules outbound_rules tags droplet_ids")
        for rule in body["inbound_rules"]:
            fields(rule, "protocol ports sources")
        for rule in body["outbound_rules"]:
            fields(rule, "protocol ports destinations")
        return 202, {"firewall": self.keep("firewall", {**body, "status": "waiting", "droplet_ids": []})}


#: A key that opens nothing, and the fingerprint that `ssh-keygen -l -E md5` prints for it.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada@home"
FINGERPRINT = "0f:a2:0a:d7:38:3e:65:45:08:6b:63:84:1c:ff:dc:ba"


@contextmanager
def listening(fake: Fake) -> Iterator[Fake]:
    """*fake* at a port of this computer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: Fake

    def _reply(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(sent) if sent else {}
        status, data = self.fake.answer(self.command, self.path, body, self.headers.get("Authorization") or "")
        text = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = _reply

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
