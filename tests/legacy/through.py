"""Run in a plugin's own environment: plan and carry out, as the page does, and print what came of it as JSON.

python through.py PROJECT SLUG card|plan|configure|deploy|undo ANSWERS yes|no|page

The last word says who answers what ANSWERS leaves open: yes to all that yes answers, nobody, or the page.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from simple_deploy.inspection.locate import locate
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process

WHO = "terminal"


def outcome(service: Service, run: Run) -> dict[str, object]:
    rendered = service.plan_of(run.id)
    return {
        "id": run.id,
        "state": run.state.value,
        "url": run.url,
        "error": asdict(run.error) if run.error else None,
        "changes": [(each.path, each.change, each.private) for each in rendered.changes] if rendered else [],
        "findings": {each.id: each.title for each in rendered.findings} if rendered else {},
        "details": {each.id: " ".join(each.details) for each in rendered.findings} if rendered else {},
    }


def card(service: Service, slug: str) -> dict[str, object]:
    """What the plugin says about itself."""
    [platform] = [each for each in service.registry.usable if each.card.slug == slug]
    name = platform.card.name.removesuffix(f" ({slug})")
    return {"version": version(slug), "platform": name, "deploys": platform.card.automated}


def main(project: str, slug: str, what: str, given: str, who: str) -> dict[str, object]:
    service = Service(locate(start=Path(project), manage_py=None, settings_module=None, runner=process.run))
    if what == "card":
        return card(service, slug)
    if what == "undo":
        return outcome(service, service.execute(service.create_undo(started_by=WHO).id, nobody=True))
    answers = json.loads(given)
    run = service.execute(service.create_plan(slug, answers, started_by=WHO).id, nobody=True, use_defaults=True)
    rendered = service.plan_of(run.id)
    if what == "plan" or run.state is not RunState.SUCCEEDED or rendered is None:
        return {"planned": False, **outcome(service, run)}
    if forgotten := os.environ.get("FORGOTTEN"):  # a setting of git's that is gone since the plan
        process.run(("git", "config", "--unset", forgotten), cwd=Path(project))
    made = service.create_apply(run.id, rendered.digest, RunKind(what), secrets=answers, started_by=WHO)
    done = service.execute(made.id, given=answers, nobody=who != "page", use_defaults=who == "yes")
    return {"planned": True, **outcome(service, done)}


if __name__ == "__main__":
    print("\n" + json.dumps(main(*sys.argv[1:])))
