"""What the project's own modules import, by reading them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.system import plainfiles

_LARGEST = 1024 * 1024  # bytes; larger modules are data
_NOT_DEPLOYED = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|tests\.py$|[^/]*_tests?\.py$|conftest\.py$|setup\.py$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """
    :param needed: dotted names, those of the project's own modules left out.
    :param optional: those that the project can do without: imported inside ``try`` or ``suppress`` only.
    """

    needed: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()

    @property
    def optional_packages(self) -> frozenset[str]:
        """The top-level names of which nothing is needed."""
        needed = {name.partition(".")[0] for name in self.needed}
        return frozenset(name.partition(".")[0] for name in self.optional) - needed


def scan(root: Path, files: Iterable[str], brought: Collection[str] = ()) -> Imports:
    """The imports of *files*, Python modules relative to *root*.

    :param brought: as in :func:`own_modules`.

    Tests and setup.py are left out, as the site does not run them.
    """
    paths = [path for path in files if not _NOT_DEPLOYED.search(path)]
    own = own_modules(paths, brought)
    needed: set[str] = set()
    optional: set[str] = set()
    for path in paths:
        for name, is_optional in _imports(root / path):
            if name.partition(".")[0] not in own:
                (optional if is_optional else needed).add(name)
    return Imports(needed=frozenset(needed), optional=frozenset(optional - needed))


def mentions(root: Path, files: Iterable[str], modules: Iterable[str]) -> frozenset[str]:
    """Those of *modules* that one of *files*, tests too, imports. A file that does not hold the word is not parsed."""
    sought = {module: module.encode() for module in modules}
    found: set[str] = set()
    for path in files:
        left = {module: word for module, word in sought.items() if module not in found}
        if not left:
            break
        data = _read(root / path)
        if any(word in data for word in left.values()):
            found |= {name.partition(".")[0] for name, _ in _parsed(data)} & left.keys()
    return frozenset(found)


def own_modules(paths: Iterable[str], brought: Collection[str] = ()) -> frozenset[str]:
    """Names under which the project may import its own modules: those of its folders and files, wherever they are.

    :param brought: names that installed packages bring. A module inside a package of the project, such as
        ``shop/celery.py``, does not stand in the way of one of these.
    """
    known = list(paths)
    packages = {folder for folder, _, file in (path.rpartition("/") for path in known) if file == "__init__.py"}
    # Python looks for modules beside manage.py, whatever else that folder is.
    packages -= {"", *(folder for folder, _, file in (path.rpartition("/") for path in known) if file == "manage.py")}
    names: set[str] = set()
    for path in known:
        parts = path.removesuffix(".py").split("/")
        for number, name in enumerate(parts):
            if name not in brought or "/".join(parts[:number]) not in packages:
                names.add(name)
    return frozenset(names)


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    yield from _parsed(_read(path))


def _read(path: Path) -> bytes:
    return plainfiles.read(path, _LARGEST)


def _parsed(source: bytes) -> Iterator[tuple[str, bool]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from _names(tree, False)


def _names(node: ast.AST, optional: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, optional) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.module and not node.level:
            # ``from google.cloud import storage`` may name a package's module.
            yield from ((f"{node.module}.{alias.name}", optional) for alias in node.names)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        yield from (name for child in node.orelse for name in _names(child, optional))
    elif isinstance(node, ast.Try) or _suppresses(node):
        yield from (name for child in ast.iter_child_nodes(node) for name in _names(child, True))
    elif not isinstance(node, ast.expr):
        for child in ast.iter_child_nodes(node):
            yield from _names(child, optional)


def _suppresses(node: ast.AST) -> bool:
    """Whether this is ``with contextlib.suppress(ImportError)`` or the like."""
    if not isinstance(node, ast.With):
        return False
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(ast.unparse(call.func).rpartition(".")[2] == "suppress" for call in calls)
