"""What loading the project showed, kept until a file, the environment or its packages change. No secret is kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy import __version__
from simple_deploy.core import codec
from simple_deploy.core.facts import Dependencies, Location, Production, Settings, SettingsProblem
from simple_deploy.inspection.committed import Used
from simple_deploy.inspection.sqlite import Migration
from simple_deploy.inspection.tree import Tree
from simple_deploy.system import files, stored

#: Variables that differ from terminal to terminal, or that the development server and this tool set, and that no
#: settings depend on.
_VOLATILE = frozenset(
    {
        "_",
        "COLUMNS",
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "DJANGO_AUTORELOAD_ENV",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LINES",
        "OLDPWD",
        "PPID",
        "PWD",
        "PYTHONIOENCODING",
        "PYTHONUNBUFFERED",
        "RUN_MAIN",
        "SHLVL",
        "SSH_AUTH_SOCK",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TERM",
        "TERM_SESSION_ID",
        "TMUX",
        "TMUX_PANE",
        "WINDOWID",
        "WT_SESSION",
        "XDG_SESSION_ID",
    }
)
#: What the worker and this tool add for the processes they start, which look at the same project.
_OURS = ("SIMPLE_DEPLOY_", "CELERY_LOG_", "_MP_FORK_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that does not have to be asked again while nothing changes."""

    settings: Settings | None
    problem: SettingsProblem | None
    production: Production | None = None
    dependencies: Dependencies
    django: str = ""
    django_declared: str = ""
    django_python: str = ""
    python_wanted: str | None = None
    python_range: str = ""
    migrations: tuple[Migration, ...] | None = None
    tables: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    settings_modules: tuple[str, ...] = ()
    used: Used = field(default_factory=Used)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What a file of the cache holds, and what it depends on."""

    key: str
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracked:
    """The same of git's index."""

    key: str
    tracked: Mapping[str, str]


def key(location: Location, tree: Tree, environ: Mapping[str, str], python: str) -> str:
    """Changes when something does that *Known* depends on."""
    digest = hashlib.sha256()
    parts = [__version__, python, str(location.root), location.project_dir, location.settings_module or ""]
    parts += [location.corrections.manager or "", location.corrections.settings_module or ""]
    counting = (name for name in sorted(environ) if name not in _VOLATILE and not name.startswith(_OURS))
    parts += [f"{name}={environ[name]}" for name in counting]
    # The project's own folder changes whenever its database does.
    outside = (folder for folder in sys.path if "-packages" in folder or not Path(folder).is_relative_to(location.root))
    parts += [f"{folder} {_time(folder)}" for folder in outside if folder]
    parts += [f"{file.path} {file.mtime_ns} {file.size}" for file in tree.files]
    for part in parts:
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _time(folder: str) -> int:
    """Installing or removing a package changes its folder."""
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class Cache:
    """Files in *folder*, one for each project; readable by their owner only."""

    folder: Path

    def load(self, location: Location, key: str) -> Known | None:
        kept = stored.known(_Kept, self._path(location))
        return kept.known if kept is not None and kept.key == key else None

    def save(self, location: Location, key: str, known: Known) -> None:
        """Keep *known*; where that is not possible, it is asked again the next time."""
        self._write(self._path(location), {"key": key, "known": codec.to_data(known)})

    def index(self, location: Location, file: Path, ask: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
        """What git's index *file* holds, asked again when it was written since: git puts a new file in its place."""
        try:
            status = file.stat()
        except OSError:
            return ask()
        key = f"{__version__} {file} {status.st_mtime_ns} {status.st_size} {status.st_ino}"
        path = self._path(location).with_suffix(".index.json")
        kept = stored.known(_Tracked, path)
        if kept is not None and kept.key == key:
            return kept.tracked
        tracked = ask()
        if tracked:
            self._write(path, {"key": key, "tracked": tracked})
        return tracked

    def _write(self, path: Path, data: object) -> None:
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp makes it readable by its owner only.
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".inspection-", suffix=f".{os.getpid()}.tmp")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(json.dumps(data).encode("ascii"))
                files.replace(Path(name), path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _path(self, location: Location) -> Path:
        identity = f"{location.folder}\0{location.settings_module}".encode("utf-8", "surrogateescape")
        return self.folder / f"inspection-{hashlib.sha256(identity).hexdigest()[:16]}.json"
