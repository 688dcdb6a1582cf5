"""A run as the pages show it: the words, its plan, what can be done next. No HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from django.utils.safestring import SafeString

from simple_deploy.core.errors import SimpleDeployError, StalePlan
from simple_deploy.core.events import Output
from simple_deploy.core.explanations import explained
from simple_deploy.core.findings import PRESSING, Finding, Level, by_weight, deploy_blockers
from simple_deploy.core.options import Option, is_asked
from simple_deploy.core.plan import FileChange, RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.base import Card, SiteState
from simple_deploy.runs import picture as pictures
from simple_deploy.runs.model import AGAIN, RESTORED, Run, RunKind, RunState
from simple_deploy.runs.questions import Questions
from simple_deploy.runs.summary import Section, Summary
from simple_deploy.runs.timeline import Line, Timeline, fold, lines, stopped, waits
from simple_deploy.web import formatting, forms
from simple_deploy.web.sitemodels import AFTERWARDS, SHOWN_ON

if TYPE_CHECKING:
    from simple_deploy.runs.commits import News
    from simple_deploy.runs.deployed import Deployed
    from simple_deploy.runs.service import Service

STATES: Mapping[RunState, str] = {
    RunState.QUEUED: "Queued",
    RunState.RUNNING: "In progress",
    RunState.WAITING: "Needs your answer",
    RunState.SUCCEEDED: "Done",
    RunState.FAILED: "Failed",
    RunState.BLOCKED: "Blocked",
    RunState.CANCELLED: "Cancelled",
    RunState.INTERRUPTED: "Interrupted",
    RunState.UNDONE: "Undone",
}

#: Where a list of runs needs few words.
KINDS: Mapping[RunKind, str] = {
    RunKind.PLAN: "Plan",
    RunKind.CONFIGURE: "Configuration",
    RunKind.DEPLOY: "Deployment",
    RunKind.UNDO: "Undo",
    RunKind.DESTROY: "Removal",
    RunKind.FIX: "Fix",
    RunKind.OPERATE: "Operation",
}

_OPERATING: Mapping[str, str] = {
    "status": "Looking at the site on {platform}",
    "logs": "Reading the log of the site on {platform}",
    "follow": "Following the log of the site on {platform}",
    "start": "Starting the site on {platform}",
    "stop": "Stopping the site on {platform}",
    "restart": "Restarting the site on {platform}",
    "releases": "Listing the releases on {platform}",
    "rollback": "Rolling back the site on {platform}",
    "variables": "Listing the variables on {platform}",
    "set": "Setting {name} on {platform}",
    "unset": "Unsetting {name} on {platform}",
    "run": "Running “{command}” on {platform}",
    "backup": "Backing up the site on {platform}",
    "restore": "Restoring the data of the site on {platform}",
    "maintenance": "Maintenance page {wanted} on {platform}",
    "domains": "Looking at the domains on {platform}",
    "add_domain": "Adding {domain} on {platform}",
    "remove_domain": "Removing {domain} on {platform}",
    "sizes": "Looking at what the site on {platform} runs on",
    "resize": "Changing to {size} on {platform}",
    "backups": "Looking at the backups on {platform}",
    "daily_backups": "Daily backups {wanted} on {platform}",
}
_OPERATED: Mapping[str, str] = {
    "status": "Status of the site on {platform}",
    "logs": "Log of the site on {platform}",
    "start": "Start of the site on {platform}",
    "stop": "Stop of the site on {platform}",
    "restart": "Restart of the site on {platform}",
    "releases": "Releases on {platform}",
    "rollback": "Rollback of the site on {platform}",
    "variables": "Variables on {platform}",
    "set": "Set {name} on {platform}",
    "unset": "Unset {name} on {platform}",
    "run": "“{command}” on {platform}",
    "backup": "Backup of the site on {platform}",
    "restore": "Restored data of the site on {platform}",
    "follow": "Log of the site on {platform}",
    "maintenance": "Maintenance page {wanted} on {platform}",
    "domains": "Domains on {platform}",
    "add_domain": "Added {domain} on {platform}",
    "remove_domain": "Removed {domain} on {platform}",
    "sizes": "What the site on {platform} runs on",
    "resize": "Changed to {size} on {platform}",
    "backups": "Backups on {platform}",
    "daily_backups": "Daily backups {wanted} on {platform}",
}
_ENDED: Mapping[RunKind, str] = {
    RunKind.PLAN: "Plan for {platform}",
    RunKind.CONFIGURE: "Configuration of {project} for {platform}",
    RunKind.DEPLOY: "Deployment of {project} to {platform}",
    RunKind.UNDO: "Undo of changes to {project}",
    RunKind.DESTROY: "Removal of {project} from {platform}",
    RunKind.FIX: "Fix for {project}",
    RunKind.OPERATE: "{operation} of the site on {platform}",
}
_TITLES: Mapping[RunKind, str] = {
    RunKind.PLAN: "Planning for {platform}",
    RunKind.CONFIGURE: "Configuring {project} for {platform}",
    RunKind.DEPLOY: "Deploying {project} to {platform}",
    RunKind.UNDO: "Undoing the changes to {project}",
    RunKind.DESTROY: "Removing {project} from {platform}",
    RunKind.FIX: "Fixing {project}",
    RunKind.OPERATE: "Operating the site on {platform}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPart:
    title: str
    sections: tuple[Section, ...]


_PARTS = (
    ("What to do about it", frozenset({"problem"})),
    ("Your site", frozenset({"left", "managed", "removed", "remarks"})),
    ("Next", frozenset({"next", "reading"})),
    ("What changed", frozenset({"changes", "undo", "by-hand"})),
    ("On this computer", frozenset({"kept"})),
)


@dataclass(frozen=True, kw_only=True)
class DiffView:
    """One changed file and the rows of its diff.

    :param is_lock: whether a dependency manager wrote it, so that nobody reads it line by line.
    """

    change: FileChange
    rows: tuple[formatting.DiffRow, ...]
    is_lock: bool = False

    @property
    def is_folded(self) -> bool:
        """Whether it is folded at first."""
        return self.is_lock or len(self.rows) > 120

    @cached_property
    def parts(self) -> tuple[formatting.DiffPart, ...]:
        return formatting.parts(self.rows)

    @cached_property
    def pairs(self) -> tuple[tuple[formatting.DiffRow | None, formatting.DiffRow | None], ...]:
        """The same rows side by side, where that shows more: something takes the place of something else."""
        worth = self.change.added and self.change.removed and not self.is_folded
        return formatting.side_by_side(self.rows) if worth else ()


@dataclass(frozen=True, kw_only=True)
class RunView:
    """One run. What costs a file to read is read when a template first asks for it."""

    service: Service
    run: Run
    timeline: Timeline

    @classmethod
    def of(cls, service: Service, run_id: str, timeline: Timeline) -> RunView:
        run = service.run(run_id)
        if not run.is_active and timeline.end is None:  # its process could not say so
            timeline = stopped(timeline, run.finished or run.created, run.state.value)
        return cls(service=service, run=run, timeline=timeline)

    @property
    def id(self) -> str:
        return self.run.id

    @cached_property
    def card(self) -> Card | None:
        return card(self.service, self.run.platform)

    @cached_property
    def platform(self) -> str:
        return self.card.name if self.card else self.run.platform

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The platform's own words."""
        try:
            return self.service.registry.get(self.run.platform).words if self.run.platform else {}
        except SimpleDeployError:
            return {}

    @cached_property
    def title(self) -> str:
        return title(self.run, self.card.named if self.card else self.run.platform, project_name(self.service.location))

    @property
    def kind(self) -> str:
        return KINDS[self.run.kind]

    @property
    def state(self) -> str:
        before = self.timeline.before if self.run.is_active else None
        return STATES[self.run.state] if before is None else waits(before)

    @property
    def folds_log(self) -> bool:
        """Whether the outcome says all that most people want to know."""
        return not self.run.is_active and not self.went_wrong

    @property
    def is_plan(self) -> bool:
        return self.run.kind is RunKind.PLAN

    @cached_property
    def plan(self) -> RenderedPlan | None:
        return self.service.plan_of(self.run.id)

    @property
    def shows_plan(self) -> bool:
        """Whether there is a diff to read."""
        return self.is_plan and self.timeline.plan is not None and self.plan is not None

    @property
    def can_be_applied(self) -> bool:
        return self.is_plan and self.run.state is RunState.SUCCEEDED and self.plan is not None

    @cached_property
    def applied_by(self) -> Run | None:
        """The run that carried out this plan, or carries it out now."""
        if not self.is_plan:
            return None
        return next((run for run in self.service.runs() if run.plan_run == self.run.id), None)

    @cached_property
    def diffs(self) -> tuple[DiffView, ...]:
        more = explanations_of(self.service, self.run.platform)
        return tuple(_diff(change, more) for change in (self.plan.changes if self.plan else ()))

    @property
    def added(self) -> int:
        """Lines that the plan adds, those of locks left aside."""
        return sum(diff.change.added for diff in self.diffs if not diff.is_lock)

    @property
    def removed(self) -> int:
        return sum(diff.change.removed for diff in self.diffs if not diff.is_lock)

    @cached_property
    def pressing(self) -> tuple[Finding, ...]:
        """What should be read before deciding."""
        found = self.plan.findings if self.is_plan and self.plan else self.timeline.findings
        return tuple(each for each in by_weight(found) if each.level in PRESSING)

    @cached_property
    def remarks(self) -> tuple[Finding, ...]:
        """What is good to know."""
        found = self.plan.findings if self.is_plan and self.plan else self.timeline.findings
        return tuple(each for each in found if each.level is Level.INFO)

    @cached_property
    def secret_options(self) -> tuple[Option, ...]:
        """Secrets the platform needs to carry the plan out; they are not kept between runs."""
        wanted = self.questions.secrets if self.questions else ()
        # Whether they apply was settled by the answers the plan was made with.
        return tuple(replace(option, when=None) for option in wanted if is_asked(option, self.run.answers))

    @cached_property
    def questions(self) -> Questions | None:
        """What the run's platform asks; None where that cannot be known now."""
        try:
            return self.service.questions(self.run.platform)
        except SimpleDeployError:
            return None

    @property
    def secret_fields(self) -> tuple[forms.Field, ...]:
        return forms.fields(self.secret_options, {})

    @cached_property
    def retry_options(self) -> tuple[Option, ...]:
        """What may be answered before the run is tried again."""
        if self.run.kind is not RunKind.UNDO:
            return self.secret_options
        try:
            return self.service.preview_undo(self.run.subject).fields
        except SimpleDeployError:
            return ()

    @property
    def retry_fields(self) -> tuple[forms.Field, ...]:
        return forms.fields(self.retry_options, self.run.answers)

    @property
    def question_fields(self) -> tuple[forms.Field, ...]:
        return forms.fields(self.timeline.question.fields, {}) if self.timeline.question else ()

    @property
    def can_be_retried(self) -> bool:
        over = not self.run.is_active and self.run.state not in {RunState.SUCCEEDED, RunState.UNDONE}
        over = over and self.run.can_be_retried
        return over and RESTORED not in self.run.results and not self.is_stale

    @cached_property
    def is_stale(self) -> bool:
        """Whether the project is another one than the approved plan was made for, so that only a new plan can work."""
        if self.run.kind not in {RunKind.CONFIGURE, RunKind.DEPLOY}:
            return False
        if self.run.error is not None and self.run.error.code == StalePlan.code:
            return True
        return self.plan is not None and self.service.head() not in {self.plan.base, self.run.commit, None}

    @cached_property
    def deployed(self) -> Deployed | None:
        """The site that the project has on this run's platform."""
        return next((site for site in self.service.sites() if site.platform == self.run.platform), None)

    @property
    def still_serves(self) -> str | None:
        """The address of the site that a deployment which did not work has left as it was."""
        site = self.deployed if self.run.kind is RunKind.DEPLOY and self.went_wrong else None
        return site.url if site is not None and site.run is not None and site.run.id < self.run.id else None

    @property
    def opens(self) -> str | None:
        """The address of a page of the site that answered when the plan was tried."""
        path = self.plan.health_url if self.plan else None
        return self.run.url and urljoin(self.run.url, path or "")

    @property
    def afterwards(self) -> str | None:
        """The page of the site that an operation was about."""
        if self.run.kind is not RunKind.OPERATE or self.run.platform not in self.service.deployed_to():
            return None
        return AFTERWARDS.get(self.run.subject, "site")

    @cached_property
    def news(self) -> News | None:
        """What the plan would deploy that is not deployed yet."""
        return self.service.news(self.deployed) if self.is_plan and self.deployed else None

    @property
    def loses_data(self) -> bool:
        """Whether a migration that is new deletes something."""
        return self.news is not None and any(each.loses for each in self.news.migrations)

    @property
    def can_back_up(self) -> bool:
        return "backup" in self.service.registry.get(self.run.platform).operations

    @cached_property
    def asks_because(self) -> tuple[str, ...]:
        """Why somebody should decide about a plan that was made to deploy what is new; empty when it can go on."""
        if self.plan is None:
            return ()
        reasons = []
        if self.diffs:
            reasons.append("it changes files of the project")
        if self.pressing:
            reasons.append("there is something to read first")
        if self.plan.plan.creates or self.plan.plan.makes_unlisted:
            reasons.append("it creates something new")
        if self.secret_options or self.plan.plan.questions:
            reasons.append("it needs an answer")
        if self.news is None:
            reasons.append("nobody can tell what is new")
        elif not self.news.count:
            reasons.append("there is no new commit")
        else:
            changed = self.news.worth_asking(self.service.inspection().facts)
            reasons += [f"the new commits change {kind} ({named(paths)})" for kind, paths in changed]
        return tuple(reasons)

    @property
    def was_asked_to_deploy(self) -> bool:
        return self.is_plan and self.run.subject == AGAIN

    @cached_property
    def stopping(self) -> tuple[Finding, ...]:
        """What has to be settled before a run that was blocked can go on."""
        return deploy_blockers(self.pressing) if self.run.state is RunState.BLOCKED else ()

    @cached_property
    def next_issue(self) -> tuple[int, Finding | None]:
        """After a fix: how many issues still stop a deployment, and the first that has a fix of its own."""
        left = deploy_blockers(by_weight(self.service.inspection().findings))
        return len(left), next((each for each in left if each.fix_name), None)

    @property
    def went_wrong(self) -> bool:
        return self.run.state in {RunState.FAILED, RunState.BLOCKED, RunState.INTERRUPTED, RunState.CANCELLED}

    @cached_property
    def last_words(self) -> tuple[str, ...]:
        """What was printed last, for the panel that explains a failure."""
        events, _ = self.service.event_tail(self.run.id, 60)
        return formatting.last_words(events)

    @cached_property
    def summary(self) -> Summary | None:
        return self.service.summary(self.run.id)

    @property
    def summary_parts(self) -> tuple[SummaryPart, ...]:
        """The sections of the summary, in the order in which somebody needs them."""
        sections = self.summary.sections if self.summary else ()
        parts = (
            SummaryPart(title=title, sections=tuple(each for each in sections if each.id in ids))
            for title, ids in _PARTS
        )
        return tuple(part for part in parts if part.sections)

    @cached_property
    def pages(self) -> Mapping[str, tuple[str, str]]:
        """What stands in a command that the page can do too, with the page's name and its argument."""
        slug, found = self.run.platform, dict[str, tuple[str, str]]()
        if self.run.can_be_undone:
            found["deploy --undo"] = ("undo", self.run.id)
        if slug not in self.service.deployed_to():
            return found
        found["--destroy"] = ("destroy", slug)
        found["--automate-all"] = ("platform", slug)
        operations = self.service.registry.get(slug).operations
        for operation in operations:
            found[f"deploy --platform {slug} --{operation.replace('_', '-')}"] = (SHOWN_ON.get(operation, "site"), slug)
        if "run" in operations:
            found["createsuperuser"] = ("site-command", slug)
        return found

    @cached_property
    def picture(self) -> str:
        """The site's start page as a picture; empty where none was taken."""
        return pictures.as_address(self.service.picture_file(self.run.id))

    @property
    def can_take_picture(self) -> bool:
        return bool(self.run.kind is RunKind.DEPLOY and self.run.url and pictures.browser())

    @cached_property
    def site(self) -> SiteState | None:
        return self.service.site(self.run.id) if self.run.kind is RunKind.OPERATE else None

    @property
    def says(self) -> str:
        """What is announced to someone who does not see the page."""
        step = self.timeline.current
        waiting = self.timeline.question is not None or self.timeline.before is not None
        if self.run.is_active and step is not None and not waiting:
            return f"Step {self.timeline.finished + 1} of {len(self.timeline.steps)}: {step.title}"
        question = self.timeline.question if self.run.is_active else None
        return f"{self.state}: {question.title}" if question else f"{self.title}: {self.state}"

    @property
    def remains(self) -> tuple[Resource, ...]:
        """What still exists on the platform after a run that did not work."""
        return self.timeline.end.remains if self.timeline.end else ()

    @cached_property
    def usually(self) -> float | None:
        """How long such a run takes; None where that is not known, or too short to be said."""
        seconds = self.service.usual_seconds(self.run) if self.run.is_active else None
        return seconds if seconds and seconds >= 2 else None

    @cached_property
    def paths(self) -> formatting.Paths:
        """Folders that have short names in the log."""
        return short_paths(self.service, self.run)

    @property
    def seconds(self) -> float | None:
        if self.run.started is None or self.run.finished is None:
            return None
        return max(self.run.finished - self.run.started, 0.0)


def _diff(change: FileChange, more: Mapping[str, str]) -> DiffView:
    rows = formatting.with_tokens(formatting.with_words(formatting.diff_rows(change.diff)), change.path)
    is_lock = PurePosixPath(change.path).name.lower().endswith((".lock", "lock.json", "lock.yaml"))
    if change.path.endswith(".py"):
        meanings = iter([*explained((row.text for row in rows if row.kind == "add"), more)])
        rows = tuple(replace(row, meaning=next(meanings)) if row.kind == "add" else row for row in rows)
    return DiffView(change=change, rows=rows, is_lock=is_lock)


def explanations_of(service: Service, slug: str) -> Mapping[str, str]:
    """What lines mean that only this platform adds to settings."""
    try:
        return service.registry.get(slug).explanations if slug else {}
    except SimpleDeployError:
        return {}


def short_paths(service: Service, run: Run) -> formatting.Paths:
    """Folders with what stands in their place in the log of *run*, the longest first."""
    found = {str(service.location.root): "$PROJECT"}
    for resource in service.known_resources(run.platform) if run.platform else ():
        if resource.remote_id and PurePath(resource.remote_id).is_absolute():
            found[resource.remote_id] = "$SITE"
    found[str(service.store.root / "runs" / (run.plan_run or run.id) / "tree")] = "$WORKBENCH"
    return tuple(sorted(found.items(), key=lambda each: len(each[0]), reverse=True))


def named(paths: tuple[str, ...], most: int = 3) -> str:
    """A few of *paths*, and how many more there are."""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more


def title(run: Run, platform: str, project: str) -> str:
    """What *run* does or did, as a heading."""
    template = (_TITLES if run.is_active else _ENDED)[run.kind]
    if run.kind is RunKind.OPERATE:
        template = (_OPERATING if run.is_active else _OPERATED).get(run.subject, template)
    told = {name: str(run.answers.get(name, "")) for name in ("name", "command", "wanted", "domain", "size")}
    return template.format(platform=platform, project=project, operation=run.subject.capitalize(), **told)


def card(service: Service, slug: str) -> Card | None:
    """What is known of a platform, or None when its plugin is not there any more."""
    try:
        return service.registry.get(slug).card if slug else None
    except SimpleDeployError:
        return None


SHOWN = 1_000  # lines in the first view, and as many more each time earlier ones are asked for


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """:param first: number of the first line when earlier ones were left out, else 0."""

    view: RunView
    log: SafeString
    first: int
    left_out: int

    @classmethod
    def of(cls, service: Service, run_id: str) -> RunPage:
        """:raises NoSuchRun:"""
        events, left_out = service.event_tail(run_id, SHOWN)
        view = RunView.of(service, run_id, fold(events))
        first = next((event.seq for event in events if isinstance(event.payload, Output)), 0) if left_out else 0
        shown = lines(event for event in events if event.seq >= first)
        return cls(view=view, log=formatting.log_lines(shown, view.paths), first=first, left_out=left_out)


def earlier_lines(service: Service, run_id: str, before: int) -> tuple[tuple[Line, ...], bool]:
    """The lines just before event *before*, and whether there are still earlier ones."""
    after = max(before - 1 - SHOWN, 0)
    events = service.reader(run_id, after).read(SHOWN)
    found = lines(event for event in events if event.seq < before)
    return found, after > 0 and bool(found)
