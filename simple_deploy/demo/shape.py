"""Which shapes the sample project comes in, and how one source becomes each of them. Pure; standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import SimpleDeployError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A project that the demo writes.

    :param source: its folder in the checkout and in the package. :param folder: where manage.py is when it is nested.
    :param name: for files that name the project. :param about: one sentence.
    :param commit: the message of its first commit.
    """

    source: str
    folder: str
    name: str
    about: str
    commit: str


SAMPLES: Mapping[str, Sample] = {
    "blog": Sample(
        source="sample_project",
        folder="blog",
        name="slow-train",
        about="A small blog written with Django",
        commit="A blog that works on this computer",
    ),
    "polls": Sample(
        source="sample_polls",
        folder="mysite",
        name="polls",
        about="Questions, answers and votes, written with Django",
        commit="Polls that work on this computer",
    ),
}

LAYOUTS = ("flat", "nested")
MANAGERS = ("requirements", "pipenv", "poetry", "uv")

#: The file that says what is needed, by manager; ``poetry-tool`` is a project from before Poetry 2.
MANIFESTS: Mapping[str, str] = {
    "requirements": "requirements.txt",
    "pipenv": "Pipfile",
    "poetry": "pyproject.toml",
    "poetry-tool": "pyproject.toml",
    "uv": "pyproject.toml",
}
LOCKS: Mapping[str, str] = {
    "pipenv": "Pipfile.lock",
    "poetry": "poetry.lock",
    "poetry-tool": "poetry.lock",
    "uv": "uv.lock",
}

#: Files that stand at the git root in every layout, with the manager's own; everything else goes where manage.py goes.
_AT_THE_ROOT = frozenset({".gitignore", "README.md"})
_SOURCE = "requirements.txt"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(.*)")


class DemoRefused(SimpleDeployError):
    """The sample project cannot be written like this; nothing was changed."""

    code = "SD601"
    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which project it is, how it is laid out and how it names the packages it needs.

    :param project: a key of :data:`SAMPLES`.
    :param layout: ``flat``, manage.py in the git root, or ``nested``, manage.py one folder below.
    :param manager: what installs its packages, a key of :data:`MANIFESTS`.
    :raises DemoRefused: there is no such shape.
    """

    project: str = "blog"
    layout: str = "flat"
    manager: str = "requirements"

    def __post_init__(self) -> None:
        if self.project not in SAMPLES:
            raise DemoRefused(
                f"There is no project “{self.project}”.", hint=f"Choose one of these: {', '.join(SAMPLES)}."
            )
        if self.layout not in LAYOUTS:
            raise DemoRefused(
                f"There is no layout “{self.layout}”.", hint=f"Choose one of these: {', '.join(LAYOUTS)}."
            )
        if self.manager not in MANIFESTS:
            raise DemoRefused(
                f"There is no dependency manager “{self.manager}”.",
                hint=f"These work: {', '.join(MANAGERS)}.",
            )

    def __str__(self) -> str:
        return f"{self.layout}, {self.manager}"

    @property
    def sample(self) -> Sample:
        """What there is to say about the project."""
        return SAMPLES[self.project]

    @property
    def manifest(self) -> str:
        """The manager's file, at the git root."""
        return MANIFESTS[self.manager]

    @property
    def lock(self) -> str | None:
        """The manager's lock file beside it, if it has one."""
        return LOCKS.get(self.manager)

    def manage_folder(self, root: Path) -> Path:
        """Where manage.py is when the git root is *root*."""
        return root / self.sample.folder if self.layout == "nested" else root

    def arrange(self, source: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files of the project, by path relative to the git root.

        :param source: the files of the project's source, by path relative to it, with forward slashes.
        """
        prefix = f"{self.sample.folder}/" if self.layout == "nested" else ""
        files = {
            path if path in _AT_THE_ROOT else prefix + path: content
            for path, content in source.items()
            if path != _SOURCE
        }
        if "README.md" in files:
            files["README.md"] = files["README.md"].replace(_SOURCE.encode(), self.manifest.encode())
        if _SOURCE in source:
            text = manifest(self.manager, source[_SOURCE].decode("utf-8"), self.sample)
            files[self.manifest] = text.encode("utf-8")
        return files


def manifest(manager: str, requirements: str, sample: Sample) -> str:
    """The file of *manager* that asks for *requirements*, lines of a name and a range of versions."""
    about = (f'name = "{sample.name}"', 'version = "1.0"', f'description = "{sample.about}"')
    wanted = list(_wanted(requirements))
    if manager == "requirements":
        return requirements
    if manager == "pipenv":
        return "\n".join(("[packages]", *(f'{name.lower()} = "{range_}"' for name, range_ in wanted), ""))
    if manager == "poetry-tool":
        packages = (f'{name} = "{range_}"' for name, range_ in wanted)
        lines = ("[tool.poetry]", *about, 'authors = ["Slow Train <slow-train@example.com>"]', "package-mode = false")
        return "\n".join((*lines, "", "[tool.poetry.dependencies]", f'python = "{_PYTHON}"', *packages, ""))
    array = ("dependencies = [", *(f'    "{name}{range_}",' for name, range_ in wanted), "]")
    own = {"poetry": ("[tool.poetry]", "package-mode = false"), "uv": ("[tool.uv]", "package = false")}[manager]
    return "\n".join(("[project]", *about, f'requires-python = "{_PYTHON}"', *array, "", *own, ""))


_PYTHON = ">=3.10,<4"


def _wanted(requirements: str) -> Iterator[tuple[str, str]]:
    for line in requirements.splitlines():
        found = _REQUIREMENT.fullmatch(line.strip())
        if found:
            yield found[1], found[2] or "*"
