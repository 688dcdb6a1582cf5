"""Makes the accounts and projects of a class, starts what each pupil needs, and takes everything away again."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from simple_deploy.core import codec
from simple_deploy.core.errors import CommandFailed, StepError, ToolMissing
from simple_deploy.core.interfaces import Completed, Runner
from simple_deploy.demo.classroom.server import account, turns
from simple_deploy.demo.classroom.server.pupils import RECORD, Pupil, Room, open_class
from simple_deploy.demo.shape import DemoRefused
from simple_deploy.system import files, process

PATIENCE = 120.0  # seconds until a pupil's server answers
_DAYS = "30"
#: What run.py puts into the folder of a class before anything here runs; tools, where packages come from a folder.
_BROUGHT = frozenset({"environment", "tools"})
_REDIS = ("--port", "0", "--save", "", "--appendonly", "no", "--maxmemory", "16mb", "--unixsocketperm", "700")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a pupil is told. :param link: the dashboard's address, with the access code."""

    pupil: Pupil
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caretaker:
    """:param run: starts programs. :param say: told what is being done, a sentence at a time.
    :param project: the sample project that pupils get. :param network: variables by which packages are reached.
    :param brought: a certificate of the room's host, with those it hangs on, and its key."""

    room: Room
    run: Runner
    say: Callable[[str], None]
    project: str = "blog"
    network: Mapping[str, str] = field(default_factory=dict)
    brought: tuple[Path, Path] | None = None

    # -- beginning --

    def begin(self) -> list[Place]:
        """Have everything there and running; what is there already is used.

        :raises DemoRefused: this machine is not one on which it can. :raises StepError: something does not start.
        """
        self._look()
        before = open_class(self.room.folder)
        self._make_folders()
        self.certify()
        self._give_turns(before)
        places = []
        for pupil in self.room.pupils:
            self.say(f"{pupil.name}: making the project, if it is not there.")
            self._enroll(pupil)
            self._start(pupil)
        for pupil in self.room.pupils:
            self._wait_for(pupil)
            places.append(Place(pupil=pupil, link=self._link(pupil)))
        return places

    def _look(self) -> None:
        """:raises DemoRefused: with what is missing."""
        if sys.platform != "linux" or os.geteuid() != 0:
            raise DemoRefused(
                "A server for a class makes accounts, which takes root on Linux.",
                hint="Start it on a machine with Linux: sudo python3 run.py class-server",
            )
        for name, package in (("useradd", "passwd"), ("redis-server", "redis-server"), ("openssl", "openssl")):
            if shutil.which(name) is None:
                raise DemoRefused(f"{name} is not installed.", hint=f"On Debian and Ubuntu: apt install {package}")
        closed = account.unreachable(Path(self.room.python)) or account.unreachable(self.room.folder / "pupils")
        if closed is not None:
            raise DemoRefused(
                f"Pupils' accounts may not enter {closed}, and what they run lies below it.",
                hint="Use the system's Python and a folder that all may enter: "
                "sudo /usr/bin/python3 run.py class-server --dir /srv/simple-deploy-class",
            )

    def _make_folders(self) -> None:
        folder = self.room.folder
        refuse_what_is_anothers(folder)
        (folder / "pupils").mkdir(mode=0o755, parents=True, exist_ok=True)
        files.private_folder(self.room.certificate.parent)
        files.private_folder(folder / "log")
        files.write_atomic(folder / RECORD, json.dumps(codec.to_data(self.room), indent=1))

    def certify(self) -> None:
        """Have the certificate that was brought, or make one that browsers warn of, unless there is one.

        :raises DemoRefused: what was brought cannot be read.
        """
        if self.brought is not None:
            self._bring(*self.brought)
            return
        if self.room.certificate.is_file() and self.room.key.is_file():
            return
        try:
            ipaddress.ip_address(self.room.host)
            kind = "IP"
        except ValueError:
            kind = "DNS"
        argv = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", _DAYS, "-subj", "/CN=class")
        names = ("-addext", f"subjectAltName={kind}:{self.room.host}")
        where = ("-keyout", str(self.room.key), "-out", str(self.room.certificate))
        self.run((*argv, *names, *where), timeout=60)
        self.room.key.chmod(files.PRIVATE_FILE)

    def _bring(self, certificate: Path, key: Path) -> None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
            for given, own in ((certificate, self.room.certificate), (key, self.room.key)):
                files.write_durably(own, given.read_bytes(), mode=files.PRIVATE_FILE)
        except (OSError, ssl.SSLError) as error:
            raise DemoRefused(
                f"The certificate {certificate} and its key {key} cannot be used: {error}.",
                hint="Name the files of a certificate with those it hangs on, and of its key, both in PEM.",
            ) from error

    def _give_turns(self, before: Room | None) -> None:
        """Have somebody give runs their turns. :param before: the class as it was.

        :raises StepError: it does not start.
        """
        where, log = self.room.turns, self.room.folder / "log" / "turns.log"
        if before is not None and before.at_once == self.room.at_once and turns.answers(where):
            return
        argv = (*_own(self.room.python), "turns", str(where), str(self.room.at_once))
        started = process.spawn(argv, cwd=self.room.folder, env={}, log=log)
        deadline = time.monotonic() + PATIENCE
        while not turns.answers(where):
            if time.monotonic() > deadline or not psutil.pid_exists(started):
                raise StepError("What gives runs their turns does not start.", hint=f"See what {log} says.")
            time.sleep(0.1)

    def _enroll(self, pupil: Pupil) -> None:
        """An account that can enter no other's folders, and a project of its own."""
        known = account.user_of(pupil.name)
        if known is None:
            argv = ("useradd", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
            self.run((*argv, "--home-dir", str(pupil.folder), pupil.name), timeout=60)
        elif not pupil.folder.is_dir():
            raise DemoRefused(
                f"There is an account {pupil.name} already, which is not of this class.",
                hint=f"Rename it, or remove it if nobody needs it: userdel {pupil.name}",
            )
        if not pupil.folder.is_dir():
            pupil.folder.mkdir(mode=0o700)
            shutil.chown(pupil.folder, pupil.name, pupil.name)
        for name in ("tmp", "redis"):
            self._as(pupil, "/bin/mkdir", "-p", "-m", "700", str(pupil.folder / name), folder=pupil.folder)
        if not (pupil.project / "manage.py").is_file():
            demo = (self.room.python, "-m", "simple_deploy.demo", "--dir", str(pupil.project))
            made = self._as(pupil, *demo, "--project", self.project, "--no-next-steps", folder=pupil.folder)
            self._note(pupil, made.output)

    def _note(self, pupil: Pupil, text: str) -> None:
        """Keep the password of the project's admin, which is told once, where only its owner can read it."""
        self._as(
            pupil, "/bin/sh", "-c", 'umask 077; cat >"$1"', "sh", "admin.txt", folder=pupil.folder, stdin=text + "\n"
        )

    def _start(self, pupil: Pupil) -> None:
        python, inner = self.room.python, pupil.inner
        if not pupil.redis.is_socket() or not self._holds(pupil, "redis-server"):
            redis = (str(shutil.which("redis-server")), "--unixsocket", str(pupil.redis), *_REDIS)
            self._spawn(pupil, "redis", *redis, folder=pupil.folder)
        if not _listens(inner):
            serve = (python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{inner}")
            self._spawn(pupil, "server", *serve, folder=pupil.project)
        if not _listens(pupil.port):
            argv = (*_own(python), "front", str(self.room.folder), pupil.name)
            process.spawn(argv, cwd=self.room.folder, env={}, log=self._log(pupil, "front"))

    def _wait_for(self, pupil: Pupil) -> None:
        """:raises StepError: its server does not start."""
        deadline = time.monotonic() + PATIENCE
        while not (_listens(pupil.inner) and _listens(pupil.port) and self._has_code(pupil)):
            if time.monotonic() > deadline:
                raise StepError(
                    f"The dashboard of {pupil.name} does not start.",
                    hint=f"See what {self._log(pupil, 'server')} and {self._log(pupil, 'front')} say.",
                )
            time.sleep(0.1)

    def _has_code(self, pupil: Pupil) -> bool:
        return (pupil.project / ".simple_deploy" / "token").is_file()

    def _link(self, pupil: Pupil) -> str:
        """With the pupil's own rights: what is read there is theirs."""
        said = self._as(pupil, self.room.python, "-m", "simple_deploy", "link", folder=pupil.project).output
        return f"{self.room.address(pupil.port)}/simple-deploy/?code={said.strip().rpartition('?code=')[2]}"

    # -- as a pupil --

    def _as(self, pupil: Pupil, *argv: str, folder: Path, stdin: str | None = None) -> Completed:
        env = self._given(pupil)
        return self.run(command(self.room, pupil, *argv), cwd=folder, env=env, stdin=stdin, timeout=600)

    def _spawn(self, pupil: Pupil, what: str, *argv: str, folder: Path) -> None:
        env = self._given(pupil)
        process.spawn(command(self.room, pupil, *argv), cwd=folder, env=env, log=self._log(pupil, what))

    def _given(self, pupil: Pupil) -> dict[str, str]:
        return account.given({**self.network, **self.room.environment(pupil)})

    def _log(self, pupil: Pupil, what: str) -> Path:
        return self.room.folder / "log" / f"{pupil.name}-{what}.log"

    @staticmethod
    def _holds(pupil: Pupil, program: str) -> bool:
        return any(each.info["name"] == program for each in _processes(pupil))

    # -- ending --

    def end(self) -> None:
        """End all processes of the class, and remove its accounts and its folder."""
        self.room.turns.unlink(missing_ok=True)  # with it ends who gives the turns
        for pupil in self.room.pupils:
            if account.user_of(pupil.name) is None:
                continue
            self.say(f"{pupil.name}: ending and removing.")
            _end(pupil)
            with suppress(CommandFailed, ToolMissing):
                self.run(("userdel", pupil.name), timeout=60)
        files.remove_tree(self.room.folder)


def command(room: Room, pupil: Pupil, *argv: str) -> tuple[str, ...]:
    """The command line that is *argv* for that pupil, with the variables of :func:`account.given`."""
    return (*_own(room.python), "as", pupil.name, *argv)


def refuse_what_is_anothers(folder: Path) -> None:
    """:raises DemoRefused: *folder* holds something, and is no class's."""
    if not folder.is_dir() or (folder / RECORD).is_file():
        return
    if {each.name for each in folder.iterdir()} - _BROUGHT:
        raise DemoRefused(
            f"{folder} is there already and was not made for a class, so nothing was changed.",
            hint="Name a new folder: --dir /srv/simple-deploy-class",
        )


def _own(python: str) -> tuple[str, ...]:
    return (python, "-I", "-m", "simple_deploy.demo.classroom.server")


def _processes(pupil: Pupil) -> Sequence[psutil.Process]:
    """Those of the pupil's account."""
    user = account.user_of(pupil.name)
    found = psutil.process_iter(["uids", "name"])
    return [each for each in found if each.info["uids"] and each.info["uids"].real == user]


def _end(pupil: Pupil) -> None:
    """Until there is none any more: a process may start another one while it is ended."""
    while gone := _processes(pupil):
        for each in gone:
            with suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(gone, timeout=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
