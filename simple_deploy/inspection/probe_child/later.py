"""The project's own modules that are imported only while the site serves: in a function of one that was loaded."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

from simple_deploy.inspection.probe_child.trouble import Project
from simple_deploy.inspection.probe_child.uses import source

#: An import that need not have happened when the module was loaded.
_INSIDE = re.compile(r"(?m)^[ \t]+(?:from|import)\s")


def modules(project: Project) -> list[str]:
    """Their files, those of the packages on the way too. What is named by a variable is not known."""
    pending = [
        (module.__name__, file, False)
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str) and file.endswith(".py") and project.owns(file)
    ]
    met = {file for _, file, _ in pending}
    asked: set[str] = set()
    found = []
    while pending:
        name, file, anew = pending.pop()
        text = source(file)
        if not anew and not _INSIDE.search(text):
            continue
        package = name if file.endswith("__init__.py") else name.rpartition(".")[0]
        wanted = {*_imported(text, package)} - asked
        asked |= wanted
        for each in sorted(wanted):
            for module, place in _places(each):
                if place not in met and project.owns(place):
                    met.add(place)
                    found.append(place)
                    pending.append((module, place, True))
    return sorted(found)


def _imported(text: str, package: str) -> Iterator[str]:
    """The names of modules in the import statements of *text*, which stands in *package*, and of what may be one."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _places(name: str) -> Iterator[tuple[str, str]]:
    """The files of the module *name* and of the packages around it, as far as they are there. Imports nothing."""
    path = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        module = ".".join(parts[:count])
        spec = PathFinder.find_spec(module, path)
        if spec is None:
            return
        if spec.origin and spec.origin.endswith(".py"):
            yield module, spec.origin
        path = spec.submodule_search_locations
        if path is None:
            return
