"""The plan of a deployment to Upsun. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from simple_deploy.api import (
    BACKGROUND,
    Call,
    EditBlock,
    Finding,
    Hosting,
    Level,
    OnPush,
    Planning,
    PythonChoice,
    Resource,
    Step,
    Steps,
    choose_python,
    front_end_findings,
    has_database,
    sent_variables,
    site_requirements,
    system_needs,
    unreachable_sources,
    uses_static_files,
    variable_findings,
)
from simple_deploy_upsun import account, config, hosting, owned, pages, place, questions

SLUG = "upsun"
NAME = "Upsun"
STEPS = Steps(slug=SLUG, name=NAME)


class UpsunPlanning(Planning):
    """What makes up a plan for Upsun."""

    # -- what it is about --

    @cached_property
    def _title(self) -> str:
        """What the project is called on Upsun, by which every clone finds it again."""
        given = self.remote.values.get("title") or self.answers.text(questions.TITLE)
        return given or questions.default_title(self.facts)

    @property
    def _exists(self) -> bool:
        return bool(self.remote.resources)

    @property
    def _project(self) -> str:
        """The id of the project on Upsun; empty where there is none yet."""
        return self.remote.values.get("project", "")

    @property
    def _push(self) -> OnPush:
        return questions.on_push(self.remote.values.get("branch", "main"))

    @cached_property
    def _python(self) -> PythonChoice:
        return choose_python(self.facts, supported=config.PYTHONS, platform=NAME)

    @property
    def _reads(self) -> tuple[str, ...]:
        """The variables that the settings read."""
        return hosting.read_by(self.settings)

    @property
    def _variables(self) -> tuple[str, ...]:
        """Those that the project on Upsun has already. Which is known when it is deployed to: then it is asked."""
        return self._reads if self._exists else ()

    # -- files --

    def files(self) -> Iterator[Step]:
        yield STEPS.file(
            "config",
            config.PATH,
            config.config(
                self.facts,
                self.settings,
                self._python.version,
                self._title,
                background=self.answers.flag(BACKGROUND),
                empty=hosting.emptied(self.facts, self.answers),
            ),
            title="Configure how Upsun builds and runs the site",
            why=f"One file names the app{' and its database' if has_database(self.settings) else ''}, what is done to "
            f"build it, what is done at each deployment, and how it is served. Python {self._python.version}: "
            f"{self._python.reason}",
            docs=pages.APP,
        )
        packages = place.packages(self.facts)
        variables = hosting.dot_environment(self.settings, packages.programs)
        if variables:
            yield EditBlock(
                id="environment",
                title="Set variables of the site",
                why=self._why_environment(packages.programs),
                undo="The lines are removed.",
                docs=pages.VARIABLES,
                path=f"{place.app_folder(self.facts)}/.environment".lstrip("/"),
                block_id=SLUG,
                text=variables,
            )
        yield from STEPS.settings(
            self.facts,
            hosting.site_settings(self.facts, self.settings),
            why="A secret key, hosts and database as Upsun gives them; the hosts come as JSON in base64. The "
            "block acts only where Upsun sets its variables, so your development settings stay as they are.",
            docs=pages.DJANGO,
        )
        packages_of_site = site_requirements(self.settings, postgres=has_database(self.settings))
        yield STEPS.requirements(packages_of_site, why=self._why_requirements(), docs=pages.PACKAGES)
        exported = place.exports(self.facts.dependencies)
        if exported is not None:
            yield STEPS.export(
                exported,
                title="Write the packages as a requirements file",
                why=f"Upsun's Python has pip but no {self.facts.dependencies.manager}. This file lets pip install "
                "what your lock names.",
                docs=pages.PACKAGES,
            )
        yield from self._push.steps(self.facts, self.answers, app=self._project)

    def _why_environment(self, programs: str) -> str:
        packages = (
            "The packages are installed into an environment of their own: `python` is that one for whoever logs in "
            "with `upsun ssh` too."
        )
        database = "If Upsun gives only the parts of the database's address, the file puts them together."
        return " ".join([*([packages] if programs else []), *([database] if has_database(self.settings) else [])])

    def _why_requirements(self) -> str:
        parts = ["gunicorn serves the site"]
        if uses_static_files(self.settings):
            parts.append("WhiteNoise its static files")
        if has_database(self.settings):
            parts.append("psycopg connects to PostgreSQL")
        return f"{', '.join(parts)}, and django-environ reads the settings above."

    # -- steps on Upsun --

    def _call(self, id: str, title: str, why: str, *, docs: str, cost: str = "", undo: str = "") -> Call:
        branch = self.remote.values.get("branch") or (self.facts.git.branch if self.facts.git else None) or "main"
        params = {
            "title": self._title,
            "region": self.answers.text(questions.REGION, questions.DEFAULT_REGION),
            "organization": self.answers.text(questions.ORGANIZATION),
            "resources": self.answers.text(questions.RESOURCES, questions.SIZES[0].value),
            "branch": branch,
        }
        return STEPS.call(id, title, why, docs=docs, cost=cost, undo=undo, **params)

    def calls(self) -> Iterator[Step]:
        there = self._exists
        yield self._call(
            "create",
            "Find the project on Upsun" if there else "Make the project on Upsun",
            f"{self._title} already exists, from an earlier deployment."
            if there
            else "A project holds the sites of all branches, each with its database. It takes some minutes.",
            cost="" if there else account.PRICE,
            undo="`--destroy` deletes it.",
            docs=pages.CLI,
        )
        sent = sent_variables(self.settings, self.answers, self._reads)
        names = [name for name in sent if name not in self.facts.emptied]
        if names:
            yield self._call(
                "variables",
                f"Set variables: {', '.join(names)}",
                "The settings read them from the environment. They become sensitive variables of the project. "
                "Variables that are already set stay.",
                undo="`upsun variable:delete` removes one.",
                docs=pages.VARIABLES,
            )
        yield self._call(
            "push",
            "Send the commit and build it",
            "Upsun installs the packages, collects the static files and starts the site. You see its output.",
            undo="Deploy an earlier commit.",
            docs=pages.HOOKS,
        )
        if has_database(self.settings):
            yield self._call(
                "migrated",
                "Check that the database was migrated",
                "Upsun continues even if a migration fails, so this step asks the site itself.",
                docs=pages.HOOKS,
            )
        yield self._call(
            "address",
            "Ask for the address",
            "Upsun makes the address from the branch, the project and the region.",
            docs=pages.DOMAINS,
        )
        yield STEPS.visit(within=60)

    def creates(self) -> tuple[Resource, ...]:
        return () if self._exists else (Resource(kind="project", name=self._title, cost=account.PRICE),)

    def hosting(self) -> Hosting:
        return hosting.hosting(self.settings, self.answers, there=self._variables)

    # -- what is to be said --

    def findings(self) -> Iterator[Finding]:
        facts, settings, answers = self.facts, self.settings, self.answers
        if self._python.finding:
            yield self._python.finding
        yield from owned.beside(facts)
        yield from variable_findings(
            SLUG,
            facts,
            answers,
            self._reads,
            there=self._variables,
            how="upsun variable:create --level project --name env:NAME --sensitive true",
            exists=self._exists,
        )
        yield from self._other_database()
        yield from self._uploads()
        yield from questions.BESIDE.findings(settings, answers)
        yield from unreachable_sources(facts, SLUG, NAME, variable="`upsun variable:create --visible-build true`")
        yield from front_end_findings(
            facts, SLUG, NAME, builds="The build hook does that, with the Node in Upsun's image.", by_hand=""
        )
        yield from self._system()
        yield from self._namesake()
        yield from self._push.findings(answers, app=self._project, exported=place.exports(facts.dependencies) or "")

    def _other_database(self) -> Iterator[Finding]:
        default = self.settings.default_database
        if default is not None and has_database(self.settings) and not default.is_postgresql:
            kind = "SQLite" if default.is_sqlite else default.engine.rpartition(".")[2]
            yield Finding(
                id="upsun.other-database",
                level=Level.INFO,
                title=f"The project uses {kind} here, and PostgreSQL on Upsun.",
                why="A site's file system on Upsun is read-only, so a database file cannot be used there. The new "
                "database is empty: migrations create its tables, and your local data stays here.",
                fix="If your tests depend on the database, run them once with PostgreSQL.",
                docs=pages.POSTGRESQL,
            )

    def _uploads(self) -> Iterator[Finding]:
        kept = place.uploads(self.facts, self.settings)
        if kept is not None:
            yield Finding(
                id="upsun.uploads",
                level=Level.INFO,
                title=f"Uploaded files are kept in a mount, {kept.folder}/, and served below {kept.path}/.",
                why="It is the only folder that the site can write to, and it survives deployments. Files from the "
                "repository in that folder are not visible there.",
                docs=pages.APP,
            )

    def _system(self) -> Iterator[Finding]:
        """Its containers have no apt, and what they have besides Python is not promised."""
        needed = {
            name: need
            for name, need in system_needs(self.facts.dependencies, self.settings).by
            if need.other or {*need.run} - {"libpq5", "libmariadb3"}
        }
        if needed:
            packages = ", ".join(sorted({each for need in needed.values() for each in (*need.run, need.other) if each}))
            yield Finding(
                id="upsun.system-packages",
                level=Level.DEPLOY_BLOCKER,
                title=f"Upsun's containers may lack what {', '.join(needed)} "
                f"{'needs' if len(needed) == 1 else 'need'}.",
                why=f"Its containers have no apt. These may be missing: {packages}. Upsun's composable image can have "
                "such packages, but this plan does not write one.",
                fix="Choose a platform that builds an image, such as Fly.io; or write .upsun/config.yaml yourself, "
                "with `type: composable` and these below `stack`, commit it, and keep it when you plan again.",
                docs="https://docs.upsun.com/create-apps/app-reference/composable-image.html",
                details=tuple(f"{name}: {need.source}" for name, need in needed.items()),
            )

    def _namesake(self) -> Iterator[Finding]:
        namesake = self.remote.values.get("namesake")
        if namesake:
            yield Finding(
                id="upsun.namesake",
                level=Level.WARNING,
                title="You have a project with this name on Upsun, but nothing shows that it is this one.",
                why="A deployment would create another one, which costs extra.",
                fix=f"If it is this one, run `upsun project:set-remote {namesake}`.",
                docs=pages.CLI,
            )

    def notes(self) -> tuple[str, ...]:
        notes = ["Upsun gives every branch its own site at its own address; the settings take the hosts from Upsun."]
        if self.facts.dependencies.manager in {"uv", "poetry", "pipenv"} and not self.facts.dependencies.lock:
            notes.append("There is no lock file, so each build installs the newest packages that fit.")
        if has_database(self.settings):
            notes.append("A migration that fails does not stop a deployment on Upsun: `upsun log deploy` shows it.")
        return tuple(notes)
