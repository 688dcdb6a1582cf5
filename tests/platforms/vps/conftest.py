"""A bare server, and a project of somebody who reaches it with ssh."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.platforms.server.front import CADDY
from simple_deploy.platforms.server.inspection import PACKAGES, POSTGRES, REDIS
from simple_deploy.system import process
from simple_deploy.testing import Shape
from simple_deploy.testkit.outcome import Outcome
from simple_deploy.testkit.projects import Project, environment
from tests.support import machines
from tests.support.machines import Machine
from tests.support.shapes import Shapes
from tests.support.visitor import Visitor
from tests.support.waiting import waited

SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")

#: An address that only the machine itself has.
INNER = "192.0.2.10"
JUMP = """\
Host inner
    HostName {inner}
    ProxyJump {user}@gate
Host gate
    HostName {gate}
    UserKnownHostsFile {known}
"""

#: What stands in for ssh: the first line of a script's own text says which one it is.
BAD_LINE = """
import re, shutil, subprocess, sys
from pathlib import Path

here = Path(__file__).parent
real = shutil.which("ssh", path="/usr/local/bin:/usr/bin:/bin")
if "sh -s" not in sys.argv[-1]:
    sys.exit(subprocess.run([real, *sys.argv[1:]]).returncode)
text = sys.stdin.buffer.read()
name = re.search(rb"main\\(\\) {\\n(# include .*\\n)*(.*)\\n", text)[2].decode()
seen = here / "seen"
known = seen.read_text(encoding="utf-8").splitlines() if seen.exists() else []
started = subprocess.Popen([real, *sys.argv[1:]], stdin=subprocess.PIPE)
if b"\\nlock\\n" not in text or name in known:
    started.communicate(text)
    sys.exit(started.returncode)
seen.write_text("\\n".join([*known, name]), encoding="utf-8")
try:
    started.communicate(text, timeout=1)
except subprocess.TimeoutExpired:
    started.kill()
print("client_loop: send disconnect: Broken pipe")
sys.exit(255)
"""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody with a project, a server and an ssh agent.

    :param home: of this person. :param user: who logs in.
    :param password: for sudo, where it asks for one. :param host: the server, as this person's ssh calls it.
    """

    project: Project
    machine: Machine
    home: Path
    user: str = "root"
    password: str = ""
    host: str = ""

    @property
    def server(self) -> str:
        return f"{self.user}@{self.host or self.machine.address}"

    @property
    def url(self) -> str:
        return f"http://{self.machine.address}/"

    def deploy(self, *arguments: str, timeout: float = 2400) -> Outcome:
        """Deploy, saying yes to the server's host key and to everything else."""
        return self.project.deploy(*self._deploying, *arguments, timeout=timeout)

    def deployed(self, *arguments: str) -> Outcome:
        return self.deploy(*arguments).expect(0)

    def killed_after(self, step: str, *arguments: str) -> None:
        """Deploy, and kill all of it as soon as it has done *step*."""
        started = self._begun(*self._deploying, *arguments)
        assert started.stdout is not None
        with started.stdout as lines:
            reached = any(step == _finished(line) for line in lines)
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        assert reached, f"it never came to the end of {step}"

    def _begun(self, *arguments: str) -> subprocess.Popen[str]:
        """``manage.py deploy``, in a process group of its own."""
        return subprocess.Popen(
            (sys.executable, "manage.py", "deploy", *arguments),
            cwd=self.project.folder,
            env=process.environment(self.project.env),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    @property
    def _deploying(self) -> tuple[str, ...]:
        more = ("--automate-all", "--yes", "--no-input", "--answers", str(self.answers()), "--json")
        return ("--platform", "vps", "--server", self.server, *more)

    def answers(self, **more: object) -> Path:
        """A file with the answers to all that is asked."""
        given = {"trust_host_key": True, **more} | ({"sudo_password": self.password} if self.password else {})
        file = self.home / "answers.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        return file

    def cut_once_inside_each_script(self) -> Owner:
        """The same person with a bad line: the connection breaks one second after each script that changes something
        on the server has begun, the first time."""
        folder = self.home / "bad line"
        folder.mkdir()
        ssh = folder / "ssh"
        ssh.write_text(f"#!{sys.executable}\n{BAD_LINE}", encoding="utf-8")
        ssh.chmod(0o755)
        path = f"{folder}{os.pathsep}{self.project.env.get('PATH') or os.environ['PATH']}"
        return replace(self, project=replace(self.project, env={**self.project.env, "PATH": path}))

    def behind_a_jump_host(self) -> Owner:
        """The same person, for whose ssh the server is ``inner``: it has an address that can be reached only by way of
        ``gate``, whose key this person's ssh has not seen."""
        self.machine.ssh(f"ip address add {INNER}/32 dev lo")
        folder = self.home / "jump"
        folder.mkdir()
        config = JUMP.format(inner=INNER, gate=self.machine.address, user=self.user, known=self.gate_keys)
        (folder / "config").write_text(config, encoding="utf-8")
        for name in ("ssh", "scp"):
            program = folder / name
            text = f'#!/bin/sh\nexec {shutil.which(name)} -F {folder / "config"} "$@"\n'
            program.write_text(text, encoding="utf-8")
            program.chmod(0o755)
        path = f"{folder}{os.pathsep}{self.project.env.get('PATH') or os.environ['PATH']}"
        env = {**self.project.env, "PATH": path}
        return replace(self, project=replace(self.project, env=env), host="inner")

    @property
    def gate_keys(self) -> Path:
        """The keys of jump hosts that this person's ssh knows."""
        return self.home / "gate_keys"

    def trusts_the_jump_host(self) -> None:
        key = self.machine.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub")
        self.gate_keys.write_text(f"{self.machine.address} {key}", encoding="utf-8")

    def operate(self, *arguments: str, stdin: str | None = None, **answers: object) -> Outcome:
        more = ("--no-input", "--json", "--answers", str(self.answers(**answers)))
        return self.project.deploy("--platform", "vps", *arguments, *more, stdin=stdin)

    def told(self, *flags: str) -> Mapping[str, Any]:
        """What is said about the site when one looks after it like that."""
        (found,) = (each for each in self.operate(*flags).expect(0).documents if each["type"] == "site")
        return found

    @contextmanager
    def following(self) -> Iterator[list[str]]:
        """The lines that ``--logs --follow`` prints, until the block ends; then Ctrl-C ends it."""
        started = self._begun("--platform", "vps", "--logs", "--follow", "--no-input")
        assert started.stdout is not None
        lines: list[str] = []
        reading = threading.Thread(target=lines.extend, args=(started.stdout,), daemon=True)
        reading.start()
        try:
            yield lines
            started.send_signal(signal.SIGINT)
            assert started.wait(60) == 130
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()
            reading.join()
            started.stdout.close()

    def says(self, code: str) -> str:
        """What a line of Python prints on the site, with its models and settings."""
        done = self.operate("--run", f'shell -v 0 -c "print({code})"').expect(0)
        return done.output

    def bundle(self, root: str) -> Path:
        """A file with what the system trusts, and with the authority *root*."""
        file = self.home / "authorities.pem"
        file.write_text(SYSTEM.read_text(encoding="utf-8") + root, encoding="utf-8")
        return file

    def visitor(self) -> Visitor:
        return Visitor(self.url, server=self.machine.address)

    def get(self, path: str = "/", *, address: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        """What a visitor gets: status, headers in small letters, text."""
        with closing(http.client.HTTPConnection(address or self.machine.address, 80, timeout=30)) as connection:
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

    def needs(self, requirements: str) -> None:
        """Commit other requirements."""
        (self.project.folder / "requirements.txt").write_text(requirements, encoding="utf-8")
        self.project.commit("Other requirements")

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
            with machines.agent(home / "agent", machine.key) as variables:
                env = {**environment(home, cache=self.cache), "HOME": str(home), **variables}
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
    with machines.machine(packages=(*PACKAGES, CADDY, POSTGRES, REDIS)) as machine, owners.of(machine) as found:
        yield found


def _finished(line: str) -> str:
    """The step that an event says is done; empty for any other line."""
    try:
        event = json.loads(line)
    except ValueError:
        return ""
    return str(event.get("step") or "") if event.get("kind") == "step-finished" else ""


def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / ".ssh").mkdir(mode=0o700)
    return home
