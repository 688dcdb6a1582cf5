"""Which files and folders the loaded project uses: what it opens, and where Django looks for what it serves."""

from __future__ import annotations

import importlib
import json
import mimetypes
import os
import re
import sys
import sysconfig
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from simple_deploy.inspection.probe_child import later
from simple_deploy.inspection.probe_child.trouble import Project
from simple_deploy.inspection.probe_child.uses import source

_CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".zip", ".pth")
_ENV_FILE = re.compile(r"[\\/](?:\.envs[\\/].+|(?:[^\\/]*\.)?env(?:\.[^\\/]+)?)$")
_MAKING = ("mkdir", "makedirs")
#: A static file that a template names as it is, without a variable.
_NAMED_STATIC = re.compile(r"""\{%-?\s*static\s+(["'])([^"'{}%]+)\1""")
_PAGES = (".html", ".htm", ".djhtml", ".jinja", ".jinja2", ".j2")
_NOT_PAGES = frozenset({"node_modules", ".git", ".venv", "venv"})
MOST_PAGES = 3000
_LARGEST_PAGE = 512 * 1024  # bytes
#: Where Python itself looks for the kinds of files and for the name of the system; it does without them elsewhere.
_PYTHONS_OWN = frozenset({*mimetypes.knownfiles, "/etc/os-release"})
#: Settings with files that the project makes itself, wherever it runs.
_MADE = frozenset({"DATABASES", "LOGGING", "CACHES"})
_DEEPEST = 6  # lists and tables inside each other
_LONGEST_PATH = 4096  # characters


class Opened:
    """Notes the files that the project opens and the folders that it makes while it is loaded."""

    def __init__(self) -> None:
        self._files: dict[str, set[str]] = {}
        self._written: dict[str, set[str]] = {}
        self._databases: set[str] = set()
        self._made: set[str] = set()
        self._listening = False
        self._library = f"{sysconfig.get_path('stdlib')}{os.sep}"
        self._packages = f"{sysconfig.get_path('purelib')}{os.sep}"

    def start(self) -> None:
        """Listen. A hook stays for the rest of the process; :meth:`stop` makes it deaf."""
        self._listening = True
        sys.addaudithook(self._heard)

    def stop(self) -> None:
        self._listening = False

    def files(self, project: Project) -> list[str]:
        """Files in the project that anybody read, and others that the project's own code did.

        What came with a package or with Python is there wherever those are, and so are the system's time zones. What
        Python looks for of its own accord is not the project's wish.
        """
        theirs = (self._packages, self._library, *(f"{folder}{os.sep}" for folder in zoneinfo.TZPATH))
        return sorted(
            path
            for path, by in self._files.items()
            if project.owns(path)
            or (any(map(project.owns, by)) and not path.startswith(theirs) and path not in _PYTHONS_OWN)
        )

    def env_files(self, project: Project) -> list[str]:
        """Those that hold variables, by their names: ``.env``, ``.env.local``, ``dev.env``, ``.envs/.local``."""
        return [path for path in self.files(project) if _ENV_FILE.search(path)]

    def written(self, project: Project) -> Iterator[str]:
        """Files that the project's own code writes, and SQLite files in the project, whoever opens them.

        Those that Django itself opens are not among them: it gets others on a deployed site.
        """
        yield from (path for path, by in self._written.items() if any(map(project.owns, by)))
        yield from filter(project.owns, self._databases)

    def made(self) -> frozenset[str]:
        return frozenset(self._made)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._listening:
            return
        if event == "open":
            self._note(*arguments)
        elif event == "sqlite3.connect":
            self._connected(os.fsdecode(arguments[0]))
        elif event == "os.mkdir":
            self._made.add(_absolute(arguments[0]))

    def _note(self, name: object, _: object, flags: object) -> None:
        if not isinstance(name, (str, bytes)):
            return  # a descriptor
        path = _absolute(name)
        if not path.endswith(_CODE):
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            (self._written if writes else self._files).setdefault(path, set()).add(self._caller())

    def _connected(self, name: str) -> None:
        # An address is what Django is given while a project is looked at.
        if name and not name.startswith((":memory:", "file:")):
            self._databases.add(_absolute(name))

    def _caller(self) -> str:
        """The file of the code that wanted it, beyond Python's own library; empty for an import."""
        frame: Any = sys._getframe(3)
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<frozen importlib"):
                return ""
            ours_or_python = name.startswith("<") or (
                name.startswith(self._library) and not name.startswith(self._packages)
            )
            if not ours_or_python:
                return str(name)
            frame = frame.f_back
        return ""


def describe(project: Project, opened: Opened) -> dict[str, object]:
    """Files and folders by what they are used for. What cannot be read is left out."""
    folders = [
        *attempt(lambda: _migrations(project)),
        *attempt(lambda: _templates(project)),
        *attempt(lambda: _static(project)),
        *attempt(lambda: _translations(project)),
        *attempt(lambda: _apps_elsewhere(project)),
    ]
    written = [*attempt(_log_files), *opened.written(project)]
    needed = {os.path.dirname(file): file for file in sorted(written, reverse=True)}  # noqa: PTH120 - links stay as they are
    needed |= dict.fromkeys(attempt(_needed_folders), "")
    missing = [(folder, file) for folder, file in sorted(needed.items()) if folder not in opened.made()]
    return {
        "folders": [list(entry) for entry in dict.fromkeys(folders)],
        "modules": sorted({*attempt(lambda: modules(project)), *attempt(lambda: later.modules(project))}),
        "files": sorted({*opened.files(project), *attempt(lambda: _named(project))}),
        "needed": [] if missing and _makes_folders(project) else missing,
        "unmade": attempt(lambda: _unmade(project)),
    }


def attempt(read: Callable[[], Iterable[Any]]) -> list[Any]:
    """What *read* gives; nothing where it fails."""
    try:
        return list(read())
    except Exception:  # whatever the project's code raises, the rest is wanted
        return []


def _named(project: Project) -> Iterator[str]:
    """Files in the project that its settings name and read only when they are asked, as a front end's manifest."""
    module = sys.modules.get(project.settings_module)
    for name, value in list(vars(module).items()) if module is not None else ():
        if not name.isupper():
            continue
        for path in _whole_paths(_options(value) if name in _MADE else value):
            if project.owns(path) and not path.endswith(_CODE) and os.path.isfile(path):  # noqa: PTH113
                yield path


def _options(entries: object) -> list[object]:
    """What the entries of DATABASES and the like give to the backend, such as the certificate of a server."""
    found = entries.values() if isinstance(entries, dict) else ()
    return [entry.get("OPTIONS") for entry in found if isinstance(entry, dict)]


def _whole_paths(value: object, depth: int = 0) -> Iterator[str]:
    """The absolute paths in *value*, whatever lists and tables they are in."""
    if isinstance(value, (str, Path)):
        if len(os.fspath(value)) < _LONGEST_PATH and Path(value).is_absolute():
            yield _absolute(value)
    elif isinstance(value, (dict, list, tuple, set, frozenset)) and depth < _DEEPEST:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _whole_paths(each, depth + 1)


def _migrations(project: Project) -> Iterator[tuple[str, str, str]]:
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    for config in apps.get_app_configs():
        name, _ = MigrationLoader.migrations_module(config.label)
        try:
            found = list(importlib.import_module(name).__path__) if name else []
        except Exception:  # it has none, or they are broken, which is told elsewhere
            continue
        needed = any(model._meta.managed and not model._meta.proxy for model in config.get_models())
        if needed:
            yield from (("migration", _absolute(path), config.label) for path in found if _inside(project, path))


def _templates(project: Project) -> Iterator[tuple[str, str, str]]:
    for folder, named in template_folders().items():
        if named or _inside(project, folder):
            yield "template", folder, ""


def template_folders() -> dict[str, bool]:
    """Where Django looks for templates, and whether the settings name the folder."""
    from django.template import engines

    found: dict[str, bool] = {}
    for engine in engines.all():
        named = {_absolute(folder) for folder in getattr(engine, "dirs", ())}
        for folder in map(_absolute, (*_loader_folders(engine), *getattr(engine, "template_dirs", ()))):
            found[folder] = found.get(folder, False) or folder in named
    return found


def _loader_folders(engine: Any) -> Iterator[object]:
    pending = list(getattr(getattr(engine, "engine", None), "template_loaders", ()))
    while pending:
        loader = pending.pop()
        pending += getattr(loader, "loaders", ())
        if hasattr(loader, "get_dirs"):
            yield from loader.get_dirs()


def _static(project: Project) -> Iterator[tuple[str, str, str]]:
    for folder, named in static_folders().items():
        if named or _inside(project, folder):
            yield "static", folder, ""


def static_folders() -> dict[str, bool]:
    """Where Django looks for static files, and whether the settings name the folder."""
    from django.apps import apps
    from django.conf import settings

    if not apps.is_installed("django.contrib.staticfiles"):
        return {}
    from django.contrib.staticfiles.finders import get_finders

    named = {_absolute(item[-1] if isinstance(item, (list, tuple)) else item) for item in settings.STATICFILES_DIRS}
    found: dict[str, bool] = {}
    for finder in get_finders():
        # Finders keep a storage for each folder; one that does not is asked for what it finds.
        storages = list(getattr(finder, "storages", {}).values()) or [storage for _, storage in finder.list([])]
        places = filter(None, (getattr(storage, "location", None) for storage in storages))
        found.update((folder, folder in named) for folder in map(_absolute, places))
    return found


def _unmade(project: Project) -> Iterator[tuple[list[str], str]]:
    """Static files and folders of them that are not here: where each would be, and the page that names it."""
    from django.contrib.staticfiles.finders import find

    folders = [path for _, path, _ in _static(project)]
    there = [path for path in folders if Path(path).is_dir()]
    yield from (([path], "") for path in folders if path not in there)
    met: set[str] = set()
    for page in islice(pages(project), MOST_PAGES):
        for name in {match[2] for match in _NAMED_STATIC.finditer(text_of(page))} - met:
            met.add(name)
            if find(name) is None:
                yield [_absolute(Path(folder) / name) for folder in there], page


def text_of(page: str) -> str:
    return Path(page).read_bytes()[:_LARGEST_PAGE].decode(errors="replace")


def pages(project: Project) -> Iterator[str]:
    """The project's own templates."""
    for _, folder, _ in _templates(project):
        if not _inside(project, folder):
            continue
        for place, below, names in os.walk(folder):
            below[:] = sorted({*below} - _NOT_PAGES)
            yield from (_absolute(Path(place) / name) for name in sorted(names) if name.endswith(_PAGES))


def _translations(project: Project) -> Iterator[tuple[str, str, str]]:
    from django.apps import apps
    from django.conf import settings

    if not settings.USE_I18N:
        return
    named = [_absolute(folder) for folder in settings.LOCALE_PATHS]
    own = [_absolute(Path(config.path) / "locale") for config in apps.get_app_configs()]
    for folder in dict.fromkeys((*named, *own)):
        if folder in named or _inside(project, folder):
            yield "translation", folder, ""


def _log_files() -> Iterator[str]:
    from django.conf import settings

    logging = settings.LOGGING or {}
    used = {*(logging.get("root") or {}).get("handlers", ())}
    for logger in (logging.get("loggers") or {}).values():
        used |= {*((logger or {}).get("handlers") or ())}
    for name, handler in (logging.get("handlers") or {}).items():
        filename = handler.get("filename")
        # Handlers are made whether or not a logger uses them.
        if filename and (name in used or not handler.get("delay")):
            yield _absolute(filename)


def _needed_folders() -> Iterator[str]:
    """Folders that Django does not make by itself."""
    from django.conf import settings

    for name in ("FILE_UPLOAD_TEMP_DIR", "SESSION_FILE_PATH"):
        if folder := getattr(settings, name, None):
            yield _absolute(folder)


def _apps_elsewhere(project: Project) -> Iterator[tuple[str, str, str]]:
    """Apps that neither the project nor an installed package brings."""
    from django.apps import apps

    installed = (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"))
    for config in apps.get_app_configs():
        path = _absolute(config.path)
        apart = "-packages" in path or path.startswith(installed) or config.name.partition(".")[0] == "simple_deploy"
        if not apart and not _inside(project, path) and not any(path.startswith(folder) for folder in _editable()):
            yield "module", path, config.label


def _editable() -> Iterator[str]:
    """Folders of packages that are installed from where they are developed."""
    for distribution in metadata.distributions():
        address = (json.loads(distribution.read_text("direct_url.json") or "{}")).get("url", "")
        if address.startswith("file://"):
            yield url2pathname(urlsplit(address).path)


def modules(project: Project) -> list[str]:
    """The project's own modules that were loaded."""
    found = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return sorted(file for file in found if isinstance(file, str) and file.endswith(".py") and project.owns(file))


def _makes_folders(project: Project) -> bool:
    """Whether a module of the settings makes folders by itself, under whatever condition."""
    package = project.settings_module.rpartition(".")[0]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file or not (name == project.settings_module or (package and name.startswith(package))):
            continue
        if any(word in source(file) for word in _MAKING):
            return True
    return False


def _inside(project: Project, folder: object) -> bool:
    return project.owns(os.path.join(_absolute(folder), "file"))  # noqa: PTH118 - links stay as they are


def _absolute(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links stay as they are
