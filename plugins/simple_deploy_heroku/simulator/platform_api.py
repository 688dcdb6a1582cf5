"""The part of Heroku's Platform API that the plugin asks by itself: the setting of config vars."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import sys
from collections.abc import Mapping
from typing import Any

from simple_deploy.rehearsal import World, build
from simple_deploy.rehearsal.program import Refused
from simple_deploy_heroku.simulator import state
from simple_deploy_heroku.simulator.dynos import MODULE

ADDRESS = "api.heroku.com"


def token(world: World) -> str:
    """What lets in to the API of *world*, which is reached by other accounts of this computer as well."""
    with world.change() as whole:
        made: str = whole.setdefault("token", f"HRKU-{secrets.token_urlsafe(30)}")
    return made


def answer(
    world: World, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, str]
) -> tuple[int, Any]:
    """Status and JSON of the answer to a request.

    :param headers: with lower-case names.
    """
    given, wanted = headers.get("authorization", ""), f"Bearer {token(world)}"
    if world.scenario == "logged-out" or not hmac.compare_digest(given.encode(), wanted.encode()):
        return 401, {"id": "unauthorized", "message": "Invalid credentials provided."}
    found = re.fullmatch(r"/apps/([^/]+)/config-vars", path)
    if method != "PATCH" or found is None:
        return 404, {"id": "not_found", "message": "The requested API endpoint was not found."}
    try:
        with world.change() as whole:
            app = state.app_of(whole, found[1])
            state.set_config(app, body)
    except Refused as refused:
        reply = refused.reply
        return reply.status, {"id": reply.id, "message": refused.message, "resource": "app"}
    if state.current_slug(app) is not None:
        # By a process of its own, so that the site goes on when this one ends.
        build.run((sys.executable, "-m", MODULE, "restart", found[1]), cwd=world.folder, env=dict(os.environ))
    return 200, app["config"]
