"""Answers for ``git.exe`` and the shells of the lab: runs the real programs, and speaks of paths as Windows does.

    python3 relay.py SETTINGS        a JSON file: where the drives are, what to write port and password into

It runs in the lab's Debian, on that Debian's own Python. What a shell is to run of Windows, in a hook for example, is
started with Wine.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shlex
import signal
import socketserver
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SEARCHED = "/usr/local/bin:/usr/bin:/bin"
EXIT_CODE, TO_STDOUT, TO_STDERR = range(3)
CHUNK = 1 << 16  # bytes that relay.c takes at a time

#: A path of Windows in an argument: the whole of it, or behind what git writes in front of paths.
PATH = re.compile(r"(^|=|^file:///?)([A-Za-z]:[\\/].*)", re.DOTALL)
#: Commands of git that print paths of this computer on standard output; all do on standard error.
TELLING = {"clone", "config", "init", "remote", "rev-parse", "submodule", "worktree"}
#: Variables of Windows that mean nothing to a program of Linux, or the wrong thing.
OWN = {
    "COMSPEC",
    "HOME",
    "PATH",
    "PATHEXT",
    "PWD",
    "SHELL",
    "TEMP",
    "TMP",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "GIT_EXEC_PATH",
}
#: Variables with several paths in them.
LISTS = {"GIT_CEILING_DIRECTORIES", "GIT_ALTERNATE_OBJECT_DIRECTORIES"}


@dataclass(frozen=True)
class Drives:
    """Where the drives of that Windows are on this side.

    :param c: folder of drive C. :param shown: folders of this machine that Windows has on drive Z.
    """

    c: str
    shown: tuple[str, ...]

    def here(self, path: str) -> str:
        """A path of Windows as one of this side; any other text as it is."""
        if not re.match(r"[A-Za-z]:[\\/]", path) or path[0].lower() not in "cz":
            return path
        root = self.c if path[0].lower() == "c" else ""
        return as_written(f"{root}/{path[3:]}".replace("\\", "/"))

    def in_argument(self, text: str) -> str:
        return PATH.sub(lambda found: found[1].replace("file:///", "file://") + self.here(found[2]), text, count=1)

    def there(self, printed: bytes) -> bytes:
        """What a program printed, with paths as Git for Windows writes them."""
        printed = printed.replace(os.fsencode(self.c), b"C:")
        for folder in self.shown:
            printed = re.sub(rb"(?<![\w:/.])(?=" + re.escape(os.fsencode(folder)) + rb"[/\n'\"])", b"Z:", printed)
        return printed


def as_written(path: str) -> str:
    """*path* with each part in the letters its file has, for Windows does not tell capitals from others."""
    if os.path.lexists(path):
        return path
    known = Path("/")
    for part in Path(path).parts[1:]:
        if not os.path.lexists(known / part) and known.is_dir():
            part = next((each.name for each in known.iterdir() if each.name.lower() == part.lower()), part)
        known /= part
    return f"{known}/" if path.endswith("/") else str(known)  # git tells the two apart


@dataclass(frozen=True)
class Call:
    """What a program of the lab was called with."""

    program: str
    folder: str
    has_input: bool
    arguments: tuple[str, ...]
    variables: dict[str, str]

    @classmethod
    def read(cls, message: bytes) -> Call:
        program, folder, has_input, count, *rest = message.decode("utf-8", "surrogateescape").split("\0")
        words, variables = rest[: int(count)], rest[int(count) : -1]
        pairs = (each.partition("=") for each in variables if not each.startswith("="))
        return cls(
            program=program.lower().removesuffix(".exe"),
            folder=folder,
            has_input=has_input == "1",
            arguments=tuple(words),
            variables={name: value for name, _, value in pairs},
        )

    def variable(self, name: str) -> str:
        """Windows does not tell capitals from others here either."""
        return next((value for key, value in self.variables.items() if key.upper() == name), "")

    @property
    def command(self) -> str:
        """The subcommand of git."""
        words = iter(self.arguments)
        for word in words:
            if word in {"-C", "-c", "--git-dir", "--work-tree"}:
                next(words, "")
            elif not word.startswith("-"):
                return word
        return ""


@dataclass(frozen=True)
class Translator:
    """Turns a call of Windows into one of this side. *folder* holds what the lab itself needs for it."""

    drives: Drives
    folder: Path
    prefix: str

    def argv(self, call: Call) -> list[str]:
        if call.program != "git":
            return [call.program, *map(self.drives.in_argument, call.arguments)]
        words, only_paths = [], False
        for word in call.arguments:
            relative = only_paths and not re.match("[A-Za-z]:", word)
            words.append(word.replace("\\", "/") if relative else self.drives.in_argument(word))
            only_paths = only_paths or word == "--"
        # Git for Windows finds this out when it makes a repository, and git would find out otherwise here.
        return ["git", "-c", "core.filemode=false", "-c", "core.symlinks=false", *words]

    def env(self, call: Call) -> dict[str, str]:
        kept = {name: value for name, value in call.variables.items() if name.upper() not in OWN}
        for name in kept:
            if name in LISTS:
                kept[name] = ":".join(map(self.drives.here, kept[name].split(";")))
            elif name.startswith("GIT_"):
                kept[name] = self.drives.in_argument(kept[name])
        system = "bare.gitconfig" if kept.pop("GIT_CONFIG_NOSYSTEM", "") else "gitconfig"
        kept.setdefault("GIT_CONFIG_SYSTEM", str(self.folder / system))
        if own := call.variable("GIT_CONFIG_GLOBAL"):
            kept["GIT_CONFIG_GLOBAL"] = self.settings(own)
        home = next(filter(None, (self.drives.here(call.variable(each)) for each in ("HOME", "USERPROFILE"))), "/")
        return {
            **kept,
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "PATH": f"{self.starters(call.variable('PATH'))}:{SEARCHED}",
            "WINEPREFIX": self.prefix,
            "WINEDEBUG": "-all",
            "LAB_FOLDER": str(self.folder),
            "LAB_PATH": call.variable("PATH"),
            "BASH_ENV": str(self.folder / "shell.sh"),
        }

    def settings(self, file: str) -> str:
        """A copy of a file of git's settings in which paths are those of this side."""
        source = Path(self.drives.here(file))
        if not source.is_file():
            return str(source)
        text = source.read_text(encoding="utf-8", errors="surrogateescape")
        text = re.sub(r'"([A-Za-z]:[\\/][^"\n]*)"', lambda found: f'"{self.drives.here(found[1])}"', text)
        return str(self.keep("settings", text) / "gitconfig")

    def starters(self, path: str) -> str:
        """A folder in which the programs of Windows on its PATH are called as a shell calls them."""
        found: dict[str, str] = {}
        for part in filter(None, path.split(";")):
            folder = Path(self.drives.here(part.rstrip("\\/")))
            if not folder.is_dir() or re.search(
                r"/drive_c/(windows|program files/git)(/|$)", str(folder), re.IGNORECASE
            ):
                continue
            for each in sorted(folder.iterdir()):
                if each.suffix.lower() in {".exe", ".cmd", ".bat"}:
                    found.setdefault(each.stem.lower(), str(each))
        lines = [
            f'{name}\n#!/bin/sh\nexec {self.folder}/windows {shlex.quote(file)} "$@"' for name, file in found.items()
        ]
        return str(self.keep("starters", "\0".join(lines)))

    def keep(self, kind: str, text: str) -> Path:
        """A folder with files of *text*, made once."""
        folder = self.folder / kind / hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        if folder.is_dir():
            return folder
        fresh = folder.with_name(secrets.token_hex(8))
        fresh.mkdir(parents=True)
        for each in text.split("\0") if kind == "starters" else [f"gitconfig\n{text}"]:
            name, _, content = each.partition("\n")
            if name:
                (fresh / name).write_text(f"{content}\n", encoding="utf-8", errors="surrogateescape")
                (fresh / name).chmod(0o755)
        with suppress(OSError):  # another call has made it meanwhile
            fresh.rename(folder)
        return folder

    def let_hooks_run(self, folder: str) -> None:
        """Windows runs every hook that is there; Linux those alone that may be executed."""
        for parent in (Path(folder), *Path(folder).parents):
            for hooks in (parent / ".git" / "hooks", parent / ".githooks"):
                for hook in hooks.glob("[!.]*") if hooks.is_dir() else ():
                    if not hook.suffix and hook.is_file():
                        hook.chmod(hook.stat().st_mode | 0o111)
            if (parent / ".git").exists():
                return


class Handler(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        self.guard = threading.Lock()
        try:
            if not secrets.compare_digest(self.take(self.number()), self.server.password.encode()):
                return
            self.answer(Call.read(self.take(self.number())))
        except (ConnectionError, OSError) as error:
            print("relay:", error, file=sys.stderr, flush=True)

    def answer(self, call: Call) -> None:
        translate = self.server.translate
        folder = translate.drives.here(call.folder)
        if call.program == "git":
            translate.let_hooks_run(folder)
        tells = call.program != "git" or call.command in TELLING
        process = subprocess.Popen(
            translate.argv(call),
            cwd=folder,
            env=translate.env(call),
            stdin=subprocess.PIPE if call.has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self.feed, args=(process,), daemon=True).start()
        readers = [
            threading.Thread(target=self.pass_on, args=(process.stdout, TO_STDOUT, tells)),
            threading.Thread(target=self.pass_on, args=(process.stderr, TO_STDERR, True)),
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self.request.sendall(struct.pack("<Ii", EXIT_CODE, process.wait()))

    def feed(self, process: subprocess.Popen[bytes]) -> None:
        """Pass standard input on. Afterwards the connection says nothing more, and ends if its program is killed."""
        try:
            if process.stdin is not None:
                with process.stdin as pipe:
                    while size := self.number():
                        pipe.write(self.take(size))
                        pipe.flush()
        except OSError:
            pass  # the program did not want it, or the one of Windows is gone; the next line tells
        try:
            self.take(1)
        except OSError:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)

    def pass_on(self, stream: object, to: int, tells: bool) -> None:
        drives = self.server.translate.drives
        while data := os.read(stream.fileno(), CHUNK // 2):  # type: ignore[attr-defined]
            data = drives.there(data) if tells else data
            with self.guard:
                for start in range(0, len(data), CHUNK):
                    part = data[start : start + CHUNK]
                    self.request.sendall(struct.pack("<II", to, len(part)) + part)

    def number(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise ConnectionError("the program of Windows went away")
            data += part
        return data


class Relay(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, translate: Translator) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.translate = translate
        self.password = secrets.token_hex(16)


def main(settings: str) -> None:
    given = json.loads(Path(settings).read_text(encoding="utf-8"))
    drives = Drives(c=given["c"], shown=tuple(given["shown"]))
    relay = Relay(Translator(drives=drives, folder=Path(given["folder"]), prefix=given["prefix"]))
    Path(given["pid"]).write_text(str(os.getpid()), encoding="ascii")
    told = Path(given["told"])
    new = told.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(f"{relay.server_address[1]} {relay.password}\n", encoding="ascii")
    new.rename(told)
    relay.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
