"""Nothing is lost: the worker, the web process, Redis, or all at once are killed, at every step and during their writes."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from simple_deploy.core.events import Output, StepFinished, StepStarted
from simple_deploy.jobs import worker
from simple_deploy.jobs.dispatch import dispatch, revive
from simple_deploy.runs.model import Run, RunState
from simple_deploy.runs.service import Service, remember
from tests.attacks.claims import proves
from tests.attacks.halts import Halts, answering, at_work, boundaries, kill_all
from tests.attacks.saboteur import Create, Saboteur
from tests.attacks.worlds import ON_THE_PAGE, Stage, World, done, executor, finish, settled, stage
from tests.project.conftest import wait_for
from tests.project.jobs.test_redis import RedisServer, redis_at
from tests.web.servers import Server, serving
from tests.web.test_stream import shown

__all__ = ["executor", "redis_at", "stage", "wait_for"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Wait = Callable[..., object]

#: One of each kind of run, and of what it finds. One that its own terminal executes has none of these around it.
IN_THE_BACKGROUND = (
    "plan",
    "configure",
    "deploy",
    "retry",
    "undo deploy",
    "destroy",
    "first-commit",
    "undo first-commit",
    "status",
)


@dataclass(frozen=True)
class Scene:
    """A run that a worker is to execute, which stands still at boundaries.

    :param env: for the processes that work on it.
    """

    world: World
    halts: Halts
    env: dict[str, str]
    executor: Saboteur
    wait_for: Wait

    @property
    def service(self) -> Service:
        return self.world.service

    @property
    def run(self) -> str:
        return self.world.run

    def begin(self) -> int:
        """Have a worker execute the run; returns the worker's process id."""
        pid = self.executor.start_worker(self.world.project, self.env)
        self.wait_for(lambda: worker.alive(self.service.store.root))
        dispatch(self.service, self.service.run(self.run))
        return pid

    def halted(self, number: int) -> None:
        self.wait_for(answering(self.service, self.run, lambda: self.halts.reached(number)))

    def succeeds(self, after: object) -> None:
        """It comes to its end, has stored each event once and in order, and leaves nobody at work."""
        over = answering(self.service, self.run, lambda: not self.service.run(self.run).is_active)
        self.wait_for(over)
        ended = self.service.run(self.run)
        assert ended.state is RunState.SUCCEEDED, ended.error
        assert self.world.state() == after
        events = [*self.service.events(self.run)]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))


@dataclass(frozen=True)
class Play:
    """A run of one kind, to be executed again and again.

    :param before: the person's state without it. :param after: with it. :param count: of its boundaries.
    """

    stage: Stage
    executor: Saboteur
    wait_for: Wait
    before: object
    after: object
    count: int

    @property
    def boundaries(self) -> range:
        return range(1, self.count + 1)

    @contextmanager
    def scene(self, *at: int, **more: str) -> Iterator[Scene]:
        """A copy of the project with the run waiting; whoever works there is gone at the end.

        :param at: the boundaries it stands still at. :param more: variables.
        """
        world = self.stage.start.copy("here")
        talk = world.folder / "halts"
        talk.mkdir()
        halts = Halts(talk, at)
        env = halts.environment({**world.env, **more})
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # of these tests themselves
            for name, value in env.items():
                patch.setenv(name, value)
            remember(world.service)
            try:
                yield Scene(world, halts, env, self.executor, self.wait_for)
            finally:
                kill_all(world.project)
                shutil.rmtree(world.folder)


@pytest.fixture
def play(
    stage: Stage,
    executor: tuple[Saboteur, Path],
    wait_for: Wait,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Iterator[Play]:
    before = stage.start.state()
    world = stage.start.copy("here")
    assert executor[0].execute(world.project, world.run, env=world.env).code == 0
    count = boundaries(world.service, world.run)
    found = Play(stage, executor[0], wait_for, before, world.state(), count)
    shutil.rmtree(world.folder)
    assert found.count >= 2
    yield found
    with capsys.disabled():
        print(f"\n{request.node.name}: N = {found.count} boundaries")


@proves(
    "The worker of a run of each kind is killed (SIGKILL) when a step begins or ends, at each of these moments 1..N",
    "The run continues without it to its end; every event is stored once and in order",
)
@pytest.mark.parametrize("stage", IN_THE_BACKGROUND, indirect=True)
def test_the_worker_is_killed(play: Play) -> None:
    for number in play.boundaries:
        with play.scene(number) as now:
            working = now.begin()
            now.halted(number)
            os.kill(working, signal.SIGKILL)
            play.wait_for(lambda now=now: worker.alive(now.service.store.root) is None)
            now.halts.go_on(number)
            now.succeeds(play.after)
            play.wait_for(lambda now=now: not at_work(now.world.project))  # what it tidies after it has said its end


@proves(
    "Everything that works for a run of each kind, itself included, is killed at once (SIGKILL) when a step "
    "begins or ends, at each of these moments 1..N",
    "As soon as anybody looks the project is either exactly as before or entirely changed, and the run says that "
    "it was interrupted; the same action succeeds when repeated; undo restores every byte",
)
@pytest.mark.parametrize("stage", IN_THE_BACKGROUND, indirect=True)
def test_everything_is_killed(play: Play) -> None:
    outcomes = set()
    for number in play.boundaries:
        with play.scene(number) as now:
            now.begin()
            now.halted(number)
            kill_all(now.world.project)
            where = f"boundary {number} of {play.count}"
            found = settled(now.world, play.before, play.after, where)
            assert found.run is not None and found.run.state is RunState.INTERRUPTED, where
            if found.mark() not in outcomes:
                outcomes.add(found.mark())
                finish(play.executor, play.stage, found, where, play.before, play.after)


@proves(
    "The web process that started a run of each kind is killed (SIGKILL) when its first step begins, and each "
    "server that is started after it when the next one begins or ends, at each of these moments 1..N",
    "The run continues to its end; each new server shows everything it has printed, every event once and in order",
)
@pytest.mark.parametrize("stage", IN_THE_BACKGROUND, indirect=True)
def test_the_web_process_is_killed(play: Play) -> None:
    moments = play.boundaries
    with play.scene(*moments) as now:
        page = f"/simple-deploy/runs/{now.run}/"
        now.service.store.update(now.run, created=now.service.run(now.run).created - 60)  # so that a look starts it
        for number in moments:
            with serving(now.world.project, now.env) as server:
                server.enter()
                assert server.ask("GET", page).status == 200
                now.halted(number)
                shows_all(server, now)
                kill_alone(server)
            now.halts.go_on(number)
        now.succeeds(play.after)
        with serving(now.world.project, now.env) as server:
            server.enter()
            shows_all(server, now)


def kill_alone(server: Server) -> None:
    """Kill a server, and nobody whom it has started."""
    alone = psutil.Process(server.pid)
    alone.kill()
    alone.wait()


def shows_all(server: Server, now: Scene) -> None:
    """The page's stream has everything that the run has said so far."""
    events = now.service.events(now.run)
    told = shown(server.ask("GET", f"/simple-deploy/runs/{now.run}/stream/?poll=1").text)
    assert told == sorted(set(told))
    expected = {each.seq for each in events if isinstance(each.payload, (Output, StepStarted, StepFinished))}
    assert expected <= set(told), sorted(expected - set(told))


@pytest.mark.redis
@proves(
    "Redis is killed (SIGKILL) when a step of a run of each kind begins or ends, and started again before the "
    "next one, at each of these moments 1..N; then it is down when the next run is started, and comes back for "
    "the one after it",
    "The run continues to its end, once; its worker stays alive; the next runs are carried out all the same",
)
@pytest.mark.parametrize("stage", IN_THE_BACKGROUND, indirect=True)
def test_redis_is_killed(play: Play, redis_at: Callable[[], RedisServer]) -> None:
    redis = redis_at()
    with play.scene(*play.boundaries, SIMPLE_DEPLOY_REDIS_URL=redis.url) as now:
        working = now.begin()
        for number in play.boundaries:
            now.halted(number)
            redis.kill()
            now.halts.go_on(number)
            if number < play.count:
                now.halted(number + 1)
            redis.start()
        now.succeeds(play.after)
        alive = worker.alive(now.service.store.root)
        assert alive is not None and alive.pid == working
        redis.kill()
        comes_to_its_end(play, now)
        redis.start()
        comes_to_its_end(play, now)


def comes_to_its_end(play: Play, now: Scene) -> None:
    """The next run does."""
    following = now.service.create_operation("toy", "status")
    dispatch(now.service, following)
    play.wait_for(lambda: not now.service.run(following.id).is_active)
    assert now.service.run(following.id).state is RunState.SUCCEEDED


@proves(
    "The web process is killed (SIGKILL) while it makes a run of each kind and asks a worker to execute it, at every moment N in which"
    " something is about to change",
    "Either there is no run, and the next click makes one; or there is one, waiting, which is executed when "
    "somebody looks next",
)
@pytest.mark.parametrize("stage", ON_THE_PAGE, indirect=True)
def test_the_web_process_is_killed_while_it_makes_a_run(
    stage: Stage, executor: tuple[Saboteur, Path], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    run, folder = executor
    known = set(stage.start.service.store.ids())
    before, copies = stage.start.state(), folder / "copies"
    copies.mkdir()
    world = stage.start.copy("here")
    struck = run.execute(world.project, "", env=world.env, create=world.create, copies=copies, deed="dispatch")
    assert struck.code == 0 and len(struck.points) > 10, struck
    shutil.rmtree(world.folder)
    outcomes = set()
    for number, point in enumerate(struck.points, 1):
        if not (copies / str(number)).exists():  # nothing was changed since the point before
            continue
        (copies / str(number)).rename(world.folder)
        where = f"point {number} of {len(struck.points)}, {point}"
        world.service.store.prepare()  # as every page does
        assert world.state() == before, where
        made = [each for each in world.service.runs() if each.id not in known]
        assert len(made) <= 1, where
        assert all(each.state is RunState.QUEUED and each.pid is None for each in made), where
        left = frozenset(path.name for path in world.service.store.root.glob("*") if "tmp" not in path.name)
        if (len(made), left) not in outcomes:
            outcomes.add((len(made), left))
            done(run, replace(world, run=made[0].id if made else ""))
        shutil.rmtree(world.folder)
    shutil.rmtree(copies)
    assert {count for count, _ in outcomes} == {0, 1}
    with capsys.disabled():
        print(f"\n{request.node.callspec.params['stage']}: N = {number} points, {len(outcomes)} different outcomes")


@pytest.mark.parametrize("stage", ["deploy"], indirect=True)
@proves(
    "The web process is killed (SIGKILL) while it writes an answer, at each moment until the answer is stored",
    "The question stays open, and the next attempt answers it; the run continues with it to its end",
)
def test_the_web_process_is_killed_while_it_stores_an_answer(play: Play) -> None:
    answer: Create = ("answer", [play.stage.start.run, "greeting", {"greeting": "Hi", "pin": ""}])
    points: list[str] = []
    with play.scene() as now:
        now.begin()
        play.wait_for(lambda: now.service.open_question(now.run))
        for number in itertools.count(1):
            struck = play.executor.execute(
                now.world.project, "", env=now.world.env, create=answer, at=number, deed="call"
            )
            points = struck.points
            if list(now.service.store.folder(now.run).glob("answers/greeting.json")):
                break
            assert struck.code == -9, struck
            assert now.service.open_question(now.run) is not None, points
        now.succeeds(play.after)
    assert len(points) >= 4, points


@pytest.mark.parametrize("stage", ["status"], indirect=True)
@proves(
    "The worker is killed (SIGKILL) during its own writes, in any of its threads, at each of these moments 1..N",
    "Its run is carried out all the same, once, and so is the next one",
)
def test_the_worker_is_killed_at_its_writes(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    struck = 0
    for number in itertools.count(1):
        with play.scene() as now:
            working = psutil.Process(play.executor.start_worker(now.world.project, now.env, at=number))
            dispatch(now.service, now.service.run(now.run))
            play.wait_for(lambda now=now: _looked_at(now.service, now.run).state is not RunState.QUEUED)
            now.succeeds(play.after)
            points = (now.world.folder / "points").read_text(encoding="utf-8").splitlines()
            if len(points) < number:  # it has done all that it does for a run
                break
            struck = number
            play.wait_for(lambda working=working: not working.is_running() or working.status() == psutil.STATUS_ZOMBIE)
            following = now.service.create_operation("toy", "status")
            dispatch(now.service, following)
            play.wait_for(lambda now=now, following=following: not _looked_at(now.service, following.id).is_active)
            assert now.service.run(following.id).state is RunState.SUCCEEDED
    assert struck > 5, points
    with capsys.disabled():
        print(f"\nthe worker: N = {struck} of its own writes")


def _looked_at(service: Service, run_id: str) -> Run:
    """The run as the page that is open on it finds it, which sees to it that somebody begins."""
    run = service.run(run_id)
    revive(service, run)
    return run
