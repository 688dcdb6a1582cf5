"""A platform's command-line program: whether it can be used, who is logged in, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simple_deploy.core import ansi
from simple_deploy.core.errors import StepError, TimedOut, ToolMissing
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Completed, Context

Argv = tuple[str, ...]
PATIENCE = 60.0  # seconds a program gets for an answer

_NOT_A_FAST_FORWARD = re.compile(r"! \[rejected\].*\((?:non-fast-forward|fetch first)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who is logged in.

    :param state: ``unclear`` where the platform could not be asked.
    :param name: of the account; empty when the program does not say.
    """

    state: Literal["in", "out", "unclear"]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organizations:
    """The organizations of an account, where one of them owns and pays for what is created.

    :param option: the name of the option that chooses one.
    :param noun: the platform's word for one, such as ``team``.
    :param command: lists them. :param read: their names in what it prints; None where that is no answer.
    :param default: the one that is meant where none is chosen; empty where none has to be.
    :param create: what somebody does who has none.
    """

    option: str
    command: Argv
    read: Callable[[str], Collection[str] | None]
    noun: str = "organization"
    default: str = ""
    create: str = "Leave it empty: you are in none."
    docs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program that a platform is used with. Data only; :meth:`findings` says what stands in the way.

    :param name: as it is typed. :param slug: of the platform. :param platform: its name, for people.
    :param install: how to get the program, by operating system: the beginning of a sentence.
    :param login: the command that logs in. :param signup: a sentence on how to get an account.
    :param docs: page about installing it. :param login_docs: page about logging in, if that is another one.
    :param status: page that says whether the platform has trouble.
    :param version: the command that prints the version. :param read_version: the version in what it prints; empty
        when there is none.
    :param oldest: the oldest version that is known to work. :param update: how to get a newer one, as a sentence.
    :param is_it: whether the answer to *version* is this program's; *namesake* says which other one has its name.
    :param who: the command that says who is logged in. :param read_login: what its answer means.
    """

    name: str
    slug: str
    platform: str
    install: Mapping[str, str]
    login: str
    docs: str
    version: Argv
    read_version: Callable[[str], tuple[int, ...]]
    who: Argv
    read_login: Callable[[Completed], Login]
    oldest: tuple[int, ...] = ()
    update: str = "Update it the way you installed it."
    signup: str = ""
    login_docs: str = ""
    status: str = ""
    is_it: Callable[[str], bool] = lambda output: True
    namesake: str = ""
    organizations: Organizations | None = None

    def findings(self, ctx: Context) -> Iterator[Finding]:
        """The program, the login and the organization, in the order in which they are put right; what comes after a
        finding that stops deploying is not looked at. Reads only."""
        try:
            for found in self._findings(ctx):
                yield found
                if found.level in {Level.DEPLOY_BLOCKER, Level.BLOCKER}:
                    return
        except ToolMissing:
            yield Finding(
                id=f"{self.slug}.no-program",
                level=Level.DEPLOY_BLOCKER,
                title=f"The program `{self.name}` is not installed on this computer.",
                why=f"This tool uses it to create and deploy sites on {self.platform}. Configuring needs neither the "
                "program nor an account.",
                fix=f"{self.install[ctx.facts.host.system]}, open a new terminal, and run `{self.login}`.",
                docs=self.docs,
            )
        except TimedOut:
            yield self.silent()

    def _findings(self, ctx: Context) -> Iterator[Finding]:
        asked = quietly(ctx, self.version)
        if not self.is_it(asked.output):
            yield Finding(
                id=f"{self.slug}.other-program",
                level=Level.DEPLOY_BLOCKER,
                title=f"The program `{self.name}` on this computer is not the one of {self.platform}.",
                why=self.namesake,
                fix=f"{self.install[ctx.facts.host.system]}, so that it comes first on PATH.",
                docs=self.docs,
                details=asked.tail(3),
            )
        yield self._version(self.read_version(asked.output))
        yield self._login(quietly(ctx, self.who))
        if self.organizations is not None:
            yield from self._organization(ctx, self.organizations)

    def _version(self, version: tuple[int, ...]) -> Finding:
        shown = ".".join(map(str, version)) or "an unknown version"
        if version < self.oldest:
            return Finding(
                id=f"{self.slug}.old-program",
                level=Level.WARNING,
                title=f"The program `{self.name}` may be too old: {shown}.",
                why=f"Versions before {'.'.join(map(str, self.oldest))} may print output that this tool cannot read.",
                fix=self.update,
                docs=self.docs,
            )
        return Finding(
            id=f"{self.slug}.program", level=Level.OK, title=f"The program `{self.name}` is installed: {shown}."
        )

    def _login(self, asked: Completed) -> Finding:
        login = self.read_login(asked)
        if login.state == "in":
            name = f" as {login.name}" if login.name else ""
            return Finding(
                id=f"{self.slug}.account", level=Level.OK, title=f"You are logged in to {self.platform}{name}."
            )
        if login.state == "out":
            return Finding(
                id=f"{self.slug}.logged-out",
                level=Level.DEPLOY_BLOCKER,
                title=f"You are not logged in to {self.platform}.",
                why="You need an account to create and deploy the site, but not to configure it.",
                fix=f"Log in: `{self.login}`. {self.signup}".strip(),
                docs=self.login_docs or self.docs,
            )
        return self._no_answer(f"{self.platform} could not be asked who you are.", asked)

    def silent(self) -> Finding:
        """What is found when the program does not answer in time."""
        return self._no_answer(f"`{self.name}` did not answer within {PATIENCE:.0f} seconds.")

    def _no_answer(self, title: str, asked: Completed | None = None) -> Finding:
        return Finding(
            id=f"{self.slug}.no-answer",
            level=Level.DEPLOY_BLOCKER,
            title=title,
            why="Deploying needs the platform; configuring does not.",
            fix=f"Check that this computer is online{f', and see {self.status}' if self.status else ''}. "
            f"`{' '.join(self.who)}` shows whether it works again.",
            details=tuple(map(plain, asked.tail(5))) if asked else (),
        )

    def _organization(self, ctx: Context, known_as: Organizations) -> Iterator[Finding]:
        wanted = ctx.answers.text(known_as.option) or known_as.default
        asked = quietly(ctx, known_as.command) if wanted else None
        known = known_as.read(asked.output) if asked and asked.ok else None
        if known is not None and wanted in known:
            yield Finding(
                id=f"{self.slug}.{known_as.noun}", level=Level.OK, title=f"You are in the {known_as.noun} {wanted}."
            )
        elif known is not None:
            flag = known_as.option.replace("_", "-")
            article = "an" if known_as.noun[0] in "aeiou" else "a"
            yield Finding(
                id=f"{self.slug}.no-{known_as.noun}",
                level=Level.DEPLOY_BLOCKER,
                title=f"You are not in {article} {known_as.noun} called {wanted} on {self.platform}.",
                why="It would own and pay for the site.",
                fix=f"Choose another one with --{flag}: {', '.join(known)}." if known else known_as.create,
                docs=known_as.docs,
            )

    def failed(self, what: str, done: Completed, *, hint: str = "", docs: str | None = None) -> StepError:
        """The error for a command that failed, with the program's own words.

        :param what: what it means, without a full stop.
        """
        words = said("\n".join(done.tail(6))) or f"nothing, with exit code {done.returncode}"
        return StepError(f"{what}. {self.platform} says: {words}", hint=hint, docs=docs)


def quietly(ctx: Context, argv: Argv, *, timeout: float = PATIENCE) -> Completed:
    """Run *argv*, whose output is read here and shown to nobody, whatever its exit code.

    :param timeout: seconds.
    :raises ToolMissing: the program is not installed. :raises TimedOut: it does not answer.
    """
    return ctx.run(argv, check=False, show=False, timeout=timeout)


def push(
    ctx: Context,
    argv: Argv,
    replacing: Argv,
    *,
    platform: str,
    env: Mapping[str, str] | None = None,
    timeout: float = 3600.0,
) -> Completed:
    """Push the commit that is checked out. Commits on the platform that it does not follow are replaced, and the log
    says so.

    :param replacing: the same command, forced.
    :returns: how it ended, well or not.
    """
    done = ctx.run(argv, env=env, check=False, timeout=timeout)
    if _NOT_A_FAST_FORWARD.search(plain(done.output)) is None:
        return done
    ctx.note(
        f"{platform} has commits that this one does not follow. They are from a deployment that failed later, or from "
        "another copy of the project. This commit replaces them there."
    )
    return ctx.run(replacing, env=env, check=False, timeout=timeout)


# -- what programs print; both streams come in one text, so progress and warnings may stand around the answer --


def plain(output: str) -> str:
    """*output* without colours, and without all else that only a terminal obeys."""
    return ansi.lines(output)


def said(output: str) -> str:
    """*output* in one line: without colours, and without the signs that some programs put before each line of an
    error."""
    lines = (re.sub(r"^\s*[›!]\s?", " ", line) for line in plain(output).splitlines())
    return " ".join(" ".join(lines).split())


def json_in(output: str) -> Any:
    """The first JSON object or list that begins a line of *output*; None when there is none."""
    text = plain(output)
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^[ \t\r]*(?=[\[{])", text, re.MULTILINE):
        try:
            return decoder.raw_decode(text, start.end())[0]
        except (ValueError, RecursionError):
            continue
    return None


def object_in(output: str) -> Mapping[str, Any]:
    """The JSON object in *output*; an empty one when there is none."""
    value = json_in(output)
    return value if isinstance(value, dict) else {}


def objects_in(output: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of the JSON list in *output*."""
    value = json_in(output)
    return tuple(each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
