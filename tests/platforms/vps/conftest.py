"""A bare server, and a project of somebody who reaches it with ssh."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simple_deploy.platforms.server.inspection import PACKAGES, POSTGRES
from simple_deploy.testing import Shape
from simple_deploy.testkit.outcome import Outcome
from simple_deploy.testkit.projects import Project, environment
from tests.support import machines
from tests.support.machines import Machine
from tests.support.shapes import Shapes
from tests.support.waiting import waited

YES = '{"trust_host_key": true}'


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody with a project, a server and an ssh agent. :param home: of this person."""

    project: Project
    machine: Machine
    home: Path

    @property
    def server(self) -> str:
        return f"root@{self.machine.address}"

    @property
    def url(self) -> str:
        return f"http://{self.machine.address}/"

    def deploy(self, *arguments: str, timeout: float = 800) -> Outcome:
        """Deploy, saying yes to the server's host key and to everything else."""
        answers = self.home / "answers.json"
        answers.write_text(YES, encoding="utf-8")
        more = ("--automate-all", "--yes", "--no-input", "--answers", str(answers), "--json")
        return self.project.deploy("--platform", "vps", "--server", self.server, *more, *arguments, timeout=timeout)

    def deployed(self, *arguments: str) -> Outcome:
        return self.deploy(*arguments).expect(0)

    def operate(self, *arguments: str, stdin: str | None = None) -> Outcome:
        return self.project.deploy("--platform", "vps", *arguments, "--no-input", "--json", stdin=stdin)

    def get(self, path: str = "/", **headers: str) -> tuple[int, dict[str, str], str]:
        """What a visitor gets: status, headers in small letters, text."""
        with closing(http.client.HTTPConnection(self.machine.address, timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read().decode("utf-8", "replace")

    def stylesheet(self) -> str:
        """The path of the stylesheet that the first page names."""
        found = re.search(r'href="(/[^"]+\.[0-9a-f]{12}\.css)"', self.get("/")[2])
        assert found is not None
        return found[1]

    def change(self, text: str) -> None:
        """Commit another title for all pages."""
        base = self.project.folder / "templates" / "base.html"
        before = base.read_text(encoding="utf-8")
        base.write_text(before.replace("</body>", f"<p>{text}</p></body>"), encoding="utf-8")
        self.project.commit(text)

    def serves(self, text: str) -> bool:
        return waited(lambda: text in self.get("/")[2], f"{text} on the first page")

    def elsewhere(self, folder: Path) -> Owner:
        """The same person on another computer, with a fresh clone."""
        home = _home()
        subprocess.run(["git", "clone", "-q", str(self.project.root), str(folder)], check=True)
        data = {"HOME": str(home), "SIMPLE_DEPLOY_DATA_DIR": str(home / "data")}
        return replace(self, home=home, project=replace(self.project, root=folder, env={**self.project.env, **data}))


class Load:
    """More than 20 requests a second to the first page of a server."""

    def __init__(self, host: str) -> None:
        self.answers: list[str] = []
        self._host = host
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._end.wait(0.1):
            try:
                with closing(http.client.HTTPConnection(self._host, timeout=60)) as connection:
                    connection.request("GET", "/")
                    answer = connection.getresponse()
                    answer.read()
                    self.answers.append(str(answer.status))
            except Exception as error:
                self.answers.append(repr(error))

    def goes_on(self, answers: int = 20) -> None:
        wanted = len(self.answers) + answers
        waited(lambda: len(self.answers) >= wanted, "more answers")


@dataclass(frozen=True, kw_only=True)
class Owners:
    """Makes the owners of servers."""

    shapes: Shapes
    cache: Path
    folder: Path

    @contextmanager
    def of(self, machine: Machine, shape: Shape | None = None) -> Iterator[Owner]:
        home = _home()
        try:
            with _agent(home, machine.key) as sock:
                env = {**environment(home, cache=self.cache), "HOME": str(home), "SSH_AUTH_SOCK": sock}
                project = self.shapes.project(shape or Shape(), self.folder / home.name / "my site" / "blog")
                yield Owner(project=replace(project, env={**project.env, **env}), machine=machine, home=home)
        finally:
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def owners(shapes: Shapes, tmp_path: Path, simple_deploy_cache: Path) -> Owners:
    return Owners(shapes=shapes, cache=simple_deploy_cache, folder=tmp_path)


@pytest.fixture
def owner(owners: Owners) -> Iterator[Owner]:
    """Of a server that has the packages already, which take a minute or two to install."""
    with machines.machine(packages=(*PACKAGES, POSTGRES)) as machine, owners.of(machine) as found:
        yield found


def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / ".ssh").mkdir(mode=0o700)
    return home


@contextmanager
def _agent(home: Path, key: Path) -> Iterator[str]:
    """An ssh agent that holds *key*: the path of its socket."""
    sock = home / "agent"
    started = subprocess.Popen(["ssh-agent", "-D", "-a", str(sock)], stdout=subprocess.DEVNULL)
    try:
        waited(sock.exists, "the agent")
        env = {**os.environ, "SSH_AUTH_SOCK": str(sock)}
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=env)
        yield str(sock)
    finally:
        started.terminate()
        started.wait()
