"""A deployed site as its pages show it: what can be looked at and done there, releases, variables, backups. No HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from simple_deploy.core import mail as outgoing
from simple_deploy.core.resources import Resource
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.base import Card, Operation, Release
from simple_deploy.platforms.changed import HOW, VariableChange
from simple_deploy.platforms.on_push import ON_PUSH, OnPush
from simple_deploy.platforms.production import mail_rows
from simple_deploy.platforms.sizes import Sizes, counted, difference, wanted_size
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.system import stored
from simple_deploy.web.request_context import NotFound

if TYPE_CHECKING:
    from simple_deploy.runs.backups import Backup
    from simple_deploy.runs.commits import Behind, Commit
    from simple_deploy.runs.deployed import Deployed
    from simple_deploy.runs.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One of the pages of a site. :param page: the name of its address."""

    page: str
    label: str
    icon: str


#: The answer with which a platform plans for a domain, where it does so.
DOMAIN = "domain"

#: The pages of a site, each with the operations of which one makes it worth having.
_SECTIONS: Mapping[Section, frozenset[Operation]] = {
    Section(page="site-log", label="Log", icon="list"): frozenset({"logs"}),
    Section(page="site-releases", label="Releases", icon="branch"): frozenset({"releases", "rollback"}),
    Section(page="site-variables", label="Variables", icon="key"): frozenset({"variables", "set"}),
    Section(page="site-domains", label="Domains", icon="globe"): frozenset({"domains"}),
    Section(page="site-mail", label="Mail", icon="mail"): frozenset({"set"}),
    Section(page="site-size", label="Size and cost", icon="coin"): frozenset({"sizes"}),
    Section(page="site-command", label="Run a command", icon="play"): frozenset({"run"}),
    Section(page="site-backups", label="Backups", icon="box"): frozenset({"backup", "backups"}),
}
_OVERVIEW = Section(page="site", label="Status", icon="pulse")

#: Where somebody wants to be after an operation.
AFTERWARDS: Mapping[str, str] = {
    "rollback": "site-releases",
    "set": "site-variables",
    "unset": "site-variables",
    "add_domain": "site-domains",
    "remove_domain": "site-domains",
    "resize": "site-size",
    "run": "site-command",
    "backup": "site-backups",
    "restore": "site-backups",
    "daily_backups": "site-backups",
}


#: The page on which each operation is, other than the first.
SHOWN_ON: Mapping[str, str] = {
    **AFTERWARDS,
    "logs": "site-log",
    "releases": "site-releases",
    "variables": "site-variables",
    "domains": "site-domains",
    "sizes": "site-size",
    "backups": "site-backups",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is said about an operation before it begins.

    :param yes: what its button says. :param destroys: whether something is lost by it.
    :param back: the page to go back to. :param commit: of the release that is rolled back to, where it is known.
    """

    title: str
    means: str
    yes: str
    destroys: bool = False
    back: str = "site"
    commit: Commit | None = None


#: By operation, and by what is wanted where there are several ways. The names in braces are what was told of it.
_ASKED: Mapping[str, Asked] = {
    "stop": Asked(
        title="Stop the site on {platform}?",
        means="Visitors see nothing until you start it again. Its data stays.",
        yes="Stop the site",
    ),
    "restart": Asked(
        title="Restart the site on {platform}?",
        means="It restarts with its current code and variables. Some requests may fail meanwhile.",
        yes="Restart the site",
    ),
    "remove_domain": Asked(
        title="Remove {domain} from the site?",
        means="Visitors who use that name no longer reach the site. Its DNS records stay, so remove them too where you "
        "manage them. You can add the domain again.",
        yes="Remove it",
        destroys=True,
    ),
    "resize": Asked(
        title="Let the site run on {amount}?",
        means="{difference} The site restarts, so some requests may fail meanwhile.",
        yes="Change it",
    ),
    "rollback": Asked(
        title="Roll back to {which}?",
        means="The site serves that release again. The database stays as it is: migrations that ran since then are "
        "not undone.",
        yes="Roll back",
    ),
    "maintenance on": Asked(
        title="Show the maintenance page?",
        means="Every visitor sees a page that says to come back soon, until you end it.",
        yes="Show it",
    ),
    "maintenance off": Asked(title="End the maintenance?", means="Visitors get the site again.", yes="End it"),
    "daily_backups off": Asked(
        title="End the daily backups?",
        means="Existing backups stay until you remove them. No new one is made until you turn them on again.",
        yes="End them",
    ),
    "unset": Asked(
        title="Unset {name}?",
        means="The site deletes its value and cannot show it again. The change takes effect at once.",
        yes="Unset it",
        destroys=True,
    ),
    "restore": Asked(
        title="Replace the site’s data with this backup?",
        means="Everything stored on the site since `{file}` was made is lost. Back up the current data first. The site "
        "does not answer while its data is being replaced.",
        yes="Replace the data",
        destroys=True,
    ),
}


def asked(view: SiteView, operation: Operation, told: Mapping[str, str], commit: str, sizes: Sizes | None) -> Asked:
    """What to say about *operation* before it begins, as far as it needs that.

    :param commit: of the release to roll back to. :param sizes: what the site runs on, where another size is wanted.
    :raises NotFound: it needs none. :raises InvalidAnswer: there is no such size.
    """
    said = {**told, "platform": view.card.named}
    if operation == "rollback":
        said["which"] = f"release {told['release']}" if "release" in told else "the previous release"
    if operation == "resize" and sizes is not None:
        size, count = wanted_size(sizes, told.get("size", ""))
        said |= {"amount": counted(count, size.name), "difference": difference(sizes, size, count)}
    try:
        found = _ASKED[f"{operation} {told.get('wanted', '')}".strip()]
        title, means = found.title.format_map(said), found.means.format_map(said)
    except KeyError:
        raise NotFound from None
    known = view.service.commit(commit) if operation == "rollback" else None
    return replace(found, title=title, means=means, back=AFTERWARDS.get(operation, "site"), commit=known)


@dataclass(frozen=True, kw_only=True)
class SiteView:
    """The site of the project on one platform."""

    service: Service
    card: Card
    operations: tuple[Operation, ...]
    words: Mapping[str, str]
    removes: bool
    on_push: OnPush | None = None

    @classmethod
    def of(cls, service: Service, slug: str, *needed: Operation) -> SiteView:
        """
        :param needed: operations of which the platform must offer one.
        :raises NotFound: nothing is deployed there, or it offers none of them.
        :raises PluginNotFound: :raises PluginBroken:
        """
        platform = service.registry.get(slug)
        if slug not in service.deployed_to() or (needed and not {*needed} & {*platform.operations}):
            raise NotFound
        return cls(
            service=service,
            card=platform.card,
            operations=platform.operations,
            words=platform.words,
            removes=platform.removes,
            on_push=platform.on_push,
        )

    @property
    def project(self) -> str:
        return project_name(self.service.location)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        return (_OVERVIEW, *(section for section, any_of in _SECTIONS.items() if any_of & {*self.operations}))

    @cached_property
    def can(self) -> Mapping[str, bool]:
        """Each operation that is offered, as a name that is true."""
        return dict.fromkeys(self.operations, True)

    @cached_property
    def site(self) -> Deployed | None:
        return next((site for site in self.service.sites() if site.platform == self.card.slug), None)

    @property
    def url(self) -> str | None:
        return self.site.url if self.site else None

    @property
    def resources(self) -> tuple[Resource, ...]:
        return self.service.known_resources(self.card.slug)

    @cached_property
    def mail(self) -> Literal["own", "later", "ready"]:
        """Who sends the site's mail: what the project's own settings name; the server in a variable, once the settings
        read it; or that server already."""
        facts = self.service.inspection().facts
        files = (
            facts.settings.file if facts.settings is not None else None,
            facts.production.file if facts.production is not None else None,
        )
        texts = (stored.text(facts.location.root / file) or "" for file in files if file)
        if any(outgoing.VARIABLE in text for text in texts):
            return "ready"
        return "later" if facts.settings is not None and mail_rows(facts.settings) else "own"

    @cached_property
    def takes_domain(self) -> str | None:
        """What the platform's own question about a domain says, where it asks for one before it plans."""
        questions = self.service.questions(self.card.slug)
        return next((each.help for each in questions.before_plan if each.name == DOMAIN), None)

    @property
    def is_pushed(self) -> bool:
        """Whether the last deployment wrote the workflow by which GitHub deploys each push."""
        target = self.service.store.target(self.card.slug)
        return target is not None and target.answers.get(ON_PUSH) is True

    @cached_property
    def commit(self) -> Commit | None:
        return self.service.commit(self.site.commit) if self.site else None

    @cached_property
    def behind(self) -> Behind | None:
        return self.service.behind(self.site) if self.site and not self.site.rolled_back else None

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """What was done to the site and worked, the newest first."""
        kinds = {RunKind.DEPLOY, RunKind.OPERATE}
        return tuple(
            run
            for run in self.service.runs(200)
            if run.platform == self.card.slug and run.kind in kinds and run.state is RunState.SUCCEEDED
        )

    def changed(self, told: tuple[VariableChange, ...] | None) -> tuple[ChangedVariable, ...]:
        """Variables that are not what the release was made with: by what the platform has *told*, or, where it cannot
        tell, by what was done from here since the last deployment."""
        here = {
            str(run.answers.get("name", "")): run
            for run in reversed([*takewhile(lambda run: run.kind is not RunKind.DEPLOY, self.runs)])
            if run.subject in ("set", "unset")
        }
        if told is None:
            told = tuple(
                VariableChange(name=name, how="set" if run.subject == "set" else "unset") for name, run in here.items()
            )
        return tuple(
            ChangedVariable(name=each.name, words=HOW[each.how], when=each.when, run=here.get(each.name))
            for each in told
        )

    def not_set(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What the settings read and is not among *names*, the variables of the site."""
        settings = self.service.inspection().facts.settings
        return tuple(sorted({*(settings.variables if settings else ())} - {*names}))

    def releases(self, releases: tuple[Release, ...]) -> tuple[ReleaseRow, ...]:
        known = any(each.serves for each in releases)
        return tuple(
            ReleaseRow(
                release=each,
                commit=self.service.commit(each.commit),
                run=self._deployment_of(each.commit),
                is_earlier=not each.serves if known else number > 0,
            )
            for number, each in enumerate(releases)
        )

    def _deployment_of(self, commit: str) -> Run | None:
        """The newest deployment of a commit, which may be shortened."""
        return next((run for known, run in self._deployments if commit and known.startswith(commit)), None)

    @cached_property
    def _deployments(self) -> tuple[tuple[str, Run], ...]:
        """The newest deployments with their commits."""
        runs = [run for run in self.runs if run.kind is RunKind.DEPLOY][:_DEPLOYMENTS]
        return tuple((self.service.deployed_commit(run), run) for run in runs)

    @cached_property
    def backups(self) -> tuple[Backup, ...]:
        return self.service.backups.of(self.card.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedVariable:
    """A variable that is not what the release was made with.

    :param words: what became of it. :param when: as the platform says. :param run: what changed it, where that was
        done from here.
    """

    name: str
    words: str
    when: str = ""
    run: Run | None = None


_DEPLOYMENTS = 20  # that are looked through for those that made the releases


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release, with what git and the history know of it.

    :param run: the deployment that made it, where it was made from here.
    :param is_earlier: whether rolling back to it would change something, as far as is known.
    """

    release: Release
    commit: Commit | None
    run: Run | None
    is_earlier: bool

    @property
    def seconds(self) -> float | None:
        """How long deploying it took."""
        return self.run.finished - self.run.started if self.run and self.run.finished and self.run.started else None
