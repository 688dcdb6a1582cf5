"""What lower layers ask of higher ones, as protocols; and the context a plugin is handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

if TYPE_CHECKING:  # who only runs programs, such as a simulated platform's, does not wait for all of these
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from typing_extensions import Unpack

    from simple_deploy.core.facts import ProjectFacts
    from simple_deploy.core.findings import Finding
    from simple_deploy.core.options import Answers, Question
    from simple_deploy.core.resources import Resource
    from simple_deploy.core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that ended. *output* holds both streams, merged, at most the last few thousand lines."""

    argv: tuple[str, ...]
    returncode: int
    output: str

    @property
    def ok(self) -> bool:
        return self.returncode == 0

    def tail(self, lines: int = 20) -> tuple[str, ...]:
        return tuple(self.output.rstrip("\n").splitlines()[-lines:])


class CommandOptions(TypedDict, total=False):
    """How a program is run.

    ``cwd`` is the folder it runs in. ``env`` has variables to set in addition to the tool's own environment; an empty
    text removes one, and an empty secret sets it to nothing. ``stdin`` is what the program finds on its standard input.
    ``timeout`` is in seconds, 600 by default; with ``by_work`` they count what the program works, or waits without
    working, so that a busy computer does not end it. ``check`` makes an exit code other than 0 an error, which is the
    default. ``on_line`` is called with each line of output as it arrives.
    """

    cwd: Path | None
    env: Mapping[str, str | Secret] | None
    stdin: str | Secret | None
    timeout: float
    by_work: bool
    check: bool
    on_line: Callable[[str], None] | None


class Runner(Protocol):
    """Runs programs: an argument list, no shell, both streams, a time limit, the whole process tree ended on cancel."""

    def __call__(self, argv: Sequence[str], **options: Unpack[CommandOptions]) -> Completed:
        """Run *argv* to its end.

        :raises ToolMissing: the program is not on this computer.
        :raises CommandFailed: *check* is true and the exit code is not 0.
        :raises TimedOut: it took longer than *timeout*.
        :raises Cancelled: the run was cancelled meanwhile.
        """


class Asker(Protocol):
    """Whoever answers questions: the terminal, the page, or nobody."""

    def ask(self, question: Question) -> Answers:
        """:raises MissingAnswers: nobody answers and a field has no default. :raises Cancelled: told to stop."""


class Context(Protocol):
    """All a plugin may do to the world, handed to its methods by the engine.

    ``facts`` and ``answers`` are frozen. ``workbench`` is the scratch copy of the repository. ``home`` is a folder of
    the platform's own in the user's data folder. ``mark`` tells the project's folder from all others on this computer:
    a move or a new name leaves it as it is, and copies and clones have others. ``results`` holds what earlier calls of
    the run returned.
    """

    @property
    def facts(self) -> ProjectFacts: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def workbench(self) -> Path: ...
    @property
    def home(self) -> Path: ...
    @property
    def mark(self) -> str: ...
    @property
    def results(self) -> Mapping[str, str]: ...

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
        """Run a program (see :class:`Runner`); with *show* its lines appear in the log as they arrive.

        :param show: ``"output"`` for a part of the plugin itself: the summary then does not list it as a command.
        """

    def spawn(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str | Secret], log: Path) -> int:
        """Start a program that outlives the run, its output going to *log*; returns its process id."""

    def ask(self, question: Question) -> Answers:
        """Ask the person; waits for the answer. :raises MissingAnswers: :raises Cancelled:"""

    def copy(self) -> AbstractContextManager[Path]:
        """A scratch copy of the repository as the workbench begins, for as long as it is used: on the owner's branch,
        with their name and remotes. :raises StepError: the repository stands on no branch."""

    def settle(self, message: str) -> str:
        """Within a call that rewrites files: the workbench holds all that is to be sent. Files that are not as they
        were approved are shown and asked about, then all are committed.

        :param message: of the commit, unless the person gave another one.
        :returns: the commit. :raises Cancelled: the person does not want these files.
        """

    def ran(self, argv: Sequence[str]) -> None:
        """Note that something this run started has run a program; it counts as one of the run's own commands."""

    def note(self, text: str) -> None:
        """A line in the log, in the tool's own voice."""

    def finding(self, finding: Finding) -> None: ...

    def created(self, resource: Resource, *, reused: bool = False) -> None:
        """Record what now exists outside the project, at once, so that it is found again after a crash."""

    def destroyed(self, resource: Resource) -> None: ...

    def hide(self, *values: str) -> None:
        """Keep these values out of everything that is stored or shown from now on."""

    def hides(self, text: str) -> bool:
        """Whether a part of *text* is shown as dots: a value that is hidden, or one that looks like a secret."""

    def write(self, path: Path, text: str | Secret, *, private: bool = True) -> None:
        """Write a file below ``home`` atomically; *private* means mode 0600. :raises PluginError: outside ``home``."""

    def remove(self, path: Path) -> None:
        """Remove a file or folder below ``home``; nothing happens when it is not there."""

    def uv(self) -> str:
        """Path of the uv program that came with the tool."""

    def requirements(self, folder: Path, *, groups: Sequence[str] = ...) -> str:
        """The text of a requirements file that installs what a deployed site needs, whatever manager the project has;
        pinned exactly where that has a lock. Relative paths in it start at the folder of the project's dependency file.

        :param folder: a copy of the repository: the workbench, or a release.
        :param groups: named groups to install besides the main dependencies, where there are any of that name;
            :data:`DEPLOY_GROUP` unless told.
        :raises ProjectError: the project's files cannot be read. :raises CommandFailed: the manager refused.
        """

    def take_compiled(self, environment: Path) -> None:
        """Give a virtual environment below :attr:`home` what Python compiled of the same packages when the plan was
        tried, so that its first program starts sooner. For one that was made with ``facts.host.base_python``."""

    def variables(self) -> dict[str, str]:
        """The environment variables that the project's settings read, with the values they have on this computer: in
        its environment, else in a ``.env`` file. Values that look secret are hidden from now on."""

    def pause(self, seconds: float) -> None:
        """Wait, ending early with :class:`Cancelled` when the run is cancelled."""

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str | Secret] | None = None,
        body: str | Secret | None = None,
        timeout: float = 10.0,
    ) -> Response:
        """Ask *url* without following redirects. What is told as a :class:`Secret` is hidden from now on.

        In a rehearsal the simulated platform answers in the place of its addresses.

        :raises StepError: nobody answered.
        """

    def check_site(self, url: str, *, within: float = 60.0) -> None:
        """Ask a deployed site for its pages until it is healthy: Django answers, no error, no debug page, the first
        real page and a hashed static file arrive, the admin where there is one.

        :param within: seconds to wait for the first healthy answer.
        :raises SiteNotHealthy: saying what is wrong and what usually causes it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer over HTTP. Header names are lower case; *body* is at most 1 MiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...
