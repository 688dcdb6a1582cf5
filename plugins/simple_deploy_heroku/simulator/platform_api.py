"""The part of Heroku's Platform API that the plugin asks by itself: the setting of config vars."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simple_deploy.rehearsal import StepError, World, build, free_port
from simple_deploy.rehearsal.world import HOST
from simple_deploy_heroku.simulator import dynos, state
from simple_deploy_heroku.simulator.replies import REPLIES, Refused

ADDRESS = "api.heroku.com"
PROCESS = "api"
_SCENARIO = "api_scenario"


def ensure(world: World) -> None:
    """Let the API answer at its address, in the scenario of now.

    :raises StepError: it does not start.
    """
    known = world.read()
    if world.is_running(PROCESS) and known.get(_SCENARIO) == world.scenario:
        world.publish(ADDRESS, port=known["sites"][ADDRESS]["port"])
        return
    port = free_port()
    argv = (sys.executable, "-m", dynos.MODULE, "api", str(port))
    world.start(PROCESS, argv, cwd=world.folder, env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    dynos.wait_for(world, PROCESS, port)
    if not world.is_running(PROCESS):
        raise StepError("The simulated API of Heroku does not start.", hint=f"Its log says why: {world.log(PROCESS)}")
    with world.change() as whole:
        whole[_SCENARIO] = world.scenario
    world.publish(ADDRESS, port=port)


def end(world: World) -> None:
    """Let nothing answer there any more."""
    world.stop(PROCESS)
    world.withdraw(ADDRESS)


def serve(world: World, port: int) -> None:
    """Be the API until the process ends."""
    ThreadingHTTPServer((HOST, port), type("Handler", (_Handler,), {"world": world})).serve_forever()


def answer(
    world: World, method: str, path: str, *, headers: Mapping[str, str], body: Mapping[str, str]
) -> tuple[int, Any]:
    """Status and JSON of the answer to a request.

    :param headers: with lower-case names.
    """
    if world.scenario == "logged-out" or headers.get("authorization") != f"Bearer {state.TOKEN}":
        return 401, {"id": "unauthorized", "message": "Invalid credentials provided."}
    found = re.fullmatch(r"/apps/([^/]+)/config-vars", path)
    if method != "PATCH" or found is None:
        return 404, {"id": "not_found", "message": "The requested API endpoint was not found."}
    try:
        with world.change() as whole:
            app = state.app_of(whole, found[1])
            state.set_config(app, body)
    except Refused as refused:
        reply = REPLIES[refused.name]
        return reply.status, {"id": reply.id, "message": refused.message, "resource": "app"}
    if state.current_slug(app) is not None:
        # By a process of its own, so that the site goes on when this one ends.
        build.run((sys.executable, "-m", dynos.MODULE, "restart", found[1]), cwd=world.folder, env=dict(os.environ))
    return 200, app["config"]


class _Handler(BaseHTTPRequestHandler):
    world: World

    def _reply(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, said = answer(self.world, self.command, self.path, headers=headers, body=body)
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _reply

    def log_message(self, *_: object) -> None:
        """What is asked holds secrets."""
