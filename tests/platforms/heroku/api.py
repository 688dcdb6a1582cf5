"""A small Heroku API, so that the real ``heroku`` program can be tried: it keeps what the simulator keeps.

The routes are those the program asks for in the calls the plugin makes (seen from heroku/cli v11.10.0 itself).
"""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import unquote

from simple_deploy_heroku.simulator import state
from simple_deploy_heroku.simulator.replies import REPLIES

from simple_deploy.rehearsal.program import Refused
from tests.support.http import Asked

TOKEN = "HRKU-a-token-of-nobody"  # as it was recorded
REGISTRY = "https://buildpack-registry.s3.amazonaws.com/buildpacks/"
DATABASE = "postgres://u:p@127.0.0.1:5432/d"


@dataclass
class Api:
    """What the server keeps, and how it answers.

    :param logged_in: whether the token is good.
    :param logs: lines of the app's log.
    :param outputs: what release commands printed, by version.
    :param asked: the requests so far.
    """

    state: dict[str, Any] = field(default_factory=dict)
    logged_in: bool = True
    logs: tuple[str, ...] = ()
    outputs: dict[int, str] = field(default_factory=dict)
    address: str = ""
    dynos: str = ""
    commands: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of the answer to a request. Header names are lower case."""
        if method == "GET" and path.startswith("/buildpacks/"):  # of the registry, which asks nobody who they are
            return 200, {"blob_url": f"{REGISTRY}{unquote(path.removeprefix('/buildpacks/'))}.tgz"}
        if not self.logged_in or headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"id": "unauthorized", "message": "Invalid credentials provided."}
        for (wanted, pattern), reply in self._routes().items():
            found = re.fullmatch(pattern, path.split("?")[0])
            if wanted == method and found:
                try:
                    return 201 if method == "POST" else 200, reply(*found.groups(), body=body, headers=headers)
                except Refused as refused:
                    known = refused.reply
                    return known.status, {"id": known.id, "message": refused.message, "resource": "app"}
        return 404, {"id": "not_found", "message": "Not found.", "resource": "unknown"}

    def _routes(self) -> Mapping[tuple[str, str], Callable[..., Any]]:
        app = r"/apps/([^/]+)"
        return {
            ("GET", "/account"): lambda **_: {"email": state.ACCOUNT, "id": "1"},
            ("GET", "/oauth/authorizations"): self._authorizations,
            ("GET", "/teams"): lambda **_: [{"name": name, "role": "admin"} for name in self.state.get("teams", [])],
            ("POST", "/apps"): self._create,
            ("POST", "/teams/apps"): self._create,
            ("GET", app): lambda name, **_: self._app(name)["info"],
            ("DELETE", app): self._destroy,
            ("GET", f"{app}/addons"): lambda name, **_: self._app(name)["addons"],
            ("POST", f"{app}/addons"): self._add,
            ("GET", f"{app}/addons/([^/]+)"): self._provisioned,
            ("POST", "/actions/addons/resolve"): self._resolve,
            ("POST", "/actions/addon-attachments/resolve"): self._attached,
            ("GET", f"{app}/addon-attachments"): lambda name, **_: [],
            ("GET", r"/client/v11/databases/[^/]+"): lambda **_: {"info": []},
            ("GET", r"/client/v11/databases/([^/]+)/transfer-schedules"): self._schedules,
            ("POST", r"/client/v11/databases/([^/]+)/transfer-schedules"): self._schedule,
            ("DELETE", r"/client/v11/databases/([^/]+)/transfer-schedules/[^/]+"): self._unschedule,
            ("GET", f"{app}/domains"): lambda name, **_: state.domains(self._app(name)),
            ("POST", f"{app}/domains"): lambda name, body, **_: state.add_domain(self._app(name), body["hostname"]),
            ("DELETE", f"{app}/domains/([^/]+)"): self._remove_domain,
            ("GET", f"{app}/sni-endpoints"): lambda name, **_: [],
            ("POST", f"{app}/acm"): self._make_certificates,
            ("DELETE", f"{app}/dynos"): lambda name, **_: self._app(name) and {},
            ("GET", f"{app}/dynos"): lambda name, **_: state.dynos(self._app(name), up=False),
            ("POST", f"{app}/dynos"): self._run,
            ("GET", f"{app}/collaborators"): lambda name, **_: [{"user": {"email": state.ACCOUNT}}],
            ("GET", f"{app}/config-vars"): lambda name, **_: self._app(name)["config"],
            ("PATCH", f"{app}/config-vars"): self._configure,
            ("GET", f"{app}/buildpack-installations"): self._builders,
            ("PUT", f"{app}/buildpack-installations"): self._build_with,
            ("GET", f"{app}/releases"): self._releases,
            ("POST", f"{app}/releases"): self._release,
            ("GET", f"{app}/formation"): lambda name, **_: state.formation(self._app(name)),
            ("PATCH", f"{app}/formation"): self._scale,
            ("POST", f"{app}/log-sessions"): lambda name, **_: {"logplex_url": f"{self.address}/stream/logs"},
        }

    def _app(self, name: str) -> dict[str, Any]:
        return state.app_of(self.state, name)

    def _authorizations(self, **_: Any) -> Any:
        return [{"access_token": {"token": TOKEN, "expires_in": None}, "user": {"email": state.ACCOUNT}}]

    def _create(self, *, body: Mapping[str, Any], **_: Any) -> Any:
        region, team = str(body.get("region") or "us"), str(body.get("team") or "")
        return state.create_app(self.state, str(body["name"]), region=region, team=team)

    def _destroy(self, name: str, **_: Any) -> Any:
        info = self._app(name)["info"]
        state.destroy_app(self.state, name)
        return info

    def _add(self, name: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        return state.add_addon(self._app(name), body["plan"]["name"], DATABASE)

    def _resolve(self, *, body: Mapping[str, Any], **_: Any) -> Any:
        app = self._app(str(body["app"]))
        found = [addon for addon in app["addons"] if addon["name"] == body["addon"]]
        if not found:
            raise REPLIES.refuse("no-addon")
        return found

    def _attached(self, *, body: Mapping[str, Any], **_: Any) -> Any:
        app = self._app(str(body["app"]))
        if not app["addons"]:
            raise REPLIES.refuse("no-addon")
        (addon,) = app["addons"]
        return [
            {
                "addon": addon,
                "app": addon["app"],
                "config_vars": ["DATABASE_URL"],
                "name": "DATABASE",
                "namespace": None,
            }
        ]

    def _schedules(self, database: str, **_: Any) -> Any:
        hour, _, zone = str(self._with(database).get("schedule", "")).partition(":00 ")
        return [{"name": "DATABASE_URL", "hour": int(hour), "timezone": zone, "uuid": "1"}] if hour else []

    def _schedule(self, database: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        self._with(database)["schedule"] = f"{int(body['hour'])}:00 {body['timezone']}"
        return {}

    def _unschedule(self, database: str, **_: Any) -> Any:
        return {"name": self._with(database).pop("schedule")}

    def _with(self, database: str) -> dict[str, Any]:
        """The app that has this database."""
        apps: list[dict[str, Any]] = list(self.state["apps"].values())
        return next(app for app in apps if any(addon["id"] == database for addon in app["addons"]))

    def _remove_domain(self, name: str, domain: str, **_: Any) -> Any:
        state.remove_domain(self._app(name), unquote(domain))
        return {}

    def _make_certificates(self, name: str, **_: Any) -> Any:
        state.make_certificates(self._app(name))
        return self._app(name)["info"]

    def _provisioned(self, name: str, addon: str, **_: Any) -> Any:
        (found,) = (each for each in self._app(name)["addons"] if each["name"] == addon)
        found["state"] = "provisioned"
        return found

    def _builders(self, name: str, **_: Any) -> Any:
        found = enumerate(self._app(name).get("buildpacks", []))
        return [
            {"ordinal": place, "buildpack": {"name": each, "url": f"{REGISTRY}{each}.tgz"}} for place, each in found
        ]

    def _build_with(self, name: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        wanted = [str(each["buildpack"]).removeprefix(REGISTRY).removesuffix(".tgz") for each in body["updates"]]
        self._app(name)["buildpacks"] = wanted
        return self._builders(name)

    def _configure(self, name: str, *, body: Mapping[str, str], **_: Any) -> Any:
        state.set_config(self._app(name), body)
        return self._app(name)["config"]

    def _releases(self, name: str, *, headers: Mapping[str, str], **_: Any) -> Any:
        found = re.search(r"max=(\d+)", headers.get("range", ""))
        newest = sorted(self._app(name)["releases"], key=lambda each: int(each["version"]), reverse=True)
        for each in newest:
            if each["version"] in self.outputs:
                each["output_stream_url"] = f"{self.address}/stream/{each['version']}"
        return newest[: int(found[1]) if found else 1000]

    def _release(self, name: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        app = self._app(name)
        if "release" in body:
            (old,) = (each for each in app["releases"] if each["id"] == body["release"])
            return state.add_release(app, f"Rollback to v{old['version']}", slug=old["slug"]["id"])
        made = state.add_release(app, body["description"], slug=body["slug"])
        self.outputs[made["version"]] = self.outputs.get(made["version"] - 1, "")
        made["output_stream_url"] = f"{self.address}/stream/{made['version']}"
        return made

    def _scale(self, name: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        app = self._app(name)
        for update in body["updates"]:
            dynos = int(update["quantity"]) if "quantity" in update else None
            state.scale(self.state, app, size=update.get("size") or "", dynos=dynos)
        return state.formation(app)

    def _run(self, name: str, *, body: Mapping[str, Any], **_: Any) -> Any:
        self._app(name)
        self.commands.append(body["command"])
        return {"name": "run.1", "size": "Basic", "attach_url": f"{self.dynos}/{len(self.commands) - 1}"}


class Server:
    """The API at an address of this computer, with the rendezvous that one-off dynos are attached through."""

    def __init__(self, api: Api, certificate: tuple[Path, Path]) -> None:
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
        self._dynos = _Rendezvous(("127.0.0.1", 0), type("Dyno", (_Dyno,), {"api": api}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._dynos.socket = context.wrap_socket(self._dynos.socket, server_side=True)
        api.address = f"http://127.0.0.1:{self._web.server_port}"
        api.dynos = f"rendezvous://127.0.0.1:{self._dynos.server_address[1]}"

    def __enter__(self) -> Server:
        for server in (self._web, self._dynos):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._web, self._dynos):
            server.shutdown()
            server.server_close()


class _Rendezvous(ThreadingTCPServer):
    daemon_threads = True


class _Dyno(StreamRequestHandler):
    """A one-off dyno: runs what was asked for, its output going to whoever attached."""

    api: Api

    def handle(self) -> None:
        number = int(self.rfile.readline().decode().strip())
        self.wfile.write(b"rendezvous\r\n")
        command = self.api.commands[number]
        done = subprocess.run(["bash", "-c", command], capture_output=True, stdin=subprocess.DEVNULL)
        self.wfile.write((done.stdout + done.stderr).replace(b"\n", b"\r\n"))
        self.rfile.read(1)  # the end of what the program has to say


class _Handler(BaseHTTPRequestHandler):
    api: Api

    def _reply(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.api.asked.append(Asked(method=self.command, path=self.path, headers=headers, body=raw))
        if self.path.startswith("/stream/"):
            self._stream(self.path.removeprefix("/stream/"))
            return
        status, answer = self.api.answer(self.command, self.path, json.loads(raw or b"{}"), headers)
        self._send(status, json.dumps(answer).encode(), "application/json")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _reply

    def _stream(self, name: str) -> None:
        if name != "logs":
            self._send(200, self.api.outputs[int(name)].encode(), "text/plain")
        elif self.headers.get("Last-Event-ID"):
            self._send(404, b"", "text/plain")  # everything has been read
        else:
            events = "".join(f"id: {number}\ndata: {line}\n\n" for number, line in enumerate(self.api.logs))
            self._send(200, events.encode(), "text/event-stream")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
