"""A stage: a throw-away clone of a project and a simulated platform, in which a deployment is rehearsed.

Runs on a stage are ordinary runs, in the clone's own state folder. What makes them rehearsals is the environment their
programs get: the simulated platform's programs come first on PATH, and its git addresses are folders of this computer.
::

    .simple_deploy/rehearsals/<platform>/
      project/NAME/  the clone, a project like any other, with its own .simple_deploy/ (and stage.json in it)
      world/         the simulated platform (see simple_deploy.rehearsal)
      data/          what the platform keeps on this computer
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from simple_deploy.core import codec
from simple_deploy.core.errors import CommandFailed, PluginNotFound, SimpleDeployError, StateUnusable, WrongUsage
from simple_deploy.core.facts import Location
from simple_deploy.core.interfaces import Runner
from simple_deploy.engine.workbench import create as snapshot
from simple_deploy.platforms.base import Platform
from simple_deploy.platforms.simulation import SCENARIOS, Simulation
from simple_deploy.rehearsal import world
from simple_deploy.rehearsal.world import STAGES, World, stage_folder
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.system import files, process, starters, stored
from simple_deploy.system.git import Git

FILE = "stage.json"
_NOT_GIT = (".env",)  # what a project reads that git does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What runs on a stage need to know of it.

    :param platform: slug of the simulated platform.
    :param folder: the stage's folder.
    :param origin: git root of the project that is rehearsed.
    :param programs: names of the simulated programs.
    :param scenario: what the rehearsal is to meet, or empty.
    :param differs: how it differs from the real platform.
    """

    platform: str
    folder: Path
    origin: Path
    programs: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    git_prefix: str = ""
    scenario: str = ""
    differs: tuple[str, ...] = ()

    @property
    def clone(self) -> Path:
        # Named as the project is, since that is what things on the platform are called after.
        return self.folder / "project" / self.origin.name

    @property
    def world(self) -> World:
        return World.on_stage(self.folder)

    def environment(self) -> dict[str, str]:
        """The variables that programs of a run on this stage get."""
        return {
            "PATH": self._path(),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **starters.variables(),
            world.VARIABLE: str(self.world.folder),
            world.SCENARIO: self.scenario,
            world.AT_WORK: f"{os.getpid()} {process.started_at(os.getpid()) or 0.0}",
        }

    def visited(self, address: str) -> str:
        """The address on this computer at which the simulated platform serves *address*; itself when it does not."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        if not host.endswith(self.domains):
            return address
        local = urlsplit(self.world.address(host))
        return parts._replace(scheme=local.scheme, netloc=local.netloc).geturl()

    def publish(self, address: str) -> str:
        """Let people open what the simulated platform serves at *address*.

        :returns: where they do: on this computer, unless something passes on what comes from other computers, which is
            told then that this is the site.
        """
        host = urlsplit(address).hostname or ""
        if not self._told or not host.endswith(self.domains):
            return self.visited(address)
        self.world.show(host)
        return urlsplit(address)._replace(**self._told).geturl()

    def near(self, url: str) -> str:
        """Where this computer asks the site in the place of *url*, an address that :meth:`publish` returned."""
        parts, shown = urlsplit(url), self.world.shown
        if shown is None or {"scheme": parts.scheme, "netloc": parts.netloc} != self._told:
            return url
        local = urlsplit(self.world.address(shown))
        return parts._replace(scheme=local.scheme, netloc=local.netloc).geturl()

    @property
    def _told(self) -> dict[str, str]:
        """Scheme and host of the address for other computers; empty where there is none."""
        told = urlsplit(os.environ.get(world.address_variable(self.platform), ""))
        return {"scheme": told.scheme, "netloc": told.netloc} if told.netloc else {}

    def _path(self) -> str:
        usual = os.environ.get("PATH", "").split(os.pathsep)
        if self.scenario != "cli-missing":
            return os.pathsep.join([str(self.world.programs), *usual])
        return os.pathsep.join(folder for folder in usual if not self._has_program(Path(folder)))

    def _has_program(self, folder: Path) -> bool:
        return any((folder / f"{name}{end}").exists() for name in self.programs for end in ("", ".exe", ".cmd"))


def load(state: Path) -> Stage | None:
    """The stage whose clone has its state in *state*, or None for a project of its own.

    :raises StateUnusable: there is one, and it cannot be read.
    """
    try:
        return stored.load(Stage, state / FILE)
    except stored.Damaged as error:  # without it, what was meant for the stage would go to the platform itself
        raise StateUnusable(
            f"The rehearsal's file {state / FILE} cannot be read: {error}.",
            hint="End this rehearsal on the project's page and begin another one.",
        ) from error


def slugs(state: Path) -> tuple[str, ...]:
    """The platforms for which the project whose state is in *state* has a stage."""
    folder = state / STAGES
    return tuple(sorted(each.name for each in folder.iterdir() if each.is_dir())) if folder.is_dir() else ()


def prepare(
    location: Location, state: Path, platform: Platform, *, scenario: str, allow_dirty: bool, run: Runner
) -> Location:
    """Make the stage for *platform* ready: as the project is now, with what earlier rehearsals configured.

    :returns: where the clone is.
    :raises PluginNotFound: the platform cannot be rehearsed. :raises WrongUsage: it has no such scenario.
    :raises StepError: the project has no commit.
    """
    simulation = _simulation(platform, scenario)
    stage = Stage(
        platform=platform.card.slug,
        folder=stage_folder(state, platform.card.slug),
        origin=location.root,
        programs=tuple(simulation.programs),
        domains=simulation.domains,
        git_prefix=simulation.git_prefix,
        scenario=scenario,
        differs=simulation.differs,
    )
    files.private_folder(stage.folder)
    _furnish(stage, simulation)
    bench = snapshot(location.root, stage.folder / "bench", run=run, allow_dirty=allow_dirty)
    try:
        _update_clone(stage, location, bench.folder, bench.base, run)
    finally:
        files.remove_tree(bench.folder)
    own_state = files.private_folder(stage.clone / state.name)
    files.write_atomic(own_state / FILE, json.dumps(codec.to_data(stage), indent=1))
    return replace(location, root=stage.clone)


def begin(stage: Stage, run: Run) -> None:
    """Have there again what ended with the run that *run* goes on with."""
    if run.retry_of:
        stage.world.resume(run.retry_of, by=run.id)


def settle(state: Path, run: Run, ended: RunState) -> None:
    """End what *run* has started on the stage whose clone has its state in *state*, unless it is to go on serving.

    Nothing happens where there is no stage.
    """
    with suppress(SimpleDeployError, OSError):
        if (stage := load(state)) is not None:
            stage.world.settle(run.id, keep=ended is RunState.SUCCEEDED and run.kind is not RunKind.PLAN)


def clear(state: Path, slug: str) -> None:
    """End everything the stage runs and remove it."""
    folder = stage_folder(state, slug)
    if folder.is_dir():
        from simple_deploy.rehearsal import images  # a run that is no rehearsal does not wait for what that loads

        stage_world = World.on_stage(folder)
        images.clear(stage_world)
        stage_world.remove()
        files.remove_tree(folder)


def _simulation(platform: Platform, scenario: str) -> Simulation:
    card, simulation = platform.card, platform.simulation
    if simulation is None:
        raise PluginNotFound(
            f"A deployment to {card.name} cannot be rehearsed.",
            hint=card.unrehearsed
            or (
                "Its plugin does not include a simulation of the platform."
                if card.needs_account
                else "This platform needs no account: just deploy to it."
            ),
        )
    if scenario and scenario not in simulation.scenarios:
        known = ", ".join(name for name in SCENARIOS if name in simulation.scenarios)
        raise WrongUsage(f"{card.name} has no scenario “{scenario}”.", hint=f"It has these: {known}.")
    return simulation


def _furnish(stage: Stage, simulation: Simulation) -> None:
    """Programs, state and git configuration of the simulated platform."""
    with stage.world.change() as state:
        state["name"] = stage.platform
    for name, module in simulation.programs.items():
        world.install_program(stage.world, name, module)
    rows = []
    if simulation.git_prefix:
        target = stage.world.repositories.as_posix() + "/"
        rows = [f'[url "{target}"]', f"\tinsteadOf = {simulation.git_prefix}"]
    rows += ["[safe]", "\tdirectory = *", "[init]", "\tdefaultBranch = main", ""]
    files.write_atomic(stage.folder / "gitconfig", "\n".join(rows))


def _update_clone(stage: Stage, location: Location, source: Path, commit: str, run: Runner) -> None:
    """Bring the clone to *commit* of *source*, on top of which it keeps its own commits."""
    original = Git(location.root, run)
    clone = Git(stage.clone, run)
    branch = original.line("symbolic-ref", "--quiet", "--short", "HEAD", check=False) or "main"
    if not (stage.clone / ".git").is_dir():
        files.remove_tree(stage.clone)
        files.private_folder(stage.clone)
        clone("-c", f"init.defaultBranch={branch}", "init", "--quiet")
        clone("config", "maintenance.auto", "false")
    for name in ("user.name", "user.email", "core.autocrlf", "core.eol"):
        if value := original.setting(name):
            clone("config", "--local", name, value)
    bench = Git(source, run)
    deepen = "--unshallow" if clone.is_shallow and not bench.is_shallow else "--update-shallow"
    clone("fetch", "--quiet", "--no-tags", deepen, str(source), commit)
    if clone.head() is None:
        clone("reset", "--quiet", "--hard", commit)
    elif not clone.is_ancestor(commit, "HEAD"):
        _bring_in(clone, commit)
    _copy_unversioned(location, stage.clone)


def _bring_in(clone: Git, commit: str) -> None:
    try:
        clone("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", commit)
    except CommandFailed:
        # The same lines were changed in the project and by an earlier rehearsal: the project is what counts.
        clone("merge", "--abort", check=False)
        clone("reset", "--quiet", "--hard", commit)


def _copy_unversioned(location: Location, clone: Path) -> None:
    for folder in {location.root, location.folder}:
        for name in _NOT_GIT:
            source, target = folder / name, clone / folder.relative_to(location.root) / name
            if source.is_file() and not target.exists():
                shutil.copyfile(source, target)
                target.chmod(files.PRIVATE_FILE)
