"""Looking after the site that is deployed: its state, log, releases, variables and data."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from simple_deploy.api import (
    Completed,
    Context,
    Release,
    Secret,
    Site,
    SiteState,
    StepError,
    ToolMissing,
    VariableChange,
    changes,
    charts_of,
    deploy_command,
    fingerprints,
    run_management,
)
from simple_deploy_local import keeping, planning, sites, variables
from simple_deploy_local.control import Control, Served
from simple_deploy_local.output import log_lines, samples_in
from simple_deploy_local.workplace import LONG, as_secret_json, site_of

ARCHIVE = Path(__file__).with_name("archive.py")
LOG_LINES = 200

_MADE = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)\d\d-")


class LocalSite(Site):
    """The site of the project on this computer."""

    @cached_property
    def site(self) -> sites.Site:
        """What is written down about it. :raises StepError: the project has no site."""
        site = site_of(self.ctx)
        if site is None or site.current is None:
            raise StepError(
                "This project has no site on this computer yet.",
                hint=f"Deploy it: {deploy_command(planning.SLUG)}",
            )
        return site

    @property
    def serving(self) -> Control:
        return control(self.ctx, self.site)

    @property
    def current(self) -> sites.Release:
        """The release that serves, or served last."""
        return self.site.release(self.site.current or "")

    def status(self) -> SiteState:
        site = sites.read(self.site.folder) or self.site
        return replace(state(site, self.serving.status()), charts=charts_of(samples_in(site.server), time.time()))

    def logs(self) -> None:
        self.ctx.hide(*variables.secrets_in(variables.read_own(self.site)))
        for line in log_lines(self.site.server, LOG_LINES):
            self.ctx.note(line)

    def start(self) -> None:
        self._serve(self.current)

    def stop(self) -> None:
        self.serving.stop()

    def restart(self) -> None:
        """Visitors lose nothing: what serves goes on until the same release, started anew, takes over."""
        self._serve(self.current, anew=True)

    # -- releases --

    def releases(self) -> tuple[Release, ...]:
        return tuple(self._described(each) for each in reversed(self.site.releases))

    def _described(self, id_: str) -> Release:
        made = _MADE.match(id_)
        try:
            commit = (self.site.release(id_).folder / "commit").read_text(encoding="utf-8").strip()
        except OSError:
            commit = ""
        return Release(
            name=id_,
            status="serves" if id_ == self.site.current else "",
            commit=commit,
            created="{}-{}-{} {}:{}".format(*made.groups()) if made else "",
            serves=id_ == self.site.current,
        )

    def rollback(self, release: str) -> None:
        ctx, site = self.ctx, self.site
        if release and release not in site.releases:
            raise StepError(
                f"There is no release “{release}” of {site.name}.", hint=f"There are: {', '.join(site.releases)}."
            )
        before = release or site.before(site.current)
        if before is None:
            raise StepError(
                "There is no earlier release to roll back to.",
                hint="The last five releases are kept; this is the first.",
            )
        self._serve(site.release(before))
        ctx.write(site.record, replace(site, current=before).to_json())
        ctx.note("The database stays as it is: migrations are not undone.")

    def _serve(self, release: sites.Release, *, anew: bool = False) -> None:
        """Let a release serve, with the variables the site has now.

        :param anew: also where it serves already.
        """
        own = variables.read_own(self.site)
        self.ctx.hide(*variables.secrets_in(own))
        self.ctx.write(release.variables, as_secret_json({**sites.read_mapping(release.variables), **own}))
        self.serving.start(port=self.site.port)
        self.serving.activate(self._under_another_name(release) if anew else release.description)

    def _under_another_name(self, release: sites.Release) -> Path:
        """A description of a release that the supervisor takes for another one: what serves already it leaves as it
        is, whatever its variables are."""
        if self.serving.status().release != release.description:
            return release.description
        self.ctx.write(release.again, _text(release.description))
        return release.again

    # -- variables --

    def variables(self) -> tuple[str, ...]:
        return tuple({**sites.read_mapping(self.current.variables), **variables.read_own(self.site)})

    def given_variables(self) -> tuple[str, ...]:
        return tuple(filter(variables.is_given, self.variables()))

    def changed_variables(self) -> tuple[VariableChange, ...] | None:
        made_with = sites.read_mapping(self.current.made_with)
        if not made_with:  # an earlier version of the tool made the release
            return None
        now = {**sites.read_mapping(self.current.variables), **variables.read_own(self.site)}
        return changes(made_with["variables"], fingerprints(now, made_with["salt"]))

    def set_variable(self, name: str, value: Secret) -> None:
        self._refuse_given(name)
        text = value.reveal()
        if name == "DATABASE_URL":
            if not self.site.postgres:
                raise StepError("This site keeps its data in SQLite.", hint="You choose its database when you deploy.")
            text = variables.checked_database_url(text)
        own, given = variables.read_own(self.site), sites.read_mapping(self.current.variables)
        self._serve_with({**own, name: text}, {**given, name: text})

    def unset_variable(self, name: str) -> None:
        self._refuse_given(name)
        own, given = variables.read_own(self.site), sites.read_mapping(self.current.variables)
        self._serve_with(*({key: value for key, value in each.items() if key != name} for each in (own, given)))

    def _refuse_given(self, name: str) -> None:
        if variables.is_given(name):
            raise StepError(f"Deploying gives {name} its value.", hint="Choose a variable of your project's own.")

    def _serve_with(self, own: Mapping[str, str], given: Mapping[str, str]) -> None:
        """Let the site serve with other variables; where it does not start with them, they stay what they were."""
        before = {path: _text(path) for path in (self.site.variables, self.current.variables)}
        self.ctx.write(self.site.variables, as_secret_json(own))
        self.ctx.write(self.current.variables, as_secret_json(given))
        if not self.serving.status().running:
            self.ctx.note("The site is not running. The change takes effect at its next start.")
            return
        try:
            self._serve(self.current, anew=True)
        except BaseException:
            for path, text in before.items():
                self.ctx.write(path, Secret(text))
            raise

    # -- commands and data --

    def run(self, words: Sequence[str]) -> None:
        run_management(self.ctx, self._python, words)

    def _python(self, arguments: Sequence[str], env: Mapping[str, str | Secret], show: bool) -> Completed:
        """Run the interpreter of the release that serves, with the site's variables."""
        release = json.loads(_text(self.current.description))
        own = {**sites.read_mapping(self.current.variables), **variables.read_own(self.site)}
        self.ctx.hide(*variables.secrets_in(own))  # a command may print them
        given = {**variables.isolated(own), **env}
        return self.ctx.run(
            (release["argv"][0], *arguments), cwd=Path(release["cwd"]), env=given, timeout=LONG, show=show
        )

    def backup(self, file: Path) -> None:
        scratch = self.site.folder / "backup"
        try:
            if self.site.postgres:
                self.ctx.write(scratch / "README", "A dump of the database, which goes into a backup.\n")
                self._postgres("pg_dump", "--format=custom", "--no-owner", f"--file={scratch / 'database.dump'}")
            self._archive("save", str(self.site.folder), str(file))
        finally:
            self.ctx.remove(scratch)

    def restore(self, file: Path) -> None:
        folder = self.site.folder
        try:
            unpacked = self._archive("unpack", str(folder), str(file), check=False, show=False)
            if not unpacked.ok:
                raise StepError(
                    f"That file cannot be restored: {' '.join(unpacked.tail(1))}", hint="Nothing was changed."
                )
            if json.loads(unpacked.output)["postgres"] != self.site.postgres:
                raise StepError(
                    "The backup is from a site with another kind of database.",
                    hint=f"This site has {'PostgreSQL' if self.site.postgres else 'SQLite'}.",
                )
            with self._stopped():
                if self.site.postgres:
                    dump = folder / "restoring" / "database.dump"
                    self._postgres(
                        "pg_restore",
                        "--clean",
                        "--if-exists",
                        "--no-owner",
                        "--exit-on-error",
                        "--single-transaction",
                        "--dbname=",
                        str(dump),
                    )
                self._archive("place", str(folder))
                self.ctx.write(self.site.data / ".keep", "")
                self.run(("migrate", "--noinput"))
        finally:
            self.ctx.remove(folder / "restoring")

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """The site does not serve meanwhile."""
        running = self.serving.status().running
        if running:
            self.serving.stop()
        try:
            yield
        finally:
            if running:
                self._serve(self.current)

    def _archive(self, *words: str, check: bool = True, show: bool = True) -> Completed:
        return self.ctx.run(
            (self.ctx.facts.host.base_python, "-I", str(ARCHIVE), *words), timeout=LONG, check=check, show=show
        )

    def _postgres(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs for the site's database.

        :raises StepError: it is not installed.
        """
        try:
            self.ctx.run((program, *words), env=connection(variables.read_own(self.site)["DATABASE_URL"]), timeout=LONG)
        except ToolMissing as error:
            raise StepError(
                f"The program {program} of PostgreSQL is not installed on this computer.",
                hint="Install PostgreSQL's client programs, of the server's version or newer.",
            ) from error


def connection(url: str) -> dict[str, str | Secret]:
    """Where a database is, as variables that PostgreSQL's own programs read. Others of the kind are taken away.

    See “Environment Variables” in PostgreSQL's documentation of libpq.
    """
    parts = urlsplit(url)
    found = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        **{f"PG{name.upper()}": value for name, value in parse_qsl(parts.query)},
    }
    return {**found, "PGPASSWORD": Secret(unquote(parts.password or "")), "PGSERVICE": ""}


def control(ctx: Context, site: sites.Site) -> Control:
    """The supervisor of *site*."""
    return Control(run=ctx.run, python=ctx.facts.host.base_python, program=site.supervisor, folder=site.server)


def state(site: sites.Site, served: Served) -> SiteState:
    """How *site* is doing, in words."""
    headline = {
        "serving": f"{site.name} answers at {site.address}",
        "restarting": f"{site.name} has trouble and is restarting",
    }
    details = [("Release", site.current or "none"), ("Releases kept", ", ".join(site.releases))]
    if served.served_since is not None:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(served.served_since))
        details += [("Serving since", since), ("Process", str(served.pid))]
    if served.restarts:
        details.append(("Started again after crashes", str(served.restarts)))
    if served.trouble:
        details.append(("Trouble", served.trouble))
    details += [("Database", "PostgreSQL" if site.postgres else str(site.data)), ("Folder", str(site.folder))]
    if keeping.is_kept(site):
        details.append(("Starts by itself", "after a crash and when you log in"))
    if not served.running:
        details.append(("Start it", f"{deploy_command(planning.SLUG)} --start"))
    return SiteState(
        running=served.running,
        headline=headline.get(served.state if served.running else "", f"{site.name} is not running"),
        url=site.address if served.running else None,
        details=tuple(details),
    )


def _text(path: Path) -> str:
    """:raises StepError: the file, which a deployment wrote, is gone or cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StepError(
            f"{path} cannot be read: {error}.", hint="Deploy again: this makes a new release with all of its files."
        ) from error
