"""``manage.py deploy``: the headless face of the same engine the dashboard uses."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand

from simple_deploy.core.errors import (
    Blocked,
    Cancelled,
    InvalidAnswer,
    MissingAnswers,
    SimpleDeployError,
)
from simple_deploy.core.findings import blockers

if TYPE_CHECKING:
    from simple_deploy.core.options import Option
    from simple_deploy.core.ports import Asker
    from simple_deploy.management.terminal import JsonLines, Prompt, Terminal
    from simple_deploy.platforms.base import Platform
    from simple_deploy.runs.model import Run
    from simple_deploy.runs.service import Service

OPERATIONS = ("status", "logs", "start", "stop", "rollback")


class Command(BaseCommand):
    help = (
        "Deploy this project, or see first what deploying it would do. The dashboard at /simple-deploy/ does the same."
    )
    requires_system_checks: list[str] = []  # what is wrong with the project is a finding, not a traceback
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_argument_group("what to do (default: ask on a terminal, else configure)")
        what.add_argument("--platform", metavar="SLUG", help="where to deploy to")
        what.add_argument("--list-platforms", action="store_true", help="list the platforms that are installed")
        what.add_argument("--check", action="store_true", help="inspect only, change nothing")
        what.add_argument("--plan", action="store_true", help="show every change, change nothing")
        what.add_argument("--automate-all", action="store_true", help="configure, commit, create, deploy and verify")
        what.add_argument("--run", metavar="ID", help="execute a run that the dashboard queued")
        what.add_argument("--retry", nargs="?", const="", metavar="RUN", help="go on where a run stopped")
        what.add_argument("--undo", nargs="?", const="", metavar="RUN", help="restore every file a run changed")
        what.add_argument("--destroy", action="store_true", help="remove everything that exists on the platform")
        what.add_argument("--mend", metavar="NAME", help="mend a finding, as the button in the dashboard does")
        what.add_argument("--history", action="store_true", help="list the runs of this project")
        what.add_argument("--summary", nargs="?", const="", metavar="RUN", help="show the summary of a run")
        for name in OPERATIONS:
            what.add_argument(f"--{name}", action="store_true", help=f"{name} of the deployed site")
        how = parser.add_argument_group("how")
        how.add_argument("--yes", action="store_true", help="take every default, confirm everything")
        how.add_argument("--no-input", action="store_true", help="never ask; fail when an answer is missing")
        how.add_argument("--answers", metavar="FILE", help='answers ahead, as JSON: {"name": value}')
        how.add_argument("--json", action="store_true", help="print events as lines of JSON, then one result object")
        how.add_argument("--ignore-unclean-git", action="store_true", help="deploy uncommitted work too")
        how.add_argument("--no-logging", action="store_true", help="do not print what the programs print")
        how.add_argument("--region", metavar="NAME", help="where the site is to run, if the platform asks")
        how.add_argument("--deployed-project-name", metavar="NAME", help="name on the platform, if it asks")
        self._add_platform_options(parser)

    def _add_platform_options(self, parser: ArgumentParser) -> None:
        """The chosen platform's options, as flags. Needs a look at the project, so only with --platform."""
        slug = _chosen_slug(sys.argv)
        if slug is None:
            return
        try:
            service = make_service()
            platform = service.registry.get(slug)
            options = platform.options(service.inspection().facts)
        except SimpleDeployError:
            return  # said properly by handle()
        group = parser.add_argument_group(f"options of {platform.card.name}")
        for option in options:
            _add_option(group, option)
        parser.set_defaults(platform_options=[option.name for option in options])

    def handle(self, *args: Any, **options: Any) -> None:
        from simple_deploy.management.terminal import JsonLines, Terminal

        out = cast("TextIO", self.stdout._out)
        terminal = Terminal(sys.stderr if options["json"] else out, quiet=options["no_logging"])
        sink = JsonLines(out) if options["json"] else None
        session = Session(options, terminal, sink)
        try:
            code = session.carry_out()
        except SimpleDeployError as error:
            if error.exit_code != 130 or not options["json"]:
                terminal.error(error)
            session.result(None, error)
            code = error.exit_code
        if code:
            sys.exit(code)


def _add_option(group: Any, option: Option) -> None:
    if option.flag in {"--region", "--deployed-project-name"}:
        return  # always there
    text = f"{option.label}. {option.help}".replace("%", "%%")
    if option.kind == "flag":
        from argparse import BooleanOptionalAction

        group.add_argument(option.flag, action=BooleanOptionalAction, default=None, help=text)
    elif option.kind == "choice":
        values = [choice.value for choice in option.choices]
        group.add_argument(option.flag, choices=values, default=None, help=text)
    elif option.kind == "secret":
        group.add_argument(
            option.flag, metavar="-", default=None, help=f"{text} Give “-” to read it from standard input."
        )
    else:
        group.add_argument(option.flag, metavar="TEXT", default=None, help=text)


def _chosen_slug(argv: list[str]) -> str | None:
    for index, word in enumerate(argv):
        if word == "--platform" and index + 1 < len(argv):
            return argv[index + 1]
        if word.startswith("--platform="):
            return word.partition("=")[2]
    return None


def make_service() -> Service:
    """The service for the project whose manage.py runs.

    :raises NoProject: there is none.
    """
    from simple_deploy import conf
    from simple_deploy.engine import process
    from simple_deploy.inspection.locate import locate
    from simple_deploy.runs.service import Service

    manage = Path(sys.argv[0]).resolve()
    location = locate(
        start=Path.cwd(),
        manage_py=manage if manage.name == "manage.py" else None,
        settings_module=os.environ.get("DJANGO_SETTINGS_MODULE"),
        runner=process.run,
    )
    return Service(location, conf.load(os.environ, settings))


class Session:
    """One call of the command."""

    def __init__(self, options: dict[str, Any], terminal: Terminal, sink: JsonLines | None) -> None:
        from simple_deploy.management.terminal import Prompt, is_interactive

        self._options = options
        self._terminal = terminal
        self._sink = sink
        self._service = make_service()
        asking = is_interactive() and sink is None and not options["no_input"]
        self._prompt: Prompt | None = Prompt(terminal) if asking else None
        self._given = self._given_ahead()

    def carry_out(self) -> int:
        """Do what the flags say; returns the exit code.

        :raises SimpleDeployError: it could not be begun.
        """
        from simple_deploy.runs.open import remember

        options = self._options
        remember(self._service)
        if options["list_platforms"]:
            return self._list_platforms()
        if options["history"]:
            return self._history()
        if options["summary"] is not None:
            return self._summary()
        if options["check"]:
            return self._check()
        if options["run"]:
            return self._finish(self._execute(self._service.run(options["run"])))
        if options["undo"] is not None:
            return self._finish(
                self._execute(self._service.create_undo(options["undo"] or None, started_by="terminal"))
            )
        if options["retry"] is not None:
            return self._retry()
        if options["mend"]:
            return self._mend(options["mend"])
        for operation in OPERATIONS:
            if options[operation]:
                return self._operate(operation)
        if options["destroy"]:
            return self._destroy()
        return self._deploy()

    # -- deploying --

    def _deploy(self) -> int:
        from simple_deploy.runs.model import RunKind, RunState

        platform = self._platform()
        self._offer_mends()
        kind = self._kind(platform)
        given = {**self._ask_options(platform, approving=False), **self._ahead(platform, secret=False)}
        planned = self._execute(
            self._service.create_plan(
                platform.card.slug,
                given,
                allow_unclean=self._options["ignore_unclean_git"],
                started_by="terminal",
            )
        )
        if planned.state is not RunState.SUCCEEDED:
            return self._finish(planned)
        rendered = self._service.plan_of(planned.id)
        assert rendered is not None
        if self._sink is None:
            self._terminal.plan(rendered)
        if kind is RunKind.PLAN:
            return self._finish(planned)
        if kind is RunKind.CONFIGURE and not rendered.changes:
            self._terminal.line("Nothing to configure: every file is as it should be.", "green")
            return self._finish(planned, status="nothing-to-do")
        if self._prompt is not None and not self._options["yes"]:
            self._terminal.line()
            question = "Carry this out?" if kind is RunKind.DEPLOY else "Write these changes into your project?"
            if not self._prompt.confirm(question):
                raise Cancelled("Nothing was changed.")
        secrets = {**self._ask_options(platform, approving=True), **self._ahead(platform, secret=True)}
        if kind is RunKind.CONFIGURE:
            secrets = {}
        run = self._service.create_apply(planned.id, rendered.digest, kind, secrets=secrets, started_by="terminal")
        return self._finish(self._execute(run))

    def _kind(self, platform: Platform) -> Any:
        from simple_deploy.runs.model import RunKind

        if self._options["plan"]:
            return RunKind.PLAN
        if self._options["automate_all"]:
            return RunKind.DEPLOY
        if self._prompt is None or self._options["yes"] or not platform.card.automated:
            return RunKind.CONFIGURE
        choice = self._prompt.choose(
            "What should happen?",
            (("configure", "Configure only: write the files, nothing else"), ("deploy", "Configure and deploy")),
        )
        return RunKind(choice)

    def _platform(self) -> Platform:
        """The platform named with --platform, or chosen at the prompt, or the only one that needs no account."""
        registry = self._service.registry
        slug = self._options["platform"]
        if slug is None and self._prompt is not None:
            slug = self._prompt.choose(
                "Where should the project be deployed to?",
                ((each.card.slug, f"{each.card.name}: {each.card.summary}") for each in registry.platforms),
            )
        if slug is None:
            known = ", ".join(each.card.slug for each in registry.platforms)
            raise InvalidAnswer("No platform was chosen.", hint=f"Add --platform with one of: {known}.")
        return registry.get(slug)

    def _offer_mends(self) -> None:
        """On a terminal, offer to mend what stands in the way and can be mended."""
        if self._prompt is None or self._options["yes"]:
            return
        offered: set[str] = set()
        while True:
            inspection = self._service.inspection()
            finding = next(
                (each for each in blockers(inspection.findings) if each.mend and each.mend not in offered), None
            )
            if finding is None or finding.mend is None:
                return
            offered.add(finding.mend)
            self._terminal.finding(finding)
            mend = self._service.describe_mend(finding.mend)
            self._terminal.line(f"  {mend.title} would:")
            for sentence in mend.steps:
                self._terminal.line(f"    – {sentence}")
            if self._prompt.confirm("Do that now?"):
                answers = self._prompt.options(mend.fields)
                run = self._service.create_mend(finding.mend, dict(answers.values), started_by="terminal")
                self._execute(run)

    def _ask_options(self, platform: Platform, *, approving: bool) -> dict[str, object]:
        """At the prompt, the options that no flag or file answered."""
        if self._prompt is None or self._options["yes"]:
            return {}
        options = self._service.options(platform.card.slug, approving=approving)
        open_options = [option for option in options if option.name not in self._given]
        return dict(self._prompt.options(open_options).values)

    def _ahead(self, platform: Platform, *, secret: bool) -> dict[str, object]:
        """Answers given ahead; for the plan all but the secrets it does not need, for the approval all secret ones."""
        approving = {option.name for option in self._service.options(platform.card.slug, approving=True)}
        planning = {option.name for option in self._service.options(platform.card.slug)}
        if secret:
            return {name: value for name, value in self._given.items() if name not in planning or name in approving}
        return {name: value for name, value in self._given.items() if name not in approving or name in planning}

    def _given_ahead(self) -> dict[str, object]:
        """Answers from --answers and from the platform's flags; a flag wins.

        :raises InvalidAnswer: the file is not a JSON object.
        """
        given: dict[str, object] = {}
        if self._options["answers"]:
            path = Path(self._options["answers"])
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                hint = 'It holds {"name": value}.'
                raise InvalidAnswer(f"{path} cannot be read as JSON: {error}.", hint=hint) from error
            if not isinstance(data, dict):
                raise InvalidAnswer(f"{path} is no JSON object.", hint='It holds {"name": value}.')
            given.update(data)
        for name in (*self._options.get("platform_options", ()), "region", "deployed_project_name"):
            value = self._options.get(name)
            if value is not None:
                given[name] = sys.stdin.readline().rstrip("\n") if value == "-" else value
        return given

    # -- the other things --

    def _check(self) -> int:
        inspection = self._service.inspection(fresh=True)
        if self._sink is not None:
            from simple_deploy.core import codec

            data = codec.to_data(inspection.findings)
            facts = codec.to_data(inspection.facts)
            self._sink.write({"type": "report", "version": 1, "facts": facts, "findings": data})
        else:
            self._terminal.findings(inspection.findings)
        stopping = blockers(inspection.findings)
        if stopping:
            error = Blocked(
                f"{len(stopping)} of these stand in the way of a deployment.", hint="Mend them from the top down."
            )
            self._terminal.line()
            raise error
        self.result(None, None)
        return 0

    def _list_platforms(self) -> int:
        registry = self._service.registry
        for platform in registry.platforms:
            card = platform.card
            self._terminal.line(f"{card.slug:12} {card.name}: {card.summary}", "bold")
            self._terminal.line(f"{'':12} {card.cost} ({card.status}, checked {card.checked.isoformat()})")
        for failure in registry.failures:
            self._terminal.line(f"{failure.name:12} cannot be loaded: {failure.error}", "red")
        self.result(None, None)
        return 0

    def _history(self) -> int:
        from simple_deploy.management.terminal import when

        for run in self._service.runs(50):
            what = f"{run.kind.value} {run.platform or run.subject}"
            row = f"{run.id}  {when(run.created)}  {run.state.value:11}  {what:20}  {run.url or ''}"
            self._terminal.line(row.rstrip())
        self.result(None, None)
        return 0

    def _summary(self) -> int:
        from simple_deploy.core.errors import NoSuchRun

        runs = self._service.runs(1)
        run_id = self._options["summary"] or (runs[0].id if runs else "")
        text = self._service.summary_markdown(run_id)
        if text is None:
            raise NoSuchRun(f"Run {run_id} has no summary yet.", hint="It is written when the run ends.")
        for line in text.splitlines():
            self._terminal.line(line)
        self.result(self._service.run(run_id), None)
        return 0

    def _retry(self) -> int:
        run_id = self._options["retry"]
        if not run_id:
            failed = [run for run in self._service.runs() if run.state.value in {"failed", "cancelled", "interrupted"}]
            if not failed:
                raise InvalidAnswer("No run failed, so there is none to retry.", hint="--history lists the runs.")
            run_id = failed[0].id
        run = self._service.create_retry(run_id, secrets=self._given, started_by="terminal")
        return self._finish(self._execute(run))

    def _mend(self, name: str) -> int:
        mend = self._service.describe_mend(name)
        self._terminal.line(mend.title, "bold")
        for sentence in mend.steps:
            self._terminal.line(f"  – {sentence}")
        answers = dict(self._given)
        if self._prompt is not None and not self._options["yes"]:
            if not self._prompt.confirm("Do that now?"):
                raise Cancelled("Nothing was changed.")
            answers = {**dict(self._prompt.options(mend.fields).values), **answers}
        return self._finish(self._execute(self._service.create_mend(name, answers, started_by="terminal")))

    def _operate(self, operation: Any) -> int:
        platform = self._platform()
        run = self._execute(self._service.create_operation(platform.card.slug, operation, started_by="terminal"))
        site = self._service.site(run.id)
        if site is not None:
            self._terminal.line(site.headline, "bold")
            for label, value in site.details:
                self._terminal.line(f"  {label}: {value}")
        return self._finish(run)

    def _destroy(self) -> int:
        platform = self._platform()
        if not self._options["yes"]:
            if self._prompt is None:
                raise MissingAnswers(["yes"])
            target = self._service.store.target(platform.card.slug)
            for resource in target.resources if target else ():
                self._terminal.line(f"  {resource.kind} {resource.name}: {resource.holds}")
            if not self._prompt.confirm(f"Remove everything this project has on {platform.card.name}?", default=False):
                raise Cancelled("Nothing was removed.")
        return self._finish(self._execute(self._service.create_destroy(platform.card.slug, started_by="terminal")))

    # -- running and reporting --

    def _execute(self, run: Run) -> Run:
        from simple_deploy.runs.execution import Answering

        listener = self._sink.listen if self._sink is not None else self._terminal.listen
        nobody = self._options["no_input"] or self._prompt is None
        person: Asker | None = self._prompt
        answering = Answering(given=self._given, use_defaults=self._options["yes"], person=person, nobody=nobody)
        try:
            return self._service.execute(run.id, answering=answering, listeners=(listener,))
        except KeyboardInterrupt:
            raise Cancelled() from None

    def _finish(self, run: Run, status: str | None = None) -> int:
        """Say how it ended; returns the exit code."""
        error = run.error
        if error is not None and self._sink is None:
            self._terminal.line()
            self._terminal.line(f"✗ {error.message}", "red")
            for row in error.hint.splitlines():
                self._terminal.line(f"  → {row}")
        elif run.url and self._sink is None:
            self._terminal.line()
            self._terminal.line(f"✓ {run.url}", "green")
        self.result(run, None, status=status)
        return error.exit_code if error is not None else 0

    def result(self, run: Run | None, error: SimpleDeployError | None, *, status: str | None = None) -> None:
        """With --json, the last line."""
        if self._sink is None:
            return
        info = run.error if run is not None else None
        shown = info or error
        states = {"interrupted": "failed", "undone": "succeeded"}
        state = status or (states.get(run.state.value, run.state.value) if run else None)
        if state is None:
            state = {3: "blocked", 130: "cancelled"}.get(error.exit_code, "failed") if error else "succeeded"
        if run is not None and run.kind.value == "undo" and state == "succeeded":
            state = "undone"
        path = self._service.store.folder(run.id) / "summary.md" if run else None
        self._sink.write(
            {
                "type": "result",
                "run": run.id if run else None,
                "status": state,
                "platform": run.platform if run else self._options["platform"],
                "url": run.url if run else None,
                "summary": str(path) if path and path.exists() else None,
                "error": {"message": shown.message, "hint": shown.hint, "docs": shown.docs} if shown else None,
            }
        )
