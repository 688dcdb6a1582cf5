"""What Python compiles in an environment: kept apart from the folders it comes from, and taken along from where the
same is compiled already, since to compile a Django anew takes seconds."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from simple_deploy.system.files import any_length

#: Folders of the standard library that no site loads, and of what is installed beside it.
_PASSED_OVER = frozenset({"__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo"})

_CACHE = f"{os.sep}__pycache__{os.sep}"
_HEAD = 16  # bytes before the code: a magic number, flags, and time and size of the source


def interpreter(environment: Path) -> Path:
    """The Python of the environment in that folder."""
    return environment / "Scripts" / "python.exe" if sys.platform == "win32" else environment / "bin" / "python"


def folder(python: Path) -> Path:
    """Where the programs of *python*'s environment keep what they compile."""
    return python.parents[1] / "compiled"


def prefix(python: Path) -> str:
    """``PYTHONPYCACHEPREFIX`` for that: Python puts the whole path of each source behind it, of which it gets long."""
    found = folder(python)
    return any_length(found.absolute()) if sys.platform == "win32" else str(found)


def take(other: Path, fresh: Path, later: Path) -> None:
    """Give an environment what was compiled of the same files in another one.

    :param fresh: where it is. :param later: where it will be, since Python finds what is compiled by that.
    """
    known, own = _prefix(other), _prefix(fresh)
    theirs, ours = _behind(known, other), _behind(own, later)
    for folder, _, names in os.walk(known):
        # What lies elsewhere is Python's own, where both find it; Python compares its time with that of the source.
        is_module = f"{folder}{os.sep}".startswith(f"{theirs}{os.sep}")
        for name in names:
            made = f"{folder}{os.sep}{name}"
            if is_module:
                place = folder[len(theirs) :] + os.sep
                module = f"{place}{name.partition('.')[0]}.py"
                _bring(made, f"{other}{module}", f"{fresh}{module}", f"{ours}{place}{name}")
            else:
                _place(made, own + made[len(known) :])


def take_own(fresh: Path, later: Path) -> None:
    """The same with what is compiled of Python itself, and of the packages that this process runs with.

    Only for an environment of the same Python.
    """
    own, standard, known = _prefix(fresh), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    target = _behind(own, Path(standard))
    for place, _, cached in _compiled_in(standard, standard):
        _place(f"{standard}{place}{_CACHE}{cached}", f"{target}{place}{os.sep}{cached}")
    packages = _packages(fresh)
    target = _behind(own, later / packages.relative_to(fresh))
    for place, name, cached in _compiled_in(str(packages), known):
        made, module = f"{known}{place}{_CACHE}{cached}", f"{place}{os.sep}{name}"
        _bring(made, known + module, f"{packages}{module}", f"{target}{place}{os.sep}{cached}")


def give(other: Path, environment: Path) -> None:
    """Give an environment that keeps what is compiled in its own folders, as is usual, what was compiled of the same
    packages in *other*."""
    root = _behind(_prefix(other), other)
    for folder, _, names in os.walk(root):
        place = folder[len(root) :]
        for name in names:
            module = f"{place}{os.sep}{name.partition('.')[0]}.py"
            made, target = f"{folder}{os.sep}{name}", f"{environment}{place}{_CACHE}{name}"
            _bring(made, f"{other}{module}", f"{environment}{module}", target)


def _packages(environment: Path) -> Path:
    """The folder of what is installed in an environment."""
    inside = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
    return next(environment.glob(inside), environment / inside)


def _compiled_in(root: str, known: str) -> Iterator[tuple[str, str, str]]:
    """The sources below *root* of which something compiled is in the same place below *known*: the folder behind both,
    the name, and that of what is compiled."""
    ending = f".{sys.implementation.cache_tag}.pyc"
    for here, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        place = here[len(root) :]
        with suppress(OSError):  # nothing is compiled there
            there = set(os.listdir(known + place + _CACHE))  # noqa: PTH208
            for name in names:
                if (cached := name.removesuffix(".py") + ending) in there:
                    yield place, name, cached


def _bring(made: str, of: str, source: str, target: str) -> None:
    """Have what is compiled of the file *of* at *target*, as that of *source*, if both files say the same.

    Python goes by time and size of the source. What is older than its source is left where it is, and so is what notes
    something else.
    """
    try:
        one, other = os.stat(of), os.stat(source)  # noqa: PTH116
        if os.path.samestat(one, other):
            _place(made, target)
        elif one.st_size == other.st_size and not Path(target).exists() and _read(of) == _read(source):
            data = _read(made)
            if data[4:_HEAD] == _noted(one):
                if int(one.st_mtime) == int(other.st_mtime):
                    _place(made, target)
                else:
                    _write(target, data[:4] + _noted(other) + data[_HEAD:])
    except (FileNotFoundError, NotADirectoryError):  # there is no such source, or none any more
        pass


def _place(made: str, target: str) -> None:
    """Have *made* at *target* too, unless something is there."""
    try:
        _in_its_folder(target, lambda: os.link(made, target))
    except FileExistsError:
        pass
    except OSError:  # another disk, or somebody else's file
        _write(target, _read(made))


def _write(target: str, data: bytes) -> None:
    _in_its_folder(target, lambda: Path(target).write_bytes(data))


def _in_its_folder(target: str, make: Callable[[], object]) -> None:
    try:
        make()
    except FileNotFoundError:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        make()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def _noted(source: os.stat_result) -> bytes:
    """What Python notes of a source in what it compiles, behind the magic number."""
    noted = (0, int(source.st_mtime), source.st_size)
    return b"".join((each & 0xFFFFFFFF).to_bytes(4, "little") for each in noted)


def _prefix(environment: Path) -> str:
    return prefix(interpreter(environment))


def _behind(prefix: str, path: Path) -> str:
    """Where Python looks for what is compiled of the files in the folder *path*."""
    return str(Path(prefix, *path.absolute().parts[1:]))
