"""The settings module a deployed site has for itself, beside the one the project runs with here: there already, or to
be made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import Production, Settings
from simple_deploy.edits import blocks
from simple_deploy.edits.blocks import Block
from simple_deploy.edits.errors import EditError
from simple_deploy.managers.load import text_of
from simple_deploy.platforms.production import FIRST_BLOCK, LAST_BLOCK

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


def earlier_blocks(root: Path, files: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The platforms' blocks that an earlier version of the tool wrote into *files*, each with its file.

    They bring what they use along; those that stand beside blocks of the tool's own have that from there.
    """
    return tuple((file, each.id) for file in files for each in _read(root / file).values() if _stands_alone(each))


def _stands_alone(block: Block) -> bool:
    return block.id != FIRST_BLOCK and "import os as _os\n" in block.body


def _read(path: Path) -> dict[str, Block]:
    try:
        return blocks.read_blocks(text_of(path))
    except EditError:
        return {}


def _blocks(path: Path) -> tuple[str, ...]:
    """The blocks of platforms in the active settings file."""
    return tuple(block for block in _read(path) if block not in ("guard", FIRST_BLOCK, LAST_BLOCK))
