"""What exists on Heroku for this project. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simple_deploy.api import (
    PROJECT_VARIABLE,
    Context,
    Remote,
    Resource,
    ToolMissing,
    object_in,
    project_id,
    quietly,
    read_text,
    remembered,
)
from simple_deploy_heroku import commands, files, hosting, names, questions


def linked_app(ctx: Context) -> str:
    """The app the project's own files name: a git remote, else app.json; else the one that an earlier deployment from
    this computer made, which may have ended before it could say so in the project. Empty when there is none."""
    root = ctx.facts.location.root
    listed = ctx.run(("git", "remote", "--verbose"), cwd=root, check=False, show=False)
    apps = names.apps_of_remotes(listed.output) if listed.ok else ()
    return apps[0] if apps else names.name_in_manifest(read_text(root / files.MANIFEST)) or remembered(ctx)


def find(ctx: Context) -> Remote:
    """The project's app with its database, and what planning needs to know."""
    linked = linked_app(ctx)
    return look(ctx, questions.app_name(ctx.facts, ctx.answers, linked), linked)


def look(ctx: Context, name: str, linked: str) -> Remote:
    """The same for the app *name*.

    Values: ``linked`` the app the project's files name; ``standing`` of the name that would be used: ``ours``,
    ``another`` (an app of this account that belongs to something else), ``free``, ``taken``, ``unknown``; ``region``,
    ``host``, ``git`` (where to push), ``variables`` (names of its config vars), ``database`` (``yes`` when there is an
    address of one), ``waiting`` (add-ons that are still being made) and ``size`` (of the web dynos) of an app that is
    ours.
    """
    try:
        done = quietly(ctx, commands.app_info(name))
    except ToolMissing:
        return Remote(values={"linked": linked, "standing": "unknown"}, asked=False)
    if not done.ok:
        standing = commands.standing_of(done.output)
        return Remote(values={"linked": linked, "standing": standing}, asked=standing != "unknown")
    info = object_in(done.output)
    app = _mapping(info.get("app"))
    config = read_config(ctx, name)
    if not _is_ours(app, config, linked=name == linked, project=project_id(ctx)):
        return Remote(values={"linked": linked, "standing": "another"})
    waiting = (
        str(addon.get("name") or "") for addon in entries(info, "addons") if addon.get("state") == "provisioning"
    )
    return Remote(
        # Destroying the app takes its add-ons along.
        resources=(app_resource(app, size_of(info)), *databases(info)),
        values={
            "linked": linked,
            "standing": "ours",
            "region": str(_mapping(app.get("region")).get("name") or ""),
            "host": host_of(app),
            "git": str(app.get("git_url") or ""),
            "database": "yes" if hosting.DATABASE_URL in config else "no",
            "variables": " ".join(config),
            "waiting": " ".join(waiting),
            "size": size_of(info),
        },
    )


def read_config(ctx: Context, app: str) -> Mapping[str, str]:
    """The app's config vars, secrets among them: not for showing.

    :raises StepError: they cannot be read. They are not taken to be none then: the secret key would be made anew.
    """
    done = quietly(ctx, commands.config(app))
    if not done.ok:
        again = "Try again; this continues from what is already done."
        raise commands.HEROKU.failed(f"The config vars of {app} could not be read", done, hint=again)
    return {str(name): str(value) for name, value in object_in(done.output).items()}


def app_resource(app: Mapping[str, Any], size: str) -> Resource:
    """:param size: what its dynos are, or will be; empty when it has none."""
    return Resource(
        kind="app",
        name=str(app.get("name") or ""),
        remote_id=str(app.get("id") or ""),
        url=str(app.get("web_url") or "") or None,
        cost=questions.PRICES.of(size),
        holds="Holds the site, its releases and its config vars, including the secret key.",
    )


def databases(info: Mapping[str, Any]) -> tuple[Resource, ...]:
    """The PostgreSQL databases among the add-ons in what ``apps:info --json`` prints."""
    plans = ((addon, str(_mapping(addon.get("plan")).get("name") or "")) for addon in entries(info, "addons"))
    return tuple(
        Resource(
            kind="database",
            name=str(addon.get("name") or plan),
            remote_id=str(addon.get("id") or ""),
            cost=f"{questions.PRICES.of(plan.partition(':')[2])}, for {plan}",
            holds="Holds all data of the site.",
        )
        for addon, plan in plans
        if plan.split(":")[0] == "heroku-postgresql"
    )


def web_dynos(info: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(dyno for dyno in entries(info, "dynos") if dyno.get("type") == "web")


def size_of(info: Mapping[str, Any]) -> str:
    """The size of the dynos that serve, in small letters; empty when none does."""
    return next((str(dyno.get("size") or "").lower() for dyno in web_dynos(info)), "")


def host_of(app: Mapping[str, Any]) -> str:
    """The host in the app's web_url: its name and twelve digits that Heroku chose."""
    return str(app.get("web_url") or "").partition("://")[2].strip("/")


def entries(info: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    found = info.get(key)
    return tuple(map(_mapping, found)) if isinstance(found, list) else ()


def _is_ours(app: Mapping[str, Any], config: Mapping[str, str], *, linked: bool, project: str) -> bool:
    """Whether an app of the account belongs to the project: its files say so, the app does, or nothing was ever
    deployed to it."""
    marked = config.get(PROJECT_VARIABLE)
    if marked is not None and project:
        return linked or marked == project
    return linked or not app.get("slug_size")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
