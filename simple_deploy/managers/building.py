"""Whether a project can be built as the package that its pyproject.toml makes of it. Most sites are none.

uv and Poetry install the project itself too, unless they are told that it is none. The backend then looks for a folder
with the project's name. Sources: docs.astral.sh/uv/concepts/projects/config (project packaging),
python-poetry.org/docs/pyproject (package-mode), hatch.pypa.io/latest/plugins/builder/wheel (default file selection),
setuptools.pypa.io/en/latest/userguide/package_discovery.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simple_deploy.managers.manifest import table

#: By the beginning of a build backend: where its own table is, and the keys there that say what the package is made of.
_BACKENDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "hatchling": ("hatch", ("build",)),
        "poetry.": ("poetry", ("packages", "include")),
        "uv_build": ("uv", ("build-backend",)),
        "flit": ("flit", ("module",)),
        "setuptools": ("setuptools", ("packages", "py-modules", "package-dir")),
    }
)
#: Folders that setuptools does not take for packages.
_NO_PACKAGES = frozenset(
    {
        "benchmark",
        "benchmarks",
        "bin",
        "build",
        "changelog",
        "ci",
        "debian",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "exercise",
        "exercises",
        "htmlcov",
        "manpages",
        "news",
        "newsfragments",
        "python",
        "scripts",
        "test",
        "tests",
        "tools",
        "unit_test",
        "unit_tests",
        "util",
        "utils",
    }
)


def fails(data: Mapping[str, Any], manager: str, folder: Path) -> bool:
    """Whether *manager* would try to build the project in *folder* as a package, and its backend would find none.

    :param data: of the pyproject.toml.
    """
    tools = table(data, "tool")
    poetry, uv = table(tools, "poetry"), table(tools, "uv")
    backend = str(table(data, "build-system").get("build-backend") or "")
    if manager == "poetry":
        if poetry.get("package-mode") is False:
            return False
        backend = backend or "poetry."
    elif manager != "uv" or uv.get("package") is False or not (backend or uv.get("package") is True):
        return False
    found = next((each for each in _BACKENDS.items() if (backend or "setuptools").startswith(each[0])), None)
    if found is None:
        return False
    start, (name, keys) = found
    if any(key in table(tools, name) for key in keys):
        return False  # it says itself what the package is made of
    own = str(table(data, "project").get("name") or poetry.get("name") or "")
    return _several(folder) if start == "setuptools" else not _has_package(folder, own, start)


def _has_package(folder: Path, name: str, backend: str) -> bool:
    plain = re.sub(r"[-_.]+", "_", name)
    inside = (folder / "src",) if backend == "uv_build" else (folder, folder / "src")
    return any((each / plain / "__init__.py").is_file() or (each / f"{plain}.py").is_file() for each in inside)


def _several(folder: Path) -> bool:
    """Whether setuptools finds more than one package and so does not guess."""
    if (folder / "src").is_dir() or (folder / "setup.py").is_file() or (folder / "setup.cfg").is_file():
        return False
    names = [each.name for each in folder.iterdir() if each.is_dir() and each.name.isidentifier()]
    return len([name for name in names if name not in _NO_PACKAGES and not name.startswith("_")]) > 1
