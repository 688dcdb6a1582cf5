"""What the tests of a plugin import, and nothing else of the tool. Everything else may change between versions.

Needs pytest. The fixtures are there after one line in the top ``conftest.py``::

    pytest_plugins = ["simple_deploy.testing"]

``django_project`` makes real projects, ``fake_program`` puts programs on PATH that play the platform's own,
:func:`platform_contract` checks what every platform has to keep to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from simple_deploy.demo.create import write_shape
from simple_deploy.demo.shape import Shape
from simple_deploy.system import starters
from simple_deploy.testkit import programs, projects
from simple_deploy.testkit.context import RecordingContext
from simple_deploy.testkit.contract import platform_contract
from simple_deploy.testkit.facts import make_answers, make_facts, make_plan
from simple_deploy.testkit.outcome import Outcome
from simple_deploy.testkit.programs import FakeProgram, Invocation, Replies, Reply
from simple_deploy.testkit.projects import Layout, Project

__all__ = [
    "FakeProgram",
    "Invocation",
    "MakeProgram",
    "MakeProject",
    "Outcome",
    "Project",
    "RecordingContext",
    "Reply",
    "Shape",
    "django_project",
    "fake_program",
    "make_answers",
    "make_facts",
    "make_plan",
    "platform_contract",
    "simple_deploy_cache",
    "simple_deploy_templates",
    "write_shape",
]


class MakeProject(Protocol):
    """The fixture :func:`django_project`."""

    def __call__(
        self,
        layout: Layout = "flat",
        *,
        files: Mapping[str, str | bytes] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Project:
        """A project in a folder of its own.

        :param files: further files, or others in place of those that are there; committed.
        :param env: further variables for everything that runs in it.
        """


class MakeProgram(Protocol):
    """The fixture :func:`fake_program`."""

    def __call__(self, name: str, replies: Mapping[str, Replies], *, watch: Sequence[str] = ()) -> FakeProgram:
        """Put a program called *name* first on PATH, until the end of the test.

        :param replies: what it answers, by the first words of its arguments; the longest match wins, ``""`` matches
            all. A list is one answer for each call. Any other call ends with exit code 97 and says so.
        :param watch: names of variables to note with each call.
        """


@pytest.fixture(scope="session")
def simple_deploy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where throw-away environments are kept; shared by all tests, since they are told apart by what they hold."""
    return tmp_path_factory.mktemp("simple-deploy-cache")


@pytest.fixture(scope="session")
def simple_deploy_templates(
    tmp_path_factory: pytest.TempPathFactory, simple_deploy_cache: Path
) -> Mapping[Layout, Project]:
    """One project of each layout, which the others are copies of."""
    folder = tmp_path_factory.mktemp("simple-deploy-projects")
    env = projects.environment(folder, cache=simple_deploy_cache)
    layouts: tuple[Layout, ...] = ("flat", "nested")
    return {layout: projects.make(folder / layout, layout=layout, env=env) for layout in layouts}


@pytest.fixture
def django_project(
    tmp_path: Path, simple_deploy_templates: Mapping[Layout, Project], simple_deploy_cache: Path
) -> MakeProject:
    """Makes real Django projects: by startproject, in a git repository, with simple_deploy in INSTALLED_APPS.

    What the tool writes besides goes below ``tmp_path`` too.
    """
    made: list[Project] = []

    def make(
        layout: Layout = "flat",
        *,
        files: Mapping[str, str | bytes] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Project:
        own = {**projects.environment(tmp_path, cache=simple_deploy_cache), **(env or {})}
        # A space in the folder's name, as many a person has it.
        project = projects.copy(
            simple_deploy_templates[layout], tmp_path / f"my project {len(made) + 1}" / "site", env=own
        )
        made.append(project)
        if files:
            project.write(files)
            project.commit("Files of the test")
        return project

    return make


@pytest.fixture
def fake_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProgram:
    """Makes programs that play a platform's own; see :class:`MakeProgram`."""
    folder = tmp_path / "programs"

    def make(name: str, replies: Mapping[str, Replies], *, watch: Sequence[str] = ()) -> FakeProgram:
        if not folder.exists():
            for variable, value in {**starters.variables(), "PATH": programs.first_on_path(folder)}.items():
                monkeypatch.setenv(variable, value)
        return programs.install(folder, name, replies, watch=watch)

    return make
