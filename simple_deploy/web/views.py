"""The pages: read the request, ask the service, render. No rules live here."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from simple_deploy.core.errors import AnswerError
from simple_deploy.core.facts import Corrections
from simple_deploy.inspection import corrections
from simple_deploy.runs import undoing
from simple_deploy.runs.model import RunKind
from simple_deploy.web import catalogue, forms, stream
from simple_deploy.web.desk import Desk, NotFound
from simple_deploy.web.host import PREFIX
from simple_deploy.web.lately import Lately
from simple_deploy.web.present import log_lines
from simple_deploy.web.rehearsal import Offer
from simple_deploy.web.runpage import RunPage, earlier_lines
from simple_deploy.web.runview import rows


def start(desk: Desk) -> HttpResponse:
    if desk.stage:
        return desk.go("platform", desk.stage)  # a rehearsal is about one platform
    desk.bring_back()
    return desk.page(
        "start.html",
        here="start",
        cards=catalogue.cards(desk.service),
        failures=desk.service.registry.failures,
        lately=Lately.of(desk.service),
        watches=desk.can_watch,
        inspection=catalogue.InspectionView(found=desk.service.inspection()) if "inspect" in desk.query else None,
    )


def lately(desk: Desk) -> HttpResponse:
    return desk.page("_lately.html", lately=Lately.of(desk.service))


def watch(desk: Desk) -> HttpResponseBase:
    return stream.watch(desk)


def end_sessions(desk: Desk) -> HttpResponse:
    """End the session of every browser, this one's too; whoever goes on needs the new link of the terminal."""
    desk.must_be_posted()
    desk.end_sessions()
    response = HttpResponseRedirect(PREFIX)
    response.status_code = 303
    return response


def inspection(desk: Desk) -> HttpResponse:
    found = desk.service.inspection(fresh="fresh" in desk.query)
    return desk.page("_inspection.html", inspection=catalogue.InspectionView(found=found))


def correct(desk: Desk) -> HttpResponse:
    options = corrections.options(desk.service.inspection().facts)
    answers, problems = forms.read(options, desk.form) if desk.posted else ({}, {})
    if desk.posted and not problems:
        desk.service.correct(Corrections(**{name: str(value) for name, value in answers.items()}))
        return desk.go("start")
    fields = forms.fields(options, answers, problems)
    return desk.page("correct.html", status=400 if problems else 200, fields=fields)


def fix(desk: Desk, name: str) -> HttpResponse:
    described = desk.service.describe_fix(name)
    answers, problems = forms.read(described.fields, desk.form) if desk.posted else ({}, {})
    if desk.posted and not problems:
        return desk.start(desk.service.create_fix(name, answers))
    fields = forms.fields(described.fields, answers, problems)
    return desk.page("fix.html", status=400 if problems else 200, fix=described, name=name, fields=fields)


def platform(desk: Desk, slug: str) -> HttpResponse:
    options = desk.service.options(slug)
    answers, problems = forms.read(options, desk.form) if desk.posted else (desk.service.remembered_answers(slug), {})
    allow_dirty = "allow-dirty" in desk.form
    if desk.posted and not problems:
        return desk.start(desk.service.create_plan(slug, answers, allow_dirty=allow_dirty))
    view = catalogue.PlatformView.of(desk.service, slug)
    desk.bring_back()
    fields = forms.fields(options, answers, problems)
    offer = Offer.of(desk.service, desk.service.registry.get(slug))
    return desk.page(
        "platform.html", status=400 if problems else 200, view=view, fields=fields, allow_dirty=allow_dirty, offer=offer
    )


def operate(desk: Desk, slug: str) -> HttpResponse:
    desk.must_be_posted()
    operation = catalogue.operation(desk.service, slug, str(desk.form.get("operation", "")))
    return desk.start(desk.service.create_operation(slug, operation))


def destroy(desk: Desk, slug: str) -> HttpResponse:
    view = catalogue.PlatformView.of(desk.service, slug)
    typed = str(desk.form.get("name", "")).strip()
    if desk.posted and typed == view.project:
        return desk.start(desk.service.create_destroy(slug))
    return desk.page("destroy.html", status=400 if desk.posted else 200, view=view, typed=typed)


def rehearse(desk: Desk, slug: str) -> HttpResponse:
    """Make a rehearsal ready and go there."""
    desk.must_be_posted()
    stage = desk.service.rehearsal(
        slug, scenario=str(desk.form.get("scenario", "")), allow_dirty="allow-dirty" in desk.form
    )
    return replace(desk, service=stage, stage=slug).go("platform", slug)


def keep_rehearsed(desk: Desk, slug: str) -> HttpResponse:
    """Plan for the project itself what was rehearsed; the plan is read and approved as any other."""
    desk.must_be_posted()
    stage = desk.service.on_stage(slug)
    if stage is None:
        raise NotFound
    return desk.start(desk.service.create_plan(slug, stage.remembered_answers(slug)))


def end_rehearsal(desk: Desk, slug: str) -> HttpResponse:
    desk.must_be_posted()
    if desk.service.on_stage(slug) is None:
        raise NotFound
    desk.service.end_rehearsal(slug)
    return desk.go("platform", slug)


def history(desk: Desk) -> HttpResponse:
    return desk.page("history.html", here="history", rows=rows(desk.service, desk.service.runs(200)))


def run(desk: Desk, run_id: str) -> HttpResponse:
    page = RunPage.of(desk.service, run_id)
    desk.revive(page.view.run)
    return desk.page("run.html", page=page, view=page.view, joined="joined" in desk.query, polls=desk.one_at_a_time)


def events(desk: Desk, run_id: str) -> HttpResponseBase:
    return stream.respond(desk, run_id)


def earlier(desk: Desk, run_id: str) -> HttpResponse:
    before = str(desk.query.get("before", ""))
    if not before.isascii() or not before.isdigit():
        raise NotFound
    found, more = earlier_lines(desk.service, run_id, int(before))
    return desk.page("_log-earlier.html", lines=log_lines(found), more=more)


def apply(desk: Desk, run_id: str) -> HttpResponse:
    desk.must_be_posted()
    kind = RunKind.DEPLOY if desk.form.get("kind") == "deploy" else RunKind.CONFIGURE
    page = RunPage.of(desk.service, run_id)
    wanted = page.view.secret_options if kind is RunKind.DEPLOY else ()
    secrets, problems = forms.read(wanted, desk.form)
    if problems:
        fields = forms.fields(wanted, {}, problems)
        return desk.page("run.html", status=400, page=page, view=page.view, secret_fields=fields)
    digest = str(desk.form.get("digest", ""))
    return desk.start(desk.service.create_apply(run_id, digest, kind, secrets=secrets))


def answer(desk: Desk, run_id: str) -> HttpResponse:
    desk.must_be_posted()
    question = desk.service.open_question(run_id)
    if question is None or question.id != desk.form.get("question"):
        return desk.part_or_page("run", run_id)
    answers, problems = forms.read(question.fields, desk.form)
    if problems:
        page = RunPage.of(desk.service, run_id)
        fields = forms.fields(question.fields, answers, problems)
        template = "_run-question.html" if desk.by_htmx else "run.html"
        return desk.page(template, page=page, view=page.view, question_fields=fields)
    with contextlib.suppress(AnswerError):  # somebody was faster; the page shows what was answered
        desk.service.answer(run_id, question.id, answers)
    return desk.part_or_page("run", run_id)


def cancel(desk: Desk, run_id: str) -> HttpResponse:
    desk.must_be_posted()
    desk.service.cancel(run_id)
    return desk.part_or_page("run", run_id)


def retry(desk: Desk, run_id: str) -> HttpResponse:
    desk.must_be_posted()
    secrets, _ = forms.read(RunPage.of(desk.service, run_id).view.secret_options, desk.form)
    return desk.start(desk.service.create_retry(run_id, secrets=secrets))


def undo(desk: Desk, run_id: str) -> HttpResponse:
    if desk.posted:
        return desk.start(desk.service.create_undo(run_id))
    preview = undoing.preview(desk.service.location, desk.service.store, run_id)
    return desk.page("undo.html", view=RunPage.of(desk.service, run_id).view, preview=preview)


def summary(desk: Desk, run_id: str) -> HttpResponse:
    view = RunPage.of(desk.service, run_id).view
    if view.summary is None:
        return desk.go("run", run_id)
    return desk.page("summary.html", view=view, summary=view.summary)


def summary_markdown(desk: Desk, run_id: str) -> HttpResponse:
    return desk.download(desk.service.summary_markdown(run_id), f"simple-deploy-{run_id}.md", "text/markdown")


def summary_html(desk: Desk, run_id: str) -> HttpResponse:
    return desk.download(desk.service.summary_html(run_id), f"simple-deploy-{run_id}.html", "text/html")


def log(desk: Desk, run_id: str) -> HttpResponseBase:
    return desk.download_file(desk.service.log_file(run_id), f"simple-deploy-{run_id}.txt")


def static(desk: Desk, version: str, name: str) -> HttpResponse:
    found = desk.render.assets.get(name)
    if found is None:
        raise NotFound
    kept = "private, max-age=31536000, immutable" if version == found.version else "no-store"
    return HttpResponse(found.body, headers={"Content-Type": found.type, "Cache-Control": kept})
