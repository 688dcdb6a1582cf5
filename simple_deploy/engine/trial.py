"""The trial: the planned project on the workbench, in an environment with the planned packages, as it will be used."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy import __version__
from simple_deploy.core import codec, known_failures, placeholders
from simple_deploy.core.errors import CommandFailed, StepError, TimedOut
from simple_deploy.core.events import Output
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.plan import Plan
from simple_deploy.core.secret import Secret, redact_data, secrets_in_environment
from simple_deploy.core.steps import RemoveFile
from simple_deploy.core.trials import Failure, Phase, Report, Visit
from simple_deploy.engine import compiled
from simple_deploy.engine.context import Ports, command_line
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import envfiles
from simple_deploy.platforms.checking import django_check
from simple_deploy.platforms.production import application_server, uses_static_files
from simple_deploy.system import process, stored, surroundings
from simple_deploy.system.files import least_recent, private_folder, remove_empty, remove_tree, write_atomic

MANAGE_PY = "manage.py"
COLLECT = (MANAGE_PY, "collectstatic", "--noinput")

PATIENCE = 120.0  # seconds one command may work
KEPT = 8  # trials
PAGES = 60.0  # seconds all pages together may work

#: What the person's own shell adds to the import path is not there in another one.
_KEY = "made-up-to-try-the-settings-and-used-nowhere-else-0123456789"
_OF_A_SHELL = {"PYTHONPATH": "", "PYTHONHOME": "", "SIMPLE_DEPLOY_ENABLED": ""}

#: Exit codes of the child where the check passed: collectstatic failed; the application could not be loaded.
NOT_COLLECTED, NOT_LOADED = 70, 71

_CHILD = str(Path(__file__).with_name("trial_child"))


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries one plan.

    :param facts: as the platform sees them.
    :param kept: folder of what earlier trials showed, or None.
    """

    facts: ProjectFacts
    plan: Plan
    ports: Ports
    environments: Environments
    kept: Path | None = None

    def run(self, bench: Workbench, digest: str = "") -> Report:
        """What the plan whose files are on *bench* shows.

        :param digest: of plan and files: what was tried without a failure is not tried again.
        :raises StepError: the requirements cannot be installed at all, and the platform could not do it either.
        """
        if self.facts.dependencies.file is None:
            return Report()
        if self.plan.writes_unseen:
            self.ports.note("not tried: what it writes is known when it runs, and you are shown it then")
            return Report()
        try:
            python = self._environment(bench)
        except StepError as error:
            if not self.plan.hosting.installs_more:
                raise
            return Report(uninstalled=(error.message, error.hint))
        own = envfiles.values(self.facts)  # a .env file is not on the workbench, since it is in no commit
        known = Known(self.kept, (digest, str(python), own, self._asked())) if self.kept and digest else None
        report = known.load() if known else None
        if report is not None:
            self.ports.emit(Output(text="tried before, with the same files, packages and variables", stream="note"))
            return report
        scratch = bench.folder.with_name("trial")
        try:
            with _no_variables_above(bench.folder):
                report = _Trying(self, python, own, bench.folder / self.facts.location.project_dir, scratch).run()
            if known and not report.failures:
                known.save(report)
            return report
        finally:
            # What was compiled of the packages serves the next plan; the workbench is another one then.
            remove_tree(compiled.folder(python).joinpath(*bench.folder.resolve().parts[1:]))
            remove_tree(scratch)
            if not bench.folder.exists():
                # The project was moved meanwhile, and what ran here made the way to this folder again.
                remove_empty(scratch.parent, self.facts.location.root)

    def _environment(self, bench: Workbench) -> Path:
        return self.environments.ensure(
            dependencies=self.facts.dependencies,
            root=bench.folder,
            python=self.facts.host.base_python,
            run=self.ports.shown_runner,
            pause=self.ports.pause,
            groups=self.plan.groups,
        )

    def _asked(self) -> object:
        settings = self.facts.settings
        return (__version__, self.facts.development is None, settings and (settings.module, settings.first_url))


@contextlib.contextmanager
def _no_variables_above(folder: Path) -> Iterator[None]:
    """Let what looks for a ``.env`` file in *folder* and further up find an empty one beside it.

    The workbench lies inside the project, and python-decouple and environs would go up to the person's own file, which
    no platform has.
    """
    stop = folder.with_name(".env")
    there = stop.exists()
    stop.touch()
    try:
        yield
    finally:
        if not there:
            stop.unlink()


class Known:
    """What a trial showed, kept in *folder* under everything it depends on. No value of that can be read from it."""

    def __init__(self, folder: Path, of: object) -> None:
        name = hashlib.sha256(json.dumps(of, sort_keys=True).encode("utf-8")).hexdigest()[:20]
        self._file = folder / f"trial-{name}.json"

    def load(self) -> Report | None:
        return stored.known(Report, self._file)

    def save(self, report: Report) -> None:
        """Keep it, as far as there is room: without it, the same is tried again."""
        with contextlib.suppress(OSError):
            for old in least_recent(self._file.parent.glob("trial-*.json"), keep=KEPT - 1):
                old.unlink(missing_ok=True)
            write_atomic(self._file, json.dumps(codec.to_data(report)))


class _Trying:
    """One trial under way.

    :param own: variables that the project's settings read, with their values here.
    :ivar _sent: those of them that the site gets.
    :param scratch: folder for what it makes.
    """

    def __init__(self, trial: Trial, python: Path, own: Mapping[str, str], folder: Path, scratch: Path) -> None:
        self._facts, self._hosting, self._ports = trial.facts, trial.plan.hosting, trial.ports
        self._python, self._folder, self._scratch = str(python), folder, private_folder(scratch)
        self._check = (MANAGE_PY, *django_check(trial.facts.settings))
        module = _settings_module(trial.facts, trial.plan)
        self._module = {"DJANGO_SETTINGS_MODULE": module} if trial.facts.settings else {}
        self._own = own
        sent = self._hosting.own
        self._sent = {name: value for name, value in own.items() if sent is None or name in sent}
        uses = trial.facts.settings.variable_uses if trial.facts.settings else ()
        made_up = [use.name for use in uses if use.is_another_key and not use.insists and sent and use.name in sent]
        self._sent |= dict.fromkeys(made_up, _KEY)
        self._ports.redactor.add(*secrets_in_environment(self._own))
        self._compiled = {
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": compiled.prefix(python),
            "FORCE_COLOR": "1",
            "CLICOLOR_FORCE": "1",
        }

    def run(self) -> Report:
        """Both at once: as on this computer, and as on the platform. What the second prints is shown first."""
        lines: list[str] = []
        with ThreadPoolExecutor(1) as beside:
            here = beside.submit(self._here, lines) if self._facts.development is None else None
            built = self._build()
            deployed = self._deployed(built)
        failed_here = here.result() if here is not None else ()
        if here is not None:
            self._show(self._check, () if failed_here else lines)
        failures = (*failed_here, *built.failures, *deployed.failures)
        return Report(failures=failures, needed=built.needed, visit=deployed.visit)

    def _here(self, lines: list[str]) -> tuple[Failure, ...]:
        """``manage.py check`` without any of the platform's variables; what it prints is added to *lines*."""
        try:
            self._ports.runner(
                (self._python, *self._check),
                cwd=self._folder,
                env={**_even_empty(self._own), **_OF_A_SHELL, **self._module, **self._compiled},
                timeout=PATIENCE,
                by_work=True,
                on_line=lines.append,
            )
        except CommandFailed as error:
            if self._lacks_what_debugging_needs(error.tail):
                lines[:] = ["This computer has a package that is only for DEBUG; the deployed site does not have it."]
                return ()
            return (Failure(phase="here", command=self._check, tail=error.tail),)
        except TimedOut:
            return (Failure(phase="here", command=self._check, tail=(*lines, _endless(self._check, PATIENCE))),)
        return ()

    def _lacks_what_debugging_needs(self, tail: Sequence[str]) -> bool:
        """Whether only a package for DEBUG is missing: this environment is the deployed site's, where DEBUG is off."""
        modules = self._facts.settings.debug_modules if self._facts.settings else frozenset()
        return any(f"No module named {module!r}" in line for line in tail for module in modules)

    def _build(self) -> Report:
        """Static files, collected as the platform does it."""
        settings, build = self._facts.settings, self._hosting.build
        if settings is None or not uses_static_files(settings):
            return Report()
        if build is None:
            return Report()  # that is done where the pages are asked for, since it has the same variables
        if self._hosting.own_at_build:
            return self._child("build", COLLECT, {**self._sent, **dict(build)})
        return self._without_own(dict(build), set(settings.variables) - dict(build).keys())

    def _without_own(self, given: Mapping[str, str], absent: Set[str]) -> Report:
        """Static files, collected with made-up values of those variables that the project insists on: of the *absent*
        ones, and of any that it reads only there."""
        needed: dict[str, str] = {}
        while True:
            found = self._child("build", COLLECT, {**given, **needed})
            if not found.failures:
                return replace(found, needed=tuple(needed.items()))
            tail = found.failures[0].tail
            asked = known_failures.named(tail, absent - needed.keys()) or _read_only_there(tail, {*given, *needed})
            if not asked:
                return found
            needed |= {name: placeholders.like(self._own.get(name, "")) for name in asked}

    def _deployed(self, built: Report) -> Report:
        """``manage.py check`` with the platform's variables, and the pages where static files could be collected."""
        asked = "" if built.failures or built.visit else self._hosting.address
        collect = self._hosting.build is None
        site = {**self._sent, **dict(self._hosting.site)}
        found = self._child("site", self._check, site, address=asked, collect=collect)
        released = Report() if found.failures else self._released(site)
        return Report(failures=(*found.failures, *released.failures), visit=found.visit or built.visit)

    def _released(self, site: Mapping[str, str]) -> Report:
        """``manage.py check`` as the command before a release, where the settings read what is different for that."""
        settings, special = self._facts.settings, self._hosting.release
        release = {**self._sent, **dict(special or ())}
        different = {name for name in {*site, *release} if site.get(name) != release.get(name)}
        if settings is None or special is None or different.isdisjoint(settings.variables):
            return Report()
        return self._child("release", self._check, release)

    def _child(
        self,
        phase: Phase,
        command: tuple[str, ...],
        env: Mapping[str, str],
        *,
        address: str = "",
        collect: bool = False,
    ) -> Report:
        report = self._scratch / f"{command[1]}.json"
        request = {
            "command": command[1:],
            "address": address,
            "collect": collect,
            "first": self._facts.settings.first_url if self._facts.settings else None,
            "static": str(private_folder(self._scratch / "static")),
            "media": str(private_folder(self._scratch / "media")),
            "volume": str(private_folder(self._scratch / "volume")),
            "report": str(report),
            "application": self._application,
            "elsewhere": self._hosting.is_elsewhere,
            "seconds": PAGES,
        }
        lines: list[str] = []  # what a command that fails has printed is left to whoever explains it
        self._show(command, ())
        try:
            self._ports.runner(
                (self._python, _CHILD),
                cwd=self._folder,
                env=self._surroundings(env),
                stdin=json.dumps(request),
                timeout=PATIENCE + PAGES,
                by_work=True,
                on_line=lines.append,
            )
        except CommandFailed as error:
            load = ("-c", f"import {self._application[0]}")
            failed = {NOT_COLLECTED: COLLECT, NOT_LOADED: load}.get(error.returncode, command)
            withheld = known_failures.named(error.tail, self._own.keys() - env.keys())
            return Report(failures=(Failure(phase=phase, command=failed, tail=error.tail, withheld=withheld),))
        except TimedOut:
            tail = (*lines, _endless(command, PATIENCE + PAGES))
            return Report(failures=(Failure(phase=phase, command=command, tail=tail),))
        for line in lines:
            self._line(line)
        return Report(visit=self._visit(report))

    @property
    def _application(self) -> tuple[str, str]:
        """Module and name of what a server loads; empty where that is not known, as a file of the project's own may
        name another one, and on this computer, whose server makes one where the project has none."""
        settings = self._facts.settings
        has_own = settings is not None and (settings.wsgi_application or settings.asgi_application)
        if settings is None or not (has_own or self._hosting.is_elsewhere):
            return "", ""
        module, _, name = application_server(settings).argv[-1].partition(":")
        own = {each.partition(":")[0] for file in self._facts.existing for each in file.applications}
        return ("", "") if own - {module} else (module, name)

    def _surroundings(self, env: Mapping[str, str]) -> Mapping[str, str | Secret]:
        """The environment of a process with the variables *env*, which finds nothing else of this computer's."""
        there = {**os.environ, **self._ports.environment}
        inherited = {name.upper() for name in self._hosting.inherited}
        own = surroundings.home(private_folder(self._scratch / "home")) if self._hosting.is_elsewhere else {}
        path = os.pathsep.join((str(Path(self._python).parent), there.get("PATH", "")))
        given = {**self._module, **own, "PATH": path, **_even_empty(env), **self._compiled}
        return surroundings.alone(given, keeping={*surroundings.NEEDED, *inherited, process.RUN}, of=there)

    def _visit(self, report: Path) -> Visit | None:
        try:
            found = stored.load(Visit, report)
            return found and codec.from_data(Visit, redact_data(codec.to_data(found), self._ports.redactor))
        except ValueError as error:
            return Visit(unknown=f"the report cannot be read: {error}")

    def _show(self, command: Sequence[str], lines: Sequence[str]) -> None:
        self._ports.emit(Output(text=command_line((self._python, *command)), stream="command"))
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        self._ports.emit(Output(text=line))


def _read_only_there(tail: Sequence[str], known: Set[str]) -> tuple[str, ...]:
    """The variable that a command ended for want of, where it is none of the *known* ones."""
    name = known_failures.missing_variable(tail)
    return (name,) if name and name not in known else ()


def _even_empty(variables: Mapping[str, str]) -> Mapping[str, str | Secret]:
    """*variables* for a process that has those too which hold nothing."""
    return {name: value or Secret("") for name, value in variables.items()}


def _endless(command: Sequence[str], seconds: float) -> str:
    return f"{' '.join(command[:2])} did not end within {seconds:.0f} seconds"


def _settings_module(facts: ProjectFacts, plan: Plan) -> str:
    """The settings that the planned project has: those of today; empty where the plan removes them, since its manage.py
    says then which there are, and may decide it while it runs."""
    settings = facts.settings
    removed = {step.path for step in plan.file_steps if isinstance(step, RemoveFile)}
    return "" if settings is None or settings.file in removed else settings.module
