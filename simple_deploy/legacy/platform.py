"""A plugin of django-simple-deploy as a platform."""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from packaging.version import Version

from simple_deploy.api import (
    DEPLOY_GROUP,
    Advice,
    Answers,
    Call,
    Cancelled,
    Card,
    Choice,
    Context,
    Finding,
    FinishedRun,
    Hosting,
    Level,
    Link,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Question,
    Remote,
    Step,
    StepError,
    looks_secret,
)
from simple_deploy.core.errors import PluginBroken
from simple_deploy.engine.folder_notes import NOTED
from simple_deploy.legacy import preview, untouched
from simple_deploy.legacy.describe import DRIVER, DescribedOption, Description, Descriptions
from simple_deploy.legacy.found import CORE, Found
from simple_deploy.legacy.talk import Talk

DEPLOY = "deploy"

PATIENCE = 6 * 3600.0  # seconds for a plugin to come to its end

#: Answered when the plan is approved; declared so that a run where nobody can be asked does not begin without it.
GO_ON = "let_plugin_deploy"

#: Questions of the plugin's own that can be answered ahead.
AHEAD = 12

#: In the results of a run: the programs that the plugin ran, but for git, whose remotes are brought over.
PROGRAMS = "programs"

#: The oldest version of django-simple-deploy that was tried, and the first that was not.
TRIED, UNTRIED = "0.9.4", "2"

#: Where the plugins' own documentation begins.
DOCS = "https://django-simple-deploy.readthedocs.io/en/latest/"

_CHECKED = datetime.date(2026, 11, 29)


class LegacyPlatform(Platform):
    """Runs one plugin unchanged."""

    removes = False
    rewrites = True

    def __init__(self, plugin: Found, descriptions: Descriptions) -> None:
        self._plugin = plugin
        self._descriptions = descriptions

    @property
    def card(self) -> Card:  # type: ignore[override]
        """Out of the package's metadata, and of what the plugin said when somebody looked at it."""
        plugin, known = self._plugin, self._descriptions.kept(self._plugin) or Description()
        author = f" by {plugin.author}" if plugin.author else ""
        native = f" This tool has its own platform for it, {plugin.native}: prefer that one." if plugin.native else ""
        return Card(
            slug=plugin.slug,
            name=f"{known.name} ({plugin.name})" if known.name else plugin.name,
            summary=f"Runs {plugin.label}{author}, a plugin for django-simple-deploy {plugin.core or '(missing)'}, "
            f"unchanged.{native}",
            cost="The plugin does not say what the platform costs.",
            checked=_CHECKED,
            status="experimental",
            status_note="Experimental here: its files are previewed and can be undone, its questions are asked and its "
            "output is logged. What it makes on the platform cannot be removed, stopped or rolled back from here. It "
            "runs as you, with your logins.",
            needs_card=None,
            managers=("requirements", "poetry", "pipenv"),
            automated=known.automated or not known.name,
            links=(Link(title="django-simple-deploy and its plugins", url=DOCS),),
        )

    @property
    def package(self) -> str:  # type: ignore[override]
        return self._plugin.label

    def problem(self) -> str:
        return self._descriptions.get(self._plugin).problem

    def _described(self) -> Description:
        """:raises PluginBroken: it cannot say what it is."""
        found = self._descriptions.get(self._plugin)
        if found.problem:
            raise PluginBroken(
                f"The plugin {self._plugin.label} cannot be loaded: {found.problem}",
                hint="Check which versions of Python and django-simple-deploy it supports, update or uninstall it, "
                "then try again.",
            )
        return found

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return tuple(_option(each) for each in self._described().options)

    def check(self, ctx: Context) -> Iterator[Finding]:
        git = ctx.facts.git
        if git is not None and git.branch is None:
            yield Finding(
                id="legacy.branch",
                level=Level.BLOCKER,
                title="Your repository is not on a branch.",
                why=f"{self._plugin.name} sends the branch that you are on; without one, some programs delete the "
                "existing site.",
                fix="Switch to a branch, for example with: git switch main",
            )

    def probe(self, ctx: Context) -> Remote:
        """What the plugin writes in its offline mode, on a copy of the project."""
        name = ctx.answers.text("deployed_project_name") or ctx.facts.name
        arguments = ("--unit-testing", "--deployed-project-name", name, *self._arguments(ctx.answers))
        ctx.note(f"{self._plugin.label} shows what it would write, on a copy of your project.")
        with ctx.copy() as folder, Talk(ctx) as talk:
            try:
                self._drive(ctx, folder, arguments, talk)
            except StepError as error:
                return Remote(values={preview.PROBLEM: error.message}, asked=False)
            ctx.note("That was the copy: your project has not changed.")
            return preview.changed(ctx, folder)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        described, problem = self._described(), remote.values.get(preview.PROBLEM, "")
        found = preview.files_of(remote.values)
        steps: list[Step] = [*preview.steps(found, self._plugin.label)]
        if described.automated:
            steps.append(
                Call(
                    id="legacy",
                    title=f"Let {self._plugin.name} deploy",
                    why="It creates what it needs and sends a commit of your project. It asks you before it sends "
                    "files that differ from the ones here.",
                    name=DEPLOY,
                    rewrites=True,
                    once=True,
                )
            )
        return Plan(
            platform=self.card.slug,
            steps=tuple(steps),
            questions=_questions(self._plugin.name) if described.automated else (),
            findings=(
                *self._findings(problem, automated=described.automated),
                *untouched.findings(facts, remote.values.get(preview.WRITTEN, "").split(), self._plugin.label),
            ),
            notes=tuple(_notes(self._plugin.name, described.confirm)) if described.automated else (),
            hosting=Hosting(installs_more=True),
            installs=(DEPLOY_GROUP,),  # where the original puts packages of a project that has groups
        )

    def _findings(self, problem: str, *, automated: bool) -> Iterator[Finding]:
        label = self._plugin.label
        if Version(self._plugin.core or TRIED) >= Version(UNTRIED):
            yield Finding(
                id="legacy.core",
                level=Level.WARNING,
                title=f"django-simple-deploy {self._plugin.core} is newer than any that was tried here.",
                why=f"The versions from {TRIED} on, and before {UNTRIED}, give the same files here as under their own "
                "command. A newer one may commit or ask in other ways.",
                fix=f'Read what it writes, or install an earlier one: python -m pip install "{CORE}<{UNTRIED}"',
            )
        if problem:
            yield Finding(
                id="legacy.no-preview",
                level=Level.WARNING if automated else Level.BLOCKER,
                title=f"{label} cannot show what it would write.",
                why="It ended early in its offline mode, so there are no files to read or test yet.",
                fix="Deploy, and you see every file before any of them is sent." if automated else problem,
                details=(problem,),
            )
        else:
            yield Finding(
                id="legacy.preview",
                level=Level.INFO,
                title=f"These files were made in the offline mode of {label}.",
                why="The platform may give other names. You see every difference before it is sent.",
            )
        yield Finding(
            id="legacy.remains",
            level=Level.WARNING if automated else Level.INFO,
            title=f"What {label} makes on the platform stays until you remove it yourself.",
            why="Undo restores your files and lists the programs that ran. It cannot remove a site or a database, and "
            "letting the plugin deploy again may make a second one.",
            fix="Use the platform's own program or page for that." if automated else "",
        )
        if automated:
            yield Finding(
                id="legacy.folder",
                level=Level.INFO,
                title="A program that remembers which folder belongs to a site remembers yours.",
                why=f"{label} runs its programs in a copy of your project. Where one keeps in JSON, in a folder of its "
                "own below your home, which site that is, the entry comes to your project's folder. Undo removes it.",
            )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        arguments = ("--automate-all", *self._named(ctx.answers), *self._arguments(ctx.answers))
        with Talk(ctx, ctx.settle) as talk:
            self._drive(ctx, ctx.workbench, arguments, talk)
        # Of what it prints, nobody can tell the site's address from that of a page of documentation.
        url = {"url": talk.links[-1]} if talk.links else {}
        return {**url, PROGRAMS: " ".join(each for each in talk.programs if each != "git")}

    def next_steps(self, run: FinishedRun) -> Iterable[Advice]:  # type: ignore[override]
        if run.kind == "deploy":
            yield Advice(
                title="Deploy again after a change",
                text=f"The end of the log has what {self._plugin.name} says about that. Letting it deploy here once "
                "more may make a second site.",
            )
            names, noted = run.results.get(PROGRAMS, "").split(), run.results.get(NOTED, "").splitlines()
            if noted:
                yield Advice(
                    title="Which site belongs to this folder",
                    text=f"That stands in {' and '.join(noted)} now. {self._plugin.name} worked in a copy of your "
                    "project, and it was noted for that one. Undo removes it.",
                )
            elif names:
                yield Advice(
                    title=f"Use {' or '.join(names)} in this folder",
                    text=f"{self._plugin.name} used {'it' if len(names) == 1 else 'them'} in a copy of your project. A "
                    "program that remembers which folder belongs to a site may not know this one: tell it first, as "
                    "its documentation says, often with its command `link`.",
                )
        else:
            yield Advice(
                title="Deploy",
                text=f"The end of the log has what {self._plugin.name} says about that.",
                command=run.commit_command("Configure for deployment"),
            )

    # -- parts --

    def _drive(self, ctx: Context, root: Path, arguments: Iterable[str], talk: Talk) -> None:
        """Run the plugin to its end in *root*.

        :raises StepError: it failed; the message is its own.
        """
        location, settings = ctx.facts.location, ctx.facts.local_settings
        folder = root / location.project_dir if location.project_dir else root
        spec = {
            "what": "deploy",
            "module": self._plugin.module,
            "root": str(root),
            "project": str(location.root),
            "folder": str(folder),
            "settings": settings.module if settings else "",
            "arguments": ["--no-logging", "--ignore-unclean-git", *arguments],
            **talk.contact,
        }
        inside = {"VIRTUAL_ENV": sys.prefix} if sys.prefix != sys.base_prefix else {}
        done = ctx.run(
            (sys.executable, DRIVER),
            cwd=folder,
            env={
                **ctx.variables(),
                **inside,
                "PYTHONDONTWRITEBYTECODE": "1",
                "SIMPLE_DEPLOY_ENABLED": "",
                "FORCE_COLOR": "",  # the plugin reads what its programs print
                "CLICOLOR_FORCE": "",
                "BROWSER": "echo",
            },
            stdin=json.dumps(spec),
            timeout=PATIENCE,
            check=False,
            show="output",
        )
        if talk.error is not None:
            raise talk.error
        if talk.ended == "declined":
            raise Cancelled(f"{self._plugin.name} was told to stop.")
        if talk.ended != "done":
            tail = done.tail(3)
            said = talk.message or " / ".join(tail) or f"it ended with exit code {done.returncode} and printed nothing."
            raise StepError(
                f"{self._plugin.label}: {said}",
                hint="This is what the plugin says; the log has more. “What was run” in the summary lists the programs "
                "that it ran: what they made is still there.",
            )

    def _arguments(self, answers: Answers) -> Iterator[str]:
        """The plugin's own flags, and Django Simple Deploy's region."""
        for each in self._described().options:
            if each.name == "deployed_project_name":
                continue
            if each.is_flag:
                yield from (each.flag,) if answers.flag(each.name) else ()
                continue
            value = answers.text(each.name) or answers.secret(each.name).reveal()
            if value and value != each.default:
                yield from (each.flag, value)

    def _named(self, answers: Answers) -> Iterator[str]:
        name = answers.text("deployed_project_name")
        yield from ("--deployed-project-name", name) if name else ()


def _option(found: DescribedOption) -> Option:
    label = found.name.replace("_", " ").capitalize()
    if found.is_flag:
        return Option(name=found.name, label=label, kind="flag", help=found.help, default=False)
    if not found.choices and looks_secret(found.name):
        return Option(name=found.name, label=label, kind="secret", help=found.help, required=False, for_plan=True)
    return Option(
        name=found.name,
        label=label,
        kind="choice" if found.choices else "text",
        help=found.help,
        default=found.default or None,
        choices=tuple(Choice(value=value, label=value) for value in found.choices),
        required=False,
        advanced=found.name in ("deployed_project_name", "region"),
    )


def _questions(plugin: str) -> tuple[Question, ...]:
    go_on = Option(name=GO_ON, label=f"Let {plugin} create what it needs and send your project", kind="flag")
    ahead = (
        Option(name=f"answer_{number}", label=f"Its question {number}", kind="secret", required=False)  # it may be one
        for number in range(1, AHEAD + 1)
    )
    return (
        Question(id=GO_ON, title=f"Whether {plugin} may deploy; approving the plan says so.", fields=(go_on,)),
        Question(id="legacy", title=f"What {plugin} asks while it runs", fields=tuple(ahead)),
    )


def _notes(plugin: str, confirm: str) -> Iterator[str]:
    """What the plugin wants confirmed, in one piece: a paragraph or an item of a list is a sentence."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n|\n\s*[-*] ", confirm.strip()))
    sentences = [part if part.endswith((".", ":", "!", "?")) else f"{part}." for part in parts if part]
    if sentences:
        yield f"{plugin} says of deploying: “{' '.join(sentences)}”"
