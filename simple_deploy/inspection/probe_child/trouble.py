"""What went wrong while the project was loaded, in data that hold no secret."""

from __future__ import annotations

import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

from simple_deploy.core.secret import DOTS, looks_secret

_FRAMES = 8
_ALIKE = 0.8  # of their letters, for two names of which one may be a slip of the other
_QUOTED = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1?""")


class Project:
    """Tells the project's own files from others.

    :param root: its git root.
    :param folder: that of its manage.py; settings may go to another one, with ``os.chdir``.
    """

    def __init__(self, root: str, settings_module: str, folder: str = "") -> None:
        self.roots = (Path(root), Path(root).resolve())
        self.settings_module = settings_module
        self.folder = folder or root
        self._inside = tuple(f"{folder}{os.sep}" for folder in self.roots)
        # An environment inside the project is not the project.
        self._not = tuple(f"{folder}{os.sep}" for folder in {sys.prefix, sys.base_prefix} - {*map(str, self.roots)})

    def owns(self, filename: str) -> bool:
        if filename.startswith("<"):
            return False  # Python's own: <frozen os>, <string>
        path = os.path.abspath(filename)  # noqa: PTH100 - links stay as they are
        if not path.startswith(self._inside) or "-packages" + os.sep in path:
            return False
        return not path.startswith(tuple(folder for folder in self._not if folder.startswith(self._inside)))

    def has_module(self, name: str) -> bool:
        """Whether *name*, without dots, is a module or package that lies in the project."""
        return any((place / name).is_dir() or (place / f"{name}.py").is_file() for place in self._places())

    def modules_beside(self, name: str) -> list[str]:
        """The modules and packages of the project that could have been meant with the dotted *name*."""
        package, _, _ = name.rpartition(".")
        places = self._places()
        if package:
            places = {Path(place) for place in getattr(sys.modules.get(package), "__path__", ()) if self.owns(place)}
        found = {module.name for module in pkgutil.iter_modules(map(str, places))}
        return sorted(f"{package}.{module}" if package else module for module in found)

    def _places(self) -> set[Path]:
        """Where its modules are imported from."""
        return {Path(self.folder), *self.roots, *(Path(entry) for entry in sys.path if entry and self.owns(entry))}


def describe(error: BaseException, project: Project) -> dict[str, object]:
    """The fields of a settings problem, and the secrets that were known when it happened."""
    frames = list(_own_frames(error.__traceback__, project))
    file, line = (frames[-1][0], frames[-1][1]) if frames else (None, None)
    if isinstance(error, SyntaxError) and error.filename:
        file, line = error.filename, error.lineno
    return {
        "kind": type(error).__name__,
        "message": _message(error),
        "file": file,
        "line": line,
        "traceback": "\n".join(_shown(frames[-_FRAMES:], error)),
        "missing": _missing(error, project),
        "absent": _absent(error),
        "near": _near(_absent(error), project),
    }


def named(error: BaseException, project: Project) -> str:
    """What names the reason: the message, and the last line of the project that ran."""
    frames = list(_own_frames(error.__traceback__, project))
    return f"{_message(error)}\n{frames[-1][3] if frames else ''}"


def names_in_frames(error: BaseException, project: Project) -> Iterator[tuple[str, object]]:
    """Upper-case names the project's modules had set when *error* was raised."""
    trace = error.__traceback__
    while trace is not None:
        if project.owns(trace.tb_frame.f_code.co_filename):
            yield from ((name, value) for name, value in trace.tb_frame.f_globals.items() if name.isupper())
        trace = trace.tb_next


def in_words(error: BaseException, project: Project) -> str:
    """One line: what was raised, and where in the project."""
    described = describe(error, project)
    where = ""
    if described["file"]:
        where = f" ({relative(str(described['file']), project)}, line {described['line']})"
    return f"{described['kind']}: {described['message']}{where}"


def relative(filename: str, project: Project) -> str:
    for root in project.roots:
        if Path(filename).is_relative_to(root):
            return Path(filename).relative_to(root).as_posix()
    return filename


def _own_frames(trace: TracebackType | None, project: Project) -> Iterator[tuple[str, int, str, str]]:
    for frame in traceback.extract_tb(trace):
        if project.owns(frame.filename):
            yield os.path.abspath(frame.filename), frame.lineno or 0, frame.name, frame.line or ""  # noqa: PTH100


def _shown(frames: list[tuple[str, int, str, str]], error: BaseException) -> Iterator[str]:
    for file, line, name, source in frames:
        yield f"{file}, line {line}, in {name}"
        if source:
            yield f"    {_without_secret(source)}"
    if isinstance(error, SyntaxError) and error.text:
        yield f"{error.filename}, line {error.lineno}"
        yield f"    {_without_secret(error.text.strip())}"
    yield f"{type(error).__name__}: {_message(error)}"


def _without_secret(source: str) -> str:
    return _QUOTED.sub(f'"{DOTS}"', source) if looks_secret(source) else source


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(error, SystemExit):
        return f"the project ends the program with sys.exit({error.code!r})"
    text = str(error).strip()
    return text if len(text) <= 2_000 else text[:2_000] + " …"


def _absent(error: BaseException) -> str:
    return (error.name or "") if isinstance(error, ModuleNotFoundError) else ""


def _near(name: str, project: Project) -> str:
    return next(iter(get_close_matches(name, project.modules_beside(name), 1, _ALIKE)), "") if name else ""


def _missing(error: BaseException, project: Project) -> str | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ModuleNotFoundError) and seen.name:
            name = seen.name.partition(".")[0]
            own = name == project.settings_module.partition(".")[0] or project.has_module(name)
            return None if own else seen.name
        seen = seen.__cause__ or (seen.__context__ if isinstance(seen.__context__, ImportError) else None)
    return None
