"""Files that pages and modules name in another spelling than they have: with other capitals, or with backslashes.

Windows and macOS find them all the same; a server does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from simple_deploy.inspection.probe_child import used
from simple_deploy.inspection.probe_child.trouble import Project
from simple_deploy.inspection.probe_child.uses import source

_IN_PAGE = re.compile(r"""\{%-?\s*(static|extends|include)\s+(["'])([^"'{}%]+)\2""")
_IN_MODULE = re.compile(r"""(["'])([^"'\n{}%<>]+\.(?:html?|djhtml|jinja2?|j2))\1""")


def describe(project: Project) -> list[dict[str, str]]:
    """The fields of a :class:`~simple_deploy.core.facts.Misnamed` for each, once for each file that names it."""
    templates, static = Folders(used.template_folders()), Folders(used.static_folders())
    found = {}
    for page in islice(used.pages(project), used.MOST_PAGES):
        for tag, _, name in _IN_PAGE.findall(used.text_of(page)):
            found[page, name] = (static if tag == "static" else templates).spelling(name)
    for module in used.modules(project):
        for _, written in _IN_MODULE.findall(source(module)):
            name = written.replace("\\\\", "\\")
            found[module, name] = templates.spelling(name)
    return [{"name": name, "file": file, "by": by} for (by, name), file in found.items() if file]


class Folders:
    """Where Django looks for files of one kind.

    :param folders: the first one first.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = tuple(folders)
        self._listed: dict[Path, list[str]] = {}

    def spelling(self, name: str) -> str:
        """How the file is called that *name* means; empty where one is called just so, or none is meant."""
        found = [self._below(Path(folder), name) for folder in self._folders]
        return "" if name in found else next(filter(None, found), "")

    def _below(self, folder: Path, name: str) -> str:
        parts: list[str] = []
        for part in name.replace("\\", "/").split("/"):
            names = self._names(folder.joinpath(*parts))
            alike = (each for each in names if each.casefold() == part.casefold())
            actual = part if part in names else next(alike, "")
            if not actual:
                return ""
            parts.append(actual)
        return "/".join(parts)

    def _names(self, folder: Path) -> list[str]:
        if folder not in self._listed:
            self._listed[folder] = sorted(_names_in(folder))
        return self._listed[folder]


def _names_in(folder: Path) -> Iterator[str]:
    with suppress(OSError):  # it is not there, or is a file
        yield from (entry.name for entry in folder.iterdir())
