"""Where several people share a computer, a run waits for its turn, says so, and holds up nobody while it is asked."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.errors import Cancelled
from simple_deploy.core.events import Event, RunFinished, TurnAwaited
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.timeline import fold
from simple_deploy.system.turns import Turn
from simple_deploy.web.runview import RunView
from tests.support.class_queue import giving, holding

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a server for a class takes Linux")

Wait = Callable[..., object]


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Path]:
    """Where one run at a time may work."""
    path = tmp_path / "turns"
    with giving(path, at_once=1):
        yield path


@pytest.fixture
def sharing(service: Service, turns: Path) -> Service:
    return Service(service.location, replace(service.conf, turns=turns), registry=service.registry)


@contextmanager
def executing(service: Service, run: Run) -> Iterator[None]:
    thread = threading.Thread(target=lambda: service.execute(run.id))
    thread.start()
    try:
        yield
    finally:
        thread.join(120)
        assert not thread.is_alive()


def shown(service: Service, run: Run) -> RunView:
    return RunView.of(service, run.id, fold(service.events(run.id)))


@pytest.mark.slow
def test_a_run_says_that_it_waits_and_works_when_its_turn_comes(sharing: Service, turns: Path, wait_for: Wait) -> None:
    run = sharing.create_plan("toy", {})
    with holding(turns) as other, executing(sharing, run):
        wait_for(lambda: shown(sharing, run).state == "Waiting: you are next")
        assert shown(sharing, run).says.endswith(": Waiting: you are next")
        assert not shown(sharing, run).timeline.steps, "nothing was begun"
        other.give_back()
    done = sharing.run(run.id)
    assert done.state is RunState.SUCCEEDED, done.error
    assert shown(sharing, run).state == "Done"
    (came,) = (each for each in sharing.events(run.id) if each.payload == TurnAwaited(before=None))
    assert done.started is not None and done.started >= came.at - 0.01, "waiting is no work"


@pytest.mark.slow
def test_a_run_keeps_its_turn_until_its_end_is_written_down(sharing: Service, turns: Path) -> None:
    before: list[int] = []

    def look(event: Event) -> None:
        if isinstance(event.payload, RunFinished):
            with pytest.raises(Cancelled):
                Turn(turns).take(before.append, lambda: bool(before))

    run = sharing.create_plan("toy", {})
    assert sharing.execute(run.id, listeners=[look]).state is RunState.SUCCEEDED
    assert before, "another one would have waited"
    with holding(turns):
        pass


def test_a_run_that_waits_can_be_cancelled(sharing: Service, turns: Path, wait_for: Wait) -> None:
    run = sharing.create_plan("toy", {})
    with holding(turns), executing(sharing, run):
        wait_for(lambda: shown(sharing, run).timeline.before is not None)
        sharing.cancel(run.id)
    assert sharing.run(run.id).state is RunState.CANCELLED


@pytest.mark.slow
def test_while_a_run_is_asked_something_it_is_the_turn_of_others(sharing: Service, turns: Path, wait_for: Wait) -> None:
    plan = sharing.create_plan("toy", {})
    sharing.execute(plan.id)
    rendered = sharing.plan_of(plan.id)
    assert rendered is not None
    run = sharing.create_apply(plan.id, rendered.digest, RunKind.DEPLOY)
    with executing(sharing, run):
        wait_for(lambda: sharing.open_question(run.id))
        with holding(turns) as other:
            sharing.answer(run.id, "greeting", {"greeting": "Good morning", "pin": "very-secret-pin"})
            wait_for(lambda: shown(sharing, run).state == "Waiting: you are next")
            other.give_back()
    assert sharing.run(run.id).state is RunState.SUCCEEDED
