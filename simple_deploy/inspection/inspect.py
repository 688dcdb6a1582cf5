"""Look at a project: its settings, dependencies, repository and local database, and what they mean for a deployment."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from simple_deploy.core import codec
from simple_deploy.core.facts import Dependencies, Gap, Host, Large, Location, Production, ProjectFacts, Settings
from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Runner
from simple_deploy.inspection import (
    cache,
    candidates,
    committed,
    credentials,
    dependencies,
    djangos,
    envfiles,
    existing,
    front_end,
    git,
    imports,
    line_ends,
    own_changes,
    predecessor,
    production,
    rules,
    sqlite,
    tree,
    unloaded,
    versions,
)
from simple_deploy.inspection.naming import project_name
from simple_deploy.inspection.packages import Environment, is_standard
from simple_deploy.inspection.probe import TIMEOUT, Probe, probe
from simple_deploy.managers.base import FOREIGN
from simple_deploy.managers.found import Found
from simple_deploy.system.git import Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """
    :param secrets: values that must never be stored or shown, as far as this process has loaded the project.
    """

    facts: ProjectFacts
    findings: tuple[Finding, ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Inspects projects; changes nothing in them.

    :param cache_dir: folder of the tool's own where what was found may be kept, or None.
    :param python: the interpreter of the project's environment, which is the tool's own.
    :param timeout: seconds the project's settings may take to load.
    :param written: what runs of the tool left in the project's files.
    :param secrets: those of the project as this process loaded it last, by the key of that look: they are kept nowhere
        else.
    """

    runner: Runner
    cache_dir: Path | None = None
    python: str = sys.executable
    timeout: float = TIMEOUT
    written: own_changes.Written = dict
    secrets: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def inspect(
        self, location: Location, *, fresh: bool = False, hiding: bool = False, allow_dirty: bool = False
    ) -> Inspection:
        """Facts and findings about the project at *location*.

        :param fresh: load the project even if nothing changed.
        :param hiding: load it unless its secrets are known.
        :param allow_dirty: whether the person wants to deploy with uncommitted work.
        :raises ToolMissing: there is no such interpreter.
        """
        with ThreadPoolExecutor(max_workers=1) as beside:  # git is asked while the project loads in its own process
            asked = beside.submit(git.read, location.root, self.runner, self.written, self._remember(location))
            files = tree.walk(location.root)
            key = cache.key(location, files, os.environ, self.python)
            known, secrets = self._known(location, files, key, fresh=fresh, hiding=hiding)
        reading = asked.result()
        exposed, tokens = credentials.find(location.root, reading.own, known.dependencies.files)
        gaps = self._gaps(location, known, files, reading)
        facts = ProjectFacts(
            location=replace(
                location, settings_module=known.settings.module if known.settings else location.settings_module
            ),
            name=project_name(location, known.settings),
            host=_host(self.python, reading),
            django=known.django,
            django_declared=known.django_declared,
            dependencies=known.dependencies,
            git=reading.facts
            and replace(
                reading.facts,
                credentials=exposed,
                windows_scripts=line_ends.find(location.root, reading.own, Git(location.root, self.runner)),
                databases=_committed_databases(reading, known.settings),
                predecessor_logs=tuple(path for path in predecessor.logs(location) if path in reading.tracked),
            ),
            settings=_with_database(known, location.root),
            settings_problem=known.problem,
            production=known.production,
            git_problem=reading.problem,
            python_wanted=known.python_wanted,
            python_range=known.python_range,
            django_python=known.django_python,
            outer_repository=str(reading.outer) if reading.outer else None,
            environments=files.environments,
            projects=known.projects,
            settings_modules=known.settings_modules,
            gaps=gaps,
            front_end=front_end.find(location.root, files.paths, gaps),
            twins=committed.twins(reading.own),
            large=_large(files, reading),
            unwritable=_unwritable(location, known),
            existing=existing.look(location.root),
            earlier_blocks=production.earlier_blocks(location.root, _settings_files(known)),
        )
        here = envfiles.values(facts)
        facts = replace(
            facts,
            valued=frozenset(name for name, value in here.items() if value),
            emptied=frozenset(name for name, value in here.items() if not value),
        )
        facts = replace(facts, digest=digest(facts))
        return Inspection(
            facts=facts,
            findings=rules.findings(facts, allow_dirty=allow_dirty),
            secrets=(*secrets, *tokens),
        )

    def _known(
        self, location: Location, files: tree.Tree, key: str, *, fresh: bool, hiding: bool
    ) -> tuple[cache.Known, tuple[str, ...]]:
        store = cache.Cache(self.cache_dir) if self.cache_dir else None
        secrets = self.secrets.get(key)
        if store and not fresh and not (hiding and secrets is None):
            known = store.load(location, key)
            if known is not None:
                return known, secrets or ()
        report = probe(location, self.runner, python=self.python, timeout=self.timeout)
        modules = candidates.settings_modules(location, report.settings, files.python)
        other, more = self._production(location, report, modules)
        known = _learn(location, files, report, modules, other)
        if known.settings is None or (other is not None and other.problem is not None):
            more = (*more, *unloaded.secrets(location, files.python))
        # A problem may lie outside the project (a service that is not running), so it is looked at again.
        if store and known.problem is None:
            store.save(location, key, known)
        self.secrets.clear()
        self.secrets[key] = (*report.secrets, *more)
        return known, self.secrets[key]

    def _remember(self, location: Location) -> git.Remember:
        store = cache.Cache(self.cache_dir) if self.cache_dir else None
        return git.ask_again if store is None else partial(store.index, location)

    def _gaps(self, location: Location, known: cache.Known, files: tree.Tree, reading: git.Reading) -> tuple[Gap, ...]:
        if reading.facts is None or reading.facts.head is None:
            return ()  # there is no commit, which is told
        asked = Git(location.root, self.runner)
        return committed.gaps(known.used, location, known.settings, files, reading.tracked, asked)

    def _production(
        self, location: Location, report: Probe, modules: Sequence[str]
    ) -> tuple[Production | None, tuple[str, ...]]:
        """The module that the deployed site has for itself, loaded where it is there, and the secrets it knows."""
        found = production.find(location.root, report.settings, modules)
        if found is None or not found.exists:
            return found, ()
        if location.corrections.settings_module:
            return None, ()  # the person chose between those that are there
        asked = replace(location, settings_module=found.module)
        loaded = probe(asked, self.runner, python=self.python, timeout=self.timeout, deployed=True)
        if loaded.settings is not None and loaded.settings.module != found.module:
            return None, loaded.secrets  # manage.py insists on another one
        return replace(found, settings=loaded.settings, problem=loaded.problem), loaded.secrets


def _learn(
    location: Location,
    files: tree.Tree,
    report: Probe,
    modules: tuple[str, ...],
    other: Production | None,
) -> cache.Known:
    reading = dependencies.read(location, choice=location.corrections.manager or "")
    environment = Environment(report.distributions)
    django = environment.get("django")
    declared = djangos.of_site(location.root, reading.dependencies, report.django)
    return cache.Known(
        settings=report.settings,
        problem=report.problem,
        production=other,
        dependencies=_with_needs(location.root, files, report, reading, environment),
        django=report.django,
        django_declared=declared,
        django_python=djangos.pythons_of(declared, report.django, django.requires_python if django else ""),
        python_wanted=versions.wanted(location, reading.python),
        python_range=reading.python,
        migrations=report.migrations,
        tables=report.tables,
        projects=candidates.projects(location.root, files.python),
        settings_modules=modules,
        used=report.used,
    )


def _with_needs(root: Path, files: tree.Tree, report: Probe, reading: Found, environment: Environment) -> Dependencies:
    """What is declared, together with what that leaves out or has too much."""
    found = reading.dependencies
    own = imports.own_modules(files.python, environment.modules)
    named = [module for module in report.modules if module not in own and not is_standard(module)]
    if found.manager == "none" or found.manager in FOREIGN:
        imported = imports.scan(root, files.python, environment.modules)
        optional = [module for module in imported.optional if environment.bringing(module)]
        modules = {*imported.needed, *optional, *named, "django"}
        lines, unknown = environment.lines_for(sorted(module for module in modules if not is_standard(module)))
        return replace(found, suggested=lines, unknown_imports=unknown)
    declared = {entry.name: entry.text for entry in found.declared}
    brought = [module for entry in environment.candidates(declared) for module in entry.modules]
    used = {*named, *imports.mentions(root, files.python, [module for module in brought if module not in named])}
    for_debug = report.settings.debug_modules if report.settings else frozenset()
    missing = environment.undeclared(declared, [module for module in named if module not in for_debug])
    # With settings that were not loaded, or a file that was not read whole, nothing can be said to be missing.
    if missing and reading.complete and not found.problems:
        spared = imports.scan(root, files.python, environment.modules).optional_packages
        undeclared = {name for module, names in missing.items() if module not in spared for name in names}
        found = replace(found, undeclared=tuple(sorted(undeclared)))
    return replace(found, tool_only=environment.tool_only(declared, used))


def _settings_files(known: cache.Known) -> list[str]:
    """Those that a plan may edit."""
    files = (known.settings and known.settings.file, known.production and known.production.file)
    return list(dict.fromkeys(file for file in files if file))


def _large(files: tree.Tree, reading: git.Reading) -> tuple[Large, ...]:
    committed_ones = (Large(path=file.path, size=file.size) for file in files.large if file.path in reading.tracked)
    return tuple(sorted(committed_ones, key=lambda file: (-file.size, file.path)))


def _committed_databases(reading: git.Reading, settings: Settings | None) -> tuple[str, ...]:
    named = {database.name for database in settings.databases if database.is_sqlite} if settings else set()
    return tuple(path for path in reading.own if path in named or path.lower().endswith(".sqlite3"))


def _host(python: str, reading: git.Reading) -> Host:
    systems: dict[str, Literal["linux", "darwin", "windows"]] = {"win32": "windows", "darwin": "darwin"}
    return Host(
        system=systems.get(sys.platform, "linux"),
        python=platform.python_version(),
        python_executable=python,
        base_python=str(getattr(sys, "_base_executable", "") or sys.executable),
        git=reading.version,
        git_identity=reading.identity,
        services=_services(),
    )


def _services() -> Literal["systemd", "launchd", "tasks", ""]:
    """What keeps programs of this user running. The socket is where systemctl finds the user's own systemd."""
    if sys.platform == "win32":
        return "tasks" if shutil.which("schtasks") else ""
    if sys.platform == "darwin":
        return "launchd" if shutil.which("launchctl") else ""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    with suppress(OSError):  # after `su` it may be another user's
        if runtime and Path(runtime, "systemd", "private").exists() and shutil.which("systemctl"):
            return "systemd"
    return ""


def _with_database(known: cache.Known, root: Path) -> Settings | None:
    """The settings with what the local database, which changes all the time, holds now."""
    settings = known.settings
    database = settings.default_database if settings else None
    if settings is None or database is None or not database.is_sqlite:
        return settings
    if not sqlite.file_of(database.name):
        return settings
    state = sqlite.look(root / database.name, known.tables)
    if state is None:
        return settings
    pending = None if known.migrations is None else sqlite.pending(known.migrations, state.applied)
    return replace(settings, pending_migrations=pending, has_data=state.has_data)


def _unwritable(location: Location, known: cache.Known) -> tuple[str, ...]:
    files = [known.settings.file if known.settings else None, known.dependencies.file]
    paths = [location.root, *(location.root / file for file in files if file)]
    git_folder = location.root / ".git"
    if git_folder.is_dir():
        paths.append(git_folder)
    return tuple(_shown(path, location.root) for path in paths if path.exists() and not os.access(path, os.W_OK))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path != root else str(root)


def digest(facts: ProjectFacts) -> str:
    """SHA-256 over what a plan builds on: the facts, and the files it edits, byte for byte.

    Left out is what changes without making a plan stale: rows in the local database, the words of ``manage.py check``.
    """
    data: dict[str, Any] = codec.to_data(facts)
    for name in ("digest", "gaps", "large", "twins"):
        data.pop(name)
    for settings in filter(None, (data["settings"], (data["production"] or {}).get("settings"))):
        for name in ("checks", "has_data", "pending_migrations", "new_migrations"):
            settings.pop(name)
    root = facts.location.root
    hashes = {name: _hash(root / name) for name in _read_by_plans(facts)}
    return hashlib.sha256(json.dumps([data, hashes], sort_keys=True).encode("ascii")).hexdigest()


def _read_by_plans(facts: ProjectFacts) -> Iterable[str]:
    names = {*facts.dependencies.files, facts.dependencies.lock, facts.dependencies.file, facts.settings_file}
    names |= {facts.production.file} if facts.production else set()
    return sorted(name for name in names if name)


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""
