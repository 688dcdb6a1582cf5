"""The environment variable without a value that keeps the project from being loaded, where what failed names it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from simple_deploy.inspection import envfiles
from simple_deploy.inspection.probe_child import uses
from simple_deploy.inspection.probe_child.trouble import Project, named
from simple_deploy.inspection.probe_child.used import Opened
from simple_deploy.inspection.probe_child.variables import Recorder

_WORD = re.compile(r"[A-Za-z_]\w*")
#: Files with the names of variables, to be copied and filled in: ``.env.example``, ``env.sample``, ``template.env``.
_TEMPLATE = re.compile(r"(?i)(?=.*env)(?=.*(?:example|sample|template|dist))[\w.-]{7,40}")


def describe(error: BaseException, project: Project, recorder: Recorder, opened: Opened) -> dict[str, str]:
    """The fields of a settings problem that *error* shows: the variable, and a file that lists it to be filled in."""
    words = set(_WORD.findall(named(error, project)))
    filled = _filled(opened.env_files(project))
    empty = {
        name: files for name, files in recorder.read_by(project) if not os.environ.get(name) and name not in filled
    }
    name = next((name for name in empty if name in words), "") or _deciding(words, empty)
    return {"unset": name, "template": _template(name, empty[name], project)} if name else {}


def _deciding(words: set[str], empty: Mapping[str, Sequence[str]]) -> str:
    """The first of the *empty* ones that decides a setting which stands among *words*."""
    for name, files in empty.items():
        use = uses.describe(name, files)
        if use is not None and words & {*use["sets"]}:
            return name
    return ""


def _filled(files: Iterable[str]) -> set[str]:
    return {name for file in files for name, value in envfiles.parse(uses.source(file)).items() if value}


def _template(name: str, files: Iterable[str], project: Project) -> str:
    found = (path for path in _templates(files, project) if name in envfiles.parse(uses.source(str(path))))
    return next(map(str, found), "")


def _templates(files: Iterable[str], project: Project) -> Iterator[Path]:
    """In the folders of *files* and above, up to the git root."""
    for folder in dict.fromkeys(folder for file in files for folder in Path(file).parents):
        if any(folder.is_relative_to(root) for root in project.roots):
            yield from (path for path in sorted(folder.iterdir()) if _TEMPLATE.fullmatch(path.name))
