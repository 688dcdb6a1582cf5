"""The only entrance for both faces: what the page and the command can ask for, and nothing of how it is shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from simple_deploy import conf as conf_module
from simple_deploy.conf import Conf
from simple_deploy.core import codec
from simple_deploy.core.errors import InvalidAnswer, NoProject
from simple_deploy.core.events import Event
from simple_deploy.core.facts import Corrections, Location
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.options import Answers, collect
from simple_deploy.inspection import corrections, locate
from simple_deploy.inspection.corrections import STATE_FOLDER
from simple_deploy.rehearsal.world import stage_folder
from simple_deploy.runs import picture, stage
from simple_deploy.runs.context import RunContext
from simple_deploy.runs.execution import Execution
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.starting import Given, Starting
from simple_deploy.runs.stopping import Stop
from simple_deploy.system import files, process, stored

FILE = "project.json"  # in the state folder: which project it belongs to


class Service(Starting):
    """Deployments of one project: read (see :class:`Reading`), begun (see :class:`Starting`) and carried out."""

    # -- choosing --

    def correct(self, given: Corrections) -> None:
        """Take what the person chose in the place of guesses, now and from now on.

        :raises NoProject: the chosen folder holds no project.
        """
        self.location = locate.corrected(self.location, given)
        self.keep_corrections()

    def take_corrections(self) -> None:
        """Follow what was chosen elsewhere meanwhile: on the page, or by the command."""
        chosen = corrections.read(self.store.root)
        if chosen != self.location.corrections:
            with suppress(NoProject):
                self.location = locate.corrected(self.location, corrections.in_place_of(chosen))

    def keep_corrections(self) -> None:
        """Remember what was chosen for the project."""
        self.store.prepare()
        self.store.save_corrections(self.location.corrections)

    # -- rehearsing --

    def rehearsal(self, slug: str, *, scenario: str = "", allow_dirty: bool = False) -> Service:
        """The same project on a stage where platform *slug* is simulated; made ready as the project is now.

        :raises PluginNotFound: the platform cannot be rehearsed. :raises WrongUsage: it has no such scenario.
        """
        self.store.prepare()
        location = stage.prepare(
            self.location,
            self.store.root,
            self.registry.get(slug),
            scenario=scenario,
            allow_dirty=allow_dirty,
            run=process.run,
        )
        return self._on_stage(slug, location)

    def on_stage(self, slug: str) -> Service | None:
        """The rehearsal of platform *slug* as it was left, or None when there was none."""
        folder = stage_folder(self.store.root, slug)
        clone = folder / "project" / self.location.root.name
        try:
            is_there = (clone / STATE_FOLDER / stage.FILE).is_file()
        except OSError:  # no folder can have so long a name
            return None
        return self._on_stage(slug, replace(self.location, root=clone)) if is_there else None

    def download(self, slug: str, plan_run: str, on_line: Callable[[str], None]) -> None:
        """Download all that rehearsing on this stage needs, so that it works without a network afterwards.

        :param plan_run: what was planned there, the files of which say what that is.
        :raises StepError: something cannot be had.
        """
        simulation = self.registry.get(slug).simulation
        if self.stage is None or simulation is None or not simulation.prepare:
            return
        program = next(iter(simulation.programs))
        process.run(
            (program, *simulation.prepare),
            cwd=self.store.tree(plan_run),
            env=self.stage.environment(),
            timeout=3600,
            on_line=on_line,
        )

    def end_rehearsal(self, slug: str) -> None:
        """Remove the stage of platform *slug* and everything that runs on it."""
        stage.clear(self.store.root, slug)

    def _on_stage(self, slug: str, location: Location) -> Service:
        data = stage_folder(self.store.root, slug) / "data"
        conf = replace(self.conf, state_dir=None, data_dir=data)
        return Service(location, conf, registry=self.registry, clock=self.clock)

    # -- while it runs --

    def execute(
        self,
        run_id: str,
        *,
        given: Mapping[str, object] | None = None,
        use_defaults: bool = False,
        person: Asker | None = None,
        nobody: bool = False,
        listeners: Iterable[Callable[[Event], None]] = (),
    ) -> Run:
        """Execute a queued run in this process, to its end; a run someone else executes is returned as it is.

        :param given: answers given ahead.
        :param use_defaults: take the default of a question rather than asking.
        :param person: who is asked otherwise; None means the page, unless *nobody*.
        :raises StateUnusable: not even its beginning can be stored.
        """
        run = self.store.get(run_id)
        if run.state is not RunState.QUEUED:
            return run
        try:
            if not self.store.claim(run_id):
                return run
            context = RunContext(
                run,
                self,
                given=given or {},
                use_defaults=use_defaults,
                person=person,
                nobody=nobody,
                listeners=listeners,
            )
        except OSError as error:
            raise files.unusable(self.store.root, error) from error
        return Execution(context).execute()

    def cancel(self, run_id: str, asked: Stop = Stop.PAGE) -> None:
        """Ask the run to stop. One that nobody has begun to execute is over at once."""
        run = self.run(run_id)
        if not run.is_active:
            return
        self.store.ask_to_stop(run_id, asked)
        if run.state is RunState.QUEUED and self.store.claim(run_id):
            self.store.update(run_id, state=RunState.CANCELLED, finished=self.clock.now())
            self.store.forget_secrets(run_id)

    def take_picture(self, run_id: str) -> None:
        """Keep a picture of the start page of the site that the run made.

        :raises SimpleDeployError: the run made none, there is no browser, or it shows nothing.
        """
        run, program = self.run(run_id), picture.browser()
        if not run.url or program is None:
            raise InvalidAnswer("There is no browser on this computer that takes pictures.")
        picture.take(program, self.near(run.platform, run.url), self.picture_file(run_id), process.run)

    def answer(self, run_id: str, question_id: str, given: Given) -> None:
        """Answer the open question.

        :raises InvalidAnswer: an answer does not fit, or the question is not open any more.
        :raises MissingAnswers:
        """
        question = self.open_question(run_id)
        if question is None or question.id != question_id:
            raise InvalidAnswer("That question is no longer open.", hint="Look at the run's page for the current one.")
        answers = given if isinstance(given, Answers) else collect(question.fields, given, use_defaults=False)
        if not self.store.put_answer(run_id, question_id, answers.values):
            raise InvalidAnswer(
                "That question has already been answered.", hint="The run continues with the first answer."
            )


def remember(service: Service) -> None:
    """Note in the state folder which project it belongs to."""
    service.store.prepare()
    path = service.store.root / FILE
    data = json.dumps(codec.to_data(service.location), indent=1).encode("utf-8")
    try:
        if (stored.text(path) or "").encode("utf-8") != data:
            files.write_atomic(path, data)
    except OSError as error:
        raise files.unusable(service.store.root, error) from error


def open_service(start: Path) -> Service:
    """The service of the project that *start* lies in, as the tool last saw it.

    :raises NoProject: the tool has not been used there.
    """
    conf = conf_module.load(os.environ)
    return Service(_remembered(start, conf), conf)


def _remembered(start: Path, conf: Conf) -> Location:
    folders = [conf.state_dir] if conf.state_dir else [each / STATE_FOLDER for each in (start, *start.parents)]
    for folder in folders:
        location = stored.known(Location, folder / FILE)
        if location is None:
            continue
        if not conf.state_dir and location.root != folder.parent:
            # The project was moved or copied since: it is where its state folder is.
            location = replace(location, root=folder.parent)
        return location
    raise NoProject(
        f"simple_deploy has not been used in {start} or a folder above it.",
        hint="Go to your project's folder, or run `python manage.py deploy --check` there first.",
    )
