"""A plan that moves the settings is tried with the settings as they are afterwards, and never with none at all."""

from __future__ import annotations

import datetime

import pluggy
import pytest

from simple_deploy.api import Answers, Card, Plan, Platform, ProjectFacts, Remote, RemoveFile, WriteFile
from simple_deploy.platforms import hookspecs
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service

pytestmark = pytest.mark.slow

#: As a plugin writes it whose platform brings settings of its own under the old name.
TWO = """\
    if "ON_MOVER" in os.environ:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings.base")
"""
ONE = """    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n"""


class Mover(Platform):
    """Moves settings.py into a folder.

    :param names_it: whether manage.py is told where they are.
    """

    card = Card(slug="mover", name="Mover", summary="Moves.", cost="Nothing", checked=datetime.date(2026, 11, 1))

    def __init__(self, *, names_it: bool) -> None:
        self._names_it = names_it

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        root = facts.location.root
        text = (root / "mysite/settings.py").read_text(encoding="utf-8")
        manage = (root / "manage.py").read_text(encoding="utf-8")
        assert ONE in manage
        steps = (
            RemoveFile(id="old", title="Remove", why="It moves.", path="mysite/settings.py"),
            WriteFile(id="new", title="Write", why="It moves.", path="mysite/settings/base.py", text=text),
            *(
                WriteFile(
                    id="manage",
                    title="Write",
                    why="It says where they are.",
                    path="manage.py",
                    text=manage.replace(ONE, TWO),
                    if_exists="replace",
                )
                for _ in range(self._names_it)
            ),
        )
        return Plan(platform="mover", steps=steps)


def planned(service: Service, *, names_it: bool) -> tuple[Service, Run]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    registry = PluginRegistry(manager, {"mover": Mover(names_it=names_it)}, ())
    own = Service(service.location, service.conf, registry=registry)
    return own, own.execute(own.create_plan("mover", {}).id)


def test_settings_that_moved_are_found_by_manage_py(service: Service) -> None:
    _, run = planned(service, names_it=True)
    assert run.state is RunState.SUCCEEDED, run.error


def test_a_check_of_nothing_does_not_pass(service: Service) -> None:
    _, run = planned(service, names_it=False)
    assert run.state is RunState.BLOCKED
    assert run.error is not None and "INSTALLED_APPS" in run.error.message
