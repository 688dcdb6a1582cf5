#!/usr/bin/env python3
"""Try the dashboard, or run its tests, from a fresh checkout.

    python3 run.py demo     write a sample project, start it, print the address of the dashboard
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
import urllib.error
import urllib.request
from collections.abc import Callable
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
OLDEST_UV = (0, 8)
WINDOWS = os.name == "nt"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
    commands = parser.add_subparsers(required=True, metavar="demo|test")
    demo_parser = commands.add_parser("demo", help="a sample project with the dashboard")
    demo_parser.add_argument("--dir", default="simple-deploy-demo", help="folder to write it to (%(default)s)")
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
    test_parser = commands.add_parser("test", help="run the tests", add_help=False)
    test_parser.set_defaults(action=test)
    return parser


def say(*lines: str, stream: TextIO | None = None) -> None:
    for line in lines:
        print(line, file=stream or sys.stdout, flush=True)


# -- the demo --


def demo(options: argparse.Namespace) -> int:
    # These modules need nothing but the standard library, so they work before anything is installed.
    from simple_deploy.core.errors import SimpleDeployError
    from simple_deploy.demo.claim import claim
    from simple_deploy.demo.shape import Shape

    if not shutil.which("git"):
        raise Stop("git is not installed, or not on PATH.", "Install git, open a new terminal and try again.")
    try:
        mine = claim(Path(options.dir), Shape(layout=options.layout, manager=options.manager))
    except SimpleDeployError as error:
        raise Stop(error.message, error.hint, error.exit_code) from error
    python = environment(
        mine.folder / ".venv",
        *("--editable", str(CHECKOUT), "--requirement", str(CHECKOUT / "sample_project" / "requirements.txt")),
        # Outside the checkout, so that the versions its tests are pinned to stay out of the demo.
        cwd=Path(tempfile.gettempdir()),
    )
    shape = ("--dir", str(mine.folder), "--layout", options.layout, "--manager", options.manager)
    subprocess.run([python, "-m", "simple_deploy.demo", *shape, "--no-next-steps"], cwd=str(mine.folder), check=True)
    folder = mine.shape.manage_folder(mine.folder)
    manager = mine.program().environment()
    if options.headless:
        return deploy(python, folder, manager)
    return serve(python, folder, options.port or free_port(), manager)


def serve(python: str, folder: Path, port: int, manager: dict[str, str]) -> int:
    """Django's development server in the foreground, until Ctrl-C."""
    say("Starting the development server; Ctrl-C stops it.", "")
    code = foreground([python, "manage.py", "runserver", str(port)], folder, variables=manager)
    say("", "Stopped. Start it again with the same line.")
    # Ctrl-C is how it is meant to end; some systems report it as a signal.
    return 0 if code in (0, 130, -signal.SIGINT) else code


def deploy(python: str, folder: Path, manager: dict[str, str]) -> int:
    """Deploy to this computer and ask the site itself whether it is there; its address is the last line.

    :param manager: variables with which the project's dependency manager is found.
    """
    argv = [python, "manage.py", "deploy", "--platform", "local", "--automate-all", "--yes", "--no-input", "--json"]
    result: dict[str, Any] = {}

    def follow(line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            say(line, stream=sys.stderr)
        elif entry.get("type") == "result":
            result.update(entry)
        else:
            say(*described(entry), stream=sys.stderr)

    code = foreground(argv, folder, follow, variables=manager)
    error = result.get("error")
    if error:
        raise Stop(error["message"], error["hint"], code or 1)
    url = result.get("url")
    if code or not url:
        raise Stop("The deployment ended without an address.", "The lines above say why.", code or 1)
    status = answer(url)
    if status != 200:
        raise Stop(f"The deployment ended, but {url} does not answer as it should ({status}).")
    say(url)
    return 0


def described(event: dict[str, Any]) -> list[str]:
    """An event of the run in words; none for those that only a program wants."""
    data = event.get("data", {})
    kind = event.get("kind")
    if kind == "step-started":
        return ["", "• " + data["title"]]
    if kind == "output":
        text = data["text"] if sys.stderr.isatty() else COLOUR.sub("", data["text"])
        return [("  $ " if data["stream"] == "command" else "  ") + text]
    if kind == "finding" and data["finding"]["level"] in ("warning", "blocker"):
        return ["  ! " + data["finding"]["title"]]
    return []


def answer(url: str) -> int | OSError:
    """What the site answers: its status, or the reason why there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this computer needs no proxy
    try:
        with opener.open(url, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError as error:
        return error


def free_port() -> int:
    for port in range(8000, 8100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Stop("Every port from 8000 to 8099 is in use.", "Choose another one with --port NUMBER.")


def foreground(
    argv: list[str], folder: Path, follow: Callable[[str], None] | None = None, *, variables: dict[str, str]
) -> int:
    """Run a program that Ctrl-C reaches by itself, and wait for it; returns its exit code.

    :param follow: called with each line it prints; without it the program prints for itself.
    """
    pipe = subprocess.PIPE if follow else None
    env = {**project_environment(), **variables}
    with subprocess.Popen(argv, cwd=str(folder), env=env, stdout=pipe) as process:
        try:
            while True:
                try:
                    if follow and process.stdout:
                        for line in process.stdout:
                            follow(line.decode("utf-8", "replace").rstrip())
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
        argv = [uv, "python", "list", "--only-installed", "--output-format", "json"]
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


def environment(folder: Path, *packages: str, python: str = sys.executable, cwd: Path) -> str:
    """Make the virtual environment *folder* of *python* hold *packages*, given as uv's arguments.

    :returns: its interpreter.
    """
    own = folder / "Scripts" / "python.exe" if WINDOWS else folder / "bin" / "python"
    stamp, maker = folder / "installed.txt", folder / "made-with.txt"
    wanted = installed_from(packages)
    made = works([str(own), "-c", ""]) and holds(maker, python)
    if made and holds(stamp, wanted):
        return str(own)  # nothing to do, so it also starts where there is no network
    say(f"Installing what is needed into {folder}")
    uv = find_uv() or install_uv()
    # Only a Python that is here is used; uv is not to download one.
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)
    if not made:
        if folder.exists():
            shutil.rmtree(str(folder))
        subprocess.run([uv, "venv", "--quiet", "--python", python, str(folder)], env=env, check=True)
        maker.write_text(python, encoding="utf-8")
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(own)]
    subprocess.run([*install, *packages], cwd=str(cwd), env=env, check=True)
    stamp.write_text(wanted, encoding="utf-8")
    return str(own)


def holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def installed_from(packages: tuple[str, ...]) -> str:
    """What an installation depends on besides its Python, as text: the same means that there is nothing new."""
    files = [CHECKOUT / "pyproject.toml", CHECKOUT / "sample_project" / "requirements.txt"]
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
    fresh = TOOLS / "uv-new"
    shutil.rmtree(str(fresh), ignore_errors=True)
    TOOLS.mkdir(exist_ok=True)
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
