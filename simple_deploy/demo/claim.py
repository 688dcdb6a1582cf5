"""The demo's own folder: how it is told from everybody else's. Standard library only, so that run.py can ask first."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy.demo.shape import DemoRefused, Shape
from simple_deploy.system.files import replace

#: A folder in the project that ignores itself, so git never shows it.
MARK = ".simple-deploy-demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The dependency manager of the project.

    :param folder: where its program is; empty when it is on PATH already.
    :param variables: what it has to be told.
    """

    folder: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Variables with which a child process finds it."""
        path = os.pathsep.join(filter(None, (self.folder, os.environ.get("PATH"))))
        return {**self.variables, **({"PATH": path} if self.folder else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A folder that the demo made, or may make.

    :param complete: the project in it is finished; from then on every file is the person's own.
    """

    folder: Path
    shape: Shape
    complete: bool

    @property
    def tools(self) -> Path:
        """A folder for programs that only this project uses."""
        return self.folder / MARK / "tools"

    def finish(self, program: Program) -> None:
        """Write down that the project is complete, and what its dependency manager is."""
        record = {"folder": program.folder, "variables": dict(program.variables)}
        _save(self.folder / MARK / "manager.json", record)
        _write(self.folder, self.shape, complete=True)

    def program(self) -> Program:
        """What :meth:`finish` wrote down."""
        try:
            record = json.loads((self.folder / MARK / "manager.json").read_text(encoding="utf-8"))
            return Program(folder=str(record["folder"]), variables={**record["variables"]})
        except (OSError, ValueError, KeyError, TypeError):
            return Program()


def claim(folder: Path, shape: Shape) -> Claim:
    """Make *folder* the demo's own, or recognise it.

    :raises DemoRefused: it holds something else, or a project of another shape.
    """
    folder = folder.absolute()
    mark = folder / MARK / "demo.json"
    try:
        if mark.is_file():
            return _known(folder, mark, shape)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise DemoRefused(
                f"{folder} is there already and was not made by the demo, so nothing was changed.",
                hint="Choose a new folder with --dir FOLDER, or move that one out of the way.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, shape, complete=False)
    except OSError as error:
        raise DemoRefused(
            f"The folder {folder} cannot be used: {error.strerror or error}.",
            hint="Choose a folder that you may write to with --dir FOLDER.",
        ) from error
    return Claim(folder=folder, shape=shape, complete=False)


def _known(folder: Path, mark: Path, shape: Shape) -> Claim:
    try:
        record = json.loads(mark.read_text(encoding="utf-8"))
        project = str({**record}.get("project", "blog"))  # of an earlier version, when there was no other
        layout, manager, complete = str(record["layout"]), str(record["manager"]), bool(record["complete"])
    except (ValueError, KeyError, TypeError) as error:
        raise DemoRefused(
            f"{mark} cannot be read, so it is not certain that the demo made this folder; nothing was changed.",
            hint="Choose a new folder with --dir FOLDER.",
        ) from error
    if (project, layout, manager) != (shape.project, shape.layout, shape.manager):
        raise DemoRefused(
            f"{folder} holds a sample project in another shape ({project}, {layout}, {manager}); nothing was changed.",
            hint="Choose a new folder with --dir FOLDER, or use it as it is: "
            f"--project {project} --layout {layout} --manager {manager}",
        )
    return Claim(folder=folder, shape=shape, complete=complete)


def _write(folder: Path, shape: Shape, *, complete: bool) -> None:
    private = folder / MARK
    private.mkdir(exist_ok=True)
    (private / ".gitignore").write_text("*\n", encoding="utf-8")
    record = {"project": shape.project, "layout": shape.layout, "manager": shape.manager, "complete": complete}
    _save(private / "demo.json", record)


def _save(file: Path, record: Mapping[str, object]) -> None:
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    replace(fresh, file)
