"""Redis as the broker, with a worker started by hand, as for any Celery app."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from simple_deploy.jobs import worker
from simple_deploy.jobs.app import queue_name
from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import process
from tests.support.ports import free_port

pytestmark = [pytest.mark.redis, pytest.mark.slow]


@dataclass
class RedisServer:
    """A Redis of this test's own, on a port that stays the same."""

    program: str
    folder: Path
    wait_for: Callable[..., object]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        argv = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        self.wait_for(self._answers)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def redis_at(redis_server: str, tmp_path: Path, wait_for: Callable[..., object]) -> Iterator[Callable[[], RedisServer]]:
    server = RedisServer(redis_server, tmp_path, wait_for)

    def start() -> RedisServer:
        server.start()
        return server

    yield start
    server.kill()


@pytest.fixture
def redis_url(redis_at: Callable[[], RedisServer]) -> str:
    return redis_at().url


def test_a_worker_started_by_hand_does_the_run(
    service: Service, redis_url: str, wait_for: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPLE_DEPLOY_REDIS_URL", redis_url)
    service = Service(service.location)
    remember(service)
    by_hand = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "simple_deploy.jobs", "worker", "--loglevel=WARNING"],
        cwd=service.location.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **process.own_group(),
    )
    try:
        wait_for(lambda: worker.alive(service.store.root))
        run = service.create_plan("toy", {})
        dispatch(service, run)
        wait_for(lambda: not service.run(run.id).is_active)
        assert service.run(run.id).state is RunState.SUCCEEDED
        info = worker.alive(service.store.root)
        assert info is not None and info.pid == by_hand.pid
        assert not (service.store.root / "queue").exists()
        with redis.Redis.from_url(redis_url) as client:
            assert client.llen(queue_name(service.store.root)) == 0
    finally:
        process.kill_tree(by_hand.pid)
        by_hand.wait()


def test_with_redis_away_the_run_is_still_done(
    service: Service, wait_for: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPLE_DEPLOY_REDIS_URL", "redis://127.0.0.1:1/0")
    service = Service(service.location)
    run = service.create_plan("toy", {})
    dispatch(service, run)
    wait_for(lambda: not service.run(run.id).is_active)
    assert service.run(run.id).state is RunState.SUCCEEDED
    assert os.environ["SIMPLE_DEPLOY_REDIS_URL"].endswith(":1/0")
