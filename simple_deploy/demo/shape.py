"""Which shapes the sample project comes in, and how one source becomes each of them. Pure; standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import SimpleDeployError

LAYOUTS = ("flat", "nested")
MANAGERS = ("requirements", "pipenv", "poetry", "uv")
READY_MANAGERS = ("requirements",)

#: Files that stand at the git root in every layout; everything else goes where manage.py goes.
_AT_THE_ROOT = frozenset({".gitignore", "README.md", "requirements.txt"})
_NESTED_FOLDER = "blog"


class DemoRefused(SimpleDeployError):
    """The sample project cannot be written like this; nothing was changed."""

    code = "SD601"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the project is laid out and how it names the packages it needs.

    :param layout: ``flat``, manage.py in the git root, or ``nested``, manage.py one folder below.
    :param manager: what installs its packages.
    :raises DemoRefused: there is no such shape, or not yet.
    """

    layout: str = "flat"
    manager: str = "requirements"

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise DemoRefused(
                f"There is no layout “{self.layout}”.", hint=f"Choose one of these: {', '.join(LAYOUTS)}."
            )
        if self.manager not in MANAGERS:
            raise DemoRefused(
                f"There is no dependency manager “{self.manager}”.",
                hint=f"These work: {', '.join(READY_MANAGERS)}.",
            )
        if self.manager not in READY_MANAGERS:
            raise DemoRefused(
                f"The sample project does not come with {self.manager} yet; that is planned.",
                hint=f"This works today: --manager {READY_MANAGERS[0]}",
            )

    def __str__(self) -> str:
        return f"{self.layout}, {self.manager}"

    def manage_folder(self, root: Path) -> Path:
        """Where manage.py is when the git root is *root*."""
        return root / _NESTED_FOLDER if self.layout == "nested" else root

    def arrange(self, source: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files of the project, by path relative to the git root.

        :param source: the files of ``sample_project/``, by path relative to it, with forward slashes.
        """
        prefix = f"{_NESTED_FOLDER}/" if self.layout == "nested" else ""
        return {path if path in _AT_THE_ROOT else prefix + path: content for path, content in source.items()}
