"""The settings module a deployed site has for itself, beside the one the project runs with here: there already, or to
be made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import Production, Settings
from simple_deploy.edits import blocks
from simple_deploy.edits.errors import EditError
from simple_deploy.managers.load import text_of

#: What people call it, in a package of settings or beside ``settings.py``; the first free one is made.
_NAMES = ("production", "prod", "production_settings", "settings_production", "settings_prod")


def find(root: Path, settings: Settings | None, modules: Iterable[str]) -> Production | None:
    """The module for production beside *settings*, or where it would be; None where the site has no other settings.

    :param settings: the active ones.
    :param modules: the modules of the project that look like settings.
    """
    if settings is None or settings.file is None or _is_for_production(settings.module):
        return None
    file = PurePosixPath(settings.file)
    package = settings.module if file.name == "__init__.py" else settings.module.rpartition(".")[0]
    known = {*modules}
    there = [name for name in _NAMES if _dotted(package, name) in known]
    free = [name for name in _NAMES if not (root / file.with_name(f"{name}.py")).exists()]
    name = next(iter((*there, *free)), None)
    if name is None:
        return None
    return Production(
        module=_dotted(package, name),
        file=str(file.with_name(f"{name}.py")),
        imports=_relative(file, settings.module, package),
        exists=bool(there),
        blocks=_blocks(root / file),
    )


def _is_for_production(module: str) -> bool:
    return module.rpartition(".")[2] in _NAMES


def _dotted(package: str, name: str) -> str:
    return f"{package}.{name}" if package else name


def _relative(file: PurePosixPath, module: str, package: str) -> str:
    """What stands between ``from`` and ``import`` to get the active settings."""
    if file.name == "__init__.py":
        return "."
    return f".{file.stem}" if package else module


def _blocks(path: Path) -> tuple[str, ...]:
    """The blocks of platforms in the active settings file."""
    try:
        return tuple(block for block in blocks.read_blocks(text_of(path)) if block != "guard")
    except EditError:
        return ()
