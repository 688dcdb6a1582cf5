"""What Heroku keeps: accounts, apps with their config vars, add-ons and releases. Pure; the state is a plain dict.

The shapes are those of Heroku's Platform API v3 as far as its program shows them (heroku/cli v11.9.0,
src/commands/apps/info.ts, addons, releases, config).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from simple_deploy_heroku import names
from simple_deploy_heroku.simulator.replies import refuse

State = dict[str, Any]

ACCOUNT = "you@example.com"
TOKEN = "HRKU-a-token-of-nobody"
OTHERS = "somebody@else.example"
SIZES: Mapping[str, str] = {
    "eco": "Eco",
    "basic": "Basic",
    "standard-1x": "Standard-1X",
    "standard-2x": "Standard-2X",
}
#: Dollars a month, as the program itself multiplies them (src/commands/ps/type.ts).
DYNO_PRICES: Mapping[str, int] = {"Basic": 7, "Standard-1X": 25, "Standard-2X": 50}
PRICES = {"essential-0": 500, "essential-1": 900, "standard-0": 5000}
_STACK = {"id": "heroku-24", "name": "heroku-24"}


def variant(state: State) -> int:
    """Which of the words nobody has seen are used."""
    return int(state.get("variant", 0))


def app_of(state: State, name: str) -> dict[str, Any]:
    """The app *name* of the account.

    :raises Refused: there is none, or it is somebody else's.
    """
    app = state.get("apps", {}).get(name)
    if app is None:
        raise refuse("no-app")
    if app["info"]["owner"]["email"] != ACCOUNT:
        raise refuse("not-yours", variant(state), app=name)
    found: dict[str, Any] = app
    return found


def create_app(state: State, name: str, *, region: str, team: str = "", owner: str = ACCOUNT) -> dict[str, Any]:
    """A new app.

    :raises Refused: the account is not verified, or the name does not fit or is taken.
    """
    if state.get("unverified"):
        raise refuse("unverified-account", variant(state))
    if not re.fullmatch(names.PATTERN, name):
        raise refuse("name-invalid", variant(state))
    if name in state.setdefault("apps", {}):
        raise refuse("name-taken", variant(state), app=name)
    mark = hashlib.sha256(f"{name} {len(state['apps'])} {now()}".encode()).hexdigest()
    info = {
        "acm": False,
        "archived_at": None,
        "build_stack": _STACK,
        "buildpack_provided_description": None,
        "create_status": "complete",
        "created_at": now(),
        "generation": {"id": "1", "name": "cedar"},
        "git_url": f"https://git.heroku.com/{name}.git",
        "id": _uuid(mark),
        "internal_routing": None,
        "maintenance": False,
        "name": name,
        "organization": {"name": team} if team else None,
        "owner": {"email": owner, "id": _uuid(owner)},
        "region": {"id": _uuid(region), "name": region},
        "released_at": now(),
        "repo_size": None,
        # Nobody has seen how an app says that nothing was deployed to it.
        "slug_size": (None, 0)[variant(state) % 2],
        "space": None,
        "stack": _STACK,
        "team": {"name": team} if team else None,
        "updated_at": now(),
        "web_url": f"https://{name}-{mark[:12]}.herokuapp.com/",
    }
    app: dict[str, Any] = {
        "info": info,
        "config": {},
        "addons": [],
        "releases": [],
        "processes": {},
        "size": "Basic",
        "dynos": 0,
        "slugs": {},
    }
    add_release(app, "Initial release")
    state["apps"][name] = app
    return info


def destroy_app(state: State, name: str) -> None:
    """:raises Refused: there is no such app."""
    app_of(state, name)
    del state["apps"][name]


def host_of(app: Mapping[str, Any]) -> str:
    return str(app["info"]["web_url"]).removeprefix("https://").strip("/")


def add_release(
    app: dict[str, Any], description: str, *, slug: str | None = None, status: str = "succeeded"
) -> dict[str, Any]:
    """A new release, the newest."""
    releases = app["releases"]
    version = len(releases) + 1
    if status == "succeeded":
        for each in releases:
            each["current"] = False
    release: dict[str, Any] = {
        "app": {"name": app["info"]["name"]},
        "created_at": now(),
        "current": status == "succeeded",
        "description": description,
        "eligible_for_rollback": slug is not None and status == "succeeded",
        "id": _uuid(f"{app['info']['id']} {version}"),
        "output_stream_url": None,
        "slug": {"id": slug} if slug else None,
        "status": status,
        "updated_at": now(),
        "user": {"email": ACCOUNT, "id": _uuid(ACCOUNT)},
        "version": version,
    }
    releases.append(release)
    return release


def set_config(app: dict[str, Any], variables: Mapping[str, str]) -> None:
    """Set config vars, as one release."""
    app["config"].update(variables)
    add_release(app, f"Set {', '.join(sorted(variables))} config vars", slug=current_slug(app))


def add_addon(app: dict[str, Any], service_plan: str, url: str) -> dict[str, Any]:
    """A database whose address is *url*, attached as DATABASE_URL."""
    service, _, plan = service_plan.partition(":")
    number = int(hashlib.sha256(app["info"]["id"].encode()).hexdigest()[:4], 16) + len(app["addons"])
    name = f"postgresql-simulated-{number:05d}"
    addon = {
        "addon_service": {"id": _uuid(service), "name": service},
        "app": {"id": app["info"]["id"], "name": app["info"]["name"]},
        "billed_price": {"cents": PRICES.get(plan, 0), "contract": False, "unit": "month"},
        "config_vars": ["DATABASE_URL"],
        "id": _uuid(name),
        "name": name,
        "plan": {
            "id": _uuid(service_plan),
            "name": service_plan,
            "price": {"cents": PRICES.get(plan, 0), "contract": False, "metered": False, "unit": "month"},
        },
        "state": "provisioned",
    }
    app["addons"].append(addon)
    app["config"]["DATABASE_URL"] = url
    add_release(app, f"Attach DATABASE (@ref:{name})", slug=current_slug(app))
    return addon


def scale(app: dict[str, Any], *, size: str = "", dynos: int | None = None, eco: bool = True, words: int = 0) -> None:
    """Change the formation of the web process.

    :raises Refused: the account has no Eco subscription.
    """
    if size == "eco" and not eco:
        raise refuse("no-eco", words)
    if size:
        app["size"] = SIZES.get(size, size)
    if dynos is not None:
        app["dynos"] = dynos


def formation(app: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The process types of the app, as the API lists them."""
    return [
        {"command": command, "quantity": app["dynos"] if name == "web" else 0, "size": app["size"], "type": name}
        for name, command in sorted(app["processes"].items())
    ]


def dynos(app: Mapping[str, Any], *, up: bool) -> list[dict[str, Any]]:
    """The dynos that run."""
    return [
        {
            "command": app["processes"].get("web", ""),
            "name": f"web.{number + 1}",
            "size": app["size"],
            "state": "up" if up else "crashed",
            "type": "web",
        }
        for number in range(app["dynos"])
    ]


def current_slug(app: Mapping[str, Any]) -> str | None:
    """The build that serves."""
    found = next((each for each in app["releases"] if each["current"] and each["slug"]), None)
    return str(found["slug"]["id"]) if found else None


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _uuid(text: str) -> str:
    mark = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((mark[:8], mark[8:12], mark[12:16], mark[16:20], mark[20:32]))
