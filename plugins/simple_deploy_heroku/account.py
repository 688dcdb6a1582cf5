"""What exists on Heroku for this project. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simple_deploy.api import Context, Remote, Resource, StepError, ToolMissing
from simple_deploy_heroku import commands, names, prices, variables
from simple_deploy_heroku.manifest import PATH as MANIFEST

DATABASE = "heroku-postgresql"


def linked_app(ctx: Context) -> str:
    """The app the project's own files name: a git remote, else app.json; else the one that an earlier deployment from
    this computer made, which may have ended before it could say so in the project. Empty when there is none."""
    root = ctx.facts.location.root
    listed = ctx.run(commands.remotes(), cwd=root, check=False, show=False)
    apps = names.apps_of_remotes(listed.output) if listed.ok else ()
    if apps:
        return apps[0]
    return names.name_in_manifest(_text(root / MANIFEST)) or _text(_note(ctx)).strip()


def remember(ctx: Context, app: str) -> None:
    """Note on this computer that the project has this app."""
    ctx.write(_note(ctx), f"{app}\n")


def forget(ctx: Context) -> None:
    ctx.remove(_note(ctx))


def project_id(ctx: Context) -> str:
    """The first commit of the repository, the same in every clone; empty before there is one."""
    done = ctx.run(commands.first_commits(), cwd=ctx.facts.location.root, check=False, show=False)
    return done.output.split()[-1][:12] if done.ok and done.output.split() else ""


def find(ctx: Context) -> Remote:
    """The project's app with its database, and what planning needs to know."""
    linked = linked_app(ctx)
    return look(ctx, names.app_name(ctx.facts, ctx.answers, linked), linked)


def look(ctx: Context, name: str, linked: str) -> Remote:
    """The same for the app *name*.

    Values: ``linked`` the app the project's files name; ``standing`` of the name that would be used: ``ours``,
    ``another`` (an app of this account that belongs to something else), ``free``, ``taken``, ``unknown``; ``region``,
    ``host``, ``git`` (where to push), ``database`` (``yes`` when there is an address of one), ``waiting`` (add-ons
    that are still being made) and ``size`` (of the web dynos) of an app that is ours.
    """
    try:
        done = ctx.run(commands.app_info(name), check=False, show=False, timeout=60)
    except ToolMissing:
        return Remote(values={"linked": linked, "standing": "unknown"}, asked=False)
    if not done.ok:
        standing = commands.standing_of(done.output)
        return Remote(values={"linked": linked, "standing": standing}, asked=standing != "unknown")
    info = commands.parse_object(done.output)
    app = _mapping(info.get("app"))
    config = read_config(ctx, name)
    if not _is_ours(app, config, linked=name == linked, project=project_id(ctx)):
        return Remote(values={"linked": linked, "standing": "another"})
    return Remote(
        # Destroying the app takes its add-ons along.
        resources=(app_resource(app), *databases(info)),
        values={
            "linked": linked,
            "standing": "ours",
            "region": str(_mapping(app.get("region")).get("name") or ""),
            "host": host_of(app),
            "git": str(app.get("git_url") or ""),
            "database": "yes" if variables.DATABASE_URL in config else "no",
            "waiting": " ".join(_unfinished(info)),
            "size": size_of(info),
        },
    )


def read_config(ctx: Context, app: str) -> Mapping[str, str]:
    """The app's config vars, secrets among them: not for showing.

    :raises StepError: they cannot be read. They are not taken to be none then: the secret key would be made anew.
    """
    done = ctx.run(commands.config(app), check=False, show=False, timeout=60)
    if not done.ok:
        raise StepError(
            f"The config vars of {app} could not be read. Heroku says: {' '.join(commands.said(done.output).split())}",
            hint="Try again; what was done so far is used.",
        )
    return {str(name): str(value) for name, value in commands.parse_object(done.output).items()}


def app_resource(app: Mapping[str, Any]) -> Resource:
    return Resource(
        kind="app",
        name=str(app.get("name") or ""),
        remote_id=str(app.get("id") or ""),
        url=str(app.get("web_url") or "") or None,
        cost=f"Its dynos cost: Eco {prices.of_dynos('eco')}; Basic {prices.of_dynos('basic')}.",
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
    return Resource(
        kind="database",
        name=str(addon.get("name") or plan),
        remote_id=str(addon.get("id") or ""),
        cost=f"{plan}: {prices.of_database(plan.partition(':')[2])}.",
        holds="Holds all data of the site.",
    )


def size_of(info: Mapping[str, Any]) -> str:
    """The size of the dynos that serve, in small letters; empty when none does."""
    return next((str(dyno.get("size") or "").lower() for dyno in web_dynos(info)), "")


def web_dynos(info: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    dynos = info.get("dynos")
    found = map(_mapping, dynos if isinstance(dynos, list) else [])
    return tuple(dyno for dyno in found if dyno.get("type") == "web")


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


def _unfinished(info: Mapping[str, Any]) -> list[str]:
    addons = info.get("addons")
    return [
        str(_mapping(addon).get("name") or "")
        for addon in (addons if isinstance(addons, list) else [])
        if _mapping(addon).get("state") == "provisioning"
    ]


def _note(ctx: Context) -> Path:
    mark = project_id(ctx) or hashlib.sha256(str(ctx.facts.location.root).encode()).hexdigest()[:12]
    return ctx.home / "apps" / f"{mark}.txt"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
