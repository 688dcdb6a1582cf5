"""What Heroku keeps: accounts, apps with their config vars, add-ons and releases. Pure; the state is a plain dict.

The shapes are those of Heroku's Platform API v3 as far as its program shows them (heroku/cli v11.9.0,
src/commands/apps/info.ts, addons, releases, config).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simple_deploy.rehearsal.site import mark, now, uuid
from simple_deploy_heroku import names
from simple_deploy_heroku.simulator.replies import REPLIES

State = dict[str, Any]

ACCOUNT = "you@example.com"
SIZES = {"eco": "Eco", "basic": "Basic", "standard-1x": "Standard-1X", "standard-2x": "Standard-2X"}
#: Dollars a month, as the program itself multiplies them (src/commands/ps/type.ts).
DYNO_PRICES: Mapping[str, int] = {"Basic": 7, "Standard-1X": 25, "Standard-2X": 50}
PRICES = {"essential-0": 500, "essential-1": 900, "standard-0": 5000}


def app_of(state: State, name: str) -> dict[str, Any]:
    """The app *name* of the account.

    :raises Refused: there is none, or it is somebody else's.
    """
    app: dict[str, Any] | None = state.get("apps", {}).get(name)
    if app is None:
        raise REPLIES.refuse("no-app", state)
    if app["info"]["owner"]["email"] != ACCOUNT:
        raise REPLIES.refuse("not-yours", state, app=name)
    return app


def create_app(state: State, name: str, *, region: str, team: str = "", owner: str = ACCOUNT) -> dict[str, Any]:
    """A new app.

    :raises Refused: the account is not verified, or the name does not fit or is taken.
    """
    if state.get("unverified"):
        raise REPLIES.refuse("unverified-account", state)
    if not re.fullmatch(names.PATTERN, name):
        raise REPLIES.refuse("name-invalid", state)
    if name in state.setdefault("apps", {}):
        raise REPLIES.refuse("name-taken", state, app=name)
    known = mark(f"{name} {len(state['apps'])} {now()}")
    info = {
        **dict.fromkeys(("archived_at", "buildpack_provided_description", "internal_routing", "repo_size", "space")),
        **dict.fromkeys(("created_at", "released_at", "updated_at"), now()),
        **{key: {"id": "heroku-24", "name": "heroku-24"} for key in ("build_stack", "stack")},
        **dict.fromkeys(("organization", "team"), {"name": team} if team else None),
        **dict.fromkeys(("acm", "maintenance"), False),
        "create_status": "complete",
        "generation": {"id": "1", "name": "cedar"},
        "git_url": f"https://git.heroku.com/{name}.git",
        "id": uuid(known),
        "name": name,
        "owner": {"email": owner, "id": uuid(owner)},
        "region": {"id": uuid(region), "name": region},
        # Nobody has seen how an app says that nothing was deployed to it.
        "slug_size": (None, 0)[state.get("variant", 0) % 2],
        "web_url": f"https://{name}-{known[:12]}.herokuapp.com/",
    }
    app: dict[str, Any] = {"info": info, "config": {}, "addons": [], "releases": [], "processes": {}, "slugs": {}}
    state["apps"][name] = app = {**app, "size": "Basic", "dynos": 0}
    add_release(app, "Initial release")
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
        "id": uuid(f"{app['info']['id']} {version}"),
        "output_stream_url": None,
        "slug": {"id": slug} if slug else None,
        "status": status,
        "updated_at": now(),
        "user": {"email": ACCOUNT, "id": uuid(ACCOUNT)},
        "version": version,
    }
    releases.append(release)
    return release


def set_config(app: dict[str, Any], variables: Mapping[str, str | None]) -> None:
    """Set config vars, as one release; those that are None go."""
    app["config"] = {name: value for name, value in {**app["config"], **variables}.items() if value is not None}
    add_release(app, f"Set {', '.join(sorted(variables))} config vars", slug=current_slug(app))


def domains(app: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The app's own name, and the domains of its owner."""
    own = {"hostname": host_of(app), "kind": "heroku", "cname": None, "acm_status": None, "acm_status_reason": None}
    return [own, *app.get("domains", [])]


def add_domain(app: dict[str, Any], name: str) -> dict[str, Any]:
    """:raises Refused: the app has it already."""
    if any(each["hostname"] == name for each in app.setdefault("domains", [])):
        raise REPLIES.refuse("domain-taken", domain=name)
    domain = {
        "hostname": name,
        "kind": "custom",
        "cname": f"{mark(name)[:20]}.herokudns.com",
        "acm_status": "pending" if app["info"]["acm"] else None,
        "acm_status_reason": None,
        "id": uuid(name),
        "status": "succeeded",
    }
    app["domains"].append(domain)
    return domain


def remove_domain(app: dict[str, Any], name: str) -> None:
    """:raises Refused: the app does not have it."""
    if all(each["hostname"] != name for each in app.get("domains", [])):
        raise REPLIES.refuse("no-domain")
    app["domains"] = [each for each in app["domains"] if each["hostname"] != name]


def make_certificates(app: dict[str, Any]) -> None:
    app["info"]["acm"] = True
    for each in app.get("domains", []):
        each["acm_status"] = "pending"


def add_addon(app: dict[str, Any], service_plan: str, url: str) -> dict[str, Any]:
    """A database whose address is *url*, attached as DATABASE_URL."""
    service, _, plan = service_plan.partition(":")
    number = int(mark(app["info"]["id"])[:4], 16) + len(app["addons"])
    name = f"postgresql-simulated-{number:05d}"
    addon = {
        "addon_service": {"id": uuid(service), "name": service},
        "app": {"id": app["info"]["id"], "name": app["info"]["name"]},
        "billed_price": {"cents": PRICES.get(plan, 0), "contract": False, "unit": "month"},
        "config_vars": ["DATABASE_URL"],
        "id": uuid(name),
        "name": name,
        "plan": {
            "id": uuid(service_plan),
            "name": service_plan,
            "price": {"cents": PRICES.get(plan, 0), "contract": False, "metered": False, "unit": "month"},
        },
        "state": "provisioned",
    }
    app["addons"].append(addon)
    app["config"]["DATABASE_URL"] = url
    add_release(app, f"Attach DATABASE (@ref:{name})", slug=current_slug(app))
    return addon


def scale(state: State, app: dict[str, Any], *, size: str = "", dynos: int | None = None) -> None:
    """Change the formation of the web process.

    :raises Refused: the account has no Eco subscription.
    """
    if size == "eco" and state.get("no_eco"):
        raise REPLIES.refuse("no-eco", state)
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
