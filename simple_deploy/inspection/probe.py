"""Ask the project's own interpreter what the project is made of, in a child process that may fail in any way."""

from __future__ import annotations

import os
import re
import secrets as tokens
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json import dumps
from pathlib import Path
from typing import Any

from simple_deploy.core import codec
from simple_deploy.core.errors import TimedOut
from simple_deploy.core.facts import UNFINISHED, CheckMessage, Database, Location, Settings, SettingsProblem
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.inspection import sqlite
from simple_deploy.inspection.committed import Used
from simple_deploy.inspection.packages import Distribution
from simple_deploy.inspection.probe_child.channel import unpack

TIMEOUT = 30.0  # seconds of work that the settings may take, and again the models, addresses and checks
_LONGEST = 8  # times that, for all of it on a busy computer

_MODULE = "simple_deploy.inspection.probe_child"
_ASKED = "project."  # begins the names of the parts about the loaded project
_KEPT_LINES = 200  # of what the project printed
_PLACE = re.compile(r'^\s*File "(?P<file>.+)", line (?P<line>\d+) in ')


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the child process reported.

    :param settings: None when they could not be loaded; *problem* then says why.
    :param django: version of Django in the project's environment, empty when there is none.
    :param modules: modules the settings name as text.
    :param migrations: those on the disk, or None when they could not be loaded.
    :param tables: database tables whose rows are worth taking along.
    :param secrets: values that must never be stored or shown.
    :param used: files and folders that the project uses.
    """

    settings: Settings | None
    problem: SettingsProblem | None
    django: str = ""
    distributions: tuple[Distribution, ...] = ()
    modules: tuple[str, ...] = ()
    migrations: tuple[sqlite.Migration, ...] | None = None
    tables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    used: Used = field(default_factory=Used)


def probe(
    location: Location,
    runner: Runner,
    *,
    python: str = sys.executable,
    timeout: float = TIMEOUT,
    deployed: bool = False,
) -> Probe:
    """Load the project in a child process and report what it says.

    :param python: the interpreter of the project's environment.
    :param timeout: seconds of work, or of waiting, for each of the two halves: settings and apps, then everything that
        is asked of them.
    :param deployed: the settings are those of a deployed site only, so they may do without a secret key here.
    :raises ToolMissing: there is no such interpreter.
    """
    report = _run(location, runner, python, timeout, deployed)
    redact = Redactor((*report.secrets, *secrets_in_environment(os.environ)))
    settings, problem = _settings(report, location, redact, timeout)
    environment = report.parts.get("environment") or []
    distributions = tuple(Distribution.read(entry) for entry in environment)
    asked = report.asked
    named = report.parts.get("settings") or {}
    migrations = asked.get("migrations")
    return Probe(
        settings=settings,
        problem=problem,
        django=next((entry.version for entry in distributions if entry.name == "django"), ""),
        distributions=distributions,
        modules=tuple(sorted({*named.get("modules", ()), *(["PIL"] if asked.get("image_fields") else [])})),
        migrations=None if migrations is None else tuple(map(_migration, migrations)),
        tables=tuple(asked.get("tables", ())),
        secrets=report.secrets,
        used=Used.read(report.parts.get("used") or {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """
    :param parts: by name, what arrived whole.
    :param printed: the last lines of everything else.
    :param returncode: None when it took too long.
    """

    parts: Mapping[str, Any]
    printed: tuple[str, ...]
    returncode: int | None

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(self.parts.get("secrets") or ())

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the loaded project said about itself, by name."""
        return {name.removeprefix(_ASKED): part for name, part in self.parts.items() if name.startswith(_ASKED)}

    @property
    def whole(self) -> bool:
        return "env_files" in self.asked  # the last

    @property
    def timed_out(self) -> bool:
        return self.returncode is None or any(line.startswith("Timeout (") for line in self.printed)

    @property
    def place(self) -> Sequence[tuple[str, int]]:
        """Files and lines that were being executed when the time was up, the innermost first."""
        start = next((index for index, line in enumerate(self.printed) if line.startswith("Timeout (")), 0)
        found = map(_PLACE.match, self.printed[start:])
        return [(match["file"], int(match["line"])) for match in found if match]


def _run(location: Location, runner: Runner, python: str, timeout: float, deployed: bool) -> _Report:
    token = tokens.token_hex(16)
    chunks: dict[str, dict[int, str]] = {}
    totals: dict[str, int] = {}
    printed: deque[str] = deque(maxlen=_KEPT_LINES)

    def receive(line: str) -> None:
        if not line.startswith(token):
            printed.append(line)
            return
        _, part, number, total, chunk = line.split(" ", 4)
        totals[part] = int(total)
        chunks.setdefault(part, {})[int(number)] = chunk

    request = {
        "token": token,
        "timeout": timeout,
        "root": str(location.root),
        "script": location.script,
        "settings_module": location.settings_module or "",
        "deployed": deployed,
    }
    returncode: int | None
    try:
        returncode = runner(
            (python, "-m", _MODULE),
            cwd=location.folder,
            env=_environment(),
            stdin=dumps(request),
            timeout=_LONGEST * timeout + 15,
            check=False,
            on_line=receive,
        ).returncode
    except TimedOut:
        returncode = None
    parts = {
        part: unpack([pieces[number] for number in range(totals[part])])
        for part, pieces in chunks.items()
        if len(pieces) == totals[part]
    }
    return _Report(parts=parts, printed=tuple(printed), returncode=returncode)


def _environment() -> dict[str, str]:
    return {
        # Looking at a project leaves nothing behind in it.
        "PYTHONDONTWRITEBYTECODE": "1",
        # A forgotten breakpoint() must not wait for someone to type.
        "PYTHONBREAKPOINT": "0",
        # The folder of manage.py belongs on the import path, as it does for manage.py.
        "PYTHONSAFEPATH": "",
        # Set by runserver; some apps start threads of their own when they see it.
        "RUN_MAIN": "",
        # manage.py sets it again, or the request does.
        "DJANGO_SETTINGS_MODULE": "",
    }


def _settings(
    report: _Report, location: Location, redact: Redactor, timeout: float
) -> tuple[Settings | None, SettingsProblem | None]:
    data = report.parts.get("settings")
    if data is None:
        return None, _problem(report, location, redact, timeout)
    # Unknown keys are passed over, those of one part that the other has not too.
    settings = codec.from_data(Settings, {**data, **report.asked})
    checks = settings.checks if report.whole else (*settings.checks, _unfinished(report, timeout))
    return (
        replace(
            settings,
            file=inside(location.root, settings.file),
            databases=tuple(_database(location, each, report.asked) for each in settings.databases),
            static_root=_path(location.root, settings.static_root),
            env_files=tuple(_path(location.root, file) or "" for file in settings.env_files),
            misnamed=tuple(replace(each, by=_path(location.root, each.by) or "") for each in settings.misnamed),
            staticfiles_dirs=tuple(_path(location.root, folder) or "" for folder in settings.staticfiles_dirs),
            media_root=_path(location.root, settings.media_root) or "",
            new_migrations=_all_inside(location.root, settings.new_migrations),
            checks=tuple(replace(message, text=redact(message.text), hint=redact(message.hint)) for message in checks),
        ),
        None,
    )


def _problem(report: _Report, location: Location, redact: Redactor, timeout: float) -> SettingsProblem:
    data = report.parts.get("problem")
    if data is not None:
        problem = codec.from_data(SettingsProblem, data)
        return replace(
            problem,
            message=redact(problem.message),
            file=_path(location.root, problem.file),
            traceback=redact(problem.traceback).replace(f"{location.root}{os.sep}", ""),
            template=inside(location.root, problem.template) or "",
        )
    if report.timed_out:
        # What Python has no file for, such as <frozen importlib._bootstrap>, is no place of the project's.
        places = [(inside(location.root, file), line) for file, line in report.place if not file.startswith("<")]
        file, line = next(((file, line) for file, line in places if file), (None, None))
        return SettingsProblem(
            kind="TimedOut",
            message=f"loading the settings took longer than {timeout:.0f} seconds",
            file=file,
            line=line,
        )
    last = next((line for line in reversed(report.printed) if line.strip()), "")
    return SettingsProblem(
        kind="Ended",
        message=redact(f"Python ended with exit code {report.returncode} while it loaded the settings. {last}".strip()),
    )


def _unfinished(report: _Report, timeout: float) -> CheckMessage:
    how = f"took longer than {timeout:.0f} seconds" if report.timed_out else "ended the program"
    return CheckMessage(
        id=UNFINISHED,
        # Django has a longer patience; but where the project ends the program, it ends Django too.
        level="warning" if report.timed_out else "error",
        text=f"The settings can be loaded, but looking at models, URLs and migrations {how}.",
        hint="Run: python manage.py check",
    )


def inside(root: Path, path: str | None) -> str | None:
    """*path* relative to *root* with ``/``, or None when it lies elsewhere."""
    if path is None:
        return None
    for candidate in (Path(path), Path(os.path.realpath(path))):
        if candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    return None


def _all_inside(root: Path, files: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """*files* with their paths relative to *root*; none where one of them lies elsewhere."""
    found = [(inside(root, path), text) for path, text in files]
    there = tuple((path, text) for path, text in found if path is not None)
    return there if len(there) == len(found) else ()


def _path(root: Path, path: str | None) -> str | None:
    """*path* relative to *root*, or as it is when it lies elsewhere or is empty, which means that nothing is set."""
    return (inside(root, path) if path else None) or path


def _database(location: Location, database: Database, asked: Mapping[str, Any]) -> Database:
    known = replace(database, vendor=str((asked.get("vendors") or {}).get(database.alias) or ""))
    if not known.is_sqlite:
        return known
    # One whose engine tells only when it is loaded that it is SQLite has its file named from the folder of manage.py.
    file = str(location.folder / known.name) if sqlite.file_of(known.name) else known.name
    return replace(known, name=_path(location.root, file) or "", local=True)


def _migration(data: Sequence[Any]) -> sqlite.Migration:
    app, name, replaces = data
    return sqlite.Migration(app=app, name=name, replaces=tuple((key[0], key[1]) for key in replaces))
