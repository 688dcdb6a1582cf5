"""requirements.txt: read every line pip accepts, add what is missing, take lines out.

The format is pip's: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from simple_deploy.core.facts import Declared, Dependencies
from simple_deploy.core.findings import Finding
from simple_deploy.edits import lines
from simple_deploy.edits.errors import EditError
from simple_deploy.managers.base import Place, Wanted
from simple_deploy.managers.load import text_of, without_password

LineKind = Literal[
    "requirement", "include", "constraint", "editable", "url", "option", "comment", "blank", "unreadable"
]

_LONGEST = 8192
"""Characters in one requirement; more than any real one, and few enough to parse in no time."""

_VALUE_OPTIONS: tuple[tuple[str, LineKind], ...] = (
    ("--requirement", "include"),
    ("--constraint", "constraint"),
    ("--editable", "editable"),
    ("-r", "include"),
    ("-c", "constraint"),
    ("-e", "editable"),
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\[\]]*\])?[ \t]*(?:[=<>!~;@]|$)")
_VERSIONED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*(?:[ \t]*\[[^\[\]]*\])?)[ \t]*[=<>!~][^;@]*?(?=[ \t]*(?:;|$))")
_GENERATED = re.compile(r"# Generated from .+ by simple_deploy\.")

#: Names that stand for one need each: any of them is a driver for PostgreSQL.
_ALIKE = (frozenset({"psycopg", "psycopg2", "psycopg2-binary"}),)

_EGG = re.compile(r"(?:^|&)egg=([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLine:
    """One logical line: lines continued with a backslash are one.

    :param kind: what it is. ``url`` is a bare address or path; ``name @ address`` is a ``requirement``.
    :param first_line: number of its first line, counted from 1.
    :param last_line: number of its last line.
    :param text: the lines as they stand, joined with newlines.
    :param wanted: of ``requirement`` and ``url``, what it asks for without comment and options (``--hash``), or empty.
    :param name: canonical name of the package where it can be told, also from a file name, from ``#egg=`` and from
        a line that is otherwise unreadable; else None.
    :param specifier: such as ``>=4.2,<5``; empty when any version will do.
    :param marker: the environment marker, or empty.
    :param url: the address or path of ``requirement``, ``url`` and ``editable``, or empty.
    :param path: the file that ``include`` and ``constraint`` name, relative to this one, or empty.
    :param hashed: whether it has ``--hash``, or is the option ``--require-hashes``.
    """

    kind: LineKind
    first_line: int
    last_line: int
    text: str
    wanted: str = ""
    name: str | None = None
    specifier: str = ""
    marker: str = ""
    extras: tuple[str, ...] = ()
    url: str = ""
    path: str = ""
    hashed: bool = False


def parse(text: str) -> tuple[RequirementLine, ...]:
    """Every logical line of a requirements file. A line that cannot be read has the kind ``unreadable``.

    :raises EditError: the text has characters no text file has.
    """
    return tuple(_line(*part) for part in _logical(lines.split(text)[0]))


def names(text: str) -> frozenset[str]:
    """Canonical names of the packages a requirements file asks for, included files left aside."""
    return frozenset(line.name for line in parse(text) if line.name)


def generated(source: str, file: str, rows: Iterable[str]) -> str:
    """*rows* as a requirements file that says where it comes from.

    :param source: name of the file it was made from.
    :param file: name of the file to change instead.
    """
    notice = f"# Generated from {source} by simple_deploy. Change {file} instead of this file."
    return "\n".join((notice, *rows, ""))


def is_generated(text: str) -> bool:
    """Whether *text* is what :func:`generated` made."""
    return _GENERATED.match(text) is not None


def relocated(text: str, folder: str) -> str:
    """What *text*, a requirements file that lies in *folder*, has to say to mean the same one or more folders above.

    :param folder: path with ``/`` from the folder the result lies in.
    """
    rows, final_newline = lines.split(text)
    for line in parse(text):
        target = line.path or (line.url if line.kind in ("editable", "url") else "")
        if target and not _SCHEME.match(target) and not target.startswith(("/", "\\", "~")):
            before, _, after = rows[line.first_line - 1].rpartition(target)
            moved = posixpath.normpath(posixpath.join(folder, target))
            # What pip takes for a path has to look like one.
            moved = moved if line.path or moved.startswith(".") else f"./{moved}"
            rows[line.first_line - 1] = before + moved + after
    return lines.join(rows, final_newline)


def add(text: str, wanted: Wanted) -> str:
    """*text* with those of the *wanted* packages at its end that are not asked for yet.

    :raises EditError: one of the requirements is none; or the file pins hashes, or ends in the middle of a line.
    """
    parsed = parse(text)
    new = missing(wanted, [*(line.name for line in parsed if line.name), *wanted.present])
    if not new:
        return text
    _refuse_to_append(parsed, new)
    rows, final_newline = lines.split(text)
    return lines.join([*rows, *new], final_newline)


def missing(wanted: Wanted, present: Iterable[str]) -> list[str]:
    """The requirements of those *wanted* packages that none of the names *present* stands for, each package once.

    :raises EditError: one of the requirements is none.
    """
    alike = {
        canonicalize_name(name): {canonicalize_name(other) for other in others}
        for name, others in wanted.equivalents.items()
    }
    known = {canonicalize_name(name) for name in present}
    found = []
    for requirement in wanted.requirements:
        name = _name_of(requirement)
        family = next((names for names in _ALIKE if name in names), ())
        if known.isdisjoint({name, *family, *alike.get(name, ())}):
            known.add(name)
            found.append(requirement.strip())
    return found


def remove(text: str, names: Iterable[str]) -> str:
    """*text* without the lines that ask for one of the packages *names*.

    The comment that pip-compile writes below a requirement (``# via …``) goes with it.
    """
    unwanted = {canonicalize_name(name) for name in names}
    rows, final_newline = lines.split(text)
    gone: set[int] = set()
    for line in parse(text):
        if line.name in unwanted:
            gone.update(range(line.first_line - 1, line.last_line))
            gone.update(_via_comment(rows, line.last_line))
    return lines.join([row for index, row in enumerate(rows) if index not in gone], final_newline)


def with_markers(text: str, markers: Mapping[str, str]) -> str:
    """*text* where each line that asks for one of the packages *markers* does so with that marker.

    :param markers: by canonical name.
    """
    rows, final_newline = lines.split(text)
    for line in parse(text):
        marker = markers.get(line.name or "")
        if marker and line.kind == "requirement" and not line.marker:
            index = line.first_line - 1
            rows[index] = rows[index].replace(line.wanted, f"{line.wanted} ; {marker}", 1)
    return lines.join(rows, final_newline)


def is_versioned(requirement: str) -> bool:
    """Whether *requirement* asks for versions of a package, so that :func:`repinned` can ask for others."""
    return _VERSIONED.match(requirement) is not None


def repinned(text: str, name: str, specifier: str) -> str:
    """*text* where the line that asks for the package *name* asks for *specifier*. Extras and marker stay.

    :param name: canonical.
    :param specifier: such as ``==5.2.8``.
    """
    rows, final_newline = lines.split(text)
    for line in parse(text):
        if line.name == name and line.kind == "requirement" and is_versioned(line.wanted):
            wanted = _VERSIONED.sub(lambda match: match[1] + specifier, line.wanted, count=1)
            index = line.first_line - 1
            rows[index] = rows[index].replace(line.wanted, wanted, 1)
    return lines.join(rows, final_newline)


def _via_comment(rows: Sequence[str], start: int) -> Iterator[int]:
    for index in range(start, len(rows)):
        row = rows[index]
        if not row.startswith("    #") or (index == start and not row.startswith("    # via")):
            return
        yield index


def _name_of(requirement: str) -> NormalizedName:
    parsed = parse(requirement.strip())
    if len(parsed) == 1 and parsed[0].kind == "requirement" and not _continues(requirement.strip()):
        return canonicalize_name(parsed[0].name or "")
    raise EditError(
        f"{requirement!r} is not a requirement.", hint="Write the name of a package, as in gunicorn or gunicorn>=21."
    )


def _refuse_to_append(parsed: Sequence[RequirementLine], new: Sequence[str]) -> None:
    for line in parsed:
        if line.hashed:
            raise EditError(
                f"The requirements are pinned with hashes (line {line.first_line}), so a package without a hash would"
                " make the whole file fail to install.",
                hint=f"Add {', '.join(new)} to the file this one is made from (often requirements.in) and make it"
                " again: uv pip compile --generate-hashes, or pip-compile --generate-hashes.",
                line=line.first_line,
            )
    if parsed and _continues(parsed[-1].text.rsplit("\n", 1)[-1]):
        raise EditError(
            f"Line {parsed[-1].last_line}, the last one, ends with a backslash, so anything added below would become"
            " part of it.",
            hint="Delete that backslash.",
            line=parsed[-1].last_line,
        )


def _logical(rows: Sequence[str]) -> Iterator[tuple[str, int, list[str]]]:
    """Each logical line: its text without backslashes, the number of its first line, and its lines."""
    parts: list[str] = []
    start = 0
    for index, row in enumerate(rows):
        if _continues(row):
            parts.append(row.strip("\\"))  # pip strips both ends
            continue
        # A comment ends a continued line and is no part of its last word.
        parts.append(" " + row if row.startswith("#") else row)
        yield "".join(parts), start + 1, list(rows[start : index + 1])
        parts, start = [], index + 1
    if parts:
        yield "".join(parts), start + 1, list(rows[start:])


def _continues(row: str) -> bool:
    return row.endswith("\\") and not row.lstrip().startswith("#")


def _line(logical: str, first_line: int, rows: Sequence[str]) -> RequirementLine:
    line = RequirementLine(
        kind="blank", first_line=first_line, last_line=first_line + len(rows) - 1, text="\n".join(rows)
    )
    content = _without_comment(logical)
    if not content:
        return replace(line, kind="comment") if logical.strip() else line
    if content.startswith("-"):
        return _option(line, content)
    return _requirement(line, content)


def _without_comment(logical: str) -> str:
    start = logical.find("#")
    while start > 0 and not logical[start - 1].isspace():
        start = logical.find("#", start + 1)
    return (logical if start < 0 else logical[:start]).strip()


def _option(line: RequirementLine, content: str) -> RequirementLine:
    for option, kind in _VALUE_OPTIONS:
        rest = content[len(option) :]
        if not content.startswith(option) or (option.startswith("--") and rest[:1] not in ("=", " ", "\t")):
            continue
        value = rest.lstrip("= \t" if option.startswith("--") else " \t").strip("\"'")
        if not value:
            return replace(line, kind="unreadable")
        if kind == "editable":
            return replace(line, kind=kind, url=value, name=_name_in_url(value))
        return replace(line, kind=kind, path=value)
    return replace(line, kind="option", hashed=content.startswith("--require-hashes"))


def _requirement(line: RequirementLine, content: str) -> RequirementLine:
    words = content.split()
    options = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    wanted = " ".join(words[:options])
    line = replace(line, wanted=wanted, hashed=any(word.startswith("--hash") for word in words[options:]))
    target = words[0].rstrip(";")
    if _SCHEME.match(target) or target.startswith((".", "/", "\\", "~")) or target.lower().endswith(_ARCHIVES):
        return replace(line, kind="url", url=target, name=_name_in_url(target))
    try:
        found = Requirement(wanted[:_LONGEST])
        if len(wanted) > _LONGEST or not _NAME.fullmatch(found.name):  # packaging lets a name end with "_"
            raise InvalidRequirement(wanted)
        return replace(
            line,
            kind="requirement",
            name=canonicalize_name(found.name),
            specifier=str(found.specifier),
            marker=str(found.marker or ""),
            extras=tuple(sorted(found.extras)),
            url=found.url or "",
        )
    except (ValueError, RecursionError):
        name = _NAME.match(wanted)
        return replace(line, kind="unreadable", wanted="", name=canonicalize_name(name[1]) if name else None)


def _name_in_url(url: str) -> str | None:
    """The package's name from ``#egg=name`` or from the name of a wheel or source archive."""
    try:
        parts = urlsplit(url)
        if egg := _EGG.search(parts.fragment):
            return canonicalize_name(egg[1])
        filename = unquote(re.split(r"[/\\]", parts.path)[-1])
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[0]
        return parse_sdist_filename(filename)[0]
    except ValueError:
        return None


@dataclass(kw_only=True)
class RequirementsReader:
    """Reads a requirements file and those it includes.

    :param root: folder the paths are relative to; nothing outside is read.
    :param constrained: what constraints files limit, whoever brings it along.
    :param hashed: those of the files that pin with hashes.
    :param outside: lines that install from a folder or file of this computer outside the root.
    :param complete: False when a line brings packages whose names cannot be told.
    """

    root: Path
    files: list[str] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    constrained: list[Declared] = field(default_factory=list)
    hashed: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    complete: bool = True

    def read(self, file: str, *, constraints: bool = False) -> None:
        if file in self.files:
            return
        self.files.append(file)
        try:
            lines = parse(text_of(self.root / file))
        except EditError as error:
            self.problems.append(f"{file} cannot be read. {error.message} {error.hint}".strip())
            return
        if any(line.hashed for line in lines):
            self.hashed.append(file)
        for line in lines:
            self._line(file, line, constraints)

    def _line(self, file: str, line: RequirementLine, constraints: bool) -> None:
        if line.kind in ("include", "constraint"):
            self._include(file, line, constraints or line.kind == "constraint")
        elif line.kind == "unreadable":
            shown = without_password(line.text.strip())
            self._problem(file, line, f"“{shown:.120}” is not a requirement that pip can read.")
        elif line.kind in ("requirement", "editable", "url"):
            if constraints and line.name is not None:
                self.constrained.append(_declared(file, line.name, line))
            elif not constraints:
                self._declare(file, line)

    def _declare(self, file: str, line: RequirementLine) -> None:
        self._check_path(file, line)
        if line.name is None:
            self.complete = False
            return
        self.declared.append(_declared(file, line.name, line))

    def _check_path(self, file: str, line: RequirementLine) -> None:
        named = _local_path(line.url)
        if not named:
            return
        path = (self.root / file).parent / named
        if not path.exists():
            # Conda's packages remember where they were built, which pip takes for where they came from.
            advice = f" `pip freeze` writes that; write {line.name}==… instead." if "@" in line.wanted else ""
            self._problem(file, line, f"it installs from {named}, which is not on this computer.{advice}")
        elif not path.resolve().is_relative_to(self.root.resolve()):
            self.outside.append(f"{file}, line {line.first_line}: {line.wanted or line.text.strip()}")

    def _include(self, file: str, line: RequirementLine, constraints: bool) -> None:
        if "://" in line.path:
            self.complete = self.complete and constraints
            return
        target = (self.root / file).parent / line.path.replace("\\", "/")
        try:
            relative = target.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            self._problem(file, line, f"it includes {line.path}, which lies outside the project.")
            return
        if not target.is_file():
            self._problem(file, line, f"it includes {line.path}, which does not exist.")
            return
        self.read(relative, constraints=constraints)

    def _problem(self, file: str, line: RequirementLine, text: str) -> None:
        self.problems.append(f"{file}, line {line.first_line}: {text}")


def _declared(file: str, name: str, line: RequirementLine) -> Declared:
    text = line.wanted or " ".join(line.text.replace("\\\n", " ").split(" #")[0].split())
    return Declared(name=name, text=without_password(text), file=file, line=line.first_line)


def _local_path(url: str) -> str:
    """The path on this computer that *url* names, or empty."""
    if not url or ("://" in url and not url.startswith("file:")) or "+" in url.partition(":")[0]:
        return ""
    text = unquote(urlsplit(url).path) if url.startswith("file:") else url.partition("#")[0].partition("[")[0]
    return text.lstrip("/") if PureWindowsPath(text.lstrip("/")).drive else text


@dataclass(frozen=True, slots=True)
class Requirements:
    """There are no groups and there is no lock."""

    def add(self, text: str, wanted: Wanted) -> str:
        return add(text, wanted)

    def remove(self, text: str, names: Iterable[str], *, group: str | None = None) -> str:
        return remove(text, names)

    def refresh(self, dependencies: Dependencies, place: Place) -> tuple[Finding, ...]:
        return ()

    def export(self, dependencies: Dependencies, place: Place, *, groups: Iterable[str] = ()) -> str:
        # Files it includes, and folders it installs from, are named relative to it.
        return f"-r {PurePosixPath(dependencies.file or '').name}\n"
