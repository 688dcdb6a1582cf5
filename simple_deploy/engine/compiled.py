"""What Python compiles in an environment: kept apart from the folders it comes from, and taken along from where the
same is compiled already, since to compile a Django anew takes seconds."""

from __future__ import annotations

import filecmp
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from simple_deploy.system.files import any_length

#: Folders of the standard library that no site loads, and of what is installed beside it.
_PASSED_OVER = frozenset({"__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo"})

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
    theirs, ours = (_behind_prefix(each) for each in (other, later))
    for made in known.rglob("*.pyc"):
        place = made.relative_to(known)
        # What lies elsewhere is Python's own, where both find it; Python compares its time with that of the source.
        module = place.relative_to(theirs) if place.is_relative_to(theirs) else None
        target = own / (ours / module if module else place)
        if not target.exists() and (module is None or _of_the_same_source(module, other, fresh)):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(made, target)


def take_own(fresh: Path, later: Path) -> None:
    """The same with what is compiled of Python itself, and of the packages that this process runs with.

    Only for an environment of the same Python.
    """
    own, standard = _prefix(fresh), Path(sysconfig.get_path("stdlib"))
    for source, made in _compiled_in(standard):
        _bring(made, source, own / _behind_prefix(source).with_name(made.name), source)
    there = _packages(fresh)
    for source, made in _compiled_in(there, of=Path(sysconfig.get_path("purelib"))):
        of = made.parent.with_name(source.name)
        _bring(made, of, own / _behind_prefix(later / source.relative_to(fresh)).with_name(made.name), source)


def give(other: Path, environment: Path) -> None:
    """Give an environment that keeps what is compiled in its own folders, as is usual, what was compiled of the same
    packages in *other*."""
    root = _prefix(other) / _behind_prefix(other)
    for made in root.rglob("*.pyc"):
        module = made.relative_to(root).with_name(f"{made.name.partition('.')[0]}.py")
        of, source = other / module, environment / module
        if _same(of, source):
            _bring(made, of, source.parent / "__pycache__" / made.name, source)


def _packages(environment: Path) -> Path:
    """The folder of what is installed in an environment."""
    inside = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
    return next(environment.glob(inside), environment / inside)


def _compiled_in(root: Path, of: Path | None = None) -> Iterator[tuple[Path, Path]]:
    """The sources below *root* that are compiled, there or in the folder *of* that has the same; and what is."""
    known = of or root
    for here, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        made = known / Path(here).relative_to(root) / "__pycache__"
        there = {each.name for each in made.iterdir()} if made.is_dir() else set()
        for name in names:
            source, cached = Path(here, name), f"{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
            if cached in there and (of is None or _same(source, made.parent / name)):
                yield source, made / cached


def _bring(made: Path, of: Path, target: Path, source: Path) -> None:
    """Have what is compiled of a file at *target*, as that of *source*, which is the same file in another place.

    Python goes by time and size of the source. A file that is older than its source is left where it is, and so is one
    that notes something else.
    """
    data = made.read_bytes()
    if target.exists() or data[4:_HEAD] != _noted(of):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if data[4:_HEAD] == _noted(source):
        with suppress(OSError):  # another disk, or somebody else's file
            os.link(made, target)
            return
    target.write_bytes(data[:4] + _noted(source) + data[_HEAD:])


def _noted(source: Path) -> bytes:
    """What Python notes of *source* in what it compiles, behind the magic number."""
    found = source.stat()
    return b"".join((each & 0xFFFFFFFF).to_bytes(4, "little") for each in (0, int(found.st_mtime), found.st_size))


def _prefix(environment: Path) -> Path:
    return Path(prefix(interpreter(environment)))


def _behind_prefix(path: Path) -> Path:
    return Path(*path.absolute().parts[1:])


def _of_the_same_source(made: Path, one: Path, other: Path) -> bool:
    """Whether the module of a compiled file says the same in both environments."""
    source = made.with_name(f"{made.name.partition('.')[0]}.py")
    return _same(one / source, other / source)


def _same(source: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(source, other, shallow=False)
