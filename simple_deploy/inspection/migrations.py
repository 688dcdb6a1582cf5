"""What the migrations in a file do to a database, read from its source; nothing is imported. Pure.

Source of the operations and their arguments: Django's reference of migration operations.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

#: The names of the arguments that are needed here, in their order.
_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "CreateModel": ("name",),
    "DeleteModel": ("name",),
    "RenameModel": ("old_name", "new_name"),
    "AddField": ("model_name", "name"),
    "RemoveField": ("model_name", "name"),
    "AlterField": ("model_name", "name"),
    "RenameField": ("model_name", "old_name", "new_name"),
    "AddIndex": ("model_name",),
    "RemoveIndex": ("model_name", "name"),
    "AddConstraint": ("model_name",),
    "RemoveConstraint": ("model_name", "name"),
    "RunPython": ("code",),
}
_SAYS: Mapping[str, str] = {
    "CreateModel": "creates {name}",
    "DeleteModel": "deletes {name} with its data",
    "RenameModel": "renames {old_name} to {new_name}",
    "AddField": "adds {model_name}.{name}",
    "RemoveField": "removes {model_name}.{name} with its data",
    "AlterField": "changes {model_name}.{name}",
    "RenameField": "renames {model_name}.{old_name} to {new_name}",
    "AddIndex": "adds an index to {model_name}",
    "RemoveIndex": "removes an index of {model_name}",
    "AddConstraint": "adds a constraint to {model_name}",
    "RemoveConstraint": "removes a constraint of {model_name}",
    "RunPython": "runs the function {code}",
    "RunSQL": "runs SQL",
}
#: After them the release before may not work any more, and rolling back does not bring the data back.
_LOSING = frozenset({"DeleteModel", "RemoveField"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """:param loses: whether data are gone afterwards."""

    text: str
    loses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """:param app: the folder of the app. :param name: without ``.py``."""

    app: str
    name: str
    changes: tuple[Change, ...] = ()

    @property
    def loses(self) -> bool:
        return any(change.loses for change in self.changes)


def is_migration(path: str) -> bool:
    file = PurePosixPath(path)
    return file.suffix == ".py" and file.parent.name == "migrations" and not file.name.startswith(("_", "~"))


def read(path: str, source: str) -> Migration:
    """The migration in the file at *path*. What cannot be read is left out."""
    file = PurePosixPath(path)
    try:
        tree: ast.AST = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module(body=[], type_ignores=[])
    return Migration(app=file.parent.parent.name, name=file.stem, changes=tuple(_changes(tree)))


def _changes(tree: ast.AST) -> Iterator[Change]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.List):
            continue
        if any(isinstance(target, ast.Name) and target.id == "operations" for target in node.targets):
            yield from (_change(call) for call in node.value.elts if isinstance(call, ast.Call))


def _change(call: ast.Call) -> Change:
    kind = ast.unparse(call.func).rpartition(".")[2]
    plain = itertools.takewhile(lambda each: not isinstance(each, ast.Starred), call.args)
    given = dict(zip(_ARGUMENTS.get(kind, ()), plain, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    told = {name: _plain(value) for name, value in given.items() if name in _ARGUMENTS.get(kind, ())}
    try:
        text = _SAYS[kind].format(**told)
    except KeyError:  # an operation of another package, or an argument that only running the file would tell
        text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return Change(text=text, loses=kind in _LOSING)


def _plain(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else ast.unparse(value)
