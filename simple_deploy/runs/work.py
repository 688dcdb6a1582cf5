"""What each kind of run does, from its first step to its last."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from simple_deploy.core.errors import Blocked, NothingToUndo, SimpleDeployError, StalePlan, UnknownAnswer
from simple_deploy.core.events import FileChanged, FileVerb, FindingRaised, StepHead
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, deploy_blockers
from simple_deploy.core.interfaces import Context
from simple_deploy.core.options import Answers, Option, collect
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.engine import additions, executor, existing, fixing, landing, planner
from simple_deploy.engine.folder_notes import FolderNotes, shown
from simple_deploy.engine.git_notes import GitNotes
from simple_deploy.engine.landing import Lander, Without
from simple_deploy.engine.replay import replay
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import own_changes
from simple_deploy.platforms.base import Operation, Platform
from simple_deploy.platforms.site import TITLES
from simple_deploy.platforms.sizes import Size, wanted_size
from simple_deploy.runs import history
from simple_deploy.runs.context import INSPECT, RunContext
from simple_deploy.runs.model import REMOVED, STAYING, WENT_DOWN, Run, RunKind, RunState, may_become
from simple_deploy.runs.store import Target
from simple_deploy.system.files import remove_tree


def do(context: RunContext) -> None:
    """Do the work of the run.

    :raises SimpleDeployError: it could not be done.
    """
    _KINDS[context.run.kind](context)


# -- plan --


def _plan(context: RunContext) -> None:
    context.start(INSPECT, *planner.HEADS)
    inspection = context.inspect(show_findings=True)
    platform = context.platform
    every = additions.options(platform, inspection.facts)
    asked = [option for option in every if option.kind != "secret" or option.for_plan]
    context.answers = collect(asked, _only(context.given, asked))
    context.facts = additions.as_deployed(inspection.facts, context.answers)

    def accept(plan: Plan) -> None:
        _refuse_unknown(context.given, [*every, *(field for each in plan.questions for field in each.fields)])

    _planner(context, platform, context.facts, inspection.findings, accept).make()


def _planner(
    context: RunContext,
    platform: Platform,
    facts: ProjectFacts,
    findings: tuple[Finding, ...],
    accept: Callable[[Plan], None],
) -> planner.Planner:
    return planner.Planner(
        platform=platform,
        facts=facts,
        answers=context.answers,
        findings=findings,
        ports=context,
        progress=context.progress,
        context=context.for_platform,
        environments=context.project.environments,
        tree=context.store.folder(context.run.id) / "tree",
        locks=context.project.conf.cache_dir / "locks",
        known_trials=context.store.cache,
        written=history.written(context.store, context.project.location.root, platform.card.slug),
        configured=_configured(context, facts),
        kept=_kept(context),
        allow_dirty=context.run.allow_dirty,
        accept=accept,
        save=lambda rendered: context.store.save_plan(context.run.id, rendered),
    )


def _kept(context: RunContext) -> Mapping[str, str]:
    target = context.store.target(context.run.platform)
    return target.kept if target else {}


def _refuse_unknown(given: Mapping[str, object], options: list[Option]) -> None:
    """:raises UnknownAnswer: an answer that nobody asks for is a typing mistake, not something to pass over."""
    known = {option.name for option in options}
    unknown = sorted(name for name in given if name not in known and not name.startswith("existing_"))
    if unknown:
        raise UnknownAnswer(
            f"Nobody asks for {', '.join(unknown)}.",
            hint="Known here: " + (", ".join(sorted(known)) or "no questions") + ".",
        )


def _configured(context: RunContext, facts: ProjectFacts) -> tuple[str, ...]:
    """Files that earlier runs wrote and that are not committed yet: they belong to what the project is now."""
    root = context.project.location.root
    known = history.written(context.store, root)
    changes = facts.git.changes if facts.git else ()
    return tuple(each.path for each in changes if each.ours and own_changes.left_by_a_run(root, each.path, known))


# -- configure and deploy --


ASK = StepHead(
    id="ask", title="Ask the platform", why="The tool creates nothing until it knows that the deployment is possible."
)


def _apply(context: RunContext) -> None:
    configure_only = context.run.kind is RunKind.CONFIGURE
    plan_run, rendered = _approved_plan(context)
    ask = () if configure_only else (ASK,)
    context.start(INSPECT, *ask, *executor.heads(rendered, configure_only=configure_only))
    facts = context.inspect().facts
    platform = context.platform
    asked = [each for each in additions.options(platform, facts) if each.kind != "secret" or not configure_only]
    context.answers = collect(asked, _only(context.given, asked))
    context.facts = additions.as_tried(additions.as_deployed(facts, context.answers), rendered.health_url)
    context.ahead.refuse_unanswered(() if configure_only else rendered.plan.questions)
    if not configure_only:
        _refuse_blocked(context, platform, rendered.plan.findings)
    execution = executor.Executor(
        rendered=rendered,
        bench=Workbench(
            project=context.project.location.root,
            folder=context.store.tree(plan_run),
            base=rendered.base,
            snapshot=rendered.snapshot,
        ),
        platform=platform,
        ports=context,
        progress=context.progress,
        lander=context.lander(),
        context=context.for_platform,
        save=lambda achieved: _save_achieved(context, achieved),
        save_plan=lambda settled: context.store.save_plan(context.run.id, settled),
    )
    before = executor.Achieved(
        done=context.run.done_steps,
        results=dict(context.run.results),
        commit=context.run.commit,
        applied=context.run.applied,
    )
    _save_achieved(context, execution.execute(before, configure_only=configure_only))
    context.store.save_target(
        context.cleaned(
            Target(
                platform=context.run.platform,
                answers=context.answers.open,
                resources=tuple(context.resources),
                url=context.run.url,
                kept=existing.chosen(rendered.plan),
            )
        )
    )


def _refuse_blocked(context: RunContext, platform: Platform, planned: Iterable[Finding]) -> None:
    """Ask the platform again what stands in the way: logins end, and what was missing may be there since the plan.

    :param planned: what the plan itself found, which nothing but another plan changes.
    :raises Blocked: a finding stops the deployment; nothing was created.
    """
    with context.progress.step(ASK):
        asked = platform.check(context.for_platform(context.project.location.root, {}))
        stopping = deploy_blockers((*planned, *asked))
        for finding in stopping:
            context.progress.emit(FindingRaised(finding=finding))
        if stopping:
            raise planner.blocked_by(stopping)


def _approved_plan(context: RunContext) -> tuple[str, RenderedPlan]:
    """The plan run and the plan that were approved.

    :raises StalePlan: the plan is gone, or is another one by now.
    """
    plan_run = context.run.plan_run or ""
    rendered = context.store.plan(plan_run) if plan_run else None
    if rendered is None or not context.store.tree(plan_run).is_dir():
        raise StalePlan("The approved plan is no longer there.", hint="Plan again and approve the new preview.")
    if rendered.digest != context.run.plan_digest:
        raise StalePlan("The plan is not the one that was approved.", hint="Look at the preview and approve it.")
    return plan_run, rendered


def _save_achieved(context: RunContext, achieved: executor.Achieved) -> None:
    context.change(
        done_steps=achieved.done,
        results=dict(achieved.results or {}),
        commit=achieved.commit,
        applied=achieved.applied,
        url=context.publish(achieved.url) if achieved.url else None,
    )


def _only(given: Mapping[str, object], options: list[Option]) -> dict[str, object]:
    names = {option.name for option in options}
    return {name: value for name, value in given.items() if name in names}


# -- undo --


def _undo(context: RunContext) -> None:
    done = context.store.get(context.run.subject)
    head = StepHead(id="undo", title="Restore the files", why=f"Undo what run {done.id} changed.")
    context.start(head)
    with context.progress.step(head):
        if not done.can_be_undone:
            raise NothingToUndo(
                f"Run {done.id} ({done.state.value}) left nothing in your project to undo.",
                hint="`manage.py deploy --history` shows the runs that did.",
            )
        lander, undoing = context.lander(done.id), context.lander()
        what = f"{done.kind.value} for {done.platform}" if done.platform else done.subject
        title = str(context.run.answers.get(additions.MESSAGE) or f"Undo: {what}")

        def on_file(path: str, change: FileVerb) -> None:
            context.progress.emit(FileChanged(path=path, change=change))

        if done.kind is RunKind.FIX:
            commit = fixing.undo(done.results, lander, undoing, title=title, on_file=on_file)
        elif lander.journal.load() is None:
            commit = None
            if not _take_back_notes(context, lander):
                raise NothingToUndo(f"Run {done.id} changed no file.", hint="`manage.py deploy --history` lists runs.")
        else:
            without = _without(context, done, lander)
            commit = landing.undo(lander, undoing, title=title, on_file=on_file, without=without)
            _take_back_notes(context, lander)
        if commit:
            context.note(f"reverted by commit {commit[:12]}")
    context.change(commit=commit)
    if may_become(done.state, RunState.UNDONE):
        context.store.update(done.id, state=RunState.UNDONE)


def _take_back_notes(context: RunContext, lander: Lander) -> bool:
    """Remove what programs noted of the project in the run: remotes, what git ignores, whose folder it is; False where
    there is nothing of that."""
    brought = GitNotes(lander.git, lander.folder).take_back()
    for name in brought.remotes:
        context.note(f"the remote {name} is removed")
    noted = FolderNotes(context.project.location.root, lander.folder).take_back()
    for path in noted:
        context.note(f"what {shown(path)} said of this folder is removed")
    return not brought.is_nothing or bool(noted)


def _without(context: RunContext, done: Run, lander: Lander) -> Without | None:
    """What the project is without *done*, where other runs changed the same files; None when its backups are that.

    :raises FilesChanged: the person edited one of them. :raises StalePlan: it is not known what the others did.
    """
    root = context.project.location.root
    among = history.shared_with(root, context.store, done.id)
    if among is None:
        return None
    landing.refuse_edited(context.project.preview_undo(done.id).conflicts, lander.folder)
    edited = history.edited(root, among)
    origin = {path: journal.original(entry) for path, (journal, entry) in among.origin.items()}
    staying = among.others(done.id)
    for layer in staying:
        context.note(f"what run {layer.run.id} did for {layer.run.platform} stays")
    context.change(results={STAYING: str(len(staying))})

    plans = {layer.run.id: _plan_of(context, layer.run) for layer in staying}
    placed = {layer.run.id: history.placed(root, among, layer, plans[layer.run.id]) for layer in staying}
    # What nobody has the bytes of any more is left as it is, and so is a private file.
    left = {path for each in placed.values() for path, data in each.items() if data is None}

    def made_by(layers: Sequence[history.Layer]) -> dict[str, bytes | None]:
        folder = context.store.folder(context.run.id) / "tree"
        try:
            files = replay(
                origin,
                [(plans[layer.run.id], _known(placed[layer.run.id])) for layer in layers],
                location=context.project.location,
                folder=folder,
                run=context.runner,
                uv=context.project.uv,
                python=getattr(sys, "_base_executable", "") or sys.executable,
            )
            # An edited file is none that this run changed, so it stays.
            return {path: data for path, data in files.items() if path not in edited and path not in left}
        finally:
            remove_tree(folder)

    files = made_by(staying)
    kept = history.committed(staying)
    branch: Mapping[str, bytes | None] | str | None
    if kept == history.committed(among.active):
        branch = None
    elif not kept:
        branch = among.base
    else:
        branch = files if kept == staying else made_by(kept)
    return Without(files=files, seen={path: among.left[path] for path in files}, branch=branch, tip=among.tip)


def _known(placed: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {path: data for path, data in placed.items() if data is not None}


def _plan_of(context: RunContext, run: Run) -> RenderedPlan:
    rendered = context.store.plan_of(run)
    if rendered is None:
        raise StalePlan(
            f"The plan of run {run.id} is gone, so its changes cannot be told from those to undo.",
            hint=f"Undo that run first: python -m simple_deploy undo {run.id}",
        )
    return rendered


# -- destroy --

FIND = StepHead(id="find", title="Find what exists", why="This asks the platform instead of relying on notes.")
REMOVE = StepHead(
    id="remove", title="Remove it", why="This removes everything that was found, one thing after another."
)
VERIFY = StepHead(
    id="verify", title="Check that nothing is left", why="This makes sure that nothing keeps costing money."
)


def _destroy(context: RunContext) -> None:
    platform = context.platform
    context.start(FIND, REMOVE, VERIFY)
    context.inspect(as_step=False)
    target = context.store.target(platform.card.slug)
    with context.progress.step(FIND):
        for answers in _answers_about_it(context, target):
            context.answers = Answers(values=dict(answers))
            handed = context.for_platform(context.project.location.root, {})
            found = _existing(platform, handed)
            if found:
                break
        context.note(", ".join(f"{each.kind} {each.name}" for each in found) or "nothing exists")
        _name_the_missing(context, found)
    context.resources = list(found)  # what remains when this goes wrong
    with context.progress.step(REMOVE):
        for resource in found:
            context.stop_if_cancelled()
            platform.destroy(resource, handed)
            handed.destroyed(resource)
    with context.progress.step(VERIFY):
        left = _existing(platform, handed)
        context.resources = list(left)
        if left:
            raise SimpleDeployError(
                "Still there: " + ", ".join(f"{each.kind} {each.name}" for each in left) + ".",
                hint="Try again, or remove it with the platform's own program.",
            )
    if context.stage is not None:
        context.stage.world.stop_all()
    if target is not None:
        # The answers were about what is gone: a name, a database whose address is a secret that is gone too.
        context.store.save_target(Target(platform=target.platform, answers={}))
    context.change(results={REMOVED: str(len(context.removed))})


def _answers_about_it(context: RunContext, target: Target | None) -> tuple[Mapping[str, str | bool], ...]:
    """Answers that may say what the site is called, the likeliest first.

    After an undo no file says so; what was answered then does, and every run that deployed knows it too.
    """
    if context.run.answers:
        return (context.run.answers,)
    kinds = {RunKind.PLAN, RunKind.DEPLOY}
    runs = [run for run in context.store.list(200) if run.platform == context.run.platform and run.kind in kinds]
    known = [{}, target.answers if target else {}, *(run.answers for run in runs)]
    return tuple(each for number, each in enumerate(known) if each not in known[:number])


def _existing(platform: Platform, context: Context) -> tuple[Resource, ...]:
    """What exists on the platform.

    :raises Blocked: it could not be asked.
    """
    remote = platform.probe(context)
    if not remote.asked:
        raise Blocked(
            f"{platform.card.name} could not be asked what exists, so nothing was removed.",
            hint="Check that you are online and logged in, as for a deployment, then try again.",
        )
    return remote.resources


def _name_the_missing(context: RunContext, found: Sequence[Resource]) -> None:
    """Say when something that was deployed earlier is not found: it may be in an account nobody asked."""
    target = context.store.target(context.run.platform)
    known = {(each.kind, each.name) for each in found}
    for resource in target.resources if target else ():
        if (resource.kind, resource.name) not in known:
            context.note(f"{resource.kind} {resource.name} was deployed earlier but no longer exists")


# -- fix --


def _fix(context: RunContext) -> None:
    head = StepHead(id="fix", title="Fix it", why="This does exactly what was announced and nothing else.")
    context.start(head)
    facts = context.inspect(as_step=False).facts
    with context.progress.step(head):
        results = fixing.apply_fix(
            context.run.subject,
            facts,
            dict(context.run.answers),
            run=context.shown_runner,
            lander=context.lander(),
            on_file=lambda path, change: context.progress.emit(FileChanged(path=path, change=change)),
            describe=context.project.fix_of,
        )
    record = context.lander().journal.load()
    context.change(results=results, applied=True, commit=record.moved_to if record else None)


# -- operate --


def _operate(context: RunContext) -> None:
    operation = cast(Operation, context.run.subject)
    head = StepHead(id=operation, title=TITLES[operation], why="")
    context.start(head)
    context.inspect(as_step=False)
    arguments = {name: value for name, value in context.run.answers.items() if isinstance(value, str)}
    context.answers = Answers(values={**context.secrets})
    with context.progress.step(head):
        if arguments.pop(WENT_DOWN, ""):
            context.note("The site went down though nobody stopped it. It is started again.")
        handed = context.for_platform(context.project.location.root, {})
        site = context.platform.operate(operation, handed, arguments=arguments)
    context.store.save_data(context.run.id, "site", context.cleaned(site))
    if operation == "resize" and site.sizes is not None:
        _remember(context, wanted_size(site.sizes, arguments["size"])[0])
    context.change(url=context.publish(site.url) if site.url else None)


def _remember(context: RunContext, size: Size) -> None:
    """Else the next deployment would change the site's size back."""
    target = context.store.target(context.run.platform)
    if target is not None:
        context.store.save_target(replace(target, answers={**target.answers, **size.answers}))


_KINDS: Mapping[RunKind, Callable[[RunContext], None]] = {
    RunKind.PLAN: _plan,
    RunKind.CONFIGURE: _apply,
    RunKind.DEPLOY: _apply,
    RunKind.UNDO: _undo,
    RunKind.DESTROY: _destroy,
    RunKind.FIX: _fix,
    RunKind.OPERATE: _operate,
}
