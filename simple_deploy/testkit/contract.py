"""What every platform has to keep to, as checks that name what is broken."""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from unittest import mock

from simple_deploy.core import codec
from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.options import Answers, Option, collect
from simple_deploy.core.plan import Plan
from simple_deploy.core.secret import passwords_in_urls
from simple_deploy.core.steps import AddRequirements, Call, CheckUrl, EditBlock, RunCommand, WriteFile
from simple_deploy.engine import additions
from simple_deploy.platforms.base import FinishedRun, Platform, Remote

T = TypeVar("T")

_SLUG = re.compile(r"[a-z][a-z0-9-]*")
_HERE = "a-folder-of-this-computer"
_SENTINEL = "a-secret-that-only-the-contract-knows"
_SHARED_FLAGS = frozenset({"region", "deployed_project_name"})  # the command's own, and answers to any platform


def platform_contract(
    platform: Platform,
    facts: ProjectFacts,
    *,
    remote: Remote | None = None,
    given: Mapping[str, object] | None = None,
    results: Mapping[str, str] | None = None,
) -> Plan:
    """Check everything a platform must keep to, for the project that *facts* describe.

    :param remote: what probing found; nothing, when left out.
    :param given: answers to options that have no default.
    :param results: what the platform's calls return in a deployment, without ``url``; used for ``next_steps``.
    :returns: the plan, for further checks.
    :raises AssertionError: naming every rule that is broken.
    """
    contract = _contract(platform, facts, remote, given, results)
    if contract.problems or contract.plan is None:
        rows = "".join(f"\n  - {problem}" for problem in contract.problems)
        raise AssertionError(f"{type(platform).__name__} breaks the contract of a platform:{rows}")
    return contract.plan


def problems_of(
    platform: Platform, facts: ProjectFacts, *, given: Mapping[str, object], results: Mapping[str, str]
) -> tuple[str, ...]:
    """The rules that *platform* breaks, as :func:`platform_contract` names them; a method that fails is one of them."""
    try:
        return tuple(_contract(platform, facts, None, given, results).problems)
    except Exception as error:  # whatever a plugin raises, its author wants to read
        method = _method_of(platform, error)
        return (f"{method} fails with {type(error).__name__}: {error}",)


def _contract(
    platform: Platform,
    facts: ProjectFacts,
    remote: Remote | None,
    given: Mapping[str, object] | None,
    results: Mapping[str, str] | None,
) -> _Contract:
    contract = _Contract(platform, facts, remote or Remote(), given or {}, results or {})
    contract.check()
    return contract


def _method_of(platform: Platform, error: BaseException) -> str:
    """Where in the plugin *error* came from: the last line of its own module."""
    own = sys.modules[type(platform).__module__].__file__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return f"{frames[-1].name}() in line {frames[-1].lineno}" if frames else type(platform).__name__


@dataclass
class _Contract:
    platform: Platform
    facts: ProjectFacts
    remote: Remote
    given: Mapping[str, object]
    results: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    plan: Plan | None = None

    def check(self) -> None:
        self._card()
        options = self._pure("options()", lambda: tuple(self.platform.options(self.facts)))
        self._options("options()", options, taken=_flags_of_the_command() | _flags_of_the_core())
        answers = self._answers(options)
        if answers is None:
            return
        self.plan = self._pure("plan()", lambda: self.platform.plan(self.facts, self.remote, answers))
        self._plan(self.plan)
        self._portable(answers)
        self._data(self.plan)
        self._methods(self.plan)
        self._next_steps(answers)

    def _hold(self, true: object, problem: str) -> None:
        if not true:
            self.problems.append(problem)

    # -- the card --

    def _card(self) -> None:
        card = self.platform.card
        self._hold(_SLUG.fullmatch(card.slug), f"card.slug is {card.slug!r}; it is made of a-z, 0-9 and dashes")
        for name in ("name", "summary", "cost"):
            self._hold(getattr(card, name).strip(), f"card.{name} is empty")
        latest = date.today() + timedelta(days=1)  # where the clock is ahead, it may be tomorrow already
        self._hold(card.checked <= latest, f"card.checked is {card.checked}, which is still to come")
        self._hold(card.status == "stable" or card.status_note, f"card.status is {card.status}, without a status_note")
        self._hold(card.needs_account or not card.needs_card, "card.needs_card without needs_account")
        self._hold(card.managers, "card.managers is empty")
        self._hold(card.layouts and {*card.layouts} <= {"flat", "nested"}, "card.layouts names other than flat, nested")
        for link in card.links:
            self._hold(link.title and link.url.startswith("https://"), f"card.links has {link.url!r}: title or https")

    # -- options and questions --

    def _options(self, where: str, options: Sequence[Option], *, taken: frozenset[str] = frozenset()) -> None:
        names = [option.name for option in options]
        self._hold(len(names) == len({*names}), f"{where} asks for the same name twice: {', '.join(names)}")
        for index, option in enumerate(options):
            name = f"{where}: the option {option.name!r}"
            self._hold(option.name.isidentifier(), f"{name} is no Python identifier")
            self._hold(option.label.strip(), f"{name} has no label")
            self._hold(option.flag not in taken, f"{name} has the flag {option.flag}, which the command has itself")
            has_default = option.default is not None or option.kind == "secret"
            self._hold(option.required or has_default, f"{name} is neither required nor has it a default")
            self._hold(option.pattern is None or option.pattern_help, f"{name} has a pattern without pattern_help")
            self._hold((option.kind == "choice") == bool(option.choices), f"{name}: choices go with the kind choice")
            self._default(name, option)
            earlier = {each.name for each in options[:index]}
            self._hold(option.when is None or option.when[0] in earlier, f"{name}: when= names no earlier option")

    def _default(self, name: str, option: Option) -> None:
        if option.default is None or (option.default == "" and not option.required):
            return
        try:
            option.clean(option.default)
        except (SimpleDeployError, re.error) as error:
            self.problems.append(f"{name} has a default that does not fit: {error}")

    def _answers(self, options: Sequence[Option]) -> Answers | None:
        """The answers a plan gets: secrets only where it asks for them."""
        asked = [option for option in options if option.kind != "secret" or option.for_plan]
        sentinels = {option.name: _SENTINEL for option in asked if option.kind == "secret"}
        try:
            return collect(asked, {**sentinels, **self.given})
        except SimpleDeployError as error:
            self.problems.append(f"options(): {error} (give answers with given={{…}})")
            return None

    # -- the plan --

    def _plan(self, plan: Plan) -> None:
        self._hold(plan.platform == self.platform.card.slug, f"plan().platform is {plan.platform!r}")
        try:
            plan.validate()
        except SimpleDeployError as error:
            self.problems.append(f"plan(): {error}")
        for step in plan.steps:
            name = f"plan(): the step {step.id!r}"
            self._hold(step.id.strip() and step.title.strip(), f"{name} has no id or title")
            self._hold(step.why.strip(), f"{name} does not say why")
            self._hold(step.docs is None or step.docs.startswith("https://"), f"{name}: docs is no https address")
            if isinstance(step, (WriteFile, EditBlock)):
                self._hold(_is_inside(step.path), f"{name}: {step.path!r} is not a path inside the project")
            elif isinstance(step, AddRequirements):
                self._hold(step.requirements, f"{name} adds no requirement")
            elif isinstance(step, RunCommand):
                self._hold(step.argv and all(step.argv), f"{name} has an empty word in its command line")
            elif isinstance(step, CheckUrl):
                self._hold(step.within > 0, f"{name} waits no time at all")
        for resource in plan.creates:
            self._hold(resource.kind and resource.name, f"plan().creates has {resource!r}, without kind or name")
        ids = [question.id for question in plan.questions]
        self._hold(len(ids) == len({*ids}), f"plan() has two questions of the same id: {', '.join(ids)}")
        for question in plan.questions:
            self._hold(question.title.strip() and question.fields, f"the question {question.id!r} asks nothing")
            self._options(f"question {question.id!r}", question.fields)
        for finding in plan.findings:
            self._hold(finding.id and finding.title, f"plan().findings has {finding!r}, without id or title")

    def _portable(self, answers: Answers) -> None:
        """The files are committed and read on other computers, so they hold no path of this one."""
        try:
            planned = self.platform.plan(_marked(self.facts), self.remote, answers)
            written = {step.id: json.dumps(codec.to_data(step)) for step in planned.file_steps}
        except (OSError, codec.CodecError):
            return  # that it reads the project, or is no data, another rule names
        for id, text in written.items():
            self._hold(_HERE not in text, f"plan(): the step {id!r} holds a path of this computer; make it relative")

    def _data(self, plan: Plan) -> None:
        try:
            text = json.dumps(codec.to_data(plan))
            again = codec.from_data(Plan, json.loads(text))
        except codec.CodecError as error:
            self.problems.append(f"plan() does not survive JSON: {error}")
            return
        self._hold(again == plan, "plan() is another one after JSON and back; use tuples, texts and numbers only")
        self._hold(_SENTINEL not in text, "plan() holds a secret; keep it for perform(), which gets it in ctx.answers")
        self._hold(not passwords_in_urls(text), "plan() holds an address with a password in it")

    # -- what belongs together --

    def _methods(self, plan: Plan) -> None:
        calls = any(isinstance(step, Call) for step in plan.steps)
        self._hold(not calls or self._has("perform"), "plan() has a Call, but there is no perform()")
        self._hold(not plan.creates or self._has("destroy"), "plan() creates something, but there is no destroy()")
        self._hold(not plan.creates or self._has("probe"), "plan() creates something, but no probe() finds it again")
        self._hold(not self.platform.operations or self._has("operate"), "operations without operate()")
        self._hold(plan.steps or plan.findings, "plan() has no step, and no finding that says why")

    def _has(self, method: str) -> bool:
        return getattr(type(self.platform), method) is not getattr(Platform, method)

    def _next_steps(self, answers: Answers) -> None:
        run = FinishedRun(
            id="20260101-120000-000-abcdef",
            kind="deploy" if self.platform.card.automated else "configure",
            platform=self.platform.card.slug,
            state="succeeded",
            url="https://site.example/" if self.platform.card.automated else None,
            facts=self.facts,
            answers=answers,
            resources=self.remote.resources,
            results={"url": "https://site.example/", **self.results},
        )
        steps = self._pure("next_steps()", lambda: tuple(self.platform.next_steps(run)))
        self._hold(
            any(each.command for each in steps),
            "next_steps() has no command to copy (results= may be missing)",
        )
        for each in steps:
            self._hold(each.title.strip(), f"next_steps(): {each!r} has no title")
            self._hold(each.command or each.text or each.url, f"next_steps(): {each.title!r} says nothing")

    # -- purity --

    def _pure(self, name: str, compute: Callable[[], T]) -> T:
        """What *compute* returns, which must depend on nothing and change nothing."""
        first = compute()
        with _watched(self.facts.location.root) as seen, mock.patch.dict(os.environ, clear=True):
            second = compute()
        self._hold(first == second, f"{name} is not the same when it is asked twice, or depends on the environment")
        for effect in dict.fromkeys(seen):
            self.problems.append(f"{name} is not pure: {effect}")
        return first


def _marked(facts: ProjectFacts) -> ProjectFacts:
    """*facts* with every path of this computer below a folder whose name nothing else has."""
    here = Path("/", _HERE).absolute()
    location = replace(facts.location, root=here / facts.location.root.name)
    host = replace(facts.host, python_executable=str(here / "python"), base_python=str(here / "base" / "python"))
    return replace(facts, location=location, host=host)


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path


def _flags_of_the_command() -> frozenset[str]:
    from simple_deploy.management.commands.deploy import Command

    parser = Command().create_parser("manage.py", "deploy")
    shared = {"--" + name.replace("_", "-") for name in _SHARED_FLAGS}
    return frozenset(parser._option_string_actions) - shared


def _flags_of_the_core() -> frozenset[str]:
    return frozenset("--" + name.replace("_", "-") for name in additions.NAMES)


# -- effects --

_SEEN: ContextVar[tuple[list[str], Path] | None] = ContextVar("simple_deploy.testkit.effects", default=None)

_ALWAYS = {
    "subprocess.Popen": "it starts a program",
    "os.system": "it starts a program",
    "socket.connect": "it uses the network",
    "socket.getaddrinfo": "it uses the network",
    "os.mkdir": "it makes a folder",
    "os.remove": "it removes a file",
    "os.rename": "it renames a file",
}


@contextmanager
def _watched(project: Path) -> Iterator[list[str]]:
    """What is done inside that pure code does not do, in words."""
    _watch()
    seen: list[str] = []
    token = _SEEN.set((seen, project))
    try:
        yield seen
    finally:
        _SEEN.reset(token)


@cache
def _watch() -> None:
    # An audit hook cannot be taken away again, so there is one, which does nothing outside _watched().
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    state = _SEEN.get()
    if state is None:
        return
    seen, project = state
    if event in _ALWAYS:
        seen.append(_ALWAYS[event])
    elif event == "open":
        path, mode, flags = arguments
        if not isinstance(path, (str, bytes)):
            return
        name = os.fsdecode(path)
        if _writes(mode, flags):
            seen.append(f"it writes {name}")
        elif Path(name).is_relative_to(project):
            seen.append(f"it reads {name}; everything it may know is in facts")


def _writes(mode: str | None, flags: int) -> bool:
    if mode is not None:
        return bool({*"wax+"} & {*mode})
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
