#!/usr/bin/env python3
"""Try the dashboard, or run its tests, from a fresh checkout.

    python3 run.py demo     write a sample project, start it, print the address of the dashboard
    python3 run.py check    say whether this computer has what the demo needs
    python3 run.py classroom FOLDER
                            make a folder for a class, for example on a USB stick: with it, the demo needs no network
    sudo python3 run.py class-server --host NAME
                            for pupils who can install nothing: a dashboard for each on this machine, with Linux
    python3 run.py test     run the quick tests, with --landing a slice of the slow ones too, with --all everything;
                            what follows is handed to pytest. They run on the newest Python that is found here;
                            --python 3.11 chooses another

This needs Python 3.10 or newer with pip, and git. Everything else comes into folders of its own:
.tools/ beside this file, and the folder of the demo. Nothing is installed for the whole computer.
"""

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

# This file uses no syntax newer than Python 3.6, so that an older Python gets as far as this sentence.
if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(
        f"This needs Python 3.10 or newer; {sys.executable} is Python {sys.version.split()[0]}.\n"
        "Install a newer one and start run.py with it, for example: python3.12 run.py demo"
    )

CHECKOUT = Path(__file__).resolve().parent
TOOLS = CHECKOUT / ".tools"
#: There when this checkout lies in a folder that `classroom` made.
RECORD = CHECKOUT.parent / "classroom.json"
OLDEST_UV = (0, 8)
WINDOWS = os.name == "nt"


class Stop(Exception):
    """This cannot go on: a sentence on what happened, one on what to do, and the exit code."""

    def __init__(self, message: str, hint: str = "", code: int = 1):
        super().__init__(message)
        self.hint = hint
        self.code = code


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Windows console may lack a character
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # lets `finally` end what was started
    parser = command_line()
    if arguments[:1] == ["test"]:
        options = parser.parse_args(["test"])
        options.pytest = arguments[1:]
    else:
        options = parser.parse_args(arguments)
    try:
        return int(options.action(options))
    except Stop as stop:
        say(f"Error: {stop}", *filter(None, [stop.hint]), stream=sys.stderr)
        return stop.code
    except subprocess.CalledProcessError as error:
        name = Path(error.cmd[0]).name
        say(f"Error: {name} failed (exit code {error.returncode}); the lines above say why.", stream=sys.stderr)
        if name.startswith("uv"):
            say(
                "If they speak of a certificate, set the variable UV_SYSTEM_CERTS to 1: uv then trusts what this "
                "computer trusts, such as the proxy of a school or a company.",
                stream=sys.stderr,
            )
        return 1
    except KeyboardInterrupt:
        say("Stopped. The same line goes on from here.", stream=sys.stderr)
        return 130


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="demo|check|classroom|class-server|test")
    demo_parser = commands.add_parser("demo", help="a sample project with the dashboard")
    where = "folder to write it to (simple-deploy-demo, here; out of a folder for a class, in the home folder)"
    demo_parser.add_argument("--dir", help=where)
    demo_parser.add_argument("--project", default="blog", metavar="blog|polls", help="what to write (%(default)s)")
    demo_parser.add_argument("--layout", default="flat", metavar="flat|nested", help="where manage.py is (%(default)s)")
    demo_parser.add_argument(
        "--manager",
        default="requirements",
        metavar="requirements|pipenv|poetry|uv",
        help="what lists its packages (%(default)s)",
    )
    demo_parser.add_argument("--headless", action="store_true", help="deploy it to this computer, without a browser")
    demo_parser.add_argument("--port", type=int, help="port of the development server (the first free one from 8000)")
    demo_parser.set_defaults(action=demo)
    check_parser = commands.add_parser("check", help="whether this computer has what the demo needs")
    check_parser.add_argument("--dir", help=where)
    check_parser.set_defaults(action=check)
    class_parser = commands.add_parser("classroom", help="a folder for a class that has no network")
    class_parser.add_argument("folder", help="the folder to make, or to bring up to date")
    class_parser.add_argument(
        "--system",
        action="append",
        default=[],
        metavar="windows|macos|macos-intel|linux|linux-arm",
        help="what the pupils' computers are, once for each (the first four)",
    )
    class_parser.add_argument(
        "--python", action="append", default=[], metavar="3.N", help="what they run, once for each (3.12 to 3.14)"
    )
    class_parser.set_defaults(action=classroom)
    server_parser = commands.add_parser("class-server", help="a dashboard for each pupil, on this machine")
    server_parser.add_argument("--host", help="what pupils type into their browsers: this machine's name or address")
    server_parser.add_argument("--pupils", type=int, default=30, help="how many there are (%(default)s)")
    server_parser.add_argument("--port", type=int, default=8400, help="the first pupil's is the next (%(default)s)")
    server_parser.add_argument("--project", default="blog", metavar="blog|polls", help="what each gets (%(default)s)")
    server_parser.add_argument(
        "--at-once", type=int, metavar="N", help="how many runs work at once (as many as there are processors)"
    )
    server_parser.add_argument(
        "--plugin", action="append", default=[], metavar="PACKAGE", help="of another platform, once for each"
    )
    server_parser.add_argument("--certificate", help="of that name, with those it hangs on; without it browsers warn")
    server_parser.add_argument("--key", help="of the certificate")
    server_parser.add_argument(
        "--dir", default="/srv/simple-deploy-class", help="where everything lies (%(default)s); it goes with --end"
    )
    server_parser.add_argument("--end", action="store_true", help="end it, and remove the accounts and the folder")
    server_parser.set_defaults(action=class_server)
    test_parser = commands.add_parser("test", help="run the tests", add_help=False)
    test_parser.set_defaults(action=test)
    return parser


def say(*lines: str, stream: TextIO | None = None) -> None:
    for line in lines:
        print(line, file=stream or sys.stdout, flush=True)


# -- the demo --


def demo(options: argparse.Namespace) -> int:
    kit = Kit.around()
    # These modules need nothing but the standard library, so they work before anything is installed.
    from simple_deploy.core.errors import SimpleDeployError
    from simple_deploy.demo.claim import claim
    from simple_deploy.demo.shape import Shape

    if not shutil.which("git"):
        raise Stop(*NO_GIT)
    if kit and options.manager != "requirements":
        raise Stop(
            f"This folder brings packages for requirements.txt, and {options.manager} needs a network.",
            "Leave --manager out, or use a clone of the repository where there is a network.",
            2,
        )
    python = sys.executable
    if kit:  # before anything is written
        with tempfile.TemporaryDirectory() as scratch:
            python = kit.python(Path(scratch))
    try:
        wanted = Shape(project=options.project, layout=options.layout, manager=options.manager)
        mine = claim(demo_folder(options.dir, kit), wanted)
    except SimpleDeployError as error:
        raise Stop(error.message, error.hint, error.exit_code) from error
    sample = ("--requirement", str(CHECKOUT / wanted.sample.source / "requirements.txt"))
    # Outside the checkout, so that the versions its tests are pinned to stay out of the demo.
    outside = Path(tempfile.gettempdir())
    if kit:
        uv = kit.uv(mine.tools)
        # Anew in any case: a folder that was brought up to date has the same version of it with other files.
        tool = ("django-simple-deploy-dashboard[class]", "--reinstall-package", "django-simple-deploy-dashboard")
        packages = (*kit.alone(), *tool, *sample)
        python = environment(mine.folder / ".venv", *packages, python=python, cwd=outside, uv=uv)
    else:
        python = environment(mine.folder / ".venv", "--editable", f"{CHECKOUT}[class]", *sample, cwd=outside)
    shape = ("--dir", str(mine.folder), "--project", options.project)
    shape += ("--layout", options.layout, "--manager", options.manager)
    shape += ("--wheels", str(kit.wheels)) if kit else ()
    subprocess.run([python, "-m", "simple_deploy.demo", *shape, "--no-next-steps"], cwd=str(mine.folder), check=True)
    folder = mine.shape.manage_folder(mine.folder)
    manager = mine.program().environment()
    if options.headless:
        return deploy(python, folder, manager)
    return serve(python, folder, options.port or free_port(), manager)


def demo_folder(given: str | None, kit: "Kit | None") -> Path:
    """Where the demo is. A folder for a class may be a stick that is passed on, so that the demo is not kept there."""
    return Path(given) if given else (Path.home() if kit else Path()) / "simple-deploy-demo"


def serve(python: str, folder: Path, port: int, manager: dict[str, str]) -> int:
    """Django's development server in the foreground, until Ctrl-C."""
    say("Starting the development server; Ctrl-C stops it.", "")
    code = foreground([python, "manage.py", "runserver", str(port)], folder, variables=manager)
    say("", "Stopped. Start it again with the same line.")
    # Ctrl-C is how it is meant to end; some systems report it as a signal.
    return 0 if code in (0, 130, -signal.SIGINT) else code


def deploy(python: str, folder: Path, manager: dict[str, str]) -> int:
    """Deploy to this computer. The site's address is the last line; all else goes to the error stream.

    :param manager: variables with which the project's dependency manager is found.
    """
    command = [python, "manage.py", "deploy", "--platform", "local"]
    code = foreground(
        [*command, "--automate-all", "--yes", "--no-input"], folder, variables=manager, output=sys.stderr.fileno()
    )
    if code:
        return code  # the command has said why
    env = {**project_environment(), **manager}
    done = subprocess.run(
        [*command, "--status", "--json"], cwd=str(folder), env=env, stdout=subprocess.PIPE, check=True
    )
    say(json.loads(done.stdout.decode("utf-8").splitlines()[-1])["url"])
    return 0


def free_port() -> int:
    for port in range(8000, 8100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Stop("Every port from 8000 to 8099 is in use.", "Choose another one with --port NUMBER.")


def foreground(argv: list[str], folder: Path, *, variables: dict[str, str], output: int | None = None) -> int:
    """Run a program that Ctrl-C reaches by itself, and wait for it; returns its exit code.

    :param output: the file descriptor that its standard output goes to, if not this one's.
    """
    env = {**project_environment(), **variables}
    with subprocess.Popen(argv, cwd=str(folder), env=env, stdout=output) as process:
        try:
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:
                    continue  # the program got it too; it says when it has ended
        finally:
            if process.poll() is None:
                process.terminate()


def project_environment() -> dict[str, str]:
    """The environment without what would make the demo run another project's settings."""
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}


# -- for a class --

NO_GIT = ("git is not installed, or not on PATH.", "Install git, open a new terminal and try again.")
NEEDED_ROOM = 10**9  # bytes: the demo with its packages, and what is deployed of it


class Kit:
    """The folder that `classroom` made around this checkout: with packages for the Pythons it names."""

    def __init__(self, record: dict[str, Any]):
        self.wheels = CHECKOUT.parent / "wheels"
        self.pythons = [(int(minor[0]), int(minor[1])) for minor in (each.split(".") for each in record["pythons"])]
        self.systems = ", ".join(record["systems"])

    @classmethod
    def around(cls) -> "Kit | None":
        """That of this checkout; None for one that is a clone, or a copy of its own."""
        if not RECORD.is_file():
            return None
        try:
            kit = cls(json.loads(RECORD.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise Stop(
                f"{RECORD} cannot be read, or the folder was never finished.",
                "Make it again: run.py classroom FOLDER; what was downloaded is kept.",
            ) from error
        sys.dont_write_bytecode = True  # the folder may be a stick, and somebody else's
        return kit

    def alone(self) -> tuple[str, ...]:
        """Arguments with which uv takes packages from here and from nowhere else."""
        return ("--offline", "--no-index", "--find-links", str(self.wheels))

    def python(self, scratch: Path) -> str:
        """A Python that the packages are for: the one that runs this, else the newest that is installed.

        :param scratch: where uv is put, if it is needed to look for others.
        """
        own = (sys.version_info[0], sys.version_info[1])
        if own in self.pythons:
            return sys.executable
        there = installed_pythons(self.uv(scratch))
        found = {version: path for version, path in there.items() if version in self.pythons}
        if not found:
            names = ", ".join(f"{each[0]}.{each[1]}" for each in self.pythons)
            raise Stop(
                f"This folder has packages for Python {names}; there is Python {own[0]}.{own[1]} here.",
                f"Install Python {self.pythons[-1][0]}.{self.pythons[-1][1]} from python.org, or ask your teacher "
                f"for a folder made with --python {own[0]}.{own[1]}.",
            )
        return found[max(found)]

    def uv(self, folder: Path) -> str:
        """The program uv, put into *folder*; out of its package, so that neither pip nor venv has to be there."""
        program = folder / ("uv.exe" if WINDOWS else "uv")
        if uv_version(str(program)) >= OLDEST_UV:
            return str(program)
        word = {"win32": "win", "darwin": "macosx"}.get(sys.platform, "linux")
        for wheel in sorted(each for each in self.wheels.glob("uv-*.whl") if word in each.name):
            with zipfile.ZipFile(str(wheel)) as archive:
                for name in archive.namelist():
                    if name.endswith(f".data/scripts/{program.name}"):
                        folder.mkdir(parents=True, exist_ok=True)
                        program.write_bytes(archive.read(name))
                        program.chmod(0o755)
            if uv_version(str(program)) >= OLDEST_UV:  # else it is for another processor
                return str(program)
        raise Stop(
            "This folder has no packages for a computer like this one.",
            f"It is for {self.systems}. Ask your teacher for one that was made for yours: --system.",
        )


def classroom(options: argparse.Namespace) -> int:
    """Make a folder for a class, by the tool itself."""
    python = environment(TOOLS / "classroom-env", "--editable", str(CHECKOUT), cwd=Path(tempfile.gettempdir()))
    argv = [python, "-m", "simple_deploy.demo.classroom", options.folder, "--checkout", str(CHECKOUT)]
    argv += [word for name in options.system for word in ("--system", name)]
    argv += [word for version in options.python for word in ("--python", version)]
    return foreground(argv, Path(), variables={})


def class_server(options: argparse.Namespace) -> int:
    """Begin or end a server for a class, by the tool itself."""
    if not options.end and not options.host:
        raise Stop("What is this machine called in the network?", "Say it: --host 192.168.1.20", 2)
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise Stop(
            "A server for a class makes accounts, which takes root on Linux.",
            "Start it on a machine with Linux: sudo python3 run.py class-server --host NAME",
        )
    kit = Kit.around()
    folder = Path(options.dir).absolute()
    python = str(folder / "environment" / "bin" / "python")
    # A class ends as it is: nothing is installed for that, and there may be no network any more.
    if not (options.end and works([python, "-c", ""])):
        os.umask(0o022)  # pupils' accounts run what is installed here
        samples = [str(CHECKOUT / name / "requirements.txt") for name in ("sample_project", "sample_polls")]
        needed = [word for file in samples for word in ("--requirement", file)]
        tool = "django-simple-deploy-dashboard"
        source = f"{tool}[redis,class]" if kit else f"{tool}[redis,class] @ {CHECKOUT.as_uri()}"
        packages = (*(kit.alone() if kit else ()), source, "--reinstall-package", tool, *needed, *options.plugin)
        uv = kit.uv(folder / "tools") if kit else None
        python = environment(folder / "environment", *packages, cwd=Path(tempfile.gettempdir()), uv=uv)
    argv = [python, "-m", "simple_deploy.demo.classroom.server", "--dir", str(folder)]
    argv += ["--wheels", str(kit.wheels)] if kit else []
    for name in ("host", "pupils", "port", "project", "at-once", "certificate", "key"):
        given = getattr(options, name.replace("-", "_"))
        if given is not None:
            argv += [f"--{name}", str(given)]
    return foreground([*argv, *(["--end"] if options.end else [])], Path(), variables={})


def check(options: argparse.Namespace) -> int:
    """Say whether this computer has what the demo needs, and what to do where it has not."""
    kit = Kit.around()
    folder = demo_folder(options.dir, kit).absolute()
    missing = 0
    with tempfile.TemporaryDirectory() as scratch:
        for title, look in checks(kit, folder, Path(scratch)):
            try:
                look()
            except Stop as stop:
                missing += 1
                say(f"  MISSING  {title}: {stop}", *filter(None, [stop.hint and " " * 11 + stop.hint]))
            else:
                say(f"  ok       {title}")
    if missing:
        say("", f"NOT READY: {missing} thing{'s are' if missing > 1 else ' is'} missing.")
        return 1
    say("", "READY." + ("" if kit else " The demo downloads packages, so it needs a network."))
    return 0


def checks(kit: "Kit | None", folder: Path, scratch: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is looked at: its name, and what raises `Stop` where it is not as it has to be."""
    yield "git", look_for_git
    if WINDOWS:
        yield "the shell that comes with git, for rehearsals", look_for_shell
    yield f"the folder {folder}", lambda: look_at_folder(folder)
    yield "a free port", free_port
    if kit:
        yield "uv, which builds the environments", lambda: kit.uv(scratch)
        yield "Python", lambda: kit.python(scratch)
        yield "packages", lambda: look_for_packages(kit, scratch)


def look_for_git() -> None:
    if not shutil.which("git"):
        raise Stop(*NO_GIT)


def look_for_shell() -> None:
    git = shutil.which("git")
    if git and not any((folder / "bin" / "bash.exe").is_file() for folder in Path(git).resolve().parents):
        raise Stop("bash.exe is not beside git.", "Install Git for Windows with its usual choices.")


def look_at_folder(folder: Path) -> None:
    """Whether the demo can be written there."""
    existing = next(each for each in (folder, *folder.parents) if each.is_dir())
    try:
        with tempfile.TemporaryFile(dir=str(existing)):
            pass
        free = shutil.disk_usage(str(existing)).free
    except OSError as error:
        raise Stop(
            f"{error.strerror or error}.", "Name another folder: --dir FOLDER, here and for the demo."
        ) from error
    if free < NEEDED_ROOM:
        raise Stop(
            f"there are {free // 10**6} MB free, and up to {NEEDED_ROOM // 10**6} are needed.",
            "Make room, or name a folder on another disk: --dir FOLDER, here and for the demo.",
        )


def look_for_packages(kit: Kit, scratch: Path) -> None:
    """Whether all of them are in the folder, for this computer."""
    from simple_deploy.demo.classroom.targets import wanted  # standard library only, as what `demo` takes from there

    uv = kit.uv(scratch)
    samples = (file.read_text(encoding="utf-8") for file in sorted(CHECKOUT.glob("sample_*/requirements.txt")))
    argv = [uv, "pip", "compile", "--quiet", *kit.alone(), "--only-binary", ":all:", "--no-cache"]
    argv += ["--python", kit.python(scratch), "-"]
    done = subprocess.run(
        argv, input=wanted(*samples).encode(), cwd=str(scratch), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise Stop(
            f"some cannot be had: {said}", "Copy the folder anew, or ask your teacher for one for your computer."
        )


# -- the tests --


def test(options: argparse.Namespace) -> int:
    version, arguments = python_asked_for(options.pytest)
    found = installed_pythons(find_uv())
    wanted = version or max(found)
    if wanted not in found:
        raise Stop(
            f"There is no Python {wanted[0]}.{wanted[1]} on this computer.",
            "Found: " + ", ".join(f"{each[0]}.{each[1]}" for each in sorted(found)) + ".",
        )
    name = f"test-env-{wanted[0]}.{wanted[1]}" if version else "test-env"
    # In the checkout, so that the versions pinned in pyproject.toml hold.
    parts = ("--editable", ".[redis,class]", "--group", "dev")
    python = environment(TOOLS / name, *parts, python=found[wanted], cwd=CHECKOUT)
    # The tests start Python hundreds of times; compiling everything anew each time would take longer than all else.
    subprocess.run([python, "-m", "compileall", "-q", "simple_deploy", "plugins"], cwd=str(CHECKOUT), check=True)
    # One more worker than processors, since tests wait for programs and disks a third of their time. The tests of a
    # file share what takes long to make, so that they stay with one worker; the files come in the order of the tests.
    workers = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile", "--no-loadscope-reorder")
    argv = [python, "-m", "pytest", *workers, *arguments]
    return foreground(argv, CHECKOUT, variables={"PYTHONDONTWRITEBYTECODE": ""})


def python_asked_for(arguments: list[str]) -> tuple[tuple[int, int] | None, list[str]]:
    """The version that ``--python 3.11`` among *arguments* asks for, and the other arguments."""
    parser = argparse.ArgumentParser(prog="run.py test", add_help=False, allow_abbrev=False)
    parser.add_argument("--python", metavar="3.N")
    known, others = parser.parse_known_args(arguments)
    if known.python is None:
        return None, others
    found = re.match(r"(3)\.(\d+)$", known.python)
    if not found:
        raise Stop(f"{known.python} is not the version of a Python.", "Write it like this: --python 3.12")
    return (int(found.group(1)), int(found.group(2))), others


# -- the Pythons of this computer --

ASK_VERSION = (
    "import json, sys, sysconfig; print(json.dumps([list(sys.version_info[:3]), sys.implementation.name == 'cpython' "
    "and sys.version_info.releaselevel == 'final' and not sysconfig.get_config_var('Py_GIL_DISABLED')]))"
)


def installed_pythons(uv: str | None) -> dict[tuple[int, int], str]:
    """The Pythons that are here and can run the tool: for each version the newest release, as its path.

    None is downloaded. Each is started and asked, since some that lie on PATH do not start.

    :param uv: the program, which knows further places; None where it is not here yet.
    """
    newest: dict[tuple[int, int], tuple[list[int], str]] = {}
    seen = set()
    for path in places_of_pythons(uv):
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        version, usable = ask_version(path)
        minor = (version[0], version[1])
        if usable and minor >= (3, 10) and (minor not in newest or version > newest[minor][0]):
            newest[minor] = (version, path)
    return {minor: path for minor, (_, path) in newest.items()}


def places_of_pythons(uv: str | None) -> list[str]:
    """Where a Python may lie: the one that runs this, those on PATH, those that uv knows, pyenv's and python.org's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    name = re.compile(r"python3\.\d+(\.exe)?$")
    # pyenv's shims start slowly, and some only to say that they will not; what they stand for comes below.
    folders = [Path(folder) for folder in os.get_exec_path() if Path(folder) != pyenv / "shims"]
    found = [str(each) for folder in folders for each in sorted(folder.glob("python3.*")) if name.match(each.name)]
    if uv:
        # Its own and, on Windows, those of the registry. It need not look at PATH once more.
        argv = [uv, "python", "list", "--only-installed", "--output-format", "json", "--no-cache"]
        env = {**os.environ, "PATH": ""}
        done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        listed = json.loads(done.stdout) if done.returncode == 0 else []
        found += [each["path"] for each in listed if each.get("path")]
    patterns = ("versions/3.*/bin/python3", "pyenv-win/versions/3.*/python.exe")
    found += [str(each) for pattern in patterns for each in sorted(pyenv.glob(pattern))]
    framework = Path("/Library/Frameworks/Python.framework/Versions")
    return [sys.executable, *found, *(str(each) for each in sorted(framework.glob("3.*/bin/python3")))]


def ask_version(python: str) -> tuple[list[int], bool]:
    """Its version, and whether it is a released, ordinary CPython; ([0, 0], False) where it does not start."""
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", ASK_VERSION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
        )
        version, usable = json.loads(done.stdout.decode("utf-8", "replace"))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return [0, 0], False
    return version, usable


# -- uv and environments --


def environment(folder: Path, *packages: str, python: str = sys.executable, cwd: Path, uv: str | None = None) -> str:
    """Make the virtual environment *folder* of *python* hold *packages*, given as uv's arguments.

    :param uv: the program; found, or brought in, where it is not given.
    :returns: its interpreter.
    """
    own = folder / "Scripts" / "python.exe" if WINDOWS else folder / "bin" / "python"
    stamp, maker = folder / "installed.txt", folder / "made-with.txt"
    wanted = installed_from(packages)
    made = works([str(own), "-c", ""]) and holds(maker, python)
    if made and holds(stamp, wanted):
        return str(own)  # nothing to do, so it also starts where there is no network
    say(f"Installing what is needed into {folder}")
    uv = uv or find_uv() or install_uv()
    # Only a Python that is here is used; uv is not to download one.
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)
    if not made:
        if folder.exists():
            shutil.rmtree(str(folder))
        subprocess.run([uv, "venv", "--quiet", "--python", python, str(folder)], env=env, check=True)
        maker.write_text(python, encoding="utf-8")
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(own)]
    if subprocess.run([*install, *packages], cwd=str(cwd), env=env).returncode:
        # A connection may have been cut: what arrived of a package then is damaged, also where it is kept.
        say("Trying once more, with all packages downloaded anew")
        subprocess.run([*install, "--refresh", *packages], cwd=str(cwd), env=env, check=True)
    stamp.write_text(wanted, encoding="utf-8")
    return str(own)


def holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def installed_from(packages: tuple[str, ...]) -> str:
    """What an installation depends on besides its Python, as text: the same means that there is nothing new."""
    files = [CHECKOUT / "pyproject.toml", *sorted(CHECKOUT.glob("sample_*/requirements.txt"))]
    files += [RECORD] if RECORD.is_file() else []
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    return "\n".join([str(CHECKOUT), *packages, digest])


def find_uv() -> str | None:
    """A uv that is recent enough: the person's own, or the one brought in by an earlier call."""
    private = [str(TOOLS / "uv" / place / name) for place in ("bin", "Scripts") for name in ("uv", "uv.exe")]
    for candidate in filter(None, [shutil.which("uv"), *private]):
        if uv_version(candidate) >= OLDEST_UV:
            return candidate
    return None


def uv_version(program: str) -> tuple[int, ...]:
    """Its version; empty when it does not work."""
    try:
        done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"uv (\d+)\.(\d+)", done.stdout.decode("utf-8", "replace"))
    return tuple(map(int, found.groups())) if found and done.returncode == 0 else ()


def install_uv() -> str:
    """Bring uv into .tools/; returns the program."""
    say(f"Bringing uv into {TOOLS / 'uv'}")
    TOOLS.mkdir(exist_ok=True)
    # Each call works in a folder of its own, since two may be started at once; what the first one brought stays.
    with tempfile.TemporaryDirectory(prefix="uv-", dir=str(TOOLS)) as scratch:
        fresh = Path(scratch) / "uv"
        # A person's own pip settings (--user, only in environments) are not meant for a private folder.
        env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore"}
        if works([sys.executable, "-m", "pip", "--version"]):
            # A folder of its own is no part of the system's Python, so Debian's rule against installing there is kept.
            steps = [[sys.executable, "-m", "pip", "install", "--quiet", "--target", str(fresh), "uv"]]
        else:
            python = fresh / ("Scripts" if WINDOWS else "bin") / "python"
            steps = [[sys.executable, "-m", "venv", str(fresh)], [str(python), "-m", "pip", "install", "--quiet", "uv"]]
        # What they say goes to the error stream: the last line of standard output is the address.
        if any(subprocess.run(argv, env=env, stdout=sys.stderr.fileno()).returncode != 0 for argv in steps):
            raise Stop(
                f"uv, which builds the environments, could not be installed with {sys.executable}.",
                "Check that this Python has pip (on Debian and Ubuntu: apt install python3-pip) and that the network "
                "works, or install uv yourself; then try again.",
            )
        if find_uv() is None:
            shutil.rmtree(str(TOOLS / "uv"), ignore_errors=True)
            fresh.rename(TOOLS / "uv")
    uv = find_uv()
    if uv is None:
        raise Stop(f"uv was installed into {TOOLS / 'uv'} but does not start there.", "Install uv yourself.")
    return uv


def works(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
