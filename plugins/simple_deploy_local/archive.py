"""A site's data in one file. Run by the base interpreter, standard library only::

python archive.py save   FOLDER FILE    the databases and uploaded files of the site in FOLDER, also while it serves
python archive.py unpack FOLDER FILE    a saved file, laid out and looked through in FOLDER/restoring
python archive.py place  FOLDER         what was unpacked takes the place of the site's data; the site must not serve
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import zipfile
from contextlib import closing
from pathlib import Path, PurePosixPath

CONTENTS = "simple-deploy-backup.json"  # says what the file is
DUMP = "database.dump"  # of a PostgreSQL database, made and read by its own programs
DATA, MEDIA = "data", "media"
PAUSES = (0.05,) * 60 if sys.platform == "win32" else ()  # seconds


class Refused(Exception):
    """The file is no backup that can be used."""


def save(folder: Path, file: Path) -> str:
    """Write *file* for the site in *folder*; it appears when it is complete."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    dump = folder / "backup" / DUMP
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        made.writestr(CONTENTS, json.dumps({"version": 1, "postgres": dump.is_file()}))
        for source in sorted((folder / DATA).glob("*.sqlite3")):
            made.write(copied(source, Path(scratch) / source.name), f"{DATA}/{source.name}")
        if dump.is_file():
            made.write(dump, DUMP)
        uploads = 0
        for here, folders, names in os.walk(folder / MEDIA):
            folders[:] = [name for name in folders if not (Path(here) / name).is_symlink()]
            for path in (Path(here) / name for name in sorted(names)):
                if not path.is_symlink():
                    made.write(path, path.relative_to(folder).as_posix())
                    uploads += 1
    move(unfinished, file)
    return f"{file}: the database and {uploads:,} uploaded files, {file.stat().st_size:,} bytes"


def move(source: Path, target: Path) -> None:
    """Rename *source*. On Windows a scanner or a reader may hold it, or a file in it, for a moment."""
    for pause in PAUSES:
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)


def copied(source: Path, target: Path) -> Path:
    """A consistent copy of a SQLite database, also while it is written to."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
    return target


def unpack(folder: Path, file: Path) -> str:
    """Lay *file* out in *folder*/restoring. :raises Refused: it is no backup, or a database in it is damaged."""
    target = folder / "restoring"
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(file) as made:
        if CONTENTS not in made.namelist():
            raise Refused("it was not made by --backup")
        for name in made.namelist():
            parts = PurePosixPath(name).parts
            if name not in (CONTENTS, DUMP) and (parts[:1] not in ((DATA,), (MEDIA,)) or ".." in parts or "\\" in name):
                raise Refused(f"it holds {name!r}, which no backup does")
        made.extractall(target)
    for path in (target / DATA).glob("*"):
        with closing(sqlite3.connect(path)) as database:
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise Refused(f"the database {path.name} in it is damaged")
    return json.dumps({"postgres": (target / DUMP).is_file()})


def place(folder: Path) -> str:
    """Let what was unpacked take the place of the site's data; what was there goes when all of it is in place."""
    new, old = folder / "restoring", folder / "replaced"
    shutil.rmtree(old, ignore_errors=True)
    old.mkdir(mode=0o700)
    done: list[str] = []
    try:
        for name in (DATA, MEDIA):
            (new / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            if (folder / name).exists():
                move(folder / name, old / name)
            done.append(name)
            move(new / name, folder / name)
    except OSError:
        for name in done:
            shutil.rmtree(folder / name, ignore_errors=True)
            if (old / name).exists():
                move(old / name, folder / name)
        raise
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return "The data of the backup are in place"


def main(arguments: list[str]) -> int:
    what, *paths = arguments
    do = {"save": save, "unpack": unpack, "place": place}[what]
    try:
        sys.stdout.write(do(*map(Path, paths)) + "\n")  # type: ignore[operator]
    except (OSError, sqlite3.Error, zipfile.BadZipFile, Refused) as error:
        sys.stderr.write(f"{paths[-1]}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
