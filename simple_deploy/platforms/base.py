"""What a platform is, for the engine and for whoever writes a plugin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from simple_deploy.core.facts import Location, ProjectFacts
from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Context
from simple_deploy.core.known_failures import Cause
from simple_deploy.core.options import Answers, Option
from simple_deploy.core.plan import Plan
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.changed import VariableChange
from simple_deploy.platforms.charts import Chart
from simple_deploy.platforms.delivery import Delivery
from simple_deploy.platforms.domains import Domain
from simple_deploy.platforms.existing import PlatformFile
from simple_deploy.platforms.schedule import Schedule
from simple_deploy.platforms.simulation import Simulation
from simple_deploy.platforms.sizes import Sizes

if TYPE_CHECKING:
    from simple_deploy.platforms.on_push import OnPush

Status = Literal["stable", "experimental", "deprecated"]
Operation = Literal[
    "status",
    "follow",
    "logs",
    "start",
    "stop",
    "restart",
    "releases",
    "rollback",
    "variables",
    "set",
    "unset",
    "run",
    "backup",
    "restore",
    "maintenance",
    "domains",
    "add_domain",
    "remove_domain",
    "sizes",
    "resize",
    "backups",
    "daily_backups",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a person should know before choosing a platform.

    :param summary: one sentence: what it is and for whom.
    :param in_sentence: its name within a sentence, where that is not *name*: ``this computer``.
    :param cost: in words, with the date in *checked*.
    :param price: the same in a few words, where *cost* is long.
    :param prices: the same as a table: what it is, and what it costs.
    :param status_note: why the status is what it is, when that is not obvious.
    :param needs_card: whether its account needs a credit card; None where nobody says.
    :param managers: dependency managers it works with.
    :param automated: whether it can create, push and verify by itself, or only configures.
    :param unrehearsed: why a deployment to it cannot be rehearsed, in sentences, where somebody may ask.
    """

    slug: str
    name: str
    summary: str
    cost: str
    checked: date
    in_sentence: str = ""
    price: str = ""
    prices: tuple[tuple[str, str], ...] = ()
    status: Status = "stable"
    status_note: str = ""
    needs_account: bool = True
    needs_card: bool | None = True
    managers: tuple[str, ...] = ("requirements",)
    layouts: tuple[str, ...] = ("flat", "nested")
    databases: tuple[str, ...] = ()
    automated: bool = True
    unrehearsed: str = ""
    links: tuple[Link, ...] = ()

    @property
    def named(self) -> str:
        """Its name, as it stands within a sentence."""
        return self.in_sentence or self.name

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing, on whatever day."""
        return self.cost.rstrip(".").lower() == "nothing"

    @property
    def names_prices(self) -> bool:
        """Whether *cost* says how much, which is true of one day only."""
        return any(each.isdigit() for each in self.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What probing found on the platform: resources of this project, and values the plan needs.

    :param asked: False when the platform could not be asked, for example because nobody is logged in. What exists is
        not known then, so nothing is said to be destroyed.
    :param files: bytes of the files that the plan's :class:`~simple_deploy.api.PlaceFile` steps put in their place, by
        path; they are stored nowhere but in those files.
    """

    resources: tuple[Resource, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    asked: bool = True
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing a person may want to do next.

    :param command: to copy, or empty when it is not done with a command.
    :param where: folder the command is run in, in words; empty for the project's folder.
    """

    title: str
    text: str = ""
    command: str = ""
    where: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a site, made from one commit.

    :param name: what rolling back to it is told, such as ``v7``.
    :param status: in the platform's own words. :param commit: as far as the platform says.
    :param created: when it was made, as the platform says.
    :param serves: whether it is the one that visitors get, where that need not be the newest.
    """

    name: str
    status: str = ""
    commit: str = ""
    created: str = ""
    serves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """How a deployed site is doing, for ``--status`` and the page.

    :param running: None when the platform cannot tell.
    :param details: label and value, in the order they are shown.
    :param releases: the newest first, where they were asked for.
    :param variables: names of environment variables, where they were asked for. :param given: those of them
        that deploying sets, so that nobody else does. :param changed: those that are not what the release that serves
        was made with; None where the platform cannot tell.
    :param domains: domains of its owner, where they were asked for, with what DNS has for each.
    :param sizes: what it runs on, where that was asked for.
    :param schedule: the backups that the platform makes by itself, where they were asked for.
    :param charts: what the platform measured of it; see :func:`~simple_deploy.api.charts_of`.
    :param metrics: the platform's own page with such charts, where it does not tell them here.
    """

    running: bool | None
    headline: str
    url: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    releases: tuple[Release, ...] = ()
    variables: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    changed: tuple[VariableChange, ...] | None = None
    domains: tuple[Domain, ...] = ()
    sizes: Sizes | None = None
    schedule: Schedule | None = None
    charts: tuple[Chart, ...] = ()
    metrics: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that ended, as observers and :meth:`Platform.next_steps` see it.

    :param resources: what exists outside the project now.
    :param planned: what the plan would create; it is there only after a deployment.
    :param changed: the files it changed.
    """

    id: str
    kind: str
    platform: str
    state: str
    url: str | None
    facts: ProjectFacts | None
    answers: Answers
    resources: tuple[Resource, ...] = ()
    planned: tuple[Resource, ...] = ()
    results: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    def commit_command(self, message: str) -> str:
        """What commits the files the run changed, and no others; two lines that any shell understands."""
        paths = " ".join(f'"{path}"' if " " in path else path for path in self.changed)
        return f'git add -- {paths or "."}\ngit commit -m "{message}"'


class Platform(ABC):
    """A place to deploy to.

    Mandatory: :attr:`card` and :meth:`plan`. Everything else has a default that does nothing. All methods get what
    they need as arguments and keep nothing between calls: one object serves many projects.
    """

    card: ClassVar[Card]

    #: Which operations on a deployed site :meth:`operate` offers.
    operations: ClassVar[tuple[Operation, ...]] = ()

    #: Whether it can remove what a deployment made.
    removes: ClassVar[bool] = True

    #: Whether a call of its plans rewrites the project's files, which leaves no choice of how they are written.
    rewrites: ClassVar[bool] = False

    #: How it gets the files of a commit.
    delivery: ClassVar[Delivery] = Delivery()

    #: The files it reads, which a project may have already.
    files: ClassVar[tuple[PlatformFile, ...]] = ()

    #: Known causes of failures that are particular to the platform, besides those that are the same everywhere.
    causes: ClassVar[tuple[Cause, ...]] = ()

    #: What the lines mean that only this platform adds to settings, by how a statement begins. What every platform
    #: adds is explained already; see :mod:`simple_deploy.core.explanations`.
    explanations: ClassVar[Mapping[str, str]] = {}

    #: Words of the platform's own that somebody may meet here for the first time, in lower case, each in a sentence.
    words: ClassVar[Mapping[str, str]] = {}

    #: How GitHub deploys each push to it, where its plan can arrange that.
    on_push: ClassVar[OnPush | None] = None

    #: What plays the platform in a rehearsal; None where a deployment to it cannot be rehearsed.
    simulation: ClassVar[Simulation | None] = None

    #: Name and version of the package it came in, where that is not the one of its entry point.
    package: ClassVar[str] = ""

    def problem(self) -> str:
        """Why it cannot be chosen, where that is known only once somebody looks at it; empty when it can."""
        return ""

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        """What to ask before planning. Defaults to nothing. Pure."""
        return ()

    def check(self, ctx: Context) -> Iterable[Finding]:
        """Findings about the machine and the account: program present, version, logged in. Reads only."""
        return ()

    def probe(self, ctx: Context) -> Remote:
        """What already exists on the platform for this project. Reads only; ``ctx.answers`` holds the answers."""
        return Remote()

    @abstractmethod
    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        """The steps of a deployment. Mandatory. Pure: the same arguments give the same plan."""

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        """Do the :class:`~simple_deploy.api.Call` step named *call*.

        Must be safe to repeat, since a failed run is retried from the failed step.

        :returns: values for later steps; ``url`` is the address of the site.
        """
        raise LookupError(call)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        """Remove *resource*, which :meth:`probe` found. Safe to repeat."""
        raise LookupError(resource.kind)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        """Do one of :attr:`operations` on the deployed site. What is printed goes through ``ctx.note``.

        :param arguments: ``release`` to roll back to, ``name`` of a variable, ``command`` to run, ``file`` of a backup,
            ``wanted`` (``on`` or ``off``) of the maintenance page and of daily backups, ``domain`` to add or remove,
            ``size`` to run on; the value of a variable is the secret ``value`` of ``ctx.answers``.
            :class:`~simple_deploy.api.Site` hands each to a method.
        """
        raise LookupError(operation)

    def went_down(self, home: Path, location: Location, mark: str) -> str:
        """A word for how the deployed site ended though nobody stopped it, another one each time; empty when it runs,
        was stopped, or the platform cannot tell. What went down is started again, by ``operate("start", …)``, at the
        next visit of the page and when the command is used, once for each word.

        Asked at every visit, so it only reads a few files: no program, no network.

        :param home: the platform's folder, as :attr:`Context.home`.
        :param location: of the project. :param mark: of its folder, as :attr:`Context.mark`.
        """
        return ""

    def near(self, home: Path, location: Location, mark: str, url: str) -> str:
        """Where this computer asks the site in the place of *url*, an address below the site's own: another one where
        something stands before the site that only people go through, such as a front with a certificate of its own.

        Asked whenever the site is looked at, so it only reads a few files. :param home: *location* and *mark* as above.
        """
        return url

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        """What the person can do after *run*, with this project's names in the commands. Pure."""
        return ()
