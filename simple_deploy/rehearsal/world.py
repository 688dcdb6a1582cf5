"""One simulated platform: a folder with its state, its programs, its processes and its addresses."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simple_deploy.core.errors import StepError
from simple_deploy.core.secret import Secret
from simple_deploy.system import files, process, starters, stored, surroundings

VARIABLE = "SIMPLE_DEPLOY_WORLD"
SCENARIO = "SIMPLE_DEPLOY_SCENARIO"
#: In the environment of what runs here: the run that started it.
OF_RUN = "SIMPLE_DEPLOY_STARTED_BY"
#: In the environment of a run's programs: id and beginning of the run's own process.
AT_WORK = "SIMPLE_DEPLOY_AT_WORK"
HOST = "127.0.0.1"
#: The folder of a project's state with a folder for each platform that is rehearsed.
STAGES = "rehearsals"
_KEEPERS = "keepers"  # of its state: processes that watch a run, by the run
#: In the state, while a run works: the run that had started what was stopped, by the process's name.
_REPLACED = "replaced"
_HOW = ("argv", "cwd", "env", "afterwards", "shared", "pid_file")
_OUTSIDE = "outside"  # of its state: folders that are not below the world's
_SHOWN = "shown"  # of its state: the host that other computers see
_EDGE = "edge"  # the process of the proxy in front of the sites
EDGE_FILE = "edge.json"
PATIENCE = 10.0  # seconds that proxy may take to start


@dataclass(frozen=True, slots=True)
class _Edge:
    """What the proxy in front of the sites tells of itself."""

    port: int


@dataclass(frozen=True, slots=True)
class World:
    """The simulated platform in *folder*.

    Its state is one JSON object of the simulator's own, in which the kit has some keys, such as
    ``processes`` and ``sites``.
    """

    folder: Path

    @classmethod
    def on_stage(cls, folder: Path) -> World:
        """The world of the stage in *folder*."""
        return cls(folder / "world")

    @classmethod
    def from_environment(cls) -> World:
        """The world a simulated program was called in.

        :raises StepError: it was not called in a rehearsal.
        """
        folder = os.environ.get(VARIABLE)
        if not folder:
            raise StepError(
                "This program simulates a platform in rehearsals and does nothing by itself.",
                hint="Start a rehearsal with `manage.py deploy --rehearse`.",
            )
        return cls(Path(folder))

    @property
    def scenario(self) -> str:
        """What this rehearsal is to meet, one of ``SCENARIOS``; empty when all goes well."""
        return os.environ.get(SCENARIO, "")

    # -- folders --

    def place(self, *parts: str) -> Path:
        """A folder below the world's, made when it is missing, for its owner only."""
        return files.private_folder(self.folder.joinpath(*parts))

    @property
    def programs(self) -> Path:
        """The folder that comes first on PATH."""
        return self.place("bin")

    @property
    def repositories(self) -> Path:
        """Where addresses with the platform's git prefix lead to."""
        return self.place("git")

    def log(self, name: str) -> Path:
        """The log of the process *name*."""
        return self.place("logs") / f"{name}.log"

    def socket_path(self, name: str) -> Path:
        """A path for a Unix socket; short, since such a path may have some hundred characters only."""
        return files.private_folder(self._short) / name

    @property
    def _short(self) -> Path:
        mark = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"sd-{mark}"

    def outside(self) -> Path:
        """A new folder that is not below the world's, for a program that may not enter that; removed with the world."""
        if sys.platform == "win32":  # where mkdtemp makes one that a program with fewer rights may not enter either
            folder = Path(tempfile.gettempdir(), f"rehearsal-{secrets.token_hex(8)}")
            folder.mkdir()
        else:
            folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        with self.change() as state:
            state.setdefault(_OUTSIDE, []).append(str(folder))
        return folder

    # -- state --

    def read(self) -> dict[str, Any]:
        """The state as it is now; changing what is returned changes nothing."""
        with closing(self._open()) as database:
            return _load(database)

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The state, to be changed in place; stored when the block ends without an error. One at a time."""
        with closing(self._open()) as database:
            database.execute("BEGIN IMMEDIATE")
            state = _load(database)
            try:
                yield state
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("INSERT OR REPLACE INTO world VALUES (1, ?)", (json.dumps(state),))
            database.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        path = files.private_folder(self.folder) / "state.sqlite3"
        path.touch(mode=files.PRIVATE_FILE)  # SQLite would make it with the process's default permissions
        database = sqlite3.connect(path, timeout=60, isolation_level=None)
        try:
            database.execute("CREATE TABLE IF NOT EXISTS world (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
        except sqlite3.Error:
            database.close()
            raise
        return database

    # -- processes --

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str | Secret],
        afterwards: Sequence[str] = (),
        shared: bool = False,
        pid_file: Path | None = None,
    ) -> int:
        """Start a process that outlives the program that started it, in the place of an earlier one of that *name*.

        It ends with the run that the program works for, unless that run succeeds: see :meth:`settle`.

        :param env: the whole environment, besides what any process on this computer needs.
        :param afterwards: a command line to run when it was stopped, which removes what it leaves; holds no secret.
        :param shared: whether it serves all sites: it lives as long as one of them does.
        :param pid_file: where the id of the process is to be found when the command line has come to its end, for one
            that starts the process and goes.
        :returns: its process id.
        :raises CommandFailed: a command line that starts a process and goes says that it could not.
        """
        values = {key: value.reveal() if isinstance(value, Secret) else value for key, value in env.items()}
        how: dict[str, Any] = {
            "argv": list(map(str, argv)),
            "cwd": str(cwd),
            "env": values,
            "afterwards": list(afterwards),
            "shared": shared,
            "pid_file": str(pid_file) if pid_file else None,
        }
        return self._start(name, how, run=os.environ.get(process.RUN, ""))

    def _start(self, name: str, how: Mapping[str, Any], *, run: str) -> int:
        self.stop(name)
        # What takes the place of a site that served goes on when the run fails, as that would.
        replaced = self.read().get(_REPLACED, {}).get(name)
        run = run if replaced is None else replaced
        env = alone({**how["env"], VARIABLE: str(self.folder), **({} if how["shared"] else {OF_RUN: run})})
        if how["pid_file"]:
            process.run(how["argv"], cwd=Path(how["cwd"]), env=env)
            pid = int(Path(how["pid_file"]).read_text(encoding="ascii").split()[0])
        else:
            pid = process.spawn(how["argv"], cwd=Path(how["cwd"]), env=env, log=self.log(name))
        with self.change() as state:
            state.setdefault("processes", {})[name] = {
                **how,
                "pid": pid,
                "started": process.started_at(pid),
                "run": run,
            }
        if run and replaced is None:
            self._watch(run)
        return pid

    def is_running(self, name: str) -> bool:
        known = self.read().get("processes", {}).get(name)
        return known is not None and process.is_alive(known["pid"], known["started"])

    def stop(self, name: str) -> None:
        """End the process *name* and all it started; nothing happens when there is none."""
        known = self.read().get("processes", {}).get(name)
        if known is None:
            return
        running = self.is_running(name)
        _end(known)
        with self.change() as state:
            state["processes"].pop(name, None)
            if running:
                state.setdefault(_REPLACED, {}).setdefault(name, known["run"])

    def stop_all(self) -> None:
        for name in list(self.read().get("processes", {})):
            self.stop(name)

    # -- processes and the run that started them --

    def settle(self, run: str, *, keep: bool) -> None:
        """The run *run* is over: what it has started goes on if *keep*, else it ends.

        What served before the run goes on, and so does what all sites share, while one of them runs.
        """
        with self.change() as state:
            keeper = state.get(_KEEPERS, {}).pop(run, None)
            state.pop(_REPLACED, None)
        if keeper and keeper["pid"] != os.getpid() and process.is_alive(keeper["pid"], keeper["started"]):
            process.kill_tree(keeper["pid"])
        if keep:
            return
        known = self.read().get("processes", {})
        for name, each in known.items():
            if each["run"] == run and not each["shared"]:
                self._put_aside(name)
        process.end_leftovers(run, OF_RUN)  # of one that was killed before it could note what it had started
        if not any(self.is_running(name) for name, each in known.items() if not each["shared"]):
            for name in known:
                self._put_aside(name)

    def resume(self, run: str, *, by: str) -> None:
        """Start again what ended with the run *run*, which the run *by* goes on with."""
        for name, known in self.read().get("processes", {}).items():
            if known.get("aside") == run and not self.is_running(name):
                self._start(name, {key: known.get(key) for key in _HOW}, run=by)

    def _put_aside(self, name: str) -> None:
        """End the process *name*, and remember how it was started."""
        known = self.read()["processes"][name]
        if self.is_running(name):
            _end(known)
            with self.change() as state:
                state["processes"][name]["aside"] = known["run"]

    def _watch(self, run: str) -> None:
        """Have a process of its own see to it that what *run* has started ends with it, however it ends."""
        keeper = self.read().get(_KEEPERS, {}).get(run)
        at_work = os.environ.get(AT_WORK, "").split()
        if len(at_work) != 2 or (keeper and process.is_alive(keeper["pid"], keeper["started"])):
            return
        argv = (sys.executable, "-m", "simple_deploy.rehearsal", "keep", str(self.folder), run, *at_work)
        pid = process.spawn(
            argv, cwd=self.folder, env=alone({**python_path(), VARIABLE: str(self.folder)}), log=self.log("keeper")
        )
        with self.change() as state:
            state.setdefault(_KEEPERS, {})[run] = {"pid": pid, "started": process.started_at(pid)}

    def remove(self) -> None:
        """End everything that runs here and remove the world, with what it has outside its folder."""
        self.stop_all()
        for folder in (self._short, *map(Path, self.read().get(_OUTSIDE, ()))):
            files.remove_tree(folder)
        files.remove_tree(self.folder)

    # -- addresses --

    def publish(self, host: str, *, port: int) -> str:
        """Let visits to *host* go to a site that listens on *port* of this computer.

        :returns: the address under which a browser on this computer finds it.
        """
        with self.change() as state:
            state.setdefault("sites", {})[host] = {"port": port}
        self._start_edge()
        return self.address(host)

    def withdraw(self, host: str) -> None:
        """Let nothing answer at *host* any more."""
        with self.change() as state:
            state.get("sites", {}).pop(host, None)

    def address(self, host: str) -> str:
        """Where a browser on this computer finds *host*: ``http://NAME-PLATFORM.localhost:PORT/``."""
        return f"http://{alias(host, self.name)}:{self.edge_port() or 80}/"

    def edge_port(self) -> int | None:
        """The port of the proxy in front of the sites; None before it was ever started."""
        edge = stored.known(_Edge, self.folder / EDGE_FILE)
        return None if edge is None else edge.port

    def _start_edge(self) -> None:
        """:raises StepError: it does not start."""
        if self.is_running(_EDGE) and _answers(self.edge_port()):
            return
        argv = (sys.executable, "-m", "simple_deploy.rehearsal", "edge", str(self.folder))
        pid = self.start(_EDGE, argv, cwd=self.folder, env=python_path(), shared=True)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.is_alive(pid):
            if _answers(self.edge_port()):
                return
            time.sleep(0.02)
        raise StepError(
            "The proxy of the simulated platform does not start.", hint=f"Its log says why: {self.log(_EDGE)}"
        )

    def show(self, host: str) -> None:
        """Let *host* be what other computers see, where something passes on what comes from them."""
        with self.change() as state:
            state[_SHOWN] = host

    @property
    def shown(self) -> str | None:
        """The host that other computers see; None where nothing is published at it."""
        state = self.read()
        host = state.get(_SHOWN)
        return host if host in state.get("sites", {}) else None

    @property
    def name(self) -> str:
        """What the world is called: the slug of its platform."""
        return str(self.read().get("name") or self.folder.name)


def _end(known: Mapping[str, Any]) -> None:
    if process.is_alive(known["pid"], known["started"]):
        process.kill_tree(known["pid"])
    if known.get("afterwards"):
        with suppress(StepError):
            process.run(known["afterwards"], check=False, timeout=60)


def _answers(port: int | None) -> bool:
    try:
        socket.create_connection((HOST, port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def alias(host: str, platform: str) -> str:
    """The local name of *host*: its first label and the platform's, below ``localhost``."""
    label = re.sub(r"[^a-z0-9-]+", "-", host.split(".")[0].lower()).strip("-") or "site"
    return f"{label}-{platform}.localhost"


def stage_folder(state: Path, slug: str) -> Path:
    """Where platform *slug* is rehearsed for the project whose state is in *state*."""
    return state / STAGES / slug


def address_variable(slug: str) -> str:
    """The variable with the address at which other computers open what is rehearsed on platform *slug*, where
    something leads from there to here."""
    return f"SIMPLE_DEPLOY_{re.sub('[^A-Z0-9]', '_', slug.upper())}_ADDRESS"


def free_port() -> int:
    """A port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def python_path() -> dict[str, str]:
    """The variable by which another Python process finds the modules that this one finds."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def alone(env: Mapping[str, str | Secret]) -> dict[str, str | Secret]:
    """*env* as a change of this process's environment that leaves nothing of it but what any process needs."""
    return surroundings.alone(env, keeping=_NEEDED)


def is_needed(name: str) -> bool:
    """Whether the variable *name* is one that any process on this computer needs."""
    return name.upper() in _NEEDED


def install_program(world: World, name: str, module: str) -> None:
    """Put a program *name* into the world that runs *module* with the interpreter this runs in."""
    starters.write(world.programs, name, ("-m", module))


_NEEDED = surroundings.NEEDED | surroundings.HOME | surroundings.SOURCES | {VARIABLE, SCENARIO, starters.INTERPRETER}


def _load(database: sqlite3.Connection) -> dict[str, Any]:
    row = database.execute("SELECT state FROM world WHERE id = 1").fetchone()
    if row is None:
        return {}
    with suppress(ValueError):
        loaded = json.loads(row[0])
        if isinstance(loaded, dict):
            return loaded
    raise StepError(
        "The state of the simulated platform cannot be read.",
        hint="Start the rehearsal over: `manage.py deploy --rehearse --destroy`, then rehearse again.",
    )
