"""What exists on Heroku for this project. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simple_deploy.api import Context, Remote, Resource, ToolMissing
from simple_deploy_heroku import commands, names, variables
from simple_deploy_heroku.manifest import PATH as MANIFEST
from simple_deploy_heroku.questions import SEEN

DATABASE = "heroku-postgresql"


def linked_app(ctx: Context) -> str:
    """The app the project's own files name: a git remote, else app.json; an empty text when neither does."""
    root = ctx.facts.location.root
    listed = ctx.run(commands.remotes(), cwd=root, check=False, show=False)
    apps = names.apps_of_remotes(listed.output) if listed.ok else ()
    if apps:
        return apps[0]
    try:
        return names.name_in_manifest((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""


def project_id(ctx: Context) -> str:
    """The first commit of the repository, the same in every clone; empty before there is one."""
    done = ctx.run(commands.first_commits(), cwd=ctx.facts.location.root, check=False, show=False)
    return done.output.split()[-1][:12] if done.ok and done.output.split() else ""


def find(ctx: Context) -> Remote:
    """The project's app with its database, and what planning needs to know.

    Values: ``linked`` the app the project's files name; ``standing`` of the name that would be used: ``ours``,
    ``another`` (an app of this account that belongs to something else), ``free``, ``taken``, ``unknown``; ``region``,
    ``host`` and ``database`` (``yes`` when there is an address of one) of an app that is ours.
    """
    linked = linked_app(ctx)
    name = names.app_name(ctx.facts, ctx.answers, linked)
    try:
        done = ctx.run(commands.app_info(name), check=False, show=False, timeout=60)
    except ToolMissing:
        return Remote(values={"linked": linked, "standing": "unknown"})
    if not done.ok:
        return Remote(values={"linked": linked, "standing": commands.standing_of(done.output)})
    info = commands.parse_object(done.output)
    app = _mapping(info.get("app"))
    config = read_config(ctx, name)
    if not _is_ours(app, config, linked=name == linked, project=project_id(ctx)):
        return Remote(values={"linked": linked, "standing": "another"})
    return Remote(
        resources=(*databases(info), app_resource(app)),
        values={
            "linked": linked,
            "standing": "ours",
            "region": str(_mapping(app.get("region")).get("name") or ""),
            "host": host_of(app),
            "database": "yes" if variables.DATABASE_URL in config else "no",
        },
    )


def read_config(ctx: Context, app: str) -> Mapping[str, str]:
    """The app's config vars, secrets among them: not for showing."""
    done = ctx.run(commands.config(app), check=False, show=False, timeout=60)
    return {str(name): str(value) for name, value in commands.parse_object(done.output).items()} if done.ok else {}


def app_resource(app: Mapping[str, Any]) -> Resource:
    return Resource(
        kind="app",
        name=str(app.get("name") or ""),
        remote_id=str(app.get("id") or ""),
        url=str(app.get("web_url") or "") or None,
        cost=f"Eco or Basic dynos, $5 or $7 a month (seen {SEEN}).",
        holds="Holds the site, its releases and its config vars, the secret key among them.",
    )


def databases(info: Mapping[str, Any]) -> tuple[Resource, ...]:
    """The PostgreSQL databases among the add-ons in what ``apps:info --json`` prints."""
    addons = info.get("addons")
    found = []
    for addon in addons if isinstance(addons, list) else []:
        plan = str(_mapping(_mapping(addon).get("plan")).get("name") or "")
        if plan.split(":")[0] == DATABASE:
            found.append(database_resource(_mapping(addon), plan))
    return tuple(found)


def database_resource(addon: Mapping[str, Any], plan: str) -> Resource:
    price = "$5 a month" if plan.endswith(":essential-0") else "See heroku.com/pricing"
    return Resource(
        kind="database",
        name=str(addon.get("name") or plan),
        remote_id=str(addon.get("id") or ""),
        cost=f"{price} ({plan}, seen {SEEN}).",
        holds="Holds all data of the site.",
    )


def host_of(app: Mapping[str, Any]) -> str:
    """The host in the app's web_url: its name and twelve digits that Heroku chose."""
    return str(app.get("web_url") or "").partition("://")[2].strip("/")


def _is_ours(app: Mapping[str, Any], config: Mapping[str, str], *, linked: bool, project: str) -> bool:
    """Whether an app of the account belongs to the project: its files say so, the app does, or nothing was ever
    deployed to it."""
    marked = config.get(variables.PROJECT)
    if marked is not None and project:
        return linked or marked == project
    return linked or not app.get("slug_size")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
