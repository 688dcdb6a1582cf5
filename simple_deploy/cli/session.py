"""One call of the command, from what was asked to how it ended. Decides nothing about deployments: the service does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

from simple_deploy.cli.display import Display
from simple_deploy.cli.follow import LOOKING, chosen, execute_here
from simple_deploy.cli.prompt import AtTerminal, Prompt, with_defaults
from simple_deploy.cli.request import FOLLOW, OPERATIONS, Request
from simple_deploy.cli.result import Result
from simple_deploy.core.errors import (
    AnswerError,
    Blocked,
    Cancelled,
    NoSuchRun,
    NothingToUndo,
    WrongUsage,
)
from simple_deploy.core.findings import Finding, Level, blockers, deploy_blockers
from simple_deploy.core.options import Option
from simple_deploy.core.secret import Secret
from simple_deploy.engine.additions import MESSAGE
from simple_deploy.platforms.base import Operation, Platform
from simple_deploy.platforms.site import TOLD, VALUE
from simple_deploy.platforms.sizes import counted, difference, wanted_size
from simple_deploy.runs.looking import only_looked
from simple_deploy.runs.model import STOPPED, Run, RunKind, RunState
from simple_deploy.runs.service import Service

WHO = "terminal"  # what the runs say about who started them

UNCLEAN = "git.uncommitted"
_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{3}-[0-9a-f]{6}")

_SHOWN = 50  # runs that the history shows, of the newest so many
_KEPT = 200

#: What makes the copy of a rehearsal follow the project; everything else looks at it as it is.
BEGINNINGS = frozenset({"deploy", "automate_all", "plan", "check"})

#: What does not start a site again that went down: it is about to be started, stopped or removed, its log is to be
#: read as it is, its data are replaced, or this is the process of a run that is under way.
LEAVING_DOWN = frozenset({"start", "stop", "destroy", "logs", "follow", "restore", "execute"})


class Session:
    """Carries out one call. Use it once.

    :param display: shows what happens.
    :param prompt: asks the person, or None where nobody is to be asked.
    :param given: answers given ahead.
    """

    def __init__(
        self,
        request: Request,
        service: Service,
        display: Display,
        prompt: Prompt | None,
        given: Mapping[str, object],
    ) -> None:
        self._request = request
        self._service = service
        self._display = display
        self._prompt = prompt
        self._given = dict(given)
        self._allow_dirty = request.allow_dirty

    def carry_out(self) -> Result:
        """Do what was asked.

        :raises SimpleDeployError: it could not be begun, or nobody wanted it.
        """
        actions: dict[str, Callable[[], Result]] = {
            "deploy": self._deploy,
            "automate_all": self._deploy,
            "plan": self._deploy,
            "check": self._check,
            "list_platforms": self._list_platforms,
            "history": self._history,
            "summary": self._summary,
            "export_run": self._export,
            "share": self._share,
            "execute": self._run,
            "retry": self._retry,
            "undo": self._undo,
            "destroy": self._destroy,
            "fix": self._fix,
            **dict.fromkeys((*OPERATIONS, FOLLOW), self._operate),
            "run": self._run_on_site,
        }
        if (self._request.scenario or self._request.prepare) and not self._request.rehearse:
            raise WrongUsage("--scenario and --prepare are about rehearsals.", hint="Add --rehearse.")
        if self._request.rehearse:
            self._go_on_stage()
        elif self._request.action not in LEAVING_DOWN:
            self._bring_back()
        return actions[self._request.action]()

    def _go_on_stage(self) -> None:
        """From here on, work with a copy of the project and a simulated platform.

        :raises WrongUsage: there was no rehearsal yet that could be looked at, undone or removed.
        """
        platform = self._platform()
        slug = platform.card.slug
        self._request = replace(self._request, platform=slug)
        stage: Service | None
        if self._request.action in BEGINNINGS:
            stage = self._service.rehearsal(slug, scenario=self._request.scenario, allow_dirty=self._allow_dirty)
        else:
            stage = self._service.on_stage(slug)
        if stage is None:
            raise WrongUsage(
                f"You have not rehearsed a deployment to {platform.card.name} yet.",
                hint=f"Rehearse one: manage.py deploy --rehearse --platform {slug}",
            )
        self._service = stage
        self._display.note(f"This is a rehearsal: {platform.card.name} is simulated, your project is not changed.")

    def _bring_back(self) -> None:
        """Start a deployed site again that went down though nobody stopped it. What was asked for is done either way;
        programs that read the output see nothing of it but a run in the history."""
        run = self._service.create_return(started_by=WHO)
        if run is None:
            return
        name = self._service.registry.get(run.platform).card.name
        self._display.note(f"The site on “{name}” went down though nobody stopped it. Starting it again …")
        done = execute_here(self._service, run, lambda _: None)
        if done.state is RunState.CANCELLED:
            raise Cancelled()
        if done.error is not None:
            self._display.error(done.error)

    # -- deploying --

    def _deploy(self) -> Result:
        platform = self._platform()
        self._offer_fixes()
        kind = self._kind(platform)
        slug = platform.card.slug
        questions = self._service.questions(slug)
        remembered = questions.remembered
        self._ask(with_defaults(questions.before_plan, remembered))
        given = {**remembered, **self._given}
        if self._prompt is None:
            questions.refuse_unanswered(given, kind)
        planned = self._execute(
            self._service.create_plan(slug, given, questions=questions, allow_dirty=self._allow_dirty, started_by=WHO)
        )
        if self._request.prepare and planned.state is RunState.SUCCEEDED:
            return self._downloaded(planned)
        return self._approve(planned, kind)

    def _downloaded(self, planned: Run) -> Result:
        """Have what rehearsing needs on this computer; planning has built the environment already."""
        self._service.download(planned.platform, planned.id, self._display.note)
        self._display.note("Ready: rehearsals no longer need a network.")
        return Result(run=planned.id, platform=planned.platform)

    def _approve(self, planned: Run, kind: RunKind) -> Result:
        """Show what was planned, and carry it out as far as it is wanted."""
        rendered = self._service.plan_of(planned.id)
        if planned.state is not RunState.SUCCEEDED or rendered is None:
            return self._ended(planned)
        self._display.preview(rendered)
        if kind is RunKind.PLAN:
            return self._ended(planned)
        if kind is RunKind.CONFIGURE and not rendered.changes:
            self._display.note("Nothing to configure: every file is as it should be.")
            return Result(status="nothing-to-do", run=planned.id, platform=planned.platform)
        self._confirm("Carry this out?" if kind is RunKind.DEPLOY else "Write these changes into your project?")
        questions = self._service.questions(planned.platform) if kind is RunKind.DEPLOY else None
        if questions is not None:
            self._ask(questions.secrets)
        run = self._service.create_apply(
            planned.id, rendered.digest, kind, secrets=self._given, questions=questions, started_by=WHO
        )
        return self._ended(self._execute(run))

    def _platform(self) -> Platform:
        """The platform that was named, or is chosen now.

        :raises WrongUsage: none was named and nobody can be asked.
        """
        registry = self._service.registry
        slug = self._request.platform
        if slug is None and self._prompt is not None:
            slug = self._prompt.choose(
                "Which platform?",
                ((each.card.slug, f"{each.card.name}: {each.card.summary}") for each in registry.usable),
            )
        if slug is None:
            known = ", ".join(each.card.slug for each in registry.platforms) or "none"
            raise WrongUsage(
                "Which platform? You did not name one, and there is no terminal to ask on.",
                hint=f"Add --platform with one of these: {known}.",
            )
        return registry.get(slug)

    def _deployed_platform(self) -> Platform:
        """The platform that was named, or the only one that the project was deployed to.

        :raises WrongUsage: it was deployed to several, or to none, and nobody can be asked.
        """
        known = () if self._request.platform else self._service.deployed_to()
        if not known:
            return self._platform()
        names = {slug: self._service.registry.get(slug).card.name for slug in known}
        if len(known) == 1:
            if self._request.action not in ("logs", "follow"):  # which prints nothing but the log
                self._display.note(f"Platform: {names[known[0]]}, the only one that this project was deployed to.")
            return self._service.registry.get(known[0])
        if self._prompt is None:
            raise WrongUsage(
                f"Which platform? This project was deployed to {', '.join(names.values())}.",
                hint=f"Add --platform with one of these: {', '.join(known)}.",
            )
        return self._service.registry.get(self._prompt.choose("Which platform?", names.items()))

    def _kind(self, platform: Platform) -> RunKind:
        """How far to go."""
        if self._request.action == "plan":
            return RunKind.PLAN
        if self._request.rehearse:
            return RunKind.DEPLOY
        if self._request.action == "automate_all":
            if not platform.card.automated:
                raise WrongUsage(
                    f"This tool can configure the project for {platform.card.name} but cannot deploy to it.",
                    hint="Leave out --automate-all; the summary then says how to continue.",
                )
            return RunKind.DEPLOY
        if self._prompt is None or self._request.yes or not platform.card.automated:
            return RunKind.CONFIGURE
        choice = self._prompt.choose(
            "What should happen?",
            (("configure", "Configure only: write the files, nothing else"), ("deploy", "Configure and deploy")),
        )
        return RunKind(choice)

    # -- asking --

    def _ask(self, options: list[Option] | tuple[Option, ...]) -> None:
        """Ask for what was not given ahead."""
        if self._prompt is not None:
            self._given |= self._prompt.options(options, self._given, take_defaults=self._request.yes)

    def _confirm(self, question: str) -> None:
        """:raises Cancelled: the person does not want to go on."""
        if self._prompt is not None and not self._request.yes and not self._prompt.confirm(question):
            raise Cancelled("Nothing was changed.")

    def _offer_fixes(self) -> None:
        """Offer to fix what stands in the way, as far as that can be done from here."""
        declined: set[str] = set()
        while self._prompt is not None and not self._request.yes:
            stopping = blockers(self._service.inspection().findings)
            finding = next((each for each in stopping if each.fix_name and each.fix_name not in declined), None)
            if finding is None:
                self._offer_dirty(stopping)
                return
            declined.add(finding.fix_name or "")
            self._offer_fix(finding, self._prompt)

    def _offer_fix(self, finding: Finding, prompt: Prompt) -> None:
        self._display.finding(finding)
        fix = self._service.describe_fix(finding.fix_name or "")
        self._display.fix(fix)
        if not prompt.confirm("Do that now?"):
            return
        given = {each.name: self._given[each.name] for each in fix.fields if each.name in self._given}
        answers = {**given, **prompt.options(fix.fields, given)}
        done = self._execute(self._service.create_fix(fix.name, answers, started_by=WHO))
        if done.state is RunState.CANCELLED:
            raise Cancelled()
        if done.error is not None:
            self._display.error(done.error)

    def _offer_dirty(self, stopping: tuple[Finding, ...]) -> None:
        finding = next((each for each in stopping if each.id == UNCLEAN), None)
        if finding is None or self._allow_dirty or self._prompt is None:
            return
        self._display.finding(finding)
        self._allow_dirty = self._prompt.confirm("Deploy with the uncommitted work?", default=False)

    # -- the other things --

    def _check(self) -> Result:
        inspection = self._service.inspection(fresh=True, platform=self._request.platform or "")
        self._display.inspection(inspection)
        stopping = deploy_blockers(inspection.findings)
        warnings = sum(finding.level is Level.WARNING for finding in inspection.findings)
        counted = f"{_count(len(stopping), 'blocker')}, {_count(warnings, 'warning')}"
        if stopping:
            raise Blocked(f"Not ready: {counted}.", hint="Fix the blockers from the top down, then check again.")
        self._display.note(f"Ready to deploy: {counted}.")
        return Result()

    def _list_platforms(self) -> Result:
        self._display.platforms(self._service.registry)
        return Result()

    def _history(self) -> Result:
        runs = [run for run in self._service.runs(_KEPT) if not only_looked(run)]
        self._display.history(runs[:_SHOWN])
        return Result()

    def _summary(self) -> Result:
        run = chosen(self._service, self._request.subject, looking_too=False)
        summary, markdown = self._service.summary(run.id), self._service.summary_markdown(run.id)
        if summary is None or markdown is None:
            raise NoSuchRun(
                f"Run {run.id} ({run.state.value}) has no summary.", hint="The summary is written when the run ends."
            )
        self._display.summary(summary, markdown)
        return Result(run=run.id, platform=run.platform or None, summary=self._service.summary_file(run.id))

    def _export(self) -> Result:
        from simple_deploy.present import file  # no other action needs it

        run = chosen(self._service, self._request.subject, looking_too=False)
        target = Path(self._request.to or f"simple-deploy-{run.id}-replay.html").expanduser().absolute()
        file.export(self._service, run.id, target)
        self._display.note(f"Written to {target}. Open it in a browser; it needs no server and no network.")
        return Result(run=run.id, platform=run.platform or None)

    def _share(self) -> Result:
        """Until Ctrl-C, or two hours later."""
        from simple_deploy.present.share import lesson  # brings a server, which no other action needs

        at = lesson.addresses(self._request.share_at)
        lesson.serve(self._service, at, self._display.note)
        self._display.note("The lesson is over; nobody can follow any more.")
        return Result()

    def _run(self) -> Result:
        """A run that the page queued: the page is asked, and so is whoever sits here."""
        run = self._service.run(self._request.subject)
        return self._ended(self._execute(run, page_too=not self._request.no_input))

    def _retry(self) -> Result:
        failed = self._service.run(self._request.subject) if self._request.subject else self._service.last()
        if failed is None or (failed.state not in STOPPED and not self._request.subject):
            self._display.note(_no_retry(failed))
            return Result(status="nothing-to-do")
        questions = self._service.questions(failed.platform)
        if failed.kind in {RunKind.PLAN, RunKind.DEPLOY}:
            asked = questions.secrets if failed.kind is RunKind.DEPLOY else questions.before_plan
            self._ask([option for option in asked if option.kind == "secret"])
        again = self._execute(
            self._service.create_retry(failed.id, secrets=self._given, questions=questions, started_by=WHO)
        )
        return self._approve(again, RunKind.PLAN) if again.kind is RunKind.PLAN else self._ended(again)

    def _undo(self) -> Result:
        try:
            message = str(self._given.get(MESSAGE, ""))
            run = self._service.create_undo(self._request.subject or None, message=message, started_by=WHO)
        except NothingToUndo as nothing:
            if self._request.subject:
                raise
            self._display.note(nothing.message)
            return Result(status="nothing-to-do")
        return self._ended(self._execute(run))

    def _fix(self) -> Result:
        fix = self._service.describe_fix(self._request.subject)
        self._display.fix(fix)
        self._confirm("Do that now?")
        self._ask(fix.fields)
        return self._ended(self._execute(self._service.create_fix(fix.name, self._given, started_by=WHO)))

    def _destroy(self) -> Result:
        if self._request.yes and self._request.platform is None:
            known = self._service.deployed_to() or [each.card.slug for each in self._service.registry.platforms]
            raise WrongUsage(
                "To remove without confirmation, you have to name the platform.",
                hint=f"Add --platform with one of these: {', '.join(known)}.",
            )
        platform = self._deployed_platform()
        if not self._request.yes:
            self._make_sure(platform)
        return self._ended(self._execute(self._service.create_destroy(platform.card.slug, self._given, started_by=WHO)))

    def _make_sure(self, platform: Platform) -> None:
        """Let the person type the project's name.

        :raises AnswerError: there is nobody who could.
        :raises Cancelled: something else was typed.
        """
        name = self._service.inspection().facts.name
        if self._prompt is None:
            raise AnswerError(
                f"You have to confirm the removal of everything that {name} has on {platform.card.named}.",
                hint=f"Add --yes --platform {platform.card.slug} if that is what you want.",
            )
        self._display.note(f"This removes everything that {name} has on {platform.card.named}.")
        for resource in self._service.known_resources(platform.card.slug):
            self._display.note(f"  {resource.kind} {resource.name}  {resource.holds}".rstrip())
        if self._prompt.text(f"Type the project's name ({name}) to go on:") != name:
            raise Cancelled("That is not the project's name. Nothing was removed.")

    def _operate(self) -> Result:
        platform = self._deployed_platform()
        operation, told = cast(Operation, self._request.action), self._told()
        if operation == "restore":
            self._make_sure_of_restoring(platform)
        if operation == "resize":
            self._make_sure_of_the_price(platform)
        value = self._given.get(VALUE)
        run = self._execute(
            self._service.create_operation(
                platform.card.slug,
                operation,
                told,
                value=value if isinstance(value, Secret) else None,
                started_by=WHO,
            )
        )
        site = self._service.site(run.id)
        if site is not None:
            self._display.site(run, site)
        return self._ended(run)

    def _run_on_site(self) -> Result:
        """A management command. The id of a run executes that, as the flag did in earlier versions."""
        return self._run() if _RUN_ID.fullmatch(self._request.subject) else self._operate()

    def _told(self) -> dict[str, str]:
        """What the operation is told."""
        name, subject = TOLD.get(cast(Operation, self._request.action), "").rstrip("?"), self._request.subject
        if not name or not subject:
            return {}
        return {name: str(Path(subject).expanduser().absolute()) if name == "file" else subject}

    def _make_sure_of_restoring(self, platform: Platform) -> None:
        """:raises AnswerError: nobody can say that it is wanted. :raises Cancelled: it is not."""
        if self._prompt is None and not self._request.yes:
            raise AnswerError(
                f"You have to confirm that the data of the site on {platform.card.named} will be replaced.",
                hint="Add --yes if that is what you want. --backup FILE saves what is there now.",
            )
        self._confirm(f"Replace all data of the site on {platform.card.named} with those of {self._request.subject}?")

    def _make_sure_of_the_price(self, platform: Platform) -> None:
        """:raises AnswerError: nobody can say that it is wanted. :raises Cancelled: it is not."""
        sizes = self._service.ask_site(platform.card.slug, "sizes").state.sizes
        if sizes is None:
            return  # the run says why
        size, count = wanted_size(sizes, self._request.subject)
        price = difference(sizes, size, count)
        if self._prompt is None and not self._request.yes:
            raise AnswerError(f"You have to confirm the new size. {price}", hint="Add --yes if that is what you want.")
        self._confirm(f"Let the site run on {counted(count, size.name)}? {price}")

    # -- running --

    def _execute(self, run: Run, *, page_too: bool = False) -> Run:
        store = self._service.store
        person = None
        if self._prompt is not None:
            take, cancelled = partial(store.take_answer, run.id), partial(store.is_to_stop, run.id)
            person = AtTerminal(self._prompt, take=take, cancelled=cancelled)
        return execute_here(
            self._service,
            run,
            self._display.listener(run),
            given=self._given,
            use_defaults=self._request.yes,
            person=person,
            page_too=page_too,
        )

    def _ended(self, run: Run) -> Result:
        summary = self._service.summary(run.id)
        if summary is not None and run.state is RunState.SUCCEEDED and run.kind not in LOOKING:
            self._display.outcome(summary)
        return Result.of_run(run, summary=self._service.summary_file(run.id))


def _no_retry(last: Run | None) -> str:
    """Why there is nothing to go on with.

    :param last: the newest run.
    """
    if last is None:
        return "There are no runs in this project yet, so there is nothing to retry."
    if last.is_active:
        return f"Run {last.id} is not over yet. To see how it goes on: python -m simple_deploy follow {last.id}"
    how = "was undone" if last.state is RunState.UNDONE else "succeeded"
    return (
        f"The last run, {last.id}, {how}, so there is nothing to retry. "
        "To go on with an earlier one, name it: --retry RUN; --history lists them."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else f"no {what}"
