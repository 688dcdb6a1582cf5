"""What a requirements file declares, together with those it includes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote, urlsplit

from simple_deploy.core.facts import Declared
from simple_deploy.edits import requirements
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection.managers.reading import text_of, without_password


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
            lines = requirements.parse(text_of(self.root / file))
        except EditError as error:
            self.problems.append(f"{file} cannot be read. {error.message} {error.hint}".strip())
            return
        if any(line.hashed for line in lines):
            self.hashed.append(file)
        for line in lines:
            self._line(file, line, constraints)

    def _line(self, file: str, line: requirements.RequirementLine, constraints: bool) -> None:
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

    def _declare(self, file: str, line: requirements.RequirementLine) -> None:
        self._check_path(file, line)
        if line.name is None:
            self.complete = False
            return
        self.declared.append(_declared(file, line.name, line))

    def _check_path(self, file: str, line: requirements.RequirementLine) -> None:
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

    def _include(self, file: str, line: requirements.RequirementLine, constraints: bool) -> None:
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

    def _problem(self, file: str, line: requirements.RequirementLine, text: str) -> None:
        self.problems.append(f"{file}, line {line.first_line}: {text}")


def _declared(file: str, name: str, line: requirements.RequirementLine) -> Declared:
    text = line.wanted or " ".join(line.text.replace("\\\n", " ").split(" #")[0].split())
    return Declared(name=name, text=without_password(text), file=file, line=line.first_line)


def _local_path(url: str) -> str:
    """The path on this computer that *url* names, or empty."""
    if not url or ("://" in url and not url.startswith("file:")) or "+" in url.partition(":")[0]:
        return ""
    text = unquote(urlsplit(url).path) if url.startswith("file:") else url.partition("#")[0].partition("[")[0]
    return text.lstrip("/") if PureWindowsPath(text.lstrip("/")).drive else text
