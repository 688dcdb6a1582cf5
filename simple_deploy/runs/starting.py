"""How runs begin: each kind is made here, checked and stored, and waits to be executed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from simple_deploy.core.errors import (
    NothingToUndo,
    PluginNotFound,
    RunError,
    RunInProgress,
    StalePlan,
    StateUnusable,
    WrongUsage,
)
from simple_deploy.core.options import Answers, Option, collect
from simple_deploy.core.secret import Secret
from simple_deploy.engine import additions
from simple_deploy.platforms.base import Operation, Platform
from simple_deploy.platforms.site import VALUE, checked
from simple_deploy.runs import history
from simple_deploy.runs.lock import this_process
from simple_deploy.runs.model import AGAIN, PAGE, STOPPED, WENT_DOWN, Run, RunKind, RunState
from simple_deploy.runs.questions import Questions
from simple_deploy.runs.reading import Reading
from simple_deploy.runs.store import new_run_id

Given = Answers | Mapping[str, object]

_NONE: Mapping[str, object] = {}
_NOTHING: Mapping[str, str] = {}


class Starting(Reading):
    """Makes runs. *given* and *secrets* are answers, checked already or as they came in; *questions* are what was asked
    for them, and are found out where they are not told."""

    def create_plan(
        self,
        slug: str,
        given: Given,
        *,
        questions: Questions | None = None,
        allow_dirty: bool = False,
        again: bool = False,
        started_by: str = PAGE,
    ) -> Run:
        """A run that plans. Answers that fit no option are kept for the questions of the plan.

        :param again: it was asked for to deploy what is new, and not to read a plan.
        :raises RunInProgress: naming the run that is under way.
        :raises PluginNotFound: :raises PluginBroken:
        """
        plain, secret = self._sorted_out(slug, given, questions)
        run = self._new(
            RunKind.PLAN,
            platform=slug,
            subject=AGAIN if again else "",
            answers=plain,
            allow_dirty=allow_dirty,
            started_by=started_by,
        )
        return self.store.create(run, secret)

    def create_apply(
        self,
        plan_run: str,
        digest: str,
        kind: RunKind,
        *,
        secrets: Given = _NONE,
        questions: Questions | None = None,
        started_by: str = PAGE,
    ) -> Run:
        """A run that carries out the plan of *plan_run*, whose preview with *digest* was approved.

        :raises StalePlan: another preview was approved, or the plan is not complete.
        """
        planned = self.store.get(plan_run)
        rendered = self.store.plan(plan_run)
        if rendered is None or planned.state is not RunState.SUCCEEDED:
            raise StalePlan("That plan is not complete.", hint="Plan again and approve the preview.")
        if rendered.digest != digest:
            raise StalePlan("The plan is not the one you saw.", hint="Look at the preview again and approve it.")
        asked = (field for question in rendered.plan.questions for field in question.fields)
        plain, secret = self._sorted_out(planned.platform, secrets, questions, asked)
        run = self._new(
            kind,
            platform=planned.platform,
            answers={**planned.answers, **plain},
            allow_dirty=planned.allow_dirty,
            plan_run=plan_run,
            plan_digest=digest,
            started_by=started_by,
        )
        return self.store.create(run, secret)

    def create_retry(
        self,
        run_id: str,
        *,
        secrets: Given = _NONE,
        questions: Questions | None = None,
        started_by: str = PAGE,
    ) -> Run:
        """A run that goes on where *run_id* stopped.

        :param secrets: answers given now. A plan is made again with whatever is answered; a deployment goes on with
            what was approved, and needs its secrets once more; an undo may be given another message for its commit.
        :raises RunError: that run cannot be retried. :raises WrongUsage: an approved answer would become another.
        """
        old = self.run(run_id)
        if old.is_active:
            raise RunError(f"Run {old.id} is not over yet.", hint="Wait until it ends, or cancel it.")
        if old.state not in STOPPED:
            raise RunError(f"Run {old.id} ({old.state.value}) needs no retry.", hint="Start a new one.")
        if not old.can_be_retried:
            raise RunError(
                f"Run {old.id} had started something that would create a second site or database if repeated.",
                hint="Its log says what was run. Check what already exists there, then plan and deploy again.",
            )
        undoes = old.kind is RunKind.UNDO
        more = self.preview_undo(old.subject).fields if undoes else ()
        plain, secret = self._sorted_out(old.platform, secrets, questions, more)
        free: Collection[str] = plain if old.kind is RunKind.PLAN else [additions.MESSAGE] if undoes else []
        other = [name for name, value in plain.items() if old.answers.get(name) != value and name not in free]
        if other:
            raise WrongUsage(
                f"A retry continues with the approved plan, so {', '.join(other)} cannot change now.",
                hint="Omit --retry: that makes a new plan, which finds whatever already exists.",
            )
        run = self._new(
            old.kind,
            platform=old.platform,
            subject=old.subject,
            answers={**old.answers, **plain},
            allow_dirty=old.allow_dirty,
            plan_run=old.plan_run,
            plan_digest=old.plan_digest,
            retry_of=old.id,
            results=old.results,
            done_steps=old.done_steps,
            commit=old.commit,
            started_by=started_by,
        )
        return self.store.create(run, secret)

    def create_undo(self, run_id: str | None = None, *, message: str = "", started_by: str = PAGE) -> Run:
        """A run that undoes *run_id*, or the last run that can be undone.

        :param message: first line of the commit that reverts, if there is one.
        :raises NothingToUndo: there is none.
        """
        if run_id is None:
            runs = (run for run in self.runs(200) if history.left_something(self.location, self.store, run))
            found = next(runs, None)
            if found is None:
                raise NothingToUndo(
                    "No run changed anything in this project that can be undone.",
                    hint="`manage.py deploy --history` lists all runs.",
                )
            run_id = found.id
        done = self.run(run_id)
        answers = {additions.MESSAGE: message} if message else {}
        run = self._new(RunKind.UNDO, platform=done.platform, subject=done.id, answers=answers, started_by=started_by)
        return self.store.create(run)

    def create_destroy(self, slug: str, given: Given = _NONE, *, started_by: str = PAGE) -> Run:
        """A run that removes what exists on platform *slug*.

        :param given: answers that say what it is called, where neither the project's files nor earlier runs do.
        """
        platform = self.registry.get(slug)
        if not platform.removes:
            raise PluginNotFound(
                f"{platform.card.name} cannot remove what it made.",
                hint="The summary of its deployment lists the programs that were run. Remove what they made with the "
                "platform's own program or on its page.",
            )
        plain, _ = self._sorted_out(slug, given, None)
        return self.store.create(self._new(RunKind.DESTROY, platform=slug, answers=plain, started_by=started_by))

    def create_fix(self, name: str, given: Given, *, started_by: str = PAGE) -> Run:
        """:raises InvalidAnswer: an answer does not fit the fix's fields."""
        raw = given.values if isinstance(given, Answers) else given
        fix = self.describe_fix(name, raw)
        answers = given if isinstance(given, Answers) else collect(fix.fields, given)
        run = self._new(RunKind.FIX, subject=name, answers=answers.open, started_by=started_by)
        return self.store.create(run)

    def create_operation(
        self,
        slug: str,
        operation: Operation,
        arguments: Mapping[str, str] = _NOTHING,
        *,
        value: Secret | None = None,
        started_by: str = PAGE,
    ) -> Run:
        """A run that does something with the deployed site.

        :param arguments: as :data:`~simple_deploy.platforms.site.TOLD` names them. :param value: of a variable to set.
        :raises PluginNotFound: the platform does not offer the operation. :raises InvalidAnswer: an argument is wrong.
        """
        platform = self.registry.get(slug)
        if operation not in platform.operations:
            raise PluginNotFound(
                f"{platform.card.name} does not offer “{operation}”.",
                hint="It offers: " + (", ".join(platform.operations) or "nothing of the kind") + ".",
            )
        plain = dict(checked(operation, arguments))
        run = self._new(RunKind.OPERATE, platform=slug, subject=operation, answers=plain, started_by=started_by)
        return self.store.create(run, {VALUE: value} if value is not None else None)

    def create_return(self, *, started_by: str = PAGE) -> Run | None:
        """A run that starts a site again that went down though nobody stopped it; None when there is none to start.

        Each time it went down there is one try: why a start failed stands in its run, and does not change by itself.
        """
        if self.stage is not None:
            return None
        for platform in self.registry.platforms:
            slug = platform.card.slug
            how = self._went_down(platform) if "start" in platform.operations else ""
            if how and not any(run.platform == slug and run.answers.get(WENT_DOWN) == how for run in self.runs(200)):
                # Another run is under way, or nothing can be stored now: then the next visit is early enough.
                with suppress(RunInProgress, StateUnusable):
                    return self.create_operation(slug, "start", {WENT_DOWN: how}, started_by=started_by)
        return None

    def _went_down(self, platform: Platform) -> str:
        try:
            home = self.conf.data_dir / platform.card.slug
            return platform.went_down(home, self.location, self.store.mark)
        except Exception:  # whatever a plugin raises: every page asks this, and none may fail for it
            return ""

    # -- parts --

    def _sorted_out(
        self, slug: str, given: Given, questions: Questions | None, more: Iterable[Option] = ()
    ) -> tuple[dict[str, str | bool], dict[str, Secret]]:
        """Answers that may be stored, and secrets; what came in as it is is checked, here and once.

        :param more: options besides those of the platform that may be answered.
        :raises PluginNotFound: :raises PluginBroken: :raises InvalidAnswer:
        """
        if slug:
            self.registry.get(slug)
        if isinstance(given, Answers):
            return given.open, given.secrets
        if not given:
            return {}, {}
        return (questions or self.questions(slug)).sorted_out(given, more)

    def _new(self, kind: RunKind, **fields: object) -> Run:
        running = self.active()
        if running is not None:
            raise RunInProgress(
                f"Run {running.id} ({running.kind.value}) is under way in this project.",
                run_id=running.id,
                hint="Follow it on the page or with `python -m simple_deploy follow`, or cancel it.",
            )
        now = self.clock.now()
        newest = next(iter(self.store.ids()), "")
        run = Run(id=new_run_id(now, newest), kind=kind, created=now, **fields)  # type: ignore[arg-type]
        if run.started_by == PAGE:
            return run
        mine = this_process(run.id)  # whoever makes a run elsewhere than on the page executes it too
        return replace(run, pid=mine.pid, pid_started=mine.started, host=mine.host)
