"""How long a plan of the sample project takes until its diff can be read, in the page."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Mapping

from bench.background import begin, end_worker, service_of, wait_for_end, wait_for_event, wait_until_at_rest
from bench.measure import interleaved, program
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.core.events import PlanReady
from simple_deploy.runs.service import Service
from tests.support.repository import git

ROUNDS = 5

#: How many times `manage.py check` each may take at most.
TARGETS = {
    ("its diff shows", "cold"): 3.0,
    ("its diff shows", "warm"): 2.0,
    ("it has been tried", "warm"): 3.0,
}


def measure(places: Places) -> Section:
    project, env = places.sample("sample"), places.env()
    complete: dict[str, list[float]] = {"cold": [], "warm": [], "after a commit": []}
    with service_of(project, env) as service:

        def cold() -> float:
            end_worker(service)
            for folder in (service.store.root, service.conf.cache_dir):
                shutil.rmtree(folder, ignore_errors=True)
            return until_diff(service, complete["cold"])

        def warm() -> float:
            return until_diff(service, complete["warm"])

        def after_a_commit() -> float:
            views = project / "posts" / "views.py"
            views.write_text(views.read_text(encoding="utf-8") + "\n# One more line.\n", encoding="utf-8")
            git(project, "commit", "-q", "-a", "-m", "One more line")
            return until_diff(service, complete["after a commit"])

        actions = {
            "check": lambda: program([sys.executable, "manage.py", "check"], cwd=project, env=env).wall,
            "cold": cold,
            "warm": warm,
            "after a commit": after_a_commit,
        }
        found = interleaved(actions, ROUNDS)
    return Section(
        title="A plan",
        rows=rows(found, {name: values[1:] for name, values in complete.items()}),
        how=f"The time from pressing the button for “This computer” to the event that shows the diff, {ROUNDS} times. "
        "Cold: nothing is known about the project, no worker runs, and there is no environment to try the plan in "
        "(uv still has what it downloaded before). Warm: the same again, reusing what the previous plan found out. "
        "After a commit: warm, but the project has changed, so it is inspected and tried again. The diff is shown "
        "before the plan is tried. The lower rows include the trial, which makes an environment with the planned "
        "packages, runs `manage.py check` in it, and requests the site's pages.",
    )


def until_diff(service: Service, complete: list[float]) -> float:
    """Seconds from asking for a plan to its diff; those to its end are added to *complete*."""
    wait_until_at_rest(service)
    run = service.create_plan("local", {})
    begin(service, run)
    ready = wait_for_event(service, run.id, lambda event: isinstance(event.payload, PlanReady))
    complete.append(wait_for_end(service, run.id).at - run.created)
    return ready.at - run.created


def rows(found: Mapping[str, list[float]], complete: Mapping[str, list[float]]) -> list[Row]:
    check = statistics.median(found["check"])
    beside = f"{milliseconds(check)} for one `manage.py check`"
    return [
        Row(
            what=f"Plan of the sample project until {what}, {name}",
            value=milliseconds(statistics.median(values)),
            beside=beside,
            ratio=statistics.median(values) / check,
            target=f"at most {TARGETS[what, name]:.1f}" if (what, name) in TARGETS else "",
            met=statistics.median(values) / check <= TARGETS[what, name] if (what, name) in TARGETS else None,
        )
        for what, group in (("its diff shows", found), ("it has been tried", complete))
        for name, values in group.items()
        if name != "check"
    ]
