"""Plans of up to three platforms on one page, which prints as well."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse

from simple_deploy.present.compare import MOST, compare
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.web.request_context import RequestContext


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The newest plan for a platform. :param rehearsed: whether it was made for a rehearsal."""

    service: Service
    run: Run
    name: str
    cost: str
    rehearsed: bool


def compare_plans(context: RequestContext) -> HttpResponse:
    known = _planned(context.service)
    wanted = context.query.getlist("platform")
    chosen = [each for each in known if not wanted or each.run.platform in wanted][:MOST]
    plans = [(each.name, each.cost, plan) for each in chosen if (plan := each.service.plan_of(each.run.id)) is not None]
    return context.page(
        "present-compare.html", known=known, chosen=chosen, most=MOST, found=compare(plans) if plans else None
    )


def _planned(service: Service) -> list[Planned]:
    found = []
    for platform in service.registry.platforms:
        slug = platform.card.slug
        stage = service.on_stage(slug) if platform.simulation is not None else None
        for where in (service, stage):
            run = _newest(where, slug) if where is not None else None
            if where is not None and run is not None:
                found.append(
                    Planned(
                        service=where,
                        run=run,
                        name=platform.card.name,
                        cost=platform.card.cost,
                        rehearsed=where is not service,
                    )
                )
                break
    return found


def _newest(service: Service, slug: str) -> Run | None:
    plans = (run for run in service.runs(200) if run.kind is RunKind.PLAN and run.state is RunState.SUCCEEDED)
    return next((run for run in plans if run.platform == slug), None)
