"""Heroku's Platform API, for what its program takes on its command line only, where every user of the computer can read
it: the values of config vars."""

from __future__ import annotations

import json
from collections.abc import Mapping

from simple_deploy.api import Context, Response, Secret, StepError
from simple_deploy_heroku import commands, pages

ADDRESS = "https://api.heroku.com"
#: The version of the API (@heroku-cli/command, src/api-client.ts).
ACCEPT = "application/vnd.heroku+json; version=3"


def set_config(ctx: Context, app: str, variables: Mapping[str, str]) -> None:
    """Set config vars, as one release: what ``heroku config:set`` asks for (heroku/cli v11.10.0).

    :raises StepError: Heroku does not answer, or refuses.
    """
    answer = ctx.fetch(
        f"{ADDRESS}/apps/{app}/config-vars",
        method="PATCH",
        headers={
            "Accept": ACCEPT,
            "Content-Type": "application/json",
            "Authorization": Secret(f"Bearer {_token(ctx)}"),
        },
        body=Secret(json.dumps(variables)),
        timeout=60,
    )
    if answer.status >= 300:
        raise _refused(answer)


def _token(ctx: Context) -> str:
    done = ctx.run(commands.token(), check=False, show=False, timeout=60)
    found = commands.parse_token(done.output) if done.ok else ""
    if not found:
        raise StepError("Heroku's program does not say who you are.", hint="Run `heroku login`, then try again.")
    ctx.hide(found)
    return found


def _refused(answer: Response) -> StepError:
    said = commands.parse_object(answer.text)
    reason = str(said.get("message") or f"nothing, with status {answer.status}")
    hints = {
        401: "Run `heroku login`, then try again.",
        403: "The login may not change this app; `heroku auth:whoami` says whose it is.",
        429: "Too much was asked of Heroku within the last hour. Wait some minutes, then try again.",
    }
    return StepError(
        f"The config vars could not be set. Heroku says: {reason}",
        hint=hints.get(answer.status, "Try again; it goes on from here."),
        docs=pages.VARIABLES,
    )
