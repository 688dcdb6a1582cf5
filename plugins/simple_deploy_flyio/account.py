"""What exists on Fly.io for this project. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simple_deploy.api import (
    PROJECT_VARIABLE,
    Context,
    Remote,
    Resource,
    TimedOut,
    ToolMissing,
    project_id,
    quietly,
    read_text,
    remembered,
)
from simple_deploy_flyio import commands, names, pages
from simple_deploy_flyio.commands import App, Cluster
from simple_deploy_flyio.flytoml import app_of
from simple_deploy_flyio.questions import MANAGED, UNMANAGED, app_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found.

    :param standing: of the name that is used: ``ours``, ``another`` (an app of this account that belongs to something
        else), ``free`` (not in this account), or ``unknown`` where the account could not be asked.
    :param secrets: names of the app's secrets.
    :param cluster: the Managed Postgres of the project.
    :param postgres: whether there is a database server of the project's that the person looks after.
    """

    name: str
    standing: str
    app: App | None = None
    secrets: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    cluster: Cluster | None = None
    postgres: bool = False

    @property
    def remote(self) -> Remote:
        return Remote(
            resources=tuple(self._resources()),
            values={
                "app": self.name,
                "standing": self.standing,
                "organization": self.app.organization if self.app and self.standing == "ours" else "",
                "database": MANAGED if self.cluster else UNMANAGED if self.postgres else "",
                "variables": " ".join(self.secrets),
                "connected": "yes" if "DATABASE_URL" in self.secrets else "no",
            },
            asked=self.standing != "unknown",
        )

    def _resources(self) -> Iterator[Resource]:
        # The app comes last: while it is there, what belongs to it is found again.
        if self.postgres:
            yield postgres_resource(names.database(self.name))
        if self.cluster:
            yield cluster_resource(self.cluster)
        for volume in self.volumes:
            yield volume_resource(volume)
        if self.standing == "ours":
            yield app_resource(self.name)


def linked_app(ctx: Context) -> str:
    """The app that the project's fly.toml names; else the one that an earlier deployment from this computer made,
    which may have ended before it could say so in the project. Empty when there is none."""
    return app_of(read_text(ctx.facts.location.root / "fly.toml")) or remembered(ctx)


def mark(ctx: Context) -> str:
    """The name of a secret that says which project an app belongs to. Empty before there is a commit."""
    project = project_id(ctx)
    return f"{PROJECT_VARIABLE}_{project.upper()}" if project else ""


def find(ctx: Context) -> Found:
    """The project's app, and what belongs to it."""
    linked = linked_app(ctx)
    name = app_name(ctx.facts, Remote(values={"app": linked}), ctx.answers)
    return look(ctx, name, linked=name == linked)


def look(ctx: Context, name: str, *, linked: bool) -> Found:
    """The same for the app *name*.

    :param linked: the project's files, or a note on this computer, name it.
    """
    try:
        mine = commands.apps(quietly(ctx, commands.APPS).output)
    except (ToolMissing, TimedOut):
        mine = None
    if mine is None:
        return Found(name=name, standing="unknown")
    app = next((each for each in mine if each.name == name), None)
    secrets = commands.names_in(quietly(ctx, commands.list_secrets(name)).output) if app else ()
    ours = linked or (app is not None and (app.deployed is False or mark(ctx) in secrets))
    if not ours:
        return Found(name=name, standing="another" if app else "free", app=app)
    return Found(
        name=name,
        standing="ours" if app else "free",
        app=app,
        secrets=secrets,
        volumes=commands.names_in(quietly(ctx, commands.list_volumes(name)).output) if app else (),
        cluster=_cluster(ctx, name, app),
        postgres=any(each.name == names.database(name) for each in mine),
    )


def app_resource(name: str) -> Resource:
    return Resource(
        kind="app",
        name=name,
        url=names.dashboard(name),
        cost=pages.price(pages.MACHINE_COST),
        holds="Holds the site, its releases and its secrets.",
    )


def volume_resource(name: str) -> Resource:
    return Resource(
        kind="volume",
        name=name,
        url=pages.VOLUMES,
        cost=pages.price(pages.SQLITE_COST),
        holds="Holds all data of the site: the database, and files that were uploaded.",
    )


def postgres_resource(name: str) -> Resource:
    cost, holds = pages.price(pages.POSTGRES_COST), "Holds all data of the site."
    return Resource(kind="database", name=name, url=names.dashboard(name), cost=cost, holds=holds)


def cluster_resource(cluster: Cluster) -> Resource:
    return Resource(
        kind="managed-postgres",
        name=cluster.name,
        remote_id=cluster.id,
        url=pages.MANAGED_POSTGRES,
        cost=pages.price(pages.MANAGED_COST),
        holds="Holds all data of the site.",
    )


def clusters(ctx: Context, organization: str) -> tuple[Cluster, ...]:
    """The Managed Postgres clusters of an organization."""
    return commands.clusters(quietly(ctx, commands.list_clusters(organization)).output) or ()


def _cluster(ctx: Context, name: str, app: App | None) -> Cluster | None:
    known = app.organization if app else ctx.answers.text("organization")
    # Of an app that is gone nobody knows any more whose it was.
    asked = [known] if known else [*(commands.organizations(quietly(ctx, commands.ORGS).output) or {"personal": ""})]
    found = (each for organization in asked for each in clusters(ctx, organization))
    return next((each for each in found if name in each.apps or each.name == names.database(name)), None)
