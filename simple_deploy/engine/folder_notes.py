"""What a platform's program notes among its own settings: which site belongs to which folder. It ran on the workbench;
its note comes to the project's folder with the files, and goes when they are undone.

Such settings are JSON, in a folder of the program's own below the person's home, with tables whose keys are folders.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simple_deploy.core import codec
from simple_deploy.system import files, stored

#: In the results of a run: the files in which notes came to the project's folder, as they are shown, one a line.
NOTED = "folder_notes"

LARGEST = 1024 * 1024  # bytes of a program's settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Notes that came to the project's folder: by file, the SHA-256 of each. What they say is the program's own."""

    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FolderNotes:
    """The notes of one run.

    :param project: the folder they come to. :param folder: of the run.
    """

    project: Path
    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "folder-notes.json"

    def bring(self, bench: Path) -> tuple[Path, ...]:
        """Have the project's folder in the place of *bench* wherever a program noted that; the files that it concerns.

        A table that has a note for the project's folder already stays as it is.
        """
        moves = {str(bench): str(self.project), str(bench.resolve()): str(self.project.resolve())}
        found = ((path, _moved(text, moves)) for path, text in _settings())
        changed = {path: moved for path, moved in found if moved is not None}
        if changed:
            brought = Brought(notes={str(path): notes for path, (_, notes) in changed.items()})
            files.write_atomic(self._file, json.dumps(codec.to_data(brought)))
        return tuple(path for path, (text, _) in changed.items() if _written(path, text))

    def take_back(self) -> tuple[Path, ...]:
        """Remove the notes that came and are still as they were; the files that they were in."""
        brought = stored.known(Brought, self._file) or Brought()
        found = {Path(name): notes for name, notes in brought.notes.items()}
        without = {path: _without(_text(path) or "", notes) for path, notes in found.items()}
        done = tuple(path for path, text in without.items() if text is not None and _written(path, text))
        self._file.unlink(missing_ok=True)
        return done


# -- their text --


def _moved(text: str, moves: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """*text* with the notes of other folders, and the SHA-256 of each; None where nothing is to be moved.

    :param moves: the new folder by the old one.
    """
    moving = _Moving(moves)
    try:
        data = moving.moved(json.loads(text))
    except (ValueError, RecursionError):
        return None  # no JSON, or deeper than any table of folders
    return (_spelled(data, text), tuple(moving.notes)) if moving.notes else None


def _without(text: str, notes: Collection[str]) -> str | None:
    """*text* without *notes*; None where it has none of them."""
    try:
        data = json.loads(text)
        kept = _kept(data, notes)
    except (ValueError, RecursionError):
        return None
    return None if kept == data else _spelled(kept, text)


class _Moving:
    """Puts folders in the place of others in data, and keeps the SHA-256 of each note that this moves."""

    def __init__(self, moves: Mapping[str, str]) -> None:
        self._moves = moves
        self.notes: list[str] = []

    def moved(self, data: Any) -> Any:
        if isinstance(data, dict):
            names = {key: self._path(key) for key in data}
            if any(new != key and new in data for key, new in names.items()):
                return data
            table = {names[key]: self.moved(value) for key, value in data.items()}
            self.notes += [_digest(new, table[new]) for key, new in names.items() if new != key]
            return table
        if isinstance(data, list):
            return [self.moved(each) for each in data]
        return self._path(data) if isinstance(data, str) else data

    def _path(self, text: str) -> str:
        for old, new in self._moves.items():
            if text == old or text.startswith(old + os.sep):
                return new + text[len(old) :]
        return text


def _kept(data: Any, notes: Collection[str]) -> Any:
    if isinstance(data, dict):
        return {key: _kept(value, notes) for key, value in data.items() if _digest(key, value) not in notes}
    return [_kept(each, notes) for each in data] if isinstance(data, list) else data


def _digest(key: str, value: Any) -> str:
    return hashlib.sha256(json.dumps([key, value], sort_keys=True).encode("utf-8")).hexdigest()


def _spelled(data: Any, like: str) -> str:
    """*data* as JSON that is laid out like another."""
    indent = re.match(r"\s*\{[ \t]*\r?\n([ \t]+)", like)
    separators = None if indent or '": ' in like else (",", ":")
    end = "\n" if like.endswith("\n") else ""
    return json.dumps(data, indent=indent[1] if indent else None, separators=separators, ensure_ascii=False) + end


# -- files of programs --


def shown(path: Path) -> str:
    """*path* as a person writes it."""
    home = _home().resolve()
    return str("~" / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def _home() -> Path:
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - that of pathlib fails where there is none


def _settings() -> Iterator[tuple[Path, str]]:
    home = _home()
    places = [
        (home, ".*/*.json"),
        (home / ".config", "*/*.json"),
        (home / "Library" / "Application Support", "*/*.json"),
    ]
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        if os.environ.get(name):
            places.append((Path(os.environ[name]), "*/*.json"))
    paths = dict.fromkeys(os.path.realpath(path) for folder, pattern in places for path in folder.glob(pattern))
    texts = ((Path(path), _text(Path(path))) for path in paths)
    return ((path, text) for path, text in texts if text is not None)


def _text(path: Path) -> str | None:
    """None where there is no file that could be a program's settings."""
    try:
        return (stored.read(path, LARGEST) or b"").decode("utf-8")
    except (stored.Damaged, UnicodeDecodeError):
        return None


def _written(path: Path, text: str) -> bool:
    try:
        files.write_atomic(path, text, mode=files.permissions(path))
    except OSError:
        return False
    return True
