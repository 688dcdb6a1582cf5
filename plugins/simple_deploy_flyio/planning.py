"""The plan of a deployment to Fly.io. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property

from simple_deploy.api import (
    BACKGROUND,
    DEPLOY_GROUP,
    EQUIVALENTS,
    Call,
    EditBlock,
    Finding,
    Hosting,
    Planning,
    PythonChoice,
    Resource,
    Settings,
    Step,
    Steps,
    building,
    choose_python,
    front_end_findings,
    has_database,
    migrating,
    running,
    site_requirements,
    unreachable_sources,
    uses_uploads,
    variable_findings,
)
from simple_deploy_flyio import account, concerns, names, pages
from simple_deploy_flyio.commands import Cluster
from simple_deploy_flyio.dockerfile import PYTHONS, Image
from simple_deploy_flyio.dockerignore import dockerignore
from simple_deploy_flyio.flytoml import FlyToml
from simple_deploy_flyio.hosting import hosting, read_by, site_settings
from simple_deploy_flyio.installing import EXPORTED, OWN
from simple_deploy_flyio.questions import MANAGED, ON_PUSH, SQLITE, UNMANAGED, app_name, health_path

SLUG = "flyio"
STEPS = Steps(slug=SLUG, name="Fly.io")

#: Managers that keep packages in named groups, which their own command installs when it is told to.
_WITH_GROUPS = frozenset({"pipenv", "poetry", "uv"})


class FlyPlanning(Planning):
    """What makes up a plan for Fly.io."""

    # -- what it is about --

    @cached_property
    def _app(self) -> str:
        return app_name(self.facts, self.remote, self.answers)

    @cached_property
    def _database(self) -> str:
        """What was chosen; empty for a project without one."""
        return self.answers.text("database") if has_database(self.settings) else ""

    @property
    def _has_volume(self) -> bool:
        return self._database == SQLITE

    @property
    def _has_postgres(self) -> bool:
        return bool(self._database) and not self._has_volume

    @cached_property
    def _python(self) -> PythonChoice:
        return choose_python(self.facts, supported=PYTHONS, platform="The official Python image")

    @property
    def _region(self) -> str:
        return self.answers.text("region", "iad")

    @property
    def _memory(self) -> str:
        return self.answers.text("vm_memory", "512mb")

    @property
    def _variables(self) -> list[str]:
        """The secrets that the app has already."""
        return self.remote.values.get("variables", "").split()

    @property
    def _exported(self) -> str:
        """The requirements file that the image installs from; empty where it reads the manager's own files."""
        return "" if self.facts.dependencies.manager in OWN else EXPORTED

    # -- files --

    def files(self) -> Iterator[Step]:
        yield from STEPS.settings(
            self.facts,
            site_settings(self.settings, volume=self._has_volume),
            why="They set the app's own address and its database. The block takes effect only where Fly.io has set "
            "FLY_APP_NAME, so your development settings stay as they are.",
            docs=pages.DJANGO,
        )
        yield STEPS.requirements(
            self._requirements,
            why="gunicorn serves the pages, WhiteNoise the static files, django-environ reads the settings above"
            + (", psycopg talks to Postgres." if self._has_postgres else "."),
            group=DEPLOY_GROUP,
        )
        if self._exported:
            yield STEPS.export(
                self._exported,
                title=f"Write {self._exported} for the image",
                why="The image installs with pip, which cannot read the files of the project's own manager. Each plan "
                "writes this file again.",
                groups=(DEPLOY_GROUP,),
            )
        yield STEPS.file(
            "dockerfile",
            "Dockerfile",
            self._image.render(),
            title="Write the Dockerfile",
            why=f"Fly.io builds the site's image from it, with Python {self._python.version} on Debian. "
            f"{self._python.reason}",
            docs=pages.DOCKERFILE,
        )
        yield EditBlock(
            id="dockerignore",
            title="Keep secrets and leftovers out of the image",
            why="Docker copies everything in the folder unless this file excludes it; Fly.io does not read .gitignore.",
            undo="The lines are removed.",
            docs="https://docs.docker.com/build/concepts/context/#dockerignore-files",
            path=".dockerignore",
            block_id=SLUG,
            text=dockerignore(self.facts),
        )
        yield STEPS.file(
            "fly-toml",
            "fly.toml",
            self._fly_toml.render(),
            why="It names the app and says how its machines run and how Fly.io checks the site's health.",
            cost=pages.price(pages.MACHINE_COST),
            docs=pages.CONFIGURATION,
        )
        yield from ON_PUSH.steps(self.facts, self.answers, app=self._app)

    @cached_property
    def _requirements(self) -> tuple[str, ...]:
        """What the site needs installed besides the project's own packages, PEP 508."""
        return site_requirements(self.settings, postgres=self._has_postgres)

    @property
    def _groups(self) -> tuple[str, ...]:
        """The named groups that the image installs: the one for deployment, where there is or will be one."""
        found = self.facts.dependencies
        if found.manager not in _WITH_GROUPS:
            return ()
        wanted = map(_name, self._requirements)
        missing = [each for each in wanted if not {each, *EQUIVALENTS.get(each, ())} & found.names]
        return (DEPLOY_GROUP,) if missing or DEPLOY_GROUP in found.groups else ()

    @cached_property
    def _image(self) -> Image:
        return Image(
            location=self.facts.location,
            settings=self.settings,
            dependencies=self.facts.dependencies,
            python=self._python.version,
            groups=self._groups,
            front_end=building(self.facts),
            volume=self._has_volume,
        )

    @cached_property
    def _fly_toml(self) -> FlyToml:
        return FlyToml(
            app=self._app,
            host=names.host(self._app),
            region=self._region,
            size=self.answers.text("vm_size", "shared-cpu-1x"),
            memory=self._memory,
            env=self._env(),
            migrate=_migrate(self.settings) if self._has_postgres else None,
            volume=(names.VOLUME, names.DATA) if self._has_volume else None,
            health_path=health_path(self.settings, self.answers),
            processes=self._processes(),
        )

    def _processes(self) -> dict[str, str]:
        """The groups of machines, where there is more than the site. A volume belongs to one machine, so with one there
        is no other that could reach the database."""
        found = running(self.settings)
        if not found or self._has_volume or not self.answers.flag(BACKGROUND):
            return {}
        return {"app": shlex.join(self._image.server), **{each.name: shlex.join(each.command) for each in found}}

    def _env(self) -> dict[str, str]:
        """The variables of the site that are no secrets."""
        env = {"WEB_CONCURRENCY": "1" if self._memory == "256mb" else "2"}
        if self._has_volume:
            env["DATABASE_URL"] = f"sqlite:///{names.DATA}/db.sqlite3"
            if uses_uploads(self.settings):
                env["MEDIA_ROOT"] = f"{names.DATA}/media"
        return env

    # -- steps on Fly.io --

    def _call(self, id: str, title: str, why: str, *, docs: str, cost: str = "", undo: str = "") -> Call:
        organization = self.remote.values.get("organization") or self.answers.text("organization", "personal")
        params = {"app": self._app, "organization": organization, "region": self._region}
        return STEPS.call(id, title, why, docs=docs, cost=cost, undo=undo, **params)

    def calls(self) -> Iterator[Step]:
        """What is done on Fly.io, in this order: a release command needs the database and the secrets."""
        exists = self.remote.values.get("standing") == "ours"
        yield self._call(
            "create",
            f"Use the app {self._app}" if exists else f"Make the app {self._app}",
            "Every clone of the project finds it by its name in fly.toml, so there is never a second one.",
            cost=pages.price(pages.MACHINE_COST),
            undo="`--destroy` removes it.",
            docs=pages.PRICES,
        )
        if self._database == SQLITE:
            yield self._call(
                "volume",
                "Make the volume for the database",
                "Its contents survive deployments. An existing volume is used.",
                cost=pages.price(pages.SQLITE_COST),
                undo="`--destroy` removes it and all data on it.",
                docs=pages.VOLUMES,
            )
        elif self._database == UNMANAGED:
            yield self._call(
                "postgres",
                f"Make the database {names.database(self._app)}",
                "The site gets its address as a secret. An existing database is used.",
                cost=pages.price(pages.POSTGRES_COST),
                undo="`--destroy` removes it and all data in it.",
                docs=pages.POSTGRES,
            )
        elif self._database == MANAGED:
            yield self._call(
                "managed",
                f"Make the database {names.database(self._app)}, managed by Fly.io",
                "The site gets its address as a secret. An existing database is used. Making it takes some minutes.",
                cost=pages.price(pages.MANAGED_COST),
                undo="`--destroy` removes it and all data in it.",
                docs=pages.MANAGED_POSTGRES,
            )
        yield self._call(
            "secrets",
            "Set the secrets that are missing",
            "The site gets its own secret key, which nobody sees. Values that you have set yourself stay.",
            docs=pages.SECRETS,
        )
        yield self._call(
            "deploy",
            "Deploy the commit",
            "Fly.io builds the image, updates the database, starts the machine, and sends visitors to it once it "
            "answers.",
            docs=pages.DOCKERFILE,
        )
        yield STEPS.visit(within=180)

    def creates(self) -> tuple[Resource, ...]:
        """What will exist afterwards and does not now."""
        there = {each.kind for each in self.remote.resources}
        wanted = [account.app_resource(self._app)]
        if self._has_volume:
            wanted.append(account.volume_resource(names.VOLUME))
        elif self.remote.values.get("connected") == "yes":
            pass  # the site has the address of one, whosever it is
        elif self._database == UNMANAGED:
            wanted.append(account.postgres_resource(names.database(self._app)))
        elif self._database == MANAGED:
            wanted.append(account.cluster_resource(Cluster(id="", name=names.database(self._app))))
        return tuple(each for each in wanted if each.kind not in there)

    def hosting(self) -> Hosting:
        return hosting(
            self._fly_toml,
            self.settings,
            self.answers,
            database=bool(self._database),
            python=self._python.version,
            there=self._variables,
        )

    # -- what is to be said --

    def notes(self) -> tuple[str, ...]:
        return _notes(self._database)

    def findings(self) -> Iterator[Finding]:
        facts, settings, answers = self.facts, self.settings, self.answers
        if self._python.finding:
            yield self._python.finding
        yield from concerns.findings(settings, answers, database=self._database)
        yield from unreachable_sources(
            facts, SLUG, "Fly.io", variable="a build secret: https://fly.io/docs/apps/build-secrets/"
        )
        yield from front_end_findings(facts, SLUG, "Fly.io", builds="A stage of the Dockerfile does that.", by_hand="")
        yield from concerns.system(facts.dependencies, settings)
        yield from variable_findings(
            SLUG,
            facts,
            answers,
            read_by(settings),
            there=self._variables,
            how=f"fly secrets set NAME=VALUE -a {self._app}",
            exists=bool(self.remote.resources),
        )
        yield from concerns.standing(self.remote, self._app, database=self._database)
        yield from ON_PUSH.findings(answers, app=self._app, exported=self._exported)


def _migrate(settings: Settings) -> str:
    """The command before a release, which no shell reads."""
    command = migrating(settings, "python manage.py")
    return f"sh -c {shlex.quote(command)}" if "&&" in command else command


def _notes(database: str) -> tuple[str, ...]:
    costs: Mapping[str, str] = {
        SQLITE: f"The volume with the database costs {pages.SQLITE_COST}.",
        MANAGED: f"MANAGED POSTGRES COSTS {pages.MANAGED_COST}. That is about twenty times the combined cost of the "
        "site itself and a database that you look after yourself.",
    }
    unmanaged = (
        f"The database costs {pages.POSTGRES_COST}. Fly.io gives no support for it, and testing its backups is up to "
        "you."
    )
    return (
        f"The machine costs {pages.MACHINE_COST}; it stops while nobody visits. Seen on {pages.CHECKED.isoformat()}: "
        f"{pages.PRICES}",
        *([costs.get(database, unmanaged)] if database else []),
    )


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()
