"""A site on a simulated platform: what is pushed is built, released, served, looked after and removed.

A simulator says what its platform does in each of these; everything that they have in common is here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from simple_deploy.core.secret import Secret
from simple_deploy.rehearsal import build as builds
from simple_deploy.rehearsal import database, remote, serving, sockets
from simple_deploy.rehearsal.world import HOST, World, free_port
from simple_deploy.system import files

#: Where this computer's tools get packages from, and whom they trust.
TOOLS = ("UV_", "PIP_", "PIPENV_", "POETRY_", "REQUESTS_", "CURL_", "SSL_")
_BRANCHES = ("refs/heads/main", "refs/heads/master")


class BuildFailed(Exception):
    """A build ended; the message says why, and was not printed yet."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site of *world*.

    :param name: of the app, which its processes, folders and database are called after.
    :param host: where it is reached on the platform.
    :param process: the process that serves it.
    """

    world: World
    name: str
    host: str = ""
    process: str = ""

    # -- build --

    def accept_pushes(self, on_push: Sequence[str]) -> None:
        """Make its git repository, which runs *on_push* before it takes a push."""
        remote.make(self.world, self.name, on_push)

    def expect_push(self) -> None:
        """Let the next push be built although nothing is new in it: what a scenario is about would not happen else."""
        repository = self.world.repositories / f"{self.name}.git"
        for ref in _BRANCHES:
            builds.run(("git", "update-ref", "-d", ref), cwd=repository, env={}, on_line=lambda line: None, check=False)

    @staticmethod
    def pushed(lines: Sequence[str]) -> list[str]:
        """The commits to build, of the lines ``old new ref`` that a repository's hook was given."""
        found = []
        for line in lines:
            _, commit, ref = line.split()
            if ref not in _BRANCHES:
                builds.say(f"Pushed to non-main branch {ref}, skipping build.")
            elif commit.strip("0"):
                found.append(commit)
        return found

    def folder(self, *parts: str) -> Path:
        """A folder of this site, for its builds: ``apps/NAME/…``."""
        return self.world.place("apps", self.name, *parts)

    def build(self, builder: Callable[[], None]) -> None:
        """Do *builder*, unless the scenario has it fail or take long. :raises BuildFailed: saying why."""
        if self.world.scenario == "build-fails":
            builds.say("ERROR: Could not find a version that satisfies the requirement django-of-a-typing-mistake")
            raise BuildFailed("The packages could not be installed.")
        builder()
        builds.linger(self.world)

    def variables(self) -> dict[str, str]:
        """Variables of this computer that builds and the site need."""
        tools = {name: value for name, value in os.environ.items() if name.startswith(TOOLS)}
        return {
            **tools,
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.world.place("home")),
            **serving.variables(self.world),
            # Where there is no openssl the database of a rehearsal has no certificate.
            **({} if database.certify(self.world) else {"PGSSLMODE": "disable"}),
        }

    # -- release --

    def database(self, name: str) -> str:
        """The address of its database *name*, made when it is not there, on a server that runs."""
        return database.create(self.world, name).url().reveal()

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str | Secret],
        on_line: Callable[[str], None] = builds.say,
    ) -> int:
        """Run a command beside the site, passing its output on; returns its exit code."""
        return builds.run(argv, cwd=cwd, env=env, on_line=on_line, check=False).returncode

    def migrate(self, command: Callable[[], int], on_line: Callable[[str], None] = builds.say) -> int:
        """Do *command*, which brings the database up to date, unless the scenario has it fail; returns its code."""
        if self.world.scenario != "migration-fails":
            return command()
        on_line("  Applying posts.0002_more...")
        on_line('django.db.utils.ProgrammingError: relation "posts_post" already exists')
        return 1

    # -- serve --

    def serve(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str | Secret], address: str = "") -> bool:
        """Let *argv* serve the site in the place of what served before, and wait until it listens.

        Where no address is given the site is told a free port by ``PORT``, and is published there, whether it listens
        or not, as a platform's router does it.

        :param env: the whole environment.
        :param address: where it listens by itself, as :func:`simple_deploy.rehearsal.sockets.place` gives it.
        :returns: whether it listens.
        """
        port = free_port()
        self.stop()
        if address:
            sockets.clear(address)
        told = {} if address else {"PORT": str(port)}
        self.world.start(self.process, argv, cwd=cwd, env={**env, **told})
        listens = serving.wait_for(self.world, self.process, address or f"{HOST}:{port}")
        if not address:
            self.world.publish(self.host, port=port)
        return listens

    @property
    def is_up(self) -> bool:
        return self.world.is_running(self.process)

    def stop(self) -> None:
        """End what serves. The address stays published, and nothing answers there."""
        self.world.stop(self.process)

    # -- log --

    def log(self, lines: int, *, of: str = "") -> list[str]:
        """The last lines that the process *of*, or the one that serves, has printed."""
        file = self.world.log(of or self.process)
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        return text.splitlines()[-lines:]

    # -- the end --

    def remove(self, *databases: str) -> None:
        """End everything of it, and remove its *databases*, its repository and its builds."""
        self.stop()
        self.world.withdraw(self.host)
        for name in databases:
            database.drop(self.world, name)
        remote.remove(self.world, self.name)
        files.remove_tree(self.folder())


# -- what platforms call things --


def now() -> str:
    """The time as platforms write it: ``2026-11-29T14:00:00Z``."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def mark(text: str) -> str:
    """Letters and digits by which a thing can be called: always the same for *text*."""
    return hashlib.sha256(text.encode()).hexdigest()


def uuid(text: str) -> str:
    """Like :func:`mark`, in the form of a UUID."""
    found = mark(text)
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:32]))
