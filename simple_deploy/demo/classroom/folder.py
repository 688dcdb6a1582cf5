"""Makes the folder: a clean copy of the checkout, packages for each kind of computer, and files to start with."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from simple_deploy.core.errors import CommandFailed
from simple_deploy.core.interfaces import Completed, Runner
from simple_deploy.demo.classroom import starting
from simple_deploy.demo.classroom.targets import MACOS, TOOL, Target, wanted
from simple_deploy.demo.shape import SAMPLES, DemoRefused
from simple_deploy.managers import packageindex
from simple_deploy.rehearsal.database import PACKAGE as POSTGRESQL
from simple_deploy.system.files import remove_tree

#: In the folder; run.py finds out by it that packages are there.
RECORD = "classroom.json"
CHECKOUT, WHEELS = "checkout", "wheels"

_TOOL = TOOL.partition("[")[0]
_LONG = 1800.0  # seconds
_NOT_SOURCE = frozenset({".git", ".tools", "__pycache__", ".venv", "simple-deploy-demo", "node_modules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of it.

    :param packages: how many files, and :param bytes: how large they are together.
    :param seconds: what it took.
    :param without_postgresql: for which there is none to bring along.
    """

    folder: Path
    packages: int
    bytes: int
    seconds: float
    without_postgresql: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the folder from *checkout*.

    :param run: starts programs. :param uv: the program. :param say: told what is being done, a sentence at a time.
    """

    checkout: Path
    run: Runner
    uv: str
    say: Callable[[str], None]

    def make(self, folder: Path, targets: tuple[Target, ...]) -> Made:
        """Make *folder*, or bring one that was made earlier up to date; packages that are there are not fetched again.

        :raises DemoRefused: it holds something else. :raises StepError: a package cannot be had.
        """
        began = time.monotonic()
        folder = folder.absolute()
        wheels = self._claim(folder)
        self.say("Copying the checkout.")
        self._copy(folder / CHECKOUT)
        self._build(wheels)
        samples = (self.checkout / sample.source / "requirements.txt" for sample in SAMPLES.values())
        needed = wanted(*(file.read_text(encoding="utf-8") for file in samples))
        kept: set[tuple[str, str]] = set()
        without: list[Target] = []
        for target in targets:
            self.say(f"{target}: downloading.")
            pins = self._resolve(needed, target, "--find-links", str(wheels))
            postgresql = self._postgresql(target)
            self._download([*pins, *postgresql], target, wheels)
            # Once more as in class: from the folder alone.
            self._resolve(needed, target, "--no-index", "--offline", "--find-links", str(wheels))
            without += [] if postgresql else [target]
            kept |= {_pin(line) for line in (*pins, *postgresql)}
        _tidy(wheels, kept)
        starting.write(folder)
        files = list(wheels.glob("*.whl"))
        made = Made(
            folder=folder,
            packages=len(files),
            bytes=sum(file.stat().st_size for file in files),
            seconds=time.monotonic() - began,
            without_postgresql=tuple(without),
        )
        _note(made, targets)
        return made

    def _claim(self, folder: Path) -> Path:
        """The folder of its packages. :raises DemoRefused: there is something else in *folder*."""
        if folder.exists() and not (folder / RECORD).is_file() and (not folder.is_dir() or any(folder.iterdir())):
            raise DemoRefused(
                f"{folder} is there already and was not made for a class, so nothing was changed.",
                hint="Name a new folder; on a USB stick, one on it: run.py classroom /media/stick/class",
            )
        try:
            (folder / WHEELS).mkdir(parents=True, exist_ok=True)
            (folder / RECORD).write_text("{}\n", encoding="utf-8")
        except OSError as error:
            raise DemoRefused(
                f"The folder {folder} cannot be written to: {error.strerror or error}.",
                hint="Name a folder that you may write to.",
            ) from error
        return folder / WHEELS

    def _copy(self, target: Path) -> None:
        """The files of the checkout, and none that working with it has left."""
        remove_tree(target)
        for name in self._names():
            source = self.checkout / name
            if source.is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target / name)

    def _names(self) -> Iterable[str]:
        listed = self.run(("git", "-c", "core.quotePath=off", "ls-files"), cwd=self.checkout, timeout=60, check=False)
        if listed.ok and listed.output:
            return listed.output.splitlines()
        files = (path.relative_to(self.checkout) for path in sorted(self.checkout.rglob("*")) if path.is_file())
        return (name.as_posix() for name in files if not _NOT_SOURCE.intersection(name.parts))

    def _build(self, wheels: Path) -> None:
        """The tool itself as a package, so that nothing is built on a pupil's computer."""
        self.say("Packing the tool.")
        for old in wheels.glob(f"{_TOOL.replace('-', '_')}-*.whl"):
            old.unlink()
        argv = ("build", "--quiet", "--wheel", "--out-dir", str(wheels), str(self.checkout))
        self._uv("The tool could not be packed", *argv)

    def _resolve(self, needed: str, target: Target, *options: str) -> list[str]:
        """Names and versions of all that *target* needs besides the tool.

        pip would take the answers of this computer for what depends on the system; uv takes those of *target*.
        """
        how = ("--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:", "--no-emit-package", _TOOL)
        which = ("--python-platform", target.system.uv, "--python-version", target.python)
        env = {"MACOSX_DEPLOYMENT_TARGET": MACOS}
        what = f"There is no set of packages for {target}"
        done = self._uv(what, "pip", "compile", "-", *how, *which, *options, stdin=needed, env=env)
        return [line for line in done.output.splitlines() if "==" in line]

    def _download(self, pins: Iterable[str], target: Target, wheels: Path) -> None:
        platforms = [word for tag in target.system.tags for word in ("--platform", tag)]
        with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as scratch:
            file = Path(scratch) / "packages.txt"
            file.write_text("\n".join(pins) + "\n", encoding="utf-8")
            self._uv(
                f"The packages for {target} could not be downloaded",
                *("tool", "run", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
                *("--only-binary=:all:", "--implementation", "cp", "--python-version", target.python, *platforms),
                *("--dest", str(wheels), "--requirement", str(file)),
            )

    def _postgresql(self, target: Target) -> list[str]:
        """Name and version of the package with PostgreSQL for *target*; empty where there is none.

        Without what it depends on, which is for its use from Python.
        """
        try:
            return self._resolve(POSTGRESQL, target, "--no-deps")
        except CommandFailed as error:
            if packageindex.is_unreachable(error.tail):
                raise
            return []

    def _uv(
        self, what: str, *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None
    ) -> Completed:
        """Run uv outside the checkout, whose pinned versions are those of its tests.

        :raises CommandFailed: with *what* in front of what uv says.
        """
        argv = (self.uv, "--no-progress", *arguments)
        done = self.run(argv, cwd=Path(tempfile.gettempdir()), env=env or {}, stdin=stdin, timeout=_LONG, check=False)
        if not done.ok:
            said = " ".join(line.strip() for line in done.tail(6) if line.strip())
            raise CommandFailed(
                f"{what}: {said}",
                argv=argv,
                returncode=done.returncode,
                tail=done.tail(),
                hint="Check the network and try again; what was downloaded is kept. Where a system or a Python is "
                "the trouble, leave it out: --system and --python name those you want.",
            )
        return done


def _tidy(wheels: Path, kept: Collection[tuple[str, str]]) -> None:
    """Remove packages of an earlier time that nothing asks for any more."""
    for wheel in wheels.glob("*.whl"):
        name, version, _, _ = parse_wheel_filename(wheel.name)
        if name != _TOOL and (name, str(version)) not in kept:
            wheel.unlink()


def _pin(line: str) -> tuple[str, str]:
    """The name and version in a line such as ``django==6.1``."""
    requirement = Requirement(line)
    (only,) = requirement.specifier
    return canonicalize_name(requirement.name), str(Version(only.version))


def _note(made: Made, targets: Iterable[Target]) -> None:
    record = {
        "made": time.strftime("%Y-%m-%d %H:%M"),
        "pythons": list(dict.fromkeys(target.python for target in targets)),
        "systems": list(dict.fromkeys(target.system.name for target in targets)),
        "packages": made.packages,
        "bytes": made.bytes,
    }
    (made.folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
