"""What a project is called, for people and as the beginning of its site's name."""

from __future__ import annotations

import re
from pathlib import Path

from simple_deploy.core.facts import Location, Settings
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import load
from simple_deploy.system import plainfiles

#: Names that tell nobody which project it is.
_GENERIC = frozenset(
    {"config", "conf", "core", "project", "settings", "src", "app", "website", "site", "backend", "code", "work"}
    | {"django", "repo", "repository", "workspace", "web", "server", "api"}
)
_NAME = re.compile(r"[\w.-]+")  # of packages and repositories
_LARGEST = 256 * 1024  # bytes of git's own settings


def project_name(location: Location, settings: Settings | None = None) -> str:
    """What the project is called: as pyproject.toml says, else its repository, else the package of its settings. A
    name that says nothing is passed over."""
    module = settings.module if settings else location.settings_module
    names = (_declared_name(location), _repository_name(location.root), (module or "").partition(".")[0])
    telling = (name for name in names if _NAME.fullmatch(name) and name.lower() not in _GENERIC)
    return next(telling, location.root.name)


def _declared_name(location: Location) -> str:
    """The name in the pyproject.toml beside manage.py, or in the one at the git root."""
    for folder in dict.fromkeys((location.folder, location.root)):
        try:
            data = load.data_of("pyproject.toml", load.text_of(folder / "pyproject.toml"))
        except EditError:
            continue
        tool = data.get("tool")
        for table in (data.get("project"), tool.get("poetry") if isinstance(tool, dict) else None):
            name = table.get("name") if isinstance(table, dict) else None
            if isinstance(name, str) and name.strip():
                return name.strip()
    return ""


def _repository_name(root: Path) -> str:
    """The last part of the address that the remote called origin has, which every clone shares; else the folder's."""
    config = plainfiles.text(root / ".git" / "config", _LARGEST)
    origin = re.search(r'(?m)^\[remote "origin"\]\s*\n(?:\s+(?!url)[^\n]*\n)*\s+url\s*=\s*(\S+)', config)
    address = origin[1].rstrip("/").removesuffix(".git") if origin else ""
    return re.split(r"[/:\\]", address)[-1] or (root.name if (root / ".git").exists() else "")
