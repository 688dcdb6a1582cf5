"""Finds the plugins by the names and the metadata of what is installed; nothing of them is imported."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, entry_points, packages_distributions
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.api import Finding, Platform, ProjectFacts, hookimpl
from simple_deploy.legacy.found import CORE, Found

PREFIX = "dsd_"


def plugins() -> Iterator[Found]:
    """Every installed plugin, by name."""
    own = {point.name for point in entry_points(group="simple_deploy")}
    core = _core()
    for module in sorted(_modules()):
        dist = _distribution(module)
        if dist is None or not _needs_core(dist):
            continue
        short = module.removeprefix(PREFIX).replace("_", "-")
        yield Found(
            module=module,
            name=dist.name,
            version=dist.version,
            author=(_told(dist, "Author") or _told(dist, "Author-email")).partition("<")[0].strip(' "'),
            core=core,
            native=short if short in own else "",
        )


def _modules() -> set[str]:
    """What is called like a plugin: packages on the import path, and those that are installed editable from elsewhere,
    which nothing but their metadata tells of."""
    found = {each.name for each in pkgutil.iter_modules() if each.name.startswith(PREFIX)}
    infos = (info.name for folder in sys.path for info in Path(folder).glob(f"{PREFIX}*.dist-info"))
    named = {name.partition("-")[0] for name in infos}
    return found | {name for name in named - found if find_spec(name) is not None}


def _core() -> str:
    try:
        return distribution(CORE).version
    except PackageNotFoundError:
        return ""


def _distribution(module: str) -> Distribution | None:
    try:
        return distribution(module.replace("_", "-"))
    except PackageNotFoundError:
        names = packages_distributions().get(module, ())
        return distribution(names[0]) if names else None


def _told(dist: Distribution, name: str) -> str:
    metadata = dist.metadata
    return metadata[name] if name in metadata else ""  # noqa: SIM401 - it has no get() before Python 3.12


def _needs_core(dist: Distribution) -> bool:
    for text in dist.requires or ():
        try:
            if canonicalize_name(Requirement(text).name) == CORE:
                return True
        except InvalidRequirement:
            continue
    return False


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """One platform for each plugin."""
    found = tuple(plugins())
    if not found:
        return
    from simple_deploy.legacy.describe import Descriptions  # whoever has no such plugin does not wait for it
    from simple_deploy.legacy.platform import LegacyPlatform

    descriptions = Descriptions(found)
    for each in found:
        register(LegacyPlatform(each, descriptions))


@hookimpl
def simple_deploy_inspect(facts: ProjectFacts) -> Iterable[Finding]:
    """What the original tool has left in the project."""
    from simple_deploy.legacy import traces

    return tuple(traces.findings(facts))
