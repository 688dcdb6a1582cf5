"""What managers locked earlier, for when no package index can be reached: the same files give the same lock again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from simple_deploy.core.findings import Finding, Level
from simple_deploy.managers import packageindex
from simple_deploy.managers.base import Place
from simple_deploy.system.files import least_recent, private_folder, read_bytes, write_atomic

KEEP = 40  # locks; those that were not used for longest are removed


def made(
    lock: Path, *, of: Iterable[str], by: str, place: Place, folder: Path, make: Callable[[], None]
) -> tuple[Finding, ...]:
    """Let *make* write *lock* anew; while no index can be reached, take what it made of the very same files before.

    :param of: paths of the files it is made of, relative to the place's root; the lock as it was is one more.
    :param by: what makes it, as people call it.
    :param folder: where it runs.
    :returns: that the lock is from before, where it is.
    """
    if place.kept is None:
        make()
        return ()
    file = place.kept / _key({*of, lock.relative_to(place.root).as_posix()}, by, place)
    earlier = read_bytes(file)
    if earlier is not None and not packageindex.answers(place.run, place.uv, folder=folder, root=place.root):
        lock.write_bytes(earlier)
        file.touch()
        return (_from_before(lock.name, by),)
    make()
    private_folder(place.kept)
    write_atomic(file, lock.read_bytes())
    _prune(place.kept)
    return ()


def _key(files: Iterable[str], by: str, place: Place) -> str:
    digest = hashlib.sha256(f"{by}\0{place.python}".encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0".encode() + (read_bytes(place.root / name) or b""))
    return digest.hexdigest()[:20]


def _prune(folder: Path) -> None:
    for old in least_recent((each for each in folder.iterdir() if each.is_file()), keep=KEEP):
        old.unlink(missing_ok=True)


def _from_before(lock: str, by: str) -> Finding:
    return Finding(
        id="dependencies.lock-from-before",
        level=Level.INFO,
        title=f"{lock} is what {by} made earlier from the same files, because no package index can be reached now.",
        why="Versions released since then are not used.",
        fix="There is nothing to do. With a network, planning again asks the index.",
    )
