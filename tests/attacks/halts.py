"""Runs that stand still where their steps begin and end, so that something can be done at exactly that moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.core.events import StepFinished, StepStarted
from simple_deploy.runs.service import Service

_HALTING = Path(__file__).with_name("halting")


def boundaries(service: Service, run: str) -> int:
    """At how many moments a step of the run began or ended."""
    return sum(isinstance(event.payload, (StepStarted, StepFinished)) for event in service.events(run))


def ending_at_once(env: Mapping[str, str]) -> dict[str, str]:
    """*env* for a worker whose runs are over as soon as their processes begin; nothing is carried out."""
    return {**_with_halting(env), "SIMPLE_DEPLOY_TESTS_END": "yes"}


def _with_halting(env: Mapping[str, str]) -> dict[str, str]:
    return {**env, "PYTHONPATH": os.pathsep.join((str(_HALTING), env["PYTHONPATH"]))}


@dataclass(frozen=True, slots=True)
class Halts:
    """Where a run stands still.

    :param folder: empty; where the two processes talk.
    :param at: numbers of the boundaries, from 1.
    """

    folder: Path
    at: tuple[int, ...] = ()

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """*env* for processes among which the run's shall stand still."""
        return {
            **_with_halting(env),
            "SIMPLE_DEPLOY_TESTS_HALTS": str(self.folder),
            "SIMPLE_DEPLOY_TESTS_HALT_AT": ",".join(map(str, self.at)),
        }

    def reached(self, number: int) -> bool:
        return (self.folder / f"{number}.here").exists()

    def go_on(self, number: int) -> None:
        (self.folder / f"{number}.on").touch()


def at_work(project: Path) -> list[psutil.Process]:
    """Every process of the project but this one; those that ended do not count."""
    found = []
    for each in psutil.process_iter(["cwd", "status"]):
        cwd, status = each.info["cwd"], each.info["status"]
        if cwd and status != psutil.STATUS_ZOMBIE and Path(cwd).is_relative_to(project) and each.pid != os.getpid():
            found.append(each)
    return found


def kill_all(project: Path) -> None:
    """As the end of a container does."""
    while found := at_work(project):
        for each in found:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        time.sleep(0.01)


def answering(service: Service, run: str, condition: Callable[[], object]) -> Callable[[], object]:
    """*condition*, to be waited for while what the run asks is answered."""

    def met() -> object:
        question = service.open_question(run)
        if question is not None:
            with suppress(InvalidAnswer):  # it has been answered, and goes on
                service.answer(run, question.id, {"greeting": "Hi", "pin": ""})
        return condition()

    return met
