"""A platform's API as it is played: a server that answers requests with JSON, below a host of the platform's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simple_deploy.core.errors import StepError
from simple_deploy.rehearsal.serving import wait_for
from simple_deploy.rehearsal.world import HOST, World, free_port, python_path

_SCENARIO = "api-scenario"

#: Status and JSON for a request: its method, path, headers with lower-case names, and what its JSON holds.
Answer = Callable[[str, str, Mapping[str, str], Mapping[str, Any]], tuple[int, Any]]


def ensure(world: World, host: str, module: str, *words: str) -> None:
    """Let the API answer at *host*, in the scenario of now.

    :param module: is run with *words* and a port, at which it calls :func:`serve`.
    :raises StepError: it does not start.
    """
    known = world.read()
    if world.is_running(host) and known.get(_SCENARIO) == world.scenario:
        world.publish(host, port=known["sites"][host]["port"])
        return
    port = free_port()
    argv = (sys.executable, "-m", module, *words, str(port))
    world.start(host, argv, cwd=world.folder, env=python_path(), shared=True)
    if not wait_for(world, host, f"{HOST}:{port}"):
        raise StepError(f"The simulated {host} does not start.", hint=f"Its log says why: {world.log(host)}")
    with world.change() as whole:
        whole[_SCENARIO] = world.scenario
    world.publish(host, port=port)


def end(world: World, host: str) -> None:
    """Let nothing answer at *host* any more."""
    world.stop(host)
    world.withdraw(host)


def serve(answer: Answer, port: int) -> None:
    """Be the API until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = answer(self.command, self.path, headers, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _reply

        def log_message(self, *_: object) -> None:
            """What is asked holds secrets."""

    ThreadingHTTPServer((HOST, port), Handler).serve_forever()
