"""What can be read of a project and its runs; nothing here starts or changes one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import uv

from simple_deploy import conf as conf_module
from simple_deploy.conf import Conf
from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.core.events import Event, QuestionAsked
from simple_deploy.core.facts import Location, ProjectFacts
from simple_deploy.core.interfaces import Clock, Response, Runner
from simple_deploy.core.options import Question
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.engine import additions, renewal
from simple_deploy.engine.context import SystemClock
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.existing import question_about
from simple_deploy.inspection import fixes
from simple_deploy.inspection.corrections import STATE_FOLDER
from simple_deploy.inspection.inspect import Inspection, Inspector
from simple_deploy.platforms import delivery
from simple_deploy.platforms import registry as plugin_registry
from simple_deploy.platforms.base import Operation, Platform, SiteState
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs import commits, deployed, history, liveness, looking, stage
from simple_deploy.runs.backups import Backups
from simple_deploy.runs.commits import Behind, Commit, Comparison, News
from simple_deploy.runs.deployed import Deployed
from simple_deploy.runs.eventlog import EventReader, read_tail
from simple_deploy.runs.health import Health, health
from simple_deploy.runs.history import UndoPreview
from simple_deploy.runs.looking import Look
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.questions import Questions
from simple_deploy.runs.stage import Stage
from simple_deploy.runs.store import FileRunStore, active
from simple_deploy.runs.summary import Summary
from simple_deploy.system import http, process
from simple_deploy.system.git import Git

_ALIKE = 60  # runs that are looked through for those that tell how long one takes


class Reading:
    """A project, its runs and what is known of both.

    :param location: where the project is.
    :param registry: the installed platforms; loaded when first needed.
    """

    def __init__(
        self,
        location: Location,
        conf: Conf | None = None,
        *,
        registry: PluginRegistry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.location = location
        self.conf = conf if conf is not None else conf_module.load(os.environ)
        self.store = FileRunStore(self.conf.state_dir or location.root / STATE_FOLDER)
        self.clock: Clock = clock or SystemClock()
        self._given_registry = registry
        self._secrets: dict[str, tuple[str, ...]] = {}

    @cached_property
    def registry(self) -> PluginRegistry:
        return self._given_registry or plugin_registry.load()

    @cached_property
    def uv(self) -> str:
        """Path of the uv program."""
        return str(uv.find_uv_bin())

    @cached_property
    def stage(self) -> Stage | None:
        """The stage these runs are rehearsed on; None for a project of its own."""
        return stage.load(self.store.root)

    @property
    def backups(self) -> Backups:
        """Backups of its sites that were made from the page."""
        return Backups(self.store.root)

    @property
    def environments(self) -> Environments:
        """The environments that plans of this project are tried in; other projects have theirs in the same folder."""
        return Environments(self.conf.cache_dir / "environments", self.uv, self.location.root)

    # -- the project --

    def inspection(self, *, fresh: bool = False, hiding: bool = False, platform: str = "") -> Inspection:
        """Facts and findings, from the cache where nothing changed.

        :param hiding: the project's secrets have to be known.
        :param platform: the slug of the one that the project is looked at for; what does not get there is found too.
        """
        self.store.prepare()
        redactor = Redactor(secrets_in_environment(os.environ))

        def run(argv, **options):  # type: ignore[no-untyped-def]
            return process.run(argv, redact=redactor, **options)

        found = self.look(run, fresh=fresh, hiding=hiding)
        if not platform:
            return found
        chosen = self.registry.get(platform)
        more = delivery.findings(chosen.delivery, chosen.card.name, found.facts)
        return replace(found, findings=(*found.findings, *more))

    def look(self, run: Runner, *, fresh: bool = False, hiding: bool = False, allow_dirty: bool = False) -> Inspection:
        """Facts and findings, those of plugins too.

        :param run: runs the programs that are asked.
        """
        root = self.location.root
        inspector = Inspector(
            run, self.store.cache, written=lambda: history.clean(self.store, root), secrets=self._secrets
        )
        with ThreadPoolExecutor(max_workers=1) as beside:  # plugins are loaded while the project and git are asked
            beside.submit(lambda: self.registry)
            found = inspector.inspect(self.location, fresh=fresh, hiding=hiding, allow_dirty=allow_dirty)
        more = (*self.registry.inspect(found.facts), *renewal.findings(found.facts, self._platforms))
        return replace(found, findings=(*found.findings, *more))

    @property
    def _platforms(self) -> dict[str, Platform]:
        return {platform.card.slug: platform for platform in self.registry.platforms}

    def questions(self, slug: str, facts: ProjectFacts | None = None) -> Questions:
        """What platform *slug* asks; nothing where it is empty.

        :param facts: of a look that was taken just now; None takes one.
        """
        if not slug:
            return Questions(every=(), last={})
        platform = self.registry.get(slug)
        target = self.store.target(slug)
        every = additions.options(platform, facts or self.inspection().facts)
        if target is None:
            return Questions(every=every, last={})
        kept = {question_about(path): choice for path, choice in target.kept.items()}
        return Questions(every=every, last=target.answers, kept=kept)

    def describe_fix(self, name: str, given: Mapping[str, object] | None = None) -> fixes.Fix:
        """What the fix *name* would do."""
        answers = {key: str(value) for key, value in (given or {}).items()}
        try:
            return self.fix_of(name, self.inspection().facts, answers)
        except LookupError as error:
            raise InvalidAnswer(f"There is no fix “{name}”.", hint="--check names the fix of each finding.") from error

    def fix_of(self, name: str, facts: ProjectFacts, given: Mapping[str, str]) -> fixes.Fix:
        """The same for a project with these *facts*.

        :raises LookupError: there is no such fix.
        """
        if name != renewal.FIX:
            return fixes.describe(name, facts, given)
        targets = {slug: self.store.target(slug) for slug in self._platforms}
        chosen = {slug: target.answers for slug, target in targets.items() if target is not None}
        return renewal.describe(facts, given, self._platforms, chosen)

    # -- its runs --

    def known_resources(self, slug: str) -> tuple[Resource, ...]:
        """What was on the platform when it was last looked at."""
        target = self.store.target(slug)
        return target.resources if target else ()

    def deployed_to(self) -> tuple[str, ...]:
        """Slugs of the platforms that the project was deployed to from here, and has not been removed from since."""
        last: dict[str, Run] = {}
        for run in self.runs(200):
            if run.kind in {RunKind.DEPLOY, RunKind.DESTROY} and run.state is RunState.SUCCEEDED:
                last.setdefault(run.platform, run)
        slugs = [platform.card.slug for platform in self.registry.platforms]
        return tuple(
            slug for slug in slugs if self.known_resources(slug) or (slug in last and last[slug].kind is RunKind.DEPLOY)
        )

    def sites(self) -> tuple[Deployed, ...]:
        """What the project is deployed to, by its runs; nobody is asked."""
        runs = self.runs(200)
        found = []
        for slug in self.deployed_to():
            target = self.store.target(slug)
            site = deployed.site_of(slug, target.url if target else None, runs, self.site)
            found.append(replace(site, commit=self.deployed_commit(site.run) if site.run else ""))
        return tuple(found)

    def deployed_commit(self, run: Run) -> str:
        """The commit that a deployment took along, or empty."""
        if run.commit:
            return run.commit
        planned = self.store.plan_of(run)
        return planned.base if planned and not planned.snapshot else ""

    def news(self, site: Deployed) -> News | None:
        """What is committed since the last deployment to *site*; None when nobody can tell."""
        return commits.news(self._git, site.commit)

    def behind(self, site: Deployed) -> Behind | None:
        """How much that is, at less cost."""
        return commits.behind(self._git, site.commit)

    def compare(self, one: str, other: str) -> Comparison | None:
        """How two commits differ; None where one of them is not in the repository."""
        return commits.compare(self._git, one, other)

    def head(self) -> str | None:
        """The project's commit, None where there is none."""
        return self._git.head()

    def commit(self, name: str) -> Commit | None:
        """The commit *name*, None when it is not in the repository."""
        return commits.commit_of(self._git, name)

    @property
    def _git(self) -> Git:
        return Git(self.location.root, process.run)

    def health(self, slug: str) -> Health | None:
        """How the site on *slug* answers now; None when it has no address."""
        site = next((each for each in self.sites() if each.platform == slug), None)
        if site is None or not site.url:
            return None
        planned = self.plan_of(site.run.id) if site.run else None

        def visit(url: str, *, timeout: float) -> tuple[Response, str]:
            return http.visit(self.near(slug, url), timeout=timeout)

        return health(site.url, planned.health_url if planned else None, visit)

    def near(self, slug: str, url: str) -> str:
        """Where this computer asks the site on *slug* in the place of *url*, which people open."""
        here = self.stage.near(url) if self.stage is not None else url
        return self.registry.get(slug).near(self.conf.data_dir / slug, self.location, self.store.mark, here)

    def ask_site(self, slug: str, operation: Operation) -> Look:
        """What platform *slug* says about the site now: an operation that changes nothing, without a run.

        :raises PluginNotFound: it does not offer that. :raises SimpleDeployError: it could not be asked.
        """
        return looking.look(
            self.registry.get(slug),
            operation,
            self.inspection(hiding=True),
            home=self.conf.data_dir / slug,
            mark=self.store.mark,
            uv=self.uv,
            clock=self.clock,
            stage=self.stage,
        )

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """The newest runs."""
        return tuple(self._as_it_is(run) for run in self.store.list(limit))

    def run(self, run_id: str) -> Run:
        """:raises NoSuchRun:"""
        return self._as_it_is(self.store.get(run_id))

    def usual_seconds(self, run: Run) -> float | None:
        """How long runs like *run* took lately, those that worked; None when there was none."""
        alike = (each for each in self.store.list(_ALIKE) if each.kind is run.kind and each.platform == run.platform)
        took = [
            each.finished - each.started
            for each in alike
            if each.state is RunState.SUCCEEDED and each.subject == run.subject and each.started and each.finished
        ]
        newest = sorted(took[:5])
        return newest[len(newest) // 2] if newest else None

    def active(self) -> Run | None:
        """The run that works, waits or is queued, or None."""
        return active(self.runs(20))

    def last(self) -> Run | None:
        """The newest run, looks at the deployed site left aside."""
        return next((run for run in self.runs(200) if run.kind is not RunKind.OPERATE), None)

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        """All there are, few of them in memory at a time."""
        reader = self.reader(run_id, after)
        while some := reader.read(1_000):
            yield from some

    def reader(self, run_id: str, after: int = 0) -> EventReader:
        """A reader that goes on where it stopped; for streams."""
        return EventReader(self.store.folder(run_id), after)

    def event_tail(self, run_id: str, lines: int) -> tuple[list[Event], int]:
        """All events but output, the last *lines* of output, and how many lines were left out."""
        return read_tail(self.store.folder(run_id), lines)

    def plan_of(self, run_id: str) -> RenderedPlan | None:
        return self.store.plan_of(self.store.get(run_id))

    def summary(self, run_id: str) -> Summary | None:
        return self.store.data(run_id, "summary", Summary)

    def summary_markdown(self, run_id: str) -> str | None:
        return self.store.text(run_id, "summary.md")

    def summary_file(self, run_id: str) -> Path | None:
        path = self.store.folder(run_id) / "summary.md"
        return path if path.exists() else None

    def summary_html(self, run_id: str) -> str | None:
        return self.store.text(run_id, "summary.html")

    def picture_file(self, run_id: str) -> Path:
        """Where a picture of the site's start page is kept, once one was taken."""
        return self.store.folder(run_id) / "picture.png"

    def log_file(self, run_id: str) -> Path:
        return self.store.folder(run_id) / "deploy.log"

    def site(self, run_id: str) -> SiteState | None:
        """What an ``operate`` run found out about the deployed site."""
        return self.store.data(run_id, "site", SiteState)

    def open_question(self, run_id: str) -> Question | None:
        """The question the run waits for, or None."""
        events, _ = self.event_tail(run_id, 0)
        asked: Question | None = None
        for event in events:
            if isinstance(event.payload, QuestionAsked):
                asked = event.payload.question
            elif event.payload.kind in {"question-answered", "run-finished"}:
                asked = None
        return asked

    def preview_undo(self, run_id: str) -> UndoPreview:
        """What undoing the run would do now. :raises NoSuchRun: :raises StateUnusable:"""
        return history.preview_undo(self.location, self.store, run_id)

    def _as_it_is(self, run: Run) -> Run:
        return liveness.judged(run, self.store, self.location.root, self.clock)
