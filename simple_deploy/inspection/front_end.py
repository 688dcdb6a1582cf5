"""A front end that a program builds: which package.json is the project's, and what it makes that is not committed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from simple_deploy.core.facts import FrontEnd, Gap
from simple_deploy.system import plainfiles

_LARGEST = 1024 * 1024
#: The version of Vite since which its manifest is in a hidden folder: https://vite.dev/guide/migration, from v4.
_HIDES = 5
_CONFIGURATION = re.compile(r"(?:^|/)vite\.config\.[cm]?[jt]s$")
_ASKS = re.compile(r"^(?!\s*//).*\bmanifest\s*:\s*true\b", re.MULTILINE)
_DEEPEST = 3  # parts of the path of a package.json
_NOT_DEPLOYED = frozenset({"ignored", "untracked", "unmade"})
#: By lock file: how what it names is installed.
_INSTALL = {
    "package-lock.json": ("npm", "ci"),
    "npm-shrinkwrap.json": ("npm", "ci"),
    "yarn.lock": ("yarn", "install", "--frozen-lockfile"),
    "pnpm-lock.yaml": ("pnpm", "install", "--frozen-lockfile"),
    "bun.lock": ("bun", "install", "--frozen-lockfile"),
    "bun.lockb": ("bun", "install", "--frozen-lockfile"),
}


def find(root: Path, paths: Sequence[str], gaps: Iterable[Gap]) -> FrontEnd | None:
    """The front end of the project in *root*, or None.

    :param paths: all its files. :param gaps: what the commit does not hold.
    """
    named = {path for path in paths if path.rpartition("/")[2] in {"package.json", *_INSTALL}}
    manifests = [PurePosixPath(path) for path in named if path.endswith("package.json")]
    configurations = {path for path in paths if _CONFIGURATION.search(path)}
    near = [path for path in manifests if path.name == "package.json" and len(path.parts) <= _DEEPEST]
    for path in sorted(near, key=lambda path: (len(path.parts), str(path))):
        if not _builds(root / path):
            continue
        folder = path.parent.as_posix()
        locks = [lock for lock in _INSTALL if (path.parent / lock).as_posix() in named]
        absent = tuple(gap.path for gap in gaps if gap.role == "static" and gap.cause in _NOT_DEPLOYED)
        return FrontEnd(
            folder="" if folder == "." else folder,
            lock=locks[0] if locks else "",
            install=_INSTALL[locks[0]] if locks else ("npm", "install"),
            absent=absent,
            manifest=_hiding(root, path, configurations),
        )
    return None


def _builds(file: Path) -> bool:
    return isinstance(_entries(file, "scripts").get("build"), str)


def _hiding(root: Path, manifest: PurePosixPath, configurations: Iterable[str]) -> str:
    """The configuration beside the package.json *manifest* that has Vite write the list of what it built into
    ``.vite``, as it does by default since version 5; empty where there is none.
    """
    packages = _entries(root / manifest, "dependencies") | _entries(root / manifest, "devDependencies")
    major = re.search(r"\d+", str(packages.get("vite", "")))
    if "vite" not in packages or (major is not None and int(major[0]) < _HIDES):
        return ""
    beside = sorted(path for path in configurations if PurePosixPath(path).parent == manifest.parent)
    return next((path for path in beside if _ASKS.search(plainfiles.text(root / path, _LARGEST))), "")


def _entries(file: Path, name: str) -> dict[str, object]:
    try:
        data = json.loads(file.read_bytes()[:_LARGEST])
    except (OSError, ValueError, RecursionError):
        return {}
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
