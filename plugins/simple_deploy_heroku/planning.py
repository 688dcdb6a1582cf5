"""The plan of a deployment to Heroku. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cached_property

from simple_deploy.api import (
    BACKGROUND,
    Answers,
    Call,
    Finding,
    FrontEnd,
    Hosting,
    Level,
    Planning,
    PythonChoice,
    Resource,
    Settings,
    Step,
    Steps,
    application_server,
    building,
    choose_python,
    chosen_variables,
    front_end_findings,
    has_database,
    running,
    site_requirements,
    system_needs,
    unreachable_sources,
    uses_static_files,
    uses_uploads,
    variable_findings,
)
from simple_deploy_heroku import checks, files, hosting, names, pages, rules
from simple_deploy_heroku.questions import ON_PUSH, PLANS, PRICES, app_name, beside

SLUG = "heroku"
EXPORTED = "requirements.txt"
STEPS = Steps(slug=SLUG, name="Heroku")


def database_plan(settings: Settings | None, answers: Answers) -> str:
    """The plan of the database that is wanted; empty when there is to be none."""
    chosen = answers.text("database")
    return chosen if settings is not None and has_database(settings) and chosen in PLANS else ""


class HerokuPlanning(Planning):
    """What makes up a plan for Heroku."""

    # -- what it is about --

    @cached_property
    def _app(self) -> str:
        return app_name(self.facts, self.answers, self.remote.values.get("linked", ""))

    @property
    def _database(self) -> str:
        """The plan of the database that is wanted; empty when there is to be none."""
        return database_plan(self.settings, self.answers)

    @property
    def _size(self) -> str:
        """Of the dynos; empty to leave it to Heroku."""
        return self.answers.text("size")

    @cached_property
    def _python(self) -> PythonChoice:
        return choose_python(self.facts, supported=rules.PYTHONS, platform="Heroku")

    @property
    def _reads(self) -> tuple[str, ...]:
        """The variables that the settings read."""
        return hosting.read_by(self.settings)

    @property
    def _variables(self) -> list[str]:
        """The config vars that the app has already."""
        return self.remote.values.get("variables", "").split()

    @property
    def _exported(self) -> str:
        """The requirements file that Heroku installs from; empty where it reads the manager's own files."""
        return "" if checks.installs_natively(self.facts) else EXPORTED

    # -- files --

    def files(self) -> Iterator[Step]:
        others = files.other_processes(self.facts)
        yield STEPS.file(
            "procfile",
            rules.PROCFILE,
            files.procfile(self.settings, self.facts.location, others),
            why="It tells Heroku how to start the site."
            + (f" Your lines for {', '.join(name for name, _ in others)} stay in it." if others else "")
            + (
                " Its release line migrates the database after each build; if that fails, the previous version keeps "
                "serving."
                if has_database(self.settings)
                else ""
            ),
            docs=pages.PROCFILE,
        )
        if uses_static_files(self.settings) and not checks.collects(self.facts):
            yield STEPS.file(
                "hook",
                rules.HOOK,
                files.hook(self.facts.location),
                why="Heroku runs it at the end of each build. It collects this project's static files. Heroku itself "
                "would take the project nearest to the root, but the repository holds others, or this one lies deep.",
                docs=pages.STATIC,
            )
        yield STEPS.file(
            "python-version",
            rules.PYTHON_FILE,
            f"{self._python.version}\n",
            title=f"Ask for Python {self._python.version}",
            why=f"{self._python.reason} Without this file, Heroku uses its newest Python, and later an even newer "
            "one. The file gives only the first two numbers, so security updates arrive automatically.",
            docs=pages.PYTHON,
            # A version of the project's own is kept where Heroku has it.
            if_exists="ask" if self._python.finding else "keep",
        )
        yield STEPS.file(
            "app-json",
            files.MANIFEST,
            files.manifest(self.facts, self._app, self._database),
            why=f"It names the app ({self._app}), so that every clone of the project deploys to the same one; Heroku "
            "makes review apps from it.",
            docs=pages.MANIFEST,
        )
        apt = files.apt_packages(self.facts, self.settings)
        if apt:
            yield STEPS.file(
                "aptfile",
                files.APTFILE,
                "".join(f"{name}\n" for name in apt),
                why="The project's packages need these system packages, which Heroku's stack lacks. Heroku's apt "
                "buildpack installs the ones that this file names.",
                docs=pages.APT,
                if_exists="keep",
            )
        yield from STEPS.settings(
            self.facts,
            hosting.site_settings(self.settings),
            why="They set the app's own names and its database. The block takes effect only on Heroku, so your "
            "development settings stay as they are.",
            docs=pages.SETTINGS,
        )
        # Heroku installs the main dependencies only, so they may not stand in a group.
        packages = site_requirements(self.settings, postgres=has_database(self.settings))
        yield STEPS.requirements(packages, why=self._why_requirements(), docs=pages.PACKAGES)
        if self._exported:
            yield STEPS.export(
                EXPORTED,
                title=f"Write {EXPORTED} at the root",
                why="Heroku looks for packages only in the repository's root, and supports pip, Pipenv, Poetry and uv. "
                f"This file says what {self.facts.dependencies.file or 'the project'} says; each deployment rewrites "
                "it.",
                docs=pages.PACKAGES,
            )
        yield from ON_PUSH.steps(self.facts, self.answers, app=self._app)

    def _why_requirements(self) -> str:
        server = application_server(self.settings).requirements
        parts = [f"An application server ({' with '.join(server)}), django-environ, which reads the config vars"]
        parts += ["WhiteNoise, which serves static files"] if uses_static_files(self.settings) else []
        parts += ["psycopg, the driver of PostgreSQL"] if has_database(self.settings) else []
        return f"{', '.join(parts)}. Heroku installs main dependencies only, no groups."

    # -- steps on Heroku --

    def _call(self, id: str, title: str, why: str, *, docs: str, cost: str = "", undo: str = "", **params: str) -> Call:
        return STEPS.call(id, title, why, docs=docs, cost=cost, undo=undo, app=self._app, **params)

    def calls(self) -> Iterator[Step]:
        """What is done on Heroku, in this order: the build reads the config vars, the first release the database."""
        region = self.remote.values.get("region") or self.answers.text("region", "us")
        plan, size = self._database, self._size

        yield self._call(
            "create",
            f"Make the app {self._app}" if not self.remote.resources else f"Use the app {self._app}",
            "Every clone of the project finds it by its name, in app.json or a git remote, so there is never a second "
            "one.",
            cost=PRICES.of(size),
            undo="`--destroy` removes it.",
            docs=pages.DEPLOYING,
            region=region,
            team=self.answers.text("team"),
        )
        buildpacks = files.buildpacks(self.facts, self.settings)
        # With a package.json at the root Heroku may take the project for one of Node.
        if len(buildpacks) > 1 or (self.facts.front_end is not None and not self.facts.front_end.folder):
            yield self._call(
                "buildpacks",
                f"Say what builds the app: {', '.join(map(names.buildpack, buildpacks))}",
                "A push does not read app.json, and Heroku would choose only one itself. Buildpacks that you have "
                "added stay.",
                docs=pages.BUILDPACKS,
                buildpacks=" ".join(buildpacks),
            )
        yield self._call(
            "variables",
            "Set the config vars that are missing",
            "The site's own secret key, its settings module and its exact name"
            + (f", and {', '.join(own)}" if (own := chosen_variables(self.answers, self._reads)) else "")
            + ". The build needs them too. Values that you have set yourself stay.",
            docs=pages.VARIABLES,
        )
        if plan:
            yield self._call(
                "database",
                f"Make the database ({plan})",
                "This comes before the first deployment, which migrates the database. An existing database is used.",
                cost=PRICES.of(plan),
                undo="`--destroy` removes it and all data in it.",
                docs=pages.POSTGRES,
                plan=plan,
            )
        yield self._call(
            "push",
            "Push the commit",
            "Heroku builds it, runs the release command, and lets it serve if both succeed.",
            docs=pages.DEPLOYING,
        )
        if has_database(self.settings):
            yield self._call(
                "migrate",
                "Check that the database is migrated",
                "The release command migrates it. If your own Procfile has none, this step does it.",
                docs=pages.RELEASE,
            )
        if size:
            yield self._call(
                "resize",
                f"Run on {size} dynos",
                "Otherwise, Heroku's choice depends on your account.",
                cost=PRICES.of(size),
                docs=pages.DYNOS,
                size=size,
            )
        others = " ".join(each.name for each in running(self.settings))
        if others and self.answers.flag(BACKGROUND):
            yield self._call(
                "background",
                f"Start {others.replace(' ', ', ')}",
                "By itself, Heroku starts only the site.",
                cost=f"{PRICES.of(size)}, each",
                undo="`heroku ps:scale NAME=0` stops one.",
                docs=pages.DYNOS,
                names=others,
                size=size,
            )
        yield STEPS.visit(within=120)

    def creates(self) -> tuple[Resource, ...]:
        """What will exist afterwards and does not now."""
        plan = self._database
        kinds = {each.kind for each in self.remote.resources}
        found = []
        if "app" not in kinds:
            found.append(Resource(kind="app", name=self._app, cost=PRICES.of(self._size)))
        if plan and "database" not in kinds and self.remote.values.get("database") != "yes":
            found.append(Resource(kind="database", name=f"heroku-postgresql:{plan}", cost=PRICES.of(plan)))
        return tuple(found)

    def hosting(self) -> Hosting:
        return hosting.hosting(
            self.facts,
            self.answers,
            app=self._app,
            host=self.remote.values.get("host", ""),
            there=self._variables,
        )

    # -- what is to be said --

    def findings(self) -> Iterator[Finding]:
        if self._python.finding is not None:
            yield self._python.finding
        yield from self._name()
        yield from self._packages()
        yield from self._region()
        yield from variable_findings(
            SLUG,
            self.facts,
            self.answers,
            self._reads,
            there=self._variables,
            how=f"heroku config:set NAME=VALUE --app {self._app}",
            exists=bool(self.remote.resources),
        )
        if uses_uploads(self.settings):
            fields = self.settings.file_fields
            yield Finding(
                id="heroku.uploads",
                level=Level.WARNING,
                title="Heroku does not keep uploaded files.",
                why="Files written while the site runs are lost at the next restart, which happens at least once a "
                "day. Heroku has no volumes.",
                fix="Keep uploads in object storage: use the package django-storages with a bucket on Amazon S3 or a "
                "compatible service. The site works without it, but uploads then disappear.",
                docs=pages.STORAGE,
                details=fields,
            )
        yield from unreachable_sources(
            self.facts, SLUG, "Heroku", variable=f"`heroku config:set NAME=VALUE --app {self._app}`"
        )
        yield from self._system()
        if (built := building(self.facts)) is not None:
            yield from front_end_findings(
                self.facts,
                SLUG,
                "Heroku",
                builds="Heroku's Node buildpack does that, before the Python one." if files.builds(built) else "",
                by_hand=_built_by_hand(built),
            )
        yield from beside(self.answers, self._app).findings(self.settings, self.answers)
        yield from ON_PUSH.findings(self.answers, app=self._app, exported=self._exported)

    def _name(self) -> Iterator[Finding]:
        standing, linked = self.remote.values.get("standing"), self.remote.values.get("linked") == self._app
        if standing == "ours":
            yield Finding(id="heroku.app", level=Level.OK, title=f"The app {self._app} exists and is this project's.")
        elif standing == "free":
            yield Finding(id="heroku.name-free", level=Level.OK, title=f"The name {self._app} is free.")
        elif standing == "taken":
            origin = " The project's files name it (a git remote, or app.json)." if linked else ""
            yield Finding(
                id="heroku.name-taken",
                level=Level.BLOCKER,
                title=f"The app {self._app} belongs to somebody else.{origin}",
                why="No two apps on Heroku have the same name.",
                fix=f"Choose another name: --{names.OPTION.replace('_', '-')} NAME. If it is an app of a team, log in "
                "as a member of it.",
            )
        elif standing == "another":
            yield Finding(
                id="heroku.other-app",
                level=Level.BLOCKER,
                title=f"You already have an app {self._app}, and nothing shows that it belongs to this project.",
                why="Deploying would replace what it serves.",
                fix=f"Choose another name with --{names.OPTION.replace('_', '-')}, or, if it is this project's, say "
                f"so: `heroku git:remote --app {self._app}`.",
            )

    def _packages(self) -> Iterator[Finding]:
        found = self.facts.dependencies
        file = found.file or ""
        if "/" in file and self._exported:
            yield Finding(
                id="heroku.packages-below",
                level=Level.INFO,
                title=f"Heroku does not look for packages in folders, and yours are named in {file}.",
                why=f"{EXPORTED} at the root of the repository will say the same. Each deployment with this tool "
                "rewrites it; if you deploy with git alone, you have to do that yourself.",
                fix=f"Or move {file}, with its lock if it has one, to the root of the repository, and plan again.",
                docs=pages.PACKAGES,
            )
        if not has_database(self.settings):
            return
        if "psycopg2" in found.names or "psycopg2-binary" in found.names:
            yield Finding(
                id="heroku.psycopg2",
                level=Level.INFO,
                title="With psycopg2, Heroku may automatically add a database to a new app at the first build.",
                why="It does this for Django projects with manage.py at the root. psycopg 3, which new projects use, "
                "has no such effect.",
                fix="Make the database before the first push, so that there is only one.",
                docs=pages.POSTGRES,
            )

    def _region(self) -> Iterator[Finding]:
        region = self.remote.values.get("region")
        if region and region != self.answers.text("region", region):
            yield Finding(
                id="heroku.region",
                level=Level.INFO,
                title=f"The app stays in the region {region}, where it is.",
                why="An app cannot be moved. You can make one with another name elsewhere.",
            )

    def _system(self) -> Iterator[Finding]:
        lacking = {name: need for name, need in system_needs(self.facts.dependencies, self.settings).by if need.other}
        for name, need in lacking.items():
            yield Finding(
                id=f"heroku.system-{name}",
                level=Level.WARNING,
                title=f"{name} needs something that Heroku does not install: {need.other}.",
                why="Without it, the site starts but fails wherever it is used.",
                fix="Add a buildpack that provides it, or use another library.",
                docs=need.source,
            )

    def notes(self) -> Iterator[str]:
        yield (
            "On 2026-02-06 Heroku announced that it will continue maintenance and security but take no new Enterprise "
            "customers. Nothing changes for customers who pay by card."
        )
        default = self.settings.default_database
        if default is not None and default.is_sqlite:
            yield (
                "The project uses SQLite here and will use PostgreSQL on Heroku. Most projects run on either. The data "
                "here stays here."
            )
        if self.answers.text("database") == "none" and has_database(self.settings):
            yield "Set the config var DATABASE_URL to the address of your database before the first push."


def _built_by_hand(found: FrontEnd) -> str:
    if found.folder:
        return (
            f'Add a package.json at the root whose script "build" is "cd {shlex.quote(found.folder)} && npm install && '
            'npm run build", commit, and plan again; or commit what is built.'
        )
    return (
        "Heroku's Node buildpack does not support bun. Have npm write a lock as well, commit it, and plan again: `npm "
        "install --package-lock-only`. Or commit what is built."
    )
