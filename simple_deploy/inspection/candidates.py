"""What a person may have meant instead: other Django projects in the repository, other settings modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import Location, Settings
from simple_deploy.core.paths import is_module
from simple_deploy.inspection.locate import is_project
from simple_deploy.system import plainfiles

_LARGEST = 256 * 1024  # bytes; larger modules are data
_SETTINGS = re.compile(rb"^(?:INSTALLED_APPS|SECRET_KEY|DATABASES|ROOT_URLCONF|DEBUG|ALLOWED_HOSTS)\b", re.MULTILINE)
_EXTENDING = re.compile(rb"^from\s+(\S+)\s+import\s+\(?\s*\*", re.MULTILINE)


def projects(root: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Folders below *root* that hold the manage.py of a Django project.

    :param files: Python modules relative to *root*.
    """
    folders = [PurePosixPath(file).parent for file in files if PurePosixPath(file).name == "manage.py"]
    return tuple(sorted(folder.as_posix() for folder in folders if is_project(root / folder)))


def settings_modules(location: Location, settings: Settings | None, files: Iterable[str]) -> tuple[str, ...]:
    """Dotted names of the modules that look like settings of the project at *location*.

    :param settings: the active ones; they show where imports start and where others stand.
    :param files: Python modules relative to the git root.
    """
    top = _import_root(location, settings)
    beside = PurePosixPath(settings.file).parent if settings and settings.file else None
    found = {settings.module} if settings else set()
    extending: dict[str, frozenset[str]] = {}  # modules beside the settings, and what they take everything of
    for path in map(PurePosixPath, files):
        named = _named_like_settings(path)
        if not path.is_relative_to(top) or not (named or path.parent == beside):
            continue
        module = _dotted(path.relative_to(top))
        if not module or module in found:
            continue
        data = plainfiles.read(location.root / path, _LARGEST)
        taken = frozenset(_taken(data, module, package=path.name == "__init__.py"))
        if named and (taken or _SETTINGS.search(data)):
            found.add(module)
        elif taken:
            extending[module] = taken
    # Beside the settings stand urls.py, admin.py and tests too: there only what extends other settings is meant.
    while more := {module for module, taken in extending.items() if module not in found and taken & found}:
        found |= more
    return tuple(sorted(found))


def _import_root(location: Location, settings: Settings | None) -> PurePosixPath:
    """The folder that the names of the project's modules start at."""
    if settings and settings.file:
        path = PurePosixPath(settings.file)
        path = path.parent if path.name == "__init__.py" else path.with_suffix("")
        parts = settings.module.split(".")
        if list(path.parts[-len(parts) :]) == parts:
            return PurePosixPath(*path.parts[: -len(parts)])
    return PurePosixPath(location.project_dir)


def _named_like_settings(path: PurePosixPath) -> bool:
    return path.stem.startswith("settings") or path.parent.name == "settings"


def _dotted(path: PurePosixPath) -> str:
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    # settings.example.py is no module of a package “settings”: such a file is there to be copied.
    can_be = all("." not in part and is_module(part) for part in parts)
    return ".".join(parts) if len(parts) > 1 and can_be else ""


def _taken(data: bytes, module: str, *, package: bool) -> Iterator[str]:
    """Dotted names of the modules that *module* takes everything of.

    :param data: its source. :param package: whether that is the ``__init__.py`` of a package.
    """
    inside = module.split(".") if package else module.split(".")[:-1]
    for match in _EXTENDING.finditer(data):
        named = match[1].decode("utf-8", "replace")
        name = named.lstrip(".")
        dots = len(named) - len(name)
        base = inside[: len(inside) - dots + 1] if dots else []
        yield ".".join(filter(None, (*base, name)))
