"""Which run is meant, and what it does while it is executed, here or by another process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from simple_deploy.cli.interrupt import Interrupts
from simple_deploy.core.errors import NoSuchRun
from simple_deploy.core.events import Event
from simple_deploy.core.interfaces import Asker
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.service import Service
from simple_deploy.runs.stopping import by_signal

PAUSE = 0.1  # seconds between two looks

#: Kinds of run that change nothing.
LOOKING = frozenset({RunKind.PLAN, RunKind.OPERATE})


def chosen(service: Service, run_id: str, *, looking_too: bool = True) -> Run:
    """The run with this id; the newest one when it is empty.

    :param looking_too: False prefers the newest run that did more than look.
    :raises NoSuchRun: there is none.
    """
    if run_id:
        return service.run(run_id)
    runs = service.runs(200)
    if not runs:
        raise NoSuchRun("There are no runs in this project yet.", hint="Start with `python manage.py deploy --check`.")
    doing = [] if looking_too else [run for run in runs if run.kind not in LOOKING]
    return doing[0] if doing else runs[0]


def execute_here(
    service: Service,
    run: Run,
    listen: Callable[[Event], None],
    *,
    given: Mapping[str, object] | None = None,
    use_defaults: bool = False,
    person: Asker | None = None,
    page_too: bool = False,
) -> Run:
    """Execute *run* in this process, to its end; Ctrl-C cancels it. If another process was faster, watch it.

    :param given: answers given ahead.
    :param use_defaults: take the default of a question rather than asking.
    :param person: who is asked otherwise.
    :param page_too: without a *person*, ask on the page; else nobody is asked.
    """
    with Interrupts(lambda number: service.cancel(run.id, by_signal(number))):
        done = service.execute(
            run.id,
            given=given,
            use_defaults=use_defaults,
            person=person,
            nobody=person is None and not page_too,
            listeners=(listen,),
        )
        return follow(service, run.id, listen) if done.is_active else done


def follow(service: Service, run_id: str, listen: Callable[[Event], None]) -> Run:
    """Tell *listen* each event of the run, from its first, until it is over; returns the run."""
    reader = service.reader(run_id)
    while True:
        run = service.run(run_id)  # before reading, so that nothing is missed that is written before the end
        for event in reader.read():
            listen(event)
        if not run.is_active:
            return run
        time.sleep(PAUSE)
