"""Which installed package brings which module, and which packages need which others. Pure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from simple_deploy.inspection.own_changes import DISTRIBUTION

#: Packages whose name is not that of the module they bring along, for telling what to install.
_PACKAGE_OF: Mapping[str, str] = MappingProxyType(
    {
        "MySQLdb": "mysqlclient",
        "PIL": "pillow",
        "allauth": "django-allauth",
        "bootstrap5": "django-bootstrap5",
        "bs4": "beautifulsoup4",
        "ckeditor": "django-ckeditor",
        "corsheaders": "django-cors-headers",
        "crispy_bootstrap5": "crispy-bootstrap5",
        "crispy_forms": "django-crispy-forms",
        "cv2": "opencv-python-headless",
        "dateutil": "python-dateutil",
        "debug_toolbar": "django-debug-toolbar",
        "decouple": "python-decouple",
        "django_bootstrap5": "django-bootstrap5",
        "dj_database_url": "dj-database-url",
        "dotenv": "python-dotenv",
        "environ": "django-environ",
        "guardian": "django-guardian",
        "import_export": "django-import-export",
        "jwt": "PyJWT",
        "markdownx": "django-markdownx",
        "mptt": "django-mptt",
        "oauth2_provider": "django-oauth-toolkit",
        "psycopg": "psycopg[binary]",
        "psycopg2": "psycopg2-binary",
        "rest_framework": "djangorestframework",
        "rest_framework_simplejwt": "djangorestframework-simplejwt",
        "sass_processor": "django-sass-processor",
        "simple_history": "django-simple-history",
        "sklearn": "scikit-learn",
        "social_django": "social-auth-app-django",
        "storages": "django-storages",
        "taggit": "django-taggit",
        "tailwind": "django-tailwind",
        "tinymce": "django-tinymce",
        "widget_tweaks": "django-widget-tweaks",
        "yaml": "PyYAML",
    }
)

_DRIVERS = frozenset({"psycopg", "psycopg-binary", "psycopg2", "psycopg2-binary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """An installed package.

    :param name: canonical name.
    :param title: the name as its author writes it.
    :param requires: PEP 508 texts.
    :param modules: top-level modules it brings along.
    :param origin: where it was installed from when that was no index: a requirement's address, or ``local``.
    """

    name: str
    title: str
    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    modules: tuple[str, ...] = ()
    origin: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Distribution:
        """From what the child process reports."""
        return cls(
            name=canonicalize_name(data["name"]),
            title=data["name"],
            version=data["version"] or "",
            requires=tuple(data["requires"]),
            requires_python=data["requires_python"],
            modules=tuple(data["modules"]),
            origin=_origin(data["origin"]),
        )

    @property
    def line(self) -> str | None:
        """The requirement that installs just this; None when only this computer has it."""
        if self.origin == "local":
            return None
        if self.origin:
            return f"{self.title} @ {self.origin}"
        return f"{self.title}=={self.version.partition('+')[0]}"


def _origin(direct_url: str) -> str:
    """https://packaging.python.org/en/latest/specifications/direct-url-data-structure/"""
    try:
        data = json.loads(direct_url or "{}")
        url, vcs = str(data.get("url", "")), data.get("vcs_info") or {}
        if vcs:
            return f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
        return "local" if "dir_info" in data or url.startswith("file:") else url
    except (ValueError, KeyError, AttributeError):
        return ""


@dataclass(frozen=True, slots=True)
class Environment:
    """The packages installed beside the project."""

    distributions: tuple[Distribution, ...]

    def get(self, name: str) -> Distribution | None:
        return next((entry for entry in self.distributions if entry.name == name), None)

    @property
    def modules(self) -> frozenset[str]:
        """What can be imported by name alone because it is installed."""
        return frozenset(module for entry in self.distributions for module in entry.modules)

    def bringing(self, module: str) -> tuple[Distribution, ...]:
        """The packages that bring *module*, a dotted name; several share a namespace."""
        top = module.partition(".")[0]
        found = tuple(entry for entry in self.distributions if top in entry.modules)
        if len(found) > 1:
            parts = module.split(".")
            for length in range(len(parts), 1, -1):
                name = canonicalize_name("-".join(parts[:length]))
                if exact := tuple(entry for entry in found if entry.name == name):
                    return exact
        # Some packages do not say what they bring; then the name has to do.
        return found or tuple(entry for entry in self.distributions if entry.name == canonicalize_name(top))

    def needed_by(self, requirements: Iterable[str], *, anywhere: bool = False) -> frozenset[str]:
        """Canonical names of the packages that *requirements*, PEP 508 texts or names, bring along, themselves too.

        :param anywhere: on any system and any Python, not only on this one.
        """
        by_name = {entry.name: entry for entry in self.distributions}
        pending = [_parse(text) for text in requirements]
        seen: set[tuple[str, frozenset[str]]] = set()
        while pending:
            wanted = pending.pop()
            if wanted is None:
                continue
            name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
            if (name, extras) in seen:
                continue
            seen.add((name, extras))
            entry = by_name.get(name)
            for text in entry.requires if entry else ():
                required = _parse(text)
                if required is not None and _applies(required, extras, anywhere):
                    pending.append(required)
        return frozenset(name for name, _ in seen)

    @property
    def tool(self) -> frozenset[str]:
        """This tool and what was made to be used with it."""
        return frozenset(
            {DISTRIBUTION, *(entry.name for entry in self.distributions if any(map(_is_tool, entry.requires)))}
        )

    def tool_only(self, declared: Mapping[str, str], used: Iterable[str]) -> tuple[str, ...]:
        """Those of *declared*, requirement texts by canonical name, that only this tool needs.

        :param used: modules that the project itself imports or names.
        """
        brought = self.needed_by(self.tool)
        candidates = frozenset(declared) & brought
        if not self.tool & declared.keys() and 2 * len(candidates) < len(brought - self.tool):
            return ()  # `pip freeze` would have listed all of them; one or two were there before
        own = {entry.name for module in used for entry in self.bringing(module)} - self.tool
        roots = [text for name, text in declared.items() if name not in candidates or name in own]
        # What another Python or system needs was listed there, or is needed where the site runs.
        return tuple(sorted(candidates - self.needed_by(roots, anywhere=True)))

    def candidates(self, declared: Iterable[str]) -> tuple[Distribution, ...]:
        """Declared packages that this tool needs too, so that it has to be asked who else does."""
        names = frozenset(declared) & self.needed_by(self.tool)
        return tuple(entry for entry in self.distributions if entry.name in names)

    def undeclared(self, declared: Mapping[str, str], modules: Iterable[str]) -> dict[str, frozenset[str]]:
        """Those of *modules* that nothing *declared* brings along, with the packages that would."""
        tool = self.tool
        # The tool brings Django along, but is not there itself when the site is deployed.
        covered = self.needed_by(text for name, text in declared.items() if name not in tool) | tool
        if covered & _DRIVERS:
            covered |= _DRIVERS
        owners = {module: frozenset(entry.name for entry in self.bringing(module)) for module in modules}
        return {module: names for module, names in owners.items() if names and not names & covered}

    def lines_for(self, modules: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Requirement lines that bring *modules*, and the modules nothing brings that could be installed elsewhere."""
        lines: dict[str, str] = {}
        unknown = []
        tool = self.tool
        for module in modules:
            owners = self.bringing(module)
            if not owners or any(entry.line is None and entry.name not in tool for entry in owners):
                unknown.append(module.partition(".")[0])
            lines |= {entry.name: entry.line for entry in owners if entry.line and entry.name not in tool}
        return tuple(lines[name] for name in sorted(lines)), tuple(sorted(set(unknown)))


def package_for(module: str) -> str:
    """The package that most probably brings *module*, which is not installed."""
    top = module.partition(".")[0]
    return _PACKAGE_OF.get(top, top.replace("_", "-"))


def is_standard(module: str) -> bool:
    """Whether *module* comes with Python."""
    return module.partition(".")[0] in sys.stdlib_module_names


@lru_cache(maxsize=4096)  # the same texts are asked about several times in one look
def _parse(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _applies(requirement: Requirement, extras: frozenset[str], anywhere: bool) -> bool:
    # An extra that was not asked for brings nothing on any system.
    if requirement.marker is None or (anywhere and "extra" not in str(requirement.marker)):
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def _is_tool(text: str) -> bool:
    # Most texts are not worth parsing.
    parsed = _parse(text) if text[:6].lower() == "django" else None
    return parsed is not None and canonicalize_name(parsed.name) == DISTRIBUTION
