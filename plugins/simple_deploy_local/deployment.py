"""The steps of a deployment that do something on this computer, one method each. All may be repeated."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.api import (
    ADMIN,
    LOADED,
    AdminUser,
    Cancelled,
    CommandFailed,
    Completed,
    Context,
    Finding,
    Level,
    ProjectError,
    Resource,
    Secret,
    SimpleDeployError,
    SiteNotHealthy,
    StepError,
    after_migrating,
    django_check,
)
from simple_deploy_local import keeping, sites
from simple_deploy_local.control import Control, SupervisorError
from simple_deploy_local.keeping import Keeper
from simple_deploy_local.localdata import LocalData
from simple_deploy_local.output import check_findings, log_lines
from simple_deploy_local.sites import Release, Site
from simple_deploy_local.workplace import FRESH_GIT, Workplace, site_of

HERE = Path(__file__).parent
SUPERUSERS = "superusers"  # in the results: how many the data has that the site begins with
LEASE = 300.0  # seconds a candidate lives at most, should this process be killed

_IS_EMPTY = f"""{LOADED}\
from django.db import connection
print(len(connection.introspection.table_names()))
"""
_SUPERUSERS = f"""{LOADED}\
from django.contrib.auth import get_user_model
print(get_user_model()._default_manager.filter(is_superuser=True).count())
"""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment."""

    place: Workplace

    @property
    def ctx(self) -> Context:
        return self.place.ctx

    @property
    def local(self) -> LocalData:
        return LocalData(self.place)

    # -- the steps --

    def prepare(self) -> Mapping[str, str]:
        """Find or make the site's folder, its secrets and its supervisor's files."""
        ctx, folder = self.ctx, self.ctx.facts.location.folder
        port = int(ctx.answers.text("port") or 0)
        found = site_of(ctx)
        name = ctx.answers.text("deployed_project_name") or ctx.facts.name
        site = found or replace(sites.new(ctx.home, folder, ctx.mark, name, port=port), postgres=self.place.postgres)
        own = self.place.own_variables(site)
        ctx.created(as_resource(site), reused=found is not None)
        if site.current is None:
            # From the first release on, what is written down belongs to the one that serves; see verify().
            self.place.note_site(site, own)
        for source, target in (
            ("supervisor.py", site.supervisor),
            ("serve.py", site.server / "serve.py"),
            ("manage_release.py", site.manage),
        ):
            ctx.write(target, (HERE / source).read_text(encoding="utf-8"))
        ctx.write(site.data / ".keep", "")
        ctx.note(f"{'Using' if found else 'Made'} the site {site.name} in {site.folder}")
        return {"site": site.name, "folder": str(site.folder), **({"port": str(port)} if port else {})}

    def checkout(self) -> Mapping[str, str]:
        """Lay out the workbench's commit as a new release."""
        ctx = self.ctx
        commit = ctx.run(("git", "rev-parse", "--short=9", "HEAD"), env=FRESH_GIT, show=False).output.strip()
        release = self.place.site.release(f"{time.strftime('%Y%m%d-%H%M%S')}-{commit}")
        ctx.remove(release.folder)
        ctx.write(release.folder / "commit", commit + "\n")
        prefix = f"--prefix={release.code.as_posix()}/"
        self.place.run(("git", "checkout-index", "--all", prefix), env=FRESH_GIT)
        return {"release": release.id}

    def install(self) -> None:
        """Make the release's own environment from the project's dependency file."""
        ctx, place, release = self.ctx, self.place, self.place.release
        file = ctx.facts.dependencies.file
        if file is None:
            raise ProjectError("The project has no dependency file.", hint="Write a requirements.txt, then plan again.")
        ctx.remove(release.environment)
        place.run((ctx.uv(), "venv", "--quiet", "--python", place.base_python, str(release.environment)))
        install = (ctx.uv(), "pip", "install", "--python", place.python, "-r", "-")
        place.run(install, cwd=(release.code / file).parent, stdin=ctx.requirements(release.code))
        ctx.take_compiled(release.environment)
        place.describe_release(data=place.site.data)

    def static(self) -> None:
        """Collect static files under names that change with their content."""
        self.ctx.remove(self.place.release.static)
        self.place.manage("collectstatic", "--noinput", data=self._migrated)

    def check(self) -> Mapping[str, str]:
        """Let Django look at the settings of the deployed site; what it says is shown as findings."""
        with ThreadPoolExecutor(1) as beside:
            # The data that the site begins with is migrated by now, and to ask it takes as long as the check.
            counted = beside.submit(self._superusers) if self._offers_admin and self._is_rehearsed else None
            done = self.place.manage(*django_check(self.place.settings, deploy=True), data=self._migrated)
        for finding in check_findings(done.output):
            self.ctx.finding(finding)
        count = counted.result() if counted else None
        return {} if count is None else {SUPERUSERS: str(count)}

    def rehearse(self) -> None:
        """Apply the migrations to a copy of the data."""
        ctx, site, rehearsal = self.ctx, self.place.site, self.place.release.rehearsal
        ctx.remove(rehearsal)
        ctx.write(rehearsal / "README", "A copy of the site's data, to try a release on. It is removed afterwards.\n")
        for alias, name in self.place.database_files.items():
            local = self.local.database(alias) if self.local.wanted else None
            source = local if site.current is None else site.data / name
            if source is not None and source.is_file():
                self.local.carry_database(source, rehearsal / name)
        self._migrate(rehearsal)
        if self.local.wanted and not self.local.is_file:
            self.local.load_into(rehearsal)

    def probe(self) -> None:
        """Start the release on a port of its own and ask it for its pages, before anybody else can."""
        place, site, release = self.place, self.place.site, self.place.release
        place.describe_release(data=self._migrated)
        candidate = place.control(release.candidate)
        try:
            with self._or_back_to(None, candidate):
                port = candidate.start(port=0, lease=LEASE).port
                self._activate(candidate, release)
                self.ctx.check_site(f"http://{sites.HOST}:{port}/", within=30.0)
                candidate.stop()
        except SiteNotHealthy:
            self._show_log(release.candidate)
            raise
        finally:
            place.describe_release(data=site.data)
        self.ctx.remove(release.candidate)

    def data(self) -> None:
        """Copy the local data to the site, as it was rehearsed."""
        site, release = self.place.site, self.place.release
        for name in self.place.database_files.values():
            if (release.rehearsal / name).is_file():
                self.local.carry_database(release.rehearsal / name, site.data / name)
        self.local.carry_uploads(site.media)

    def migrate(self) -> None:
        """Apply the migrations to the site's data."""
        site = self.place.site
        if self._is_carried:
            self.ctx.note("The data was copied as it is after the migrations.")
        else:
            load = self.place.postgres and self.local.wanted and self._is_empty()
            self._migrate(site.data)
            if load:
                self.local.load_into(site.data)
        self.ctx.remove(self.place.release.rehearsal)

    def admin(self) -> None:
        """Offer to make an admin user where there is none yet."""
        if self.place.site.current is not None:
            return
        known = self.ctx.results.get(SUPERUSERS)
        if (self._superusers() if known is None else int(known)) != 0:
            return
        user = AdminUser(self.ctx, self._python)
        try:
            answers = user.ask(ADMIN)
            if not answers.flag("create_admin"):
                self.ctx.note("No admin user was made. The summary has the command for making one later.")
                return
            user.make(answers)
        except StepError as error:
            self.ctx.finding(
                Finding(
                    id="local.admin-not-made",
                    level=Level.WARNING,
                    title="The admin user could not be made.",
                    why=" ".join(error.tail[-2:]) if isinstance(error, CommandFailed) else error.message,
                    fix=f"Make one by hand: {manage_command(self.place.base_python, self.place.site)} createsuperuser",
                )
            )

    def _python(self, arguments: Sequence[str], env: Mapping[str, str | Secret], show: bool) -> Completed:
        return self.place.python_run(*arguments, env=env, show=show)

    def activate(self) -> Mapping[str, str]:
        """Let the release serve at the site's address; the one before finishes its requests."""
        site, release = self.place.site, self.place.release
        control = self.place.control(site.server)
        before = control.status()
        served = before.running and before.port == site.port
        if before.running and not served:
            control.stop()
        with self._or_back_to(self._before(served=served), control):
            site = self._start(control, site)
            self._activate(control, release)
        return {"url": site.address, "served": "yes" if served else "no"}

    def verify(self) -> None:
        """Ask the site at its address, and write down that this release serves."""
        place, site = self.place, self.place.site
        control = place.control(site.server)
        before = self._before(served=self.ctx.results.get("served") == "yes")
        try:
            with self._or_back_to(before, control):
                self.ctx.check_site(site.url, within=30.0)
        except SiteNotHealthy:
            self._show_log(site.server)
            raise
        now = site.serving(place.release.id)
        place.note_site(now, place.own_variables(now))
        self._remove_old_releases(now)

    def keep(self) -> None:
        """Have the system start the site again after a crash and at login. The site is deployed without it too."""
        keeper = Keeper(self.ctx, self.place.site)
        reused = keeping.is_kept(keeper.site)
        try:
            keeper.install()
        except StepError as error:
            self.ctx.finding(
                Finding(
                    id="local.not-kept",
                    level=Level.WARNING,
                    title="The site will not restart automatically.",
                    why=f"The system refused: {error.message}",
                    fix="Your next visit to the dashboard starts it again. Deploy again to try once more.",
                )
            )
            return
        self.ctx.created(keeper.resource, reused=reused)

    def unkeep(self) -> None:
        """Take back what :meth:`keep` registered."""
        keeper = Keeper(self.ctx, self.place.site)
        keeper.remove()
        self.ctx.destroyed(keeper.resource)

    # -- parts --

    @property
    def _migrated(self) -> Path:
        """Folder of the databases that the release is tried on: the copy that was migrated, else those of the site."""
        return self.place.release.rehearsal if self._is_rehearsed else self.place.site.data

    @property
    def _is_rehearsed(self) -> bool:
        return not self.place.postgres and self.place.release.rehearsal.is_dir()

    @property
    def _offers_admin(self) -> bool:
        return self.place.settings.has_admin and self.place.site.current is None

    @property
    def _is_carried(self) -> bool:
        """Whether the site's databases are the copies that were migrated."""
        files, rehearsal = self.place.database_files.values(), self.place.release.rehearsal
        copied = self.local.wanted and not self.place.postgres
        return copied and all((rehearsal / name).is_file() for name in files)

    def _migrate(self, data: Path) -> None:
        for alias in dict.fromkeys(("default", *self.place.database_files)):
            extra = () if alias == "default" else (f"--database={alias}",)
            self.place.manage("migrate", "--noinput", *extra, data=data)
        for words in after_migrating(self.place.settings):
            self.place.manage(*words, data=data)

    def _is_empty(self) -> bool:
        """Whether the database has no tables."""
        return self.place.python_run("-c", _IS_EMPTY, show=False).output.split()[-1:] == ["0"]

    def _superusers(self) -> int | None:
        """How many there are in the data that the release is tried on; None when the user model does not say."""
        try:
            done = self.place.python_run("-c", _SUPERUSERS, data=self._migrated, show=False)
            return int(done.output.split()[-1])
        except (CommandFailed, IndexError, ValueError):
            return None

    def _start(self, control: Control, site: Site) -> Site:
        """Start the supervisor, on another port if somebody took the chosen one meanwhile and nobody knows it yet."""
        try:
            control.start(port=site.port)
            return site
        except SupervisorError as error:
            if error.kind != "port-taken" or site.current is not None or "port" in self.ctx.results:
                raise
        site = replace(site, port=sites.free_port(other.port for other in sites.all_in(self.ctx.home)))
        self.place.note_site(site, self.place.own_variables(site))
        self.place.describe_release(data=site.data)
        control.start(port=site.port)
        return site

    def _activate(self, control: Control, release: Release) -> None:
        try:
            control.activate(release.description)
        except SupervisorError as error:
            self.ctx.note(error.detail)
            raise

    @contextmanager
    def _or_back_to(self, before: Path | None, control: Control) -> Iterator[None]:
        """When this goes wrong: let the release *before* serve again, or stop the supervisor where there is none."""
        try:
            yield
        except BaseException as error:
            self._post(control.stop_request() if before is None else control.activate_request(before))
            if not isinstance(error, Cancelled):
                # Only to wait until that is done; what went wrong first is what the person hears.
                with suppress(SimpleDeployError):
                    control.stop() if before is None else control.activate(before)
            raise

    def _before(self, *, served: bool) -> Path | None:
        """What serves when this deployment fails."""
        site = self.place.site
        return site.release(site.current).description if site.current and served else None

    def _post(self, request: tuple[Path, str]) -> None:
        """Leave a command for a supervisor. After a cancel no program can be run any more, but this still works."""
        path, text = request
        if path.parent.is_dir():
            with suppress(SimpleDeployError, OSError):
                self.ctx.write(path, text)

    def _show_log(self, folder: Path) -> None:
        for line in log_lines(folder, 40):
            self.ctx.note(line)

    def _remove_old_releases(self, site: Site) -> None:
        for old in (site.folder / "releases").iterdir():
            if old.name not in site.releases:
                self.ctx.remove(old)


def as_resource(site: Site) -> Resource:
    if site.postgres:
        holds = "Holds uploaded files, secrets and releases. The PostgreSQL database is yours and stays."
    else:
        holds = "Holds the site's database, uploaded files, secrets and releases."
    return Resource(kind="site", name=site.name, remote_id=str(site.folder), url=site.address, holds=holds)


def manage_command(python: str, site: Site) -> str:
    """The command line that runs a management command of the deployed site."""
    words = (python, str(site.manage))
    if sys.platform != "win32":
        return shlex.join(words)
    return " ".join(f'"{part}"' if " " in part else part for part in words)
