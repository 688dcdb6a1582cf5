"""What each kind of run does, from its first step to its last."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from simple_deploy.core.errors import Blocked, NothingToUndo, SimpleDeployError, StalePlan, UnknownAnswer
from simple_deploy.core.events import FileChanged, FileVerb, FindingRaised, StepHead
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, deploy_blockers
from simple_deploy.core.options import Answers, Option, collect
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.ports import Context
from simple_deploy.core.resources import Resource
from simple_deploy.engine import additions, executor, fixing, landing, planner
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.landing import Lander, Without
from simple_deploy.engine.replay import replay
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import ours
from simple_deploy.platforms.base import Operation, Platform
from simple_deploy.runs import history, undoing
from simple_deploy.runs.model import REMOVED, STAYING, WENT_DOWN, Run, RunKind, RunState, may_become
from simple_deploy.runs.scope import INSPECT, Scope
from simple_deploy.runs.store import Target
from simple_deploy.system.files import remove_tree


def do(scope: Scope) -> None:
    """Do the work of the run.

    :raises SimpleDeployError: it could not be done.
    """
    _KINDS[scope.run.kind](scope)


# -- plan --


def _plan(scope: Scope) -> None:
    platform = scope.platform
    scope.start(INSPECT, *planner.HEADS)
    inspection = scope.inspect(show_findings=True)
    every = additions.options(platform, inspection.facts)
    asked = [option for option in every if option.kind != "secret" or option.for_plan]
    scope.answers = collect(asked, _only(scope.given, asked))
    scope.facts = additions.as_deployed(inspection.facts, scope.answers)

    def accept(plan: Plan) -> None:
        _refuse_unknown(scope.given, [*every, *(field for each in plan.questions for field in each.fields)])

    _planner(scope, platform, scope.facts, inspection.findings, accept).make()


def _planner(
    scope: Scope,
    platform: Platform,
    facts: ProjectFacts,
    findings: tuple[Finding, ...],
    accept: Callable[[Plan], None],
) -> planner.Planner:
    return planner.Planner(
        platform=platform,
        facts=facts,
        answers=scope.answers,
        findings=findings,
        ports=scope.ports,
        progress=scope.progress,
        context=scope.context,
        environments=Environments(scope.tools.conf.cache_dir / "environments", scope.tools.uv),
        tree=scope.store.folder(scope.run.id) / "tree",
        locks=scope.tools.conf.cache_dir / "locks",
        known_trials=scope.store.cache,
        written=history.written(scope.store, scope.tools.location.root, platform.card.slug),
        configured=_configured(scope, facts),
        allow_dirty=scope.run.allow_dirty,
        accept=accept,
        save=lambda rendered: scope.store.save_plan(scope.run.id, rendered),
    )


def _refuse_unknown(given: Mapping[str, object], options: list[Option]) -> None:
    """:raises UnknownAnswer: an answer that nobody asks for is a typing mistake, not something to pass over."""
    known = {option.name for option in options}
    unknown = sorted(name for name in given if name not in known and not name.startswith("existing_"))
    if unknown:
        raise UnknownAnswer(
            f"Nobody asks for {', '.join(unknown)}.",
            hint="Known here: " + (", ".join(sorted(known)) or "no questions") + ".",
        )


def _configured(scope: Scope, facts: ProjectFacts) -> tuple[str, ...]:
    """Files that earlier runs wrote and that are not committed yet: they belong to what the project is now."""
    root = scope.tools.location.root
    known = history.written(scope.store, root)
    changes = facts.git.changes if facts.git else ()
    return tuple(each.path for each in changes if each.ours and ours.left_by_a_run(root, each.path, known))


# -- configure and deploy --


ASK = StepHead(
    id="ask", title="Ask the platform", why="Nothing is created before it is clear that the deployment can be done."
)


def _apply(scope: Scope) -> None:
    platform = scope.platform
    configure_only = scope.run.kind is RunKind.CONFIGURE
    plan_run, rendered = _approved_plan(scope)
    ask = () if configure_only else (ASK,)
    scope.start(INSPECT, *ask, *executor.heads(rendered, configure_only=configure_only))
    facts = scope.inspect().facts
    asked = [each for each in additions.options(platform, facts) if each.kind != "secret" or not configure_only]
    scope.answers = collect(asked, _only(scope.given, asked))
    scope.facts = additions.as_tried(additions.as_deployed(facts, scope.answers), rendered.health_url)
    scope.asker.refuse_unanswered(() if configure_only else rendered.plan.questions)
    if not configure_only:
        _refuse_blocked(scope, platform)
    execution = executor.Executor(
        rendered=rendered,
        bench=Workbench(
            project=scope.tools.location.root,
            folder=scope.store.tree(plan_run),
            base=rendered.base,
            snapshot=rendered.snapshot,
        ),
        platform=platform,
        ports=scope.ports,
        progress=scope.progress,
        lander=scope.lander(),
        context=scope.context,
        save=lambda achieved: _save_achieved(scope, achieved),
    )
    before = executor.Achieved(
        done=scope.run.done_steps,
        results=dict(scope.run.results),
        commit=scope.run.commit,
        applied=scope.run.applied,
    )
    _save_achieved(scope, execution.execute(before, configure_only=configure_only))
    scope.store.save_target(
        scope.cleaned(
            Target(
                platform=scope.run.platform,
                answers=scope.answers.open,
                resources=tuple(scope.resources),
                url=scope.run.url,
            )
        )
    )


def _refuse_blocked(scope: Scope, platform: Platform) -> None:
    """Ask the platform again what stands in the way: logins end, and what was missing may be there since the plan.

    :raises Blocked: a finding stops the deployment; nothing was created.
    """
    with scope.progress.step(ASK):
        stopping = deploy_blockers(platform.check(scope.context(scope.tools.location.root, {})))
        for finding in stopping:
            scope.progress.emit(FindingRaised(finding=finding))
        if stopping:
            raise planner.blocked_by(stopping)


def _approved_plan(scope: Scope) -> tuple[str, RenderedPlan]:
    """The plan run and the plan that were approved.

    :raises StalePlan: the plan is gone, or is another one by now.
    """
    plan_run = scope.run.plan_run or ""
    rendered = scope.store.plan(plan_run) if plan_run else None
    if rendered is None or not scope.store.tree(plan_run).is_dir():
        raise StalePlan("The approved plan is no longer there.", hint="Plan again and approve the new preview.")
    if rendered.digest != scope.run.plan_digest:
        raise StalePlan("The plan is not the one that was approved.", hint="Look at the preview and approve it.")
    return plan_run, rendered


def _save_achieved(scope: Scope, achieved: executor.Achieved) -> None:
    scope.change(
        done_steps=achieved.done,
        results=dict(achieved.results or {}),
        commit=achieved.commit,
        applied=achieved.applied,
        url=scope.ports.visited(achieved.url) if achieved.url else None,
    )


def _only(given: Mapping[str, object], options: list[Option]) -> dict[str, object]:
    names = {option.name for option in options}
    return {name: value for name, value in given.items() if name in names}


# -- undo --


def _undo(scope: Scope) -> None:
    done = scope.store.get(scope.run.subject)
    head = StepHead(id="undo", title="Restore the files", why=f"Undo what run {done.id} changed.")
    scope.start(head)
    with scope.progress.step(head):
        if not done.can_be_undone:
            raise NothingToUndo(
                f"Run {done.id} ({done.state.value}) left nothing in your project to undo.",
                hint="`manage.py deploy --history` shows the runs that did.",
            )
        lander, undoing = scope.lander(done.id), scope.lander()
        title = f"{done.kind.value} for {done.platform}" if done.platform else done.subject

        def on_file(path: str, change: FileVerb) -> None:
            scope.progress.emit(FileChanged(path=path, change=change))

        if done.kind is RunKind.FIX:
            commit = fixing.undo(done.results, lander, undoing, title=title, on_file=on_file)
        else:
            without = _without(scope, done, lander)
            commit = landing.undo(lander, undoing, title=title, on_file=on_file, without=without)
        if commit:
            scope.note(f"reverted by commit {commit[:12]}")
    scope.change(commit=commit)
    if may_become(done.state, RunState.UNDONE):
        scope.store.update(done.id, state=RunState.UNDONE)


def _without(scope: Scope, done: Run, lander: Lander) -> Without | None:
    """What the project is without *done*, where other runs changed the same files; None when its backups are that.

    :raises FilesChanged: the person edited one of them. :raises StalePlan: it is not known what the others did.
    """
    root = scope.tools.location.root
    among = undoing.shared_with(root, scope.store, done.id)
    if among is None:
        return None
    landing.refuse_edited(undoing.preview(scope.tools.location, scope.store, done.id).conflicts, lander.folder)
    edited = undoing.edited(root, among)
    origin = {path: journal.original(entry) for path, (journal, entry) in among.origin.items()}
    staying = among.others(done.id)
    for layer in staying:
        scope.note(f"what run {layer.run.id} did for {layer.run.platform} stays")
    scope.change(results={STAYING: str(len(staying))})

    def made_by(layers: Sequence[history.Layer]) -> dict[str, bytes | None]:
        folder = scope.store.folder(scope.run.id) / "tree"
        try:
            files = replay(
                origin,
                [_plan_of(scope, layer.run) for layer in layers],
                location=scope.tools.location,
                folder=folder,
                run=scope.ports.runner,
                uv=scope.tools.uv,
                python=getattr(sys, "_base_executable", "") or sys.executable,
            )
            # An edited file is none that this run changed, so it stays.
            return {path: data for path, data in files.items() if path not in edited}
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


def _plan_of(scope: Scope, run: Run) -> RenderedPlan:
    rendered = scope.store.plan(run.plan_run or "")
    if rendered is None:
        raise StalePlan(
            f"The plan of run {run.id} is gone, so its changes cannot be told from those to undo.",
            hint=f"Undo that run first: python -m simple_deploy undo {run.id}",
        )
    return rendered


# -- destroy --

FIND = StepHead(id="find", title="Find what exists", why="Ask the platform, rather than trusting notes.")
REMOVE = StepHead(id="remove", title="Remove it", why="Everything that was found, one after the other.")
VERIFY = StepHead(id="verify", title="Check that nothing is left", why="So that nothing goes on costing money.")


def _destroy(scope: Scope) -> None:
    platform = scope.platform
    scope.start(FIND, REMOVE, VERIFY)
    scope.inspect(as_step=False)
    target = scope.store.target(platform.card.slug)
    with scope.progress.step(FIND):
        for answers in _answers_about_it(scope, target):
            scope.answers = Answers(values=dict(answers))
            context = scope.context(scope.tools.location.root, {})
            found = _existing(platform, context)
            if found:
                break
        scope.note(", ".join(f"{each.kind} {each.name}" for each in found) or "nothing exists")
        _name_the_missing(scope, found)
    scope.resources = list(found)  # what remains when this goes wrong
    with scope.progress.step(REMOVE):
        for resource in found:
            scope.ports.stop_if_cancelled()
            platform.destroy(resource, context)
            context.destroyed(resource)
    with scope.progress.step(VERIFY):
        left = _existing(platform, context)
        scope.resources = list(left)
        if left:
            raise SimpleDeployError(
                "Still there: " + ", ".join(f"{each.kind} {each.name}" for each in left) + ".",
                hint="Try again, or remove it with the platform's own program.",
            )
    if scope.stage is not None:
        scope.stage.world.stop_all()
    if target is not None:
        # The answers were about what is gone: a name, a database whose address is a secret that is gone too.
        scope.store.save_target(Target(platform=target.platform, answers={}))
    scope.change(results={REMOVED: str(len(scope.removed))})


def _answers_about_it(scope: Scope, target: Target | None) -> tuple[Mapping[str, str | bool], ...]:
    """Answers that may say what the site is called, the likeliest first.

    After an undo no file says so; what was answered then does, and every run that deployed knows it too.
    """
    if scope.run.answers:
        return (scope.run.answers,)
    kinds = {RunKind.PLAN, RunKind.DEPLOY}
    runs = [run for run in scope.store.list(200) if run.platform == scope.run.platform and run.kind in kinds]
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
            hint="See that you are online and logged in, as for a deployment, and try again.",
        )
    return remote.resources


def _name_the_missing(scope: Scope, found: Sequence[Resource]) -> None:
    """Say when something that was deployed earlier is not found: it may be in an account nobody asked."""
    target = scope.store.target(scope.run.platform)
    known = {(each.kind, each.name) for each in found}
    for resource in target.resources if target else ():
        if (resource.kind, resource.name) not in known:
            scope.note(f"{resource.kind} {resource.name} was deployed earlier and is not there any more")


# -- fix --


def _fix(scope: Scope) -> None:
    head = StepHead(id="fix", title="Fix it", why="Exactly what was announced, nothing else.")
    scope.start(head)
    facts = scope.inspect(as_step=False).facts
    with scope.progress.step(head):
        results = fixing.apply_fix(
            scope.run.subject,
            facts,
            dict(scope.run.answers),
            run=scope.ports.shown_runner,
            lander=scope.lander(),
            on_file=lambda path, change: scope.progress.emit(FileChanged(path=path, change=change)),
        )
    record = scope.lander().journal.load()
    scope.change(results=results, applied=True, commit=record.moved_to if record else None)


# -- operate --


def _operate(scope: Scope) -> None:
    operation = cast(Operation, scope.run.subject)
    head = StepHead(id=operation, title=operation.capitalize(), why="")
    scope.start(head)
    scope.inspect(as_step=False)
    arguments = {name: value for name, value in scope.run.answers.items() if isinstance(value, str)}
    with scope.progress.step(head):
        if arguments.pop(WENT_DOWN, ""):
            scope.note("The site went down though nobody stopped it. It is started again.")
        site = scope.platform.operate(operation, scope.context(scope.tools.location.root, {}), arguments=arguments)
    scope.store.save_data(scope.run.id, "site", scope.cleaned(site))
    scope.change(url=scope.ports.visited(site.url) if site.url else None)


_KINDS: Mapping[RunKind, Callable[[Scope], None]] = {
    RunKind.PLAN: _plan,
    RunKind.CONFIGURE: _apply,
    RunKind.DEPLOY: _apply,
    RunKind.UNDO: _undo,
    RunKind.DESTROY: _destroy,
    RunKind.FIX: _fix,
    RunKind.OPERATE: _operate,
}
