"""Which settings a module has wherever it is loaded, and which it may have besides, read from its source.

A setting that is assigned under a condition may be there on the deployed site and not here, or the other way round.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import resolve_name
from types import ModuleType

from simple_deploy.core.facts import ANY_NAME
from simple_deploy.edits import blocks, python_source, textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection.probe_child.trouble import Project

#: What gives a module names that nothing in its source assigns.
_UNSEEN = frozenset({"exec", "execfile", "globals", "include", "locals", "setattr", "vars"})
_NESTING = 8  # modules that take over each other's names


@dataclass(frozen=True, slots=True)
class Names:
    """:param possible: those that may be there too, or :data:`ANY_NAME`."""

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()

    def then(self, other: Names) -> Names:
        """Both, one after the other."""
        return Names(self.certain | other.certain, self.possible | other.possible)

    def either(self, other: Names) -> Names:
        """One of both."""
        both = self.certain & other.certain
        return Names(both, (self.certain | other.certain | self.possible | other.possible) - both)

    def perhaps(self) -> Names:
        return self.either(Names())


def assigned(module: str, project: Project, modules: Mapping[str, ModuleType] = sys.modules) -> Names:
    """The names of settings that *module* has, which was loaded. What this tool wrote into it is left out."""
    names = _Reader(project, modules).of_module(module, _NESTING)
    return Names(names.certain, names.possible - names.certain)


@dataclass(frozen=True, slots=True)
class _Reader:
    project: Project
    modules: Mapping[str, ModuleType]

    def of_module(self, name: str, nesting: int) -> Names:
        module = self.modules.get(name)
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not self.project.owns(file):
            # A package: it is the same one on the deployed site.
            return Names(_settings(dir(module))) if module is not None else Names(possible=frozenset({ANY_NAME}))
        try:
            with open(file, "rb") as source:  # noqa: PTH123
                text = textfile.decode(source.read()).text
            tree = python_source.parse(text)
            own = [range(each.first_line, each.last_line + 1) for each in blocks.read_blocks(text).values()]
        except (OSError, EditError):
            return Names(possible=frozenset({ANY_NAME}))
        package = str(getattr(module, "__package__", "") or "")
        return self._of(tree.body, package, own, nesting)

    def _of(self, body: Iterable[ast.stmt], package: str, own: list[range], nesting: int) -> Names:
        names = Names()
        for statement in body:
            if isinstance(statement, ast.If) and any(statement.lineno in lines for lines in own):
                continue  # counts on a deployed site only
            names = names.then(self._one(statement, package, own, nesting))
        return names

    def _one(self, statement: ast.stmt, package: str, own: list[range], nesting: int) -> Names:
        def of(body: Iterable[ast.stmt]) -> Names:
            return self._of(body, package, own, nesting)

        if isinstance(statement, ast.If):
            return _calls(statement.test).then(of(statement.body).either(of(statement.orelse)))
        if isinstance(statement, ast.With):
            return of(statement.body)
        if isinstance(statement, ast.Try):
            names = of([*statement.body, *statement.orelse])
            for handler in statement.handlers:
                # What leaves the module leaves no settings.
                if not isinstance(handler.body[-1], ast.Raise):
                    names = names.either(of(handler.body))
            return names.then(of(statement.finalbody))
        if isinstance(statement, ast.ImportFrom) and any(each.name == "*" for each in statement.names):
            return self._taken_over(statement, package, nesting)
        inner = [each for each in ast.iter_child_nodes(statement) if isinstance(each, ast.stmt)]
        if inner and not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return of(inner).then(_targets(statement)).perhaps()  # a loop
        if isinstance(statement, ast.Match):
            return Names(possible=frozenset({ANY_NAME}))
        return _targets(statement).then(_calls(statement))

    def _taken_over(self, statement: ast.ImportFrom, package: str, nesting: int) -> Names:
        relative = "." * statement.level + (statement.module or "")
        if nesting == 0:
            return Names(possible=frozenset({ANY_NAME}))
        try:
            name = resolve_name(relative, package) if statement.level else relative
        except (ImportError, ValueError):
            return Names(possible=frozenset({ANY_NAME}))
        return self.of_module(name, nesting - 1)


def _targets(statement: ast.stmt) -> Names:
    """The settings that one statement assigns or imports."""
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return Names()
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return Names(_settings(each.asname or each.name for each in statement.names))
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor):
        return Names()
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    stored = (node for target in targets for node in ast.walk(target))
    return Names(
        _settings(node.id for node in stored if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    )


def _calls(node: ast.AST) -> Names:
    """Whether something is called that can give the module any name."""
    called = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    names = (each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in called)
    return Names(possible=frozenset({ANY_NAME}) if _UNSEEN.intersection(names) else frozenset())


def _settings(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if name.isupper())
