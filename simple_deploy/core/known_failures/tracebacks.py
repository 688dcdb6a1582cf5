"""Python tracebacks in what programs print: the project's own lines of one, and what was raised. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEAD = re.compile(r"^(\s*)Traceback \(most recent call last\):")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
_RAISED = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
_DATABASE = re.compile(r"(?:django\.db\.utils|sqlite3|psycopg2?(?:\.\w+)?)\.\w+Error\b")
_ENTRIES = frozenset({"wsgi.py", "asgi.py"})
#: Where Python and packages lie, whatever the system; and this tool's own child, where it is installed as a checkout.
_FOREIGN = re.compile(
    r"(?i)[\\/]engine[\\/]trial_child[\\/]|[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|^<|\\lib\\|[\\/]uv[\\/]cache[\\/]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """:param source: the line of code, as far as it was printed."""

    file: str
    line: int
    name: str
    source: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The last traceback of an output.

    :param own: its frames in the project's own code, but for manage.py; paths relative to the project where known.
    :param said: what was raised, as printed.
    """

    own: tuple[Frame, ...]
    said: str

    @property
    def at_import(self) -> Frame | None:
        """The line of a module of the project that ran while the module was imported, when that is where it happened.

        Code in the body of a class runs then, too.
        """
        modules = [index for index, frame in enumerate(self.own) if frame.name == "<module>"]
        if not modules:
            return None
        last = modules[-1]
        inside = self.own[last + 1] if last + 1 < len(self.own) else None
        if inside is not None and inside.file == self.own[last].file and inside.name[:1].isupper():
            return inside
        return self.own[last]

    @property
    def is_of_database(self) -> bool:
        """Whether a database refused what it was asked, or could not be asked."""
        return bool(_DATABASE.match(self.said))

    @property
    def at_start(self) -> Frame | None:
        """The same, or the line that ran as Django started: in an app's ``ready()``, or below wsgi.py."""
        starts = [index for index, frame in enumerate(self.own) if frame.name in {"<module>", "ready"}]
        if not starts:
            return None
        last = self.own[starts[-1]]
        if last.name == "<module>" and re.split(r"[\\/]", last.file)[-1] in _ENTRIES:
            return self.own[starts[-1] + 1] if starts[-1] + 1 < len(self.own) else None
        return last if last.name == "ready" else self.at_import

    @property
    def deepest(self) -> Frame | None:
        return self.own[-1] if self.own else None

    def shown(self) -> tuple[str, ...]:
        """The project's own frames, then what was raised."""
        rows = []
        for frame in self.own[-4:]:
            rows.append(f"{frame.place}, in {frame.name}")
            if frame.source:
                rows.append(f"    {frame.source}")
        return (*rows, self.said)


def is_frame(line: str) -> bool:
    """Whether *line* tells where in the code something happened."""
    return _FRAME.match(line) is not None


def last(lines: Sequence[str], roots: Iterable[str] = ()) -> Raised | None:
    """The last traceback among *lines*, which hold no escape sequences.

    :param roots: folders that copies of the project lie in.
    """
    starts = [index for index, line in enumerate(lines) if _HEAD.match(line)]
    for start in reversed(starts):
        found = _read(lines[start:], tuple(roots))
        if found is not None:
            return found
    return None


def _read(lines: Sequence[str], roots: tuple[str, ...]) -> Raised | None:
    indent = len(lines[0]) - len(lines[0].lstrip())
    frames: list[Frame] = []
    for index, line in enumerate(lines[1:], 1):
        text = line[indent:] if not line[:indent].strip() else line
        if frame := _FRAME.match(text):
            source = lines[index + 1].strip() if index + 1 < len(lines) else ""
            source = "" if _FRAME.match(source) or not set(source) - set("^~ ") else source
            frames.append(Frame(file=frame["file"], line=int(frame["line"]), name=frame["name"] or "", source=source))
        elif text[:1].strip() and _RAISED.match(text.rstrip()):
            own = (_inside(frame, roots) for frame in frames if not _FOREIGN.search(frame.file))
            kept = tuple(frame for frame in own if not frame.file.endswith("manage.py"))
            return Raised(own=kept, said=text.rstrip())
    return None


def _inside(frame: Frame, roots: tuple[str, ...]) -> Frame:
    """*frame* with its path relative to the project, where it is known to lie in it."""
    for root in sorted(roots, key=len, reverse=True):
        if frame.file.startswith(root.rstrip("/\\") + ("\\" if "\\" in root else "/")):
            file = frame.file[len(root.rstrip("/\\")) + 1 :].replace("\\", "/")
            return Frame(file=file, line=frame.line, name=frame.name, source=frame.source)
    return frame
