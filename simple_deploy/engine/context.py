"""What the engine hands to a platform's methods: everything it may do to the world, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simple_deploy.core.errors import Cancelled, PluginError
from simple_deploy.core.events import FindingRaised, Output, Payload, ResourceCreated, ResourceDestroyed
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Asker, Clock, CommandOptions, Completed, Response
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Redactor, Secret, secrets_in_environment
from simple_deploy.core.steps import DEPLOY_GROUP
from simple_deploy.engine.environments import Environments
from simple_deploy.inspection import envfiles
from simple_deploy.managers import registry
from simple_deploy.system import files, http, process, programs

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SystemClock:
    """The real time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(slots=True, eq=False)
class Ports:
    """What one run shares with everything it calls.

    :param emit: stores and passes on an event.
    :param cancelled: whether somebody asked the run to stop.
    :param redactor: knows the secrets met so far.
    :param environment: variables every program gets.
    :param visited: the address to visit in the place of a platform's; another one in rehearsals only.
    """

    emit: Callable[[Payload], None]
    asker: Asker
    cancelled: Callable[[], bool]
    redactor: Redactor
    clock: Clock
    environment: Mapping[str, str] = field(default_factory=dict)
    visited: Callable[[str], str] = str

    def note(self, text: str) -> None:
        """Say something in the tool's own voice."""
        for line in text.splitlines() or [""]:
            self.emit(Output(text=line, stream="note"))

    def stop_if_cancelled(self) -> None:
        """:raises Cancelled:"""
        if self.cancelled():
            raise Cancelled()

    def pause(self, seconds: float) -> None:
        """Wait. :raises Cancelled: the run was cancelled meanwhile."""
        deadline = self.clock.monotonic() + seconds
        while (left := deadline - self.clock.monotonic()) > 0:
            self.stop_if_cancelled()
            self.clock.sleep(min(left, 0.1))
        self.stop_if_cancelled()

    def until_done(self) -> Ports:
        """The same for what is not to be cancelled once it has begun."""
        return Ports(
            emit=self.emit,
            asker=self.asker,
            cancelled=lambda: False,
            redactor=self.redactor,
            clock=self.clock,
            environment=self.environment,
            visited=self.visited,
        )

    def runner(self, argv: Sequence[str], **options: Unpack[CommandOptions]) -> Completed:
        """A :class:`~simple_deploy.core.interfaces.Runner` whose programs end when the run is cancelled."""
        env = options.get("env") or {}
        hidden = [value for value in (*env.values(), options.get("stdin")) if isinstance(value, Secret)]
        self.redactor.add(*(value.reveal() for value in hidden))
        options["env"] = {**self.environment, **env}
        return process.run(argv, **options, cancelled=self.cancelled, redact=self.redactor)

    def shown_runner(self, argv: Sequence[str], **options: Unpack[CommandOptions]) -> Completed:
        """The same, with the command line and each line of output in the log."""
        self.emit(Output(text=command_line(argv), stream="command"))
        return self.followed_runner(argv, **options)

    def followed_runner(self, argv: Sequence[str], **options: Unpack[CommandOptions]) -> Completed:
        """The same, with each line of output in the log."""
        on_line = options.get("on_line")

        def show(line: str) -> None:
            self.emit(Output(text=line))
            if on_line is not None:
                on_line(line)

        options["env"] = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", **(options.get("env") or {})}
        options["on_line"] = show
        return self.runner(argv, **options)


def command_line(argv: Sequence[str]) -> str:
    """*argv* as somebody would type it."""
    return programs.shown([*map(str, argv)])


class EngineContext:
    """The :class:`~simple_deploy.core.interfaces.Context` of one run."""

    def __init__(
        self,
        *,
        ports: Ports,
        facts: ProjectFacts,
        answers: Answers,
        workbench: Path,
        home: Path,
        mark: str,
        results: Mapping[str, str],
        uv: str,
        environments: Environments | None = None,
        copies: Callable[[], AbstractContextManager[Path]] | None = None,
    ) -> None:
        self._ports = ports
        self.facts = facts
        self.answers = answers
        self.workbench = workbench
        self.home = home
        self.mark = mark
        self.results = results
        self._uv = uv
        self._environments = environments
        self._copies = copies
        self._settle: Callable[[str], str] | None = None
        self.resources: list[Resource] = []
        for secret in answers.secrets.values():
            self.hide(secret.reveal())

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | Secret] | None = None,
        stdin: str | Secret | None = None,
        timeout: float = 600.0,
        check: bool = True,
        show: bool | Literal["output"] = True,
    ) -> Completed:
        if show is True:
            self.ran(argv)
        runner = self._ports.followed_runner if show else self._ports.runner
        return runner(argv, cwd=cwd or self.workbench, env=env, stdin=stdin, timeout=timeout, check=check)

    def spawn(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str | Secret], log: Path) -> int:
        self._inside_home(log)
        return process.spawn(argv, cwd=cwd, env={**self._ports.environment, **env}, log=log)

    def ask(self, question: Question) -> Answers:
        answers = self._ports.asker.ask(question)
        for secret in answers.secrets.values():
            self.hide(secret.reveal())
        return answers

    def copy(self) -> AbstractContextManager[Path]:
        if self._copies is None:
            raise PluginError("There is no copy of the project here.", hint="Tell the plugin's author.")
        return self._copies()

    def settles(self, settle: Callable[[str], str]) -> None:
        """From here on, :meth:`settle` does this."""
        self._settle = settle

    def settle(self, message: str) -> str:
        if self._settle is None:
            raise PluginError(
                "Files are settled within a call that rewrites them, and nowhere else.",
                hint="Tell the plugin's author.",
            )
        return self._settle(message)

    def ran(self, argv: Sequence[str]) -> None:
        self._ports.emit(Output(text=command_line(argv), stream="command"))

    def note(self, text: str) -> None:
        self._ports.note(text)

    def finding(self, finding: Finding) -> None:
        self._ports.emit(FindingRaised(finding=finding))

    def created(self, resource: Resource, *, reused: bool = False) -> None:
        self.resources.append(resource)
        self._ports.emit(ResourceCreated(resource=resource, reused=reused))

    def destroyed(self, resource: Resource) -> None:
        self._ports.emit(ResourceDestroyed(resource=resource))

    def hide(self, *values: str) -> None:
        self._ports.redactor.add(*values)

    def hides(self, text: str) -> bool:
        return self._ports.redactor(text) != text

    def write(self, path: Path, text: str | Secret, *, private: bool = True) -> None:
        self._inside_home(path)
        files.private_folder(path.parent)
        data = text.reveal() if isinstance(text, Secret) else text
        files.write_atomic(path, data, mode=files.PRIVATE_FILE if private else 0o644)

    def remove(self, path: Path) -> None:
        self._inside_home(path)
        files.remove_tree(path)

    def uv(self) -> str:
        return self._uv

    def requirements(self, folder: Path, *, groups: Sequence[str] = (DEPLOY_GROUP,)) -> str:
        return registry.export(
            self.facts.dependencies,
            folder,
            self._ports.shown_runner,
            self._uv,
            python=self.facts.host.base_python,
            groups=groups,
        )

    def take_compiled(self, environment: Path) -> None:
        self._inside_home(environment)
        if self._environments is not None:
            self._environments.give_compiled(environment)

    def variables(self) -> dict[str, str]:
        found = envfiles.values(self.facts)
        self.hide(*secrets_in_environment(found))
        return found

    def pause(self, seconds: float) -> None:
        self._ports.pause(seconds)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str | Secret] | None = None,
        body: str | Secret | None = None,
        timeout: float = 10.0,
    ) -> Response:
        told = {name: self._reveal(value) for name, value in (headers or {}).items()}
        sent = None if body is None else self._reveal(body)
        return http.fetch(self._ports.visited(url), method=method, headers=told, body=sent, timeout=timeout)

    def check_site(self, url: str, *, within: float = 60.0) -> None:
        from simple_deploy.engine.site_check import SiteCheck

        check = SiteCheck(
            self.facts.settings,
            clock=self._ports.clock,
            cancelled=self._ports.stop_if_cancelled,
            note=self.note,
            warn=self.finding,
        )
        check(self._ports.visited(url), within=within)

    def _reveal(self, value: str | Secret) -> str:
        if not isinstance(value, Secret):
            return value
        self.hide(value.reveal())
        return value.reveal()

    def _inside_home(self, path: Path) -> None:
        if not path.resolve().is_relative_to(self.home.resolve()):
            raise PluginError(
                f"A plugin wanted to write {path}, outside its own folder.", hint="Tell the plugin's author."
            )
