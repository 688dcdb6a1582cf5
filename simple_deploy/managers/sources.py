"""Packages that are made from folders: which of them lie in the repository, and which do not.

https://docs.astral.sh/uv/concepts/projects/dependencies/#path, https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from simple_deploy.core.facts import Declared
from simple_deploy.edits.errors import EditError
from simple_deploy.managers.load import lock_data, relative
from simple_deploy.managers.manifest import table

#: How the text of a requirement begins, or what it holds, that is a folder or a file: ``-e ./libs/pricing``.
_PATH = re.compile(
    r"(?:^|@\s*|^(?:-e|--editable)[ =]\s*)(?:file:(?://)?)?(?P<path>\.{1,2}(?:[/\\][^\s;#\[]*)?|/[^\s;#\[]+)"
)


def of_uv(root: Path, folder: Path, data: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders below *root* that ``[tool.uv]`` in *folder* takes packages from, and its paths outside of it.

    Members of its workspace are among them: uv reads the pyproject.toml of each before it installs anything. One of
    several members gets the others by the whole workspace.
    """
    return sorted_out(root, folder, (*_of_uv(folder, data), *_workspace_around(root, folder, data)))


def of_declared(root: Path, folder: Path, declared: Iterable[Declared]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same of requirements that are paths, each meant from *folder*."""
    found = (_PATH.search(each.text) for each in declared)
    return sorted_out(root, folder, [match["path"] for match in found if match])


def sorted_out(root: Path, folder: Path, paths: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """*paths*, meant from *folder*: those below *root*, relative to it, and those that are elsewhere."""
    inside: dict[str, None] = {}
    outside: dict[str, None] = {}
    base = relative(root, folder)
    for path in paths:
        plain = path.replace("\\", "/")
        whole = posixpath.normpath(posixpath.join(base, plain))
        if whole.startswith(("/", "..")) or re.match("[A-Za-z]:", whole):
            outside[path] = None
        else:
            file = whole.endswith((".whl", ".gz", ".zip"))
            inside[(posixpath.dirname(whole) or ".") if file else whole] = None
    return tuple(inside), tuple(outside)


def _of_uv(folder: Path, data: Mapping[str, Any]) -> Iterator[str]:
    yield from (each["path"] for each in _sources(data) if isinstance(each.get("path"), str))
    workspace = table(data, "tool", "uv", "workspace")
    left_out = {each for pattern in _texts(workspace.get("exclude")) for each in _matching(folder, pattern)}
    for pattern in _texts(workspace.get("members")):
        yield from sorted(_matching(folder, pattern) - left_out)


def _sources(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for source in table(data, "tool", "uv", "sources").values():
        yield from (each for each in (source if isinstance(source, list) else [source]) if isinstance(each, dict))


def _workspace_around(root: Path, folder: Path, data: Mapping[str, Any]) -> Iterator[str]:
    """The way from *folder* up to the workspace that it takes packages from."""
    if "workspace" in table(data, "tool", "uv") or not any(each.get("workspace") for each in _sources(data)):
        return
    for up, above in enumerate(folder.parents, 1):
        if not above.is_relative_to(root):
            return
        with suppress(EditError):
            if "workspace" in table(lock_data(above / "pyproject.toml"), "tool", "uv"):
                yield "/".join([".."] * up)
                return


def _matching(folder: Path, pattern: str) -> set[str]:
    if pattern.startswith(("/", "..")):
        return {pattern}
    found = (each for each in folder.glob(pattern) if (each / "pyproject.toml").is_file())
    return {each.relative_to(folder).as_posix() for each in found}


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
