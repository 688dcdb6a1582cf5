"""The pages: read the request, ask the service, render. No rules live here."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect

from simple_deploy.core.errors import AnswerError, InvalidAnswer, SimpleDeployError
from simple_deploy.core.facts import Corrections
from simple_deploy.engine.additions import MESSAGE
from simple_deploy.inspection import corrections
from simple_deploy.runs.model import RunKind
from simple_deploy.web import formatting, forms, stream, viewmodels
from simple_deploy.web.host import PREFIX
from simple_deploy.web.rehearsal import Offer
from simple_deploy.web.request_context import NotFound, RequestContext
from simple_deploy.web.runlist import HistoryPage, RecentRuns
from simple_deploy.web.runview import RunPage, earlier_lines, short_paths
from simple_deploy.web.sitemodels import DOMAIN


def start(context: RequestContext) -> HttpResponse:
    if context.stage:
        return context.go("platform", context.stage)  # a rehearsal is about one platform
    context.bring_back()
    cards, failures = viewmodels.cards(context.service), context.service.registry.failures
    return context.page(
        "start.html",
        here="start",
        sites=viewmodels.sites(context.service),
        cards=cards,
        failures=failures,
        unfolded=bool(failures) or any(each.is_rehearsed for each in cards),
        lately=RecentRuns.of(context.service),
        watches=context.can_watch,
        inspection=viewmodels.InspectionView(found=context.service.inspection())
        if "inspect" in context.query
        else None,
    )


def lately(context: RequestContext) -> HttpResponse:
    return context.page("_lately.html", lately=RecentRuns.of(context.service))


def watch(context: RequestContext) -> HttpResponseBase:
    return stream.watch(context)


def end_sessions(context: RequestContext) -> HttpResponse:
    """End the session of every browser, this one's too; whoever goes on needs the new link of the terminal."""
    context.must_be_posted()
    context.end_sessions()
    response = HttpResponseRedirect(PREFIX)
    response.status_code = 303
    return response


def inspection(context: RequestContext) -> HttpResponse:
    found = context.service.inspection(fresh="fresh" in context.query)
    return context.page("_inspection.html", inspection=viewmodels.InspectionView(found=found))


def correct(context: RequestContext) -> HttpResponse:
    options = corrections.options(context.service.inspection().facts)
    form = forms.read(options, context.form) if context.posted else forms.NOTHING
    if context.posted and not form.problems:
        context.service.correct(Corrections(**{name: str(value) for name, value in form.answers.values.items()}))
        return context.go("start")
    fields = forms.fields(options, form.raw, form.problems)
    return context.page("correct.html", status=400 if form.problems else 200, fields=fields)


def fix(context: RequestContext, name: str) -> HttpResponse:
    described = context.service.describe_fix(name)
    form = forms.read(described.fields, context.form) if context.posted else forms.NOTHING
    if context.posted and not form.problems:
        return context.start(context.service.create_fix(name, form.answers))
    fields = forms.fields(described.fields, form.raw, form.problems)
    diffs = [(path, formatting.diff_rows(text)) for path, text in described.diffs]
    status = 400 if form.problems else 200
    return context.page("fix.html", status=status, fix=described, name=name, fields=fields, diffs=diffs)


def platform(context: RequestContext, slug: str) -> HttpResponse:
    view = viewmodels.PlatformView.of(context.service, slug)
    questions = context.service.questions(slug, view.inspection.facts)
    form = forms.read(questions.before_plan, context.form) if context.posted else forms.NOTHING
    allow_dirty = "allow-dirty" in context.form
    if context.posted and not form.problems:
        return context.start(context.service.create_plan(slug, form.answers, allow_dirty=allow_dirty))
    context.bring_back()
    shown = form.raw if context.posted else questions.remembered
    fields = forms.fields(questions.before_plan, shown, form.problems)
    offer = Offer.of(context.service, context.service.registry.get(slug))
    status = 400 if form.problems else 200
    return context.page("platform.html", status=status, view=view, fields=fields, allow_dirty=allow_dirty, offer=offer)


def again(context: RequestContext, slug: str) -> HttpResponse:
    """Plan once more with the answers that were given last, and a yes to the question that the form names, or a
    domain for one that asks for it. The page goes on by itself where nothing is to decide."""
    context.must_be_posted()
    try:
        questions = context.service.questions(slug)
        wanted = (each.name for each in questions.before_plan if each.kind == "flag")
        wishes = dict.fromkeys({*wanted} & {*context.form.getlist("with")}, True)
        answers = {**questions.remembered, **questions.kept, **wishes}
        if domain := str(context.form.get(DOMAIN, "")).strip():
            answers |= {each.name: domain for each in questions.before_plan if each.name == DOMAIN}
        return context.start(context.service.create_plan(slug, answers, again="read" not in context.form))
    except InvalidAnswer:  # a question is new, or an answer does not fit any more
        return context.go("platform", slug)


def health(context: RequestContext, slug: str) -> HttpResponse:
    return context.page("_health.html", health=context.service.health(slug), slug=slug)


def destroy(context: RequestContext, slug: str) -> HttpResponse:
    view = viewmodels.PlatformView.of(context.service, slug)
    typed = str(context.form.get("name", "")).strip()
    if context.posted and typed == view.project:
        return context.start(context.service.create_destroy(slug))
    return context.page("destroy.html", status=400 if context.posted else 200, view=view, typed=typed)


def rehearse(context: RequestContext, slug: str) -> HttpResponse:
    """Make a rehearsal ready and go there."""
    context.must_be_posted()
    stage = context.service.rehearsal(
        slug, scenario=str(context.form.get("scenario", "")), allow_dirty="allow-dirty" in context.form
    )
    return replace(context, service=stage, stage=slug).go("platform", slug)


def keep_rehearsed(context: RequestContext, slug: str) -> HttpResponse:
    """Plan for the project itself what was rehearsed; the plan is read and approved as any other."""
    context.must_be_posted()
    stage = context.service.on_stage(slug)
    if stage is None:
        raise NotFound
    return context.start(context.service.create_plan(slug, stage.questions(slug).remembered))


def end_rehearsal(context: RequestContext, slug: str) -> HttpResponse:
    context.must_be_posted()
    if context.service.on_stage(slug) is None:
        raise NotFound
    context.service.end_rehearsal(slug)
    return context.go("platform", slug)


def history(context: RequestContext) -> HttpResponse:
    wanted = {name: str(context.query.get(name, "")) for name in ("kind", "state", "platform", "page")}
    return context.page("history.html", here="history", history=HistoryPage.of(context.service, **wanted))


def run(context: RequestContext, run_id: str) -> HttpResponse:
    if "present" in context.query:
        return context.go("present", run_id)
    page = RunPage.of(context.service, run_id)
    context.revive(page.view.run)
    return context.page(
        "run.html", page=page, view=page.view, joined="joined" in context.query, polls=context.one_at_a_time
    )


def events(context: RequestContext, run_id: str) -> HttpResponseBase:
    return stream.respond(context, run_id)


def earlier(context: RequestContext, run_id: str) -> HttpResponse:
    before = str(context.query.get("before", ""))
    if not before.isascii() or not before.isdigit():
        raise NotFound
    found, more = earlier_lines(context.service, run_id, int(before))
    return context.page(
        "_log-earlier.html",
        lines=formatting.log_lines(found, short_paths(context.service, context.service.run(run_id))),
        more=more,
    )


def apply(context: RequestContext, run_id: str) -> HttpResponse:
    context.must_be_posted()
    kind = RunKind.DEPLOY if context.form.get("kind") == "deploy" else RunKind.CONFIGURE
    page = RunPage.of(context.service, run_id)
    wanted = page.view.secret_options if kind is RunKind.DEPLOY else ()
    form = forms.read(wanted, context.form)
    if form.problems:
        fields = forms.fields(wanted, {}, form.problems)
        return context.page("run.html", status=400, page=page, view=page.view, secret_fields=fields)
    digest = str(context.form.get("digest", ""))
    return context.start(context.service.create_apply(run_id, digest, kind, secrets=form.answers))


def answer(context: RequestContext, run_id: str) -> HttpResponse:
    context.must_be_posted()
    question = context.service.open_question(run_id)
    if question is None or question.id != context.form.get("question"):
        return context.part_or_page("run", run_id)
    form = forms.read(question.fields, context.form)
    if form.problems:
        page = RunPage.of(context.service, run_id)
        fields = forms.fields(question.fields, form.raw, form.problems)
        template = "_run-question.html" if context.by_htmx else "run.html"
        return context.page(template, page=page, view=page.view, question_fields=fields)
    with contextlib.suppress(AnswerError):  # somebody was faster; the page shows what was answered
        context.service.answer(run_id, question.id, form.answers)
    return context.part_or_page("run", run_id)


def cancel(context: RequestContext, run_id: str) -> HttpResponse:
    context.must_be_posted()
    context.service.cancel(run_id)
    return context.part_or_page("run", run_id)


def retry(context: RequestContext, run_id: str) -> HttpResponse:
    context.must_be_posted()
    view = RunPage.of(context.service, run_id).view
    form = forms.read(view.retry_options, context.form)
    return context.start(context.service.create_retry(run_id, secrets=form.raw, questions=view.questions))


def undo(context: RequestContext, run_id: str) -> HttpResponse:
    preview = context.service.preview_undo(run_id)
    if context.posted:
        form = forms.read(preview.fields, context.form)
        return context.start(context.service.create_undo(run_id, message=form.answers.text(MESSAGE)))
    fields = forms.fields(preview.fields, {})
    return context.page("undo.html", view=RunPage.of(context.service, run_id).view, preview=preview, fields=fields)


def summary(context: RequestContext, run_id: str) -> HttpResponse:
    view = RunPage.of(context.service, run_id).view
    if view.summary is None:
        return context.go("run", run_id)
    return context.page("summary.html", view=view, summary=view.summary)


def picture(context: RequestContext, run_id: str) -> HttpResponse:
    """Take a picture of the site's start page, which takes some seconds; where that fails, the summary says why."""
    context.must_be_posted()
    view = RunPage.of(context.service, run_id).view
    if view.summary is None:
        raise NotFound
    try:
        context.service.take_picture(run_id)
    except SimpleDeployError as error:
        return context.page("summary.html", view=view, summary=view.summary, no_picture=error, status=400)
    return context.go("summary", run_id)


def summary_markdown(context: RequestContext, run_id: str) -> HttpResponse:
    return context.download(context.service.summary_markdown(run_id), f"simple-deploy-{run_id}.md", "text/markdown")


def summary_html(context: RequestContext, run_id: str) -> HttpResponse:
    return context.download(context.service.summary_html(run_id), f"simple-deploy-{run_id}.html", "text/html")


def log(context: RequestContext, run_id: str) -> HttpResponseBase:
    return context.download_file(context.service.log_file(run_id), f"simple-deploy-{run_id}.txt")


def static(context: RequestContext, version: str, name: str) -> HttpResponse:
    found = context.render.assets.get(name)
    if found is None:
        raise NotFound
    kept = "private, max-age=31536000, immutable" if version == found.version else "no-store"
    return HttpResponse(found.body, headers={"Content-Type": found.type, "Cache-Control": kept})
