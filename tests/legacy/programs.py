"""Programs of platforms, played: each notes how it was called and answers as the real one does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

#: What plays a program. It finds its answers, the longest beginning first, in a table beside it.
_PROGRAM = """#!{python}
import json, pathlib, subprocess, sys
here = pathlib.Path(__file__).resolve().parent
name = pathlib.Path(sys.argv[0]).name
words = " ".join([name, *sys.argv[1:]])
with (here / "calls.jsonl").open("a", encoding="utf-8") as file:
    file.write(json.dumps(words) + "\\n")
table = json.loads((here / "answers.json").read_text(encoding="utf-8"))
found = max((each for each in table if words.startswith(each)), key=len, default=None)
answer = table.get(found, {{}})
for command in answer.get("run", ()):
    subprocess.run(command, check=True)
sys.stdout.write(answer.get("out", ""))
sys.stderr.write(answer.get("err", ""))
sys.exit(answer.get("code", 0))
"""

#: Makes waiting short and the network a 200, in the plugin's process alone.
_SITE = """
import sys, time
if any(each.endswith("driver.py") for each in sys.orig_argv) or "--automate-all" in sys.orig_argv:
    time.sleep = lambda seconds: None
"""


@dataclass(frozen=True)
class Programs:
    """Played programs in *folder*."""

    folder: Path

    def answer(self, table: Mapping[str, Mapping[str, object]]) -> None:
        """Have the programs that *table* names answer that; the first word of a key is the program's name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "answers.json").write_text(json.dumps(table), encoding="utf-8")
        for name in {key.split(" ")[0] for key in table}:
            path = self.folder / name
            path.write_text(_PROGRAM.format(python=sys.executable), encoding="utf-8")
            path.chmod(0o755)
        (self.folder / "site").mkdir(exist_ok=True)
        (self.folder / "site" / "sitecustomize.py").write_text(_SITE, encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """How they were called, in order."""
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(self.folder), os.environ["PATH"]]),
            "PYTHONPATH": str(self.folder / "site"),
        }


def heroku(remote: Path) -> dict[str, dict[str, object]]:
    """The answers of Heroku's program, whose new app is the bare repository *remote*."""
    return {
        "heroku --version": {"out": "heroku/10.0.0 linux-x64 node-v20\n"},
        "heroku auth:whoami": {"out": "ada@example.com\n"},
        "heroku create --json": {
            "out": '{"name": "quiet-pond-1"}\n',
            "run": [["git", "remote", "add", "heroku", str(remote)]],
        },
        "heroku open": {"out": "Opening https://quiet-pond-1.herokuapp.com/\n"},
        "heroku": {"out": "done\n"},
    }


def scalingo(remote: Path) -> dict[str, dict[str, object]]:
    return {
        "scalingo --version": {"out": "scalingo version 1.40.0\n"},
        "scalingo whoami": {"out": "You are logged in as ada (ada@example.com)\n"},
        "scalingo keys": {"out": "| laptop | ssh-ed25519 |\n"},
        "scalingo create": {"out": "App created\n", "run": [["git", "remote", "add", "scalingo", str(remote)]]},
        "scalingo": {"out": "done\n"},
    }


def railway(address: str) -> dict[str, dict[str, object]]:
    """:param address: of a site that answers 200."""
    return {
        "railway whoami": {"out": "Logged in as Ada (ada@example.com)\n"},
        "railway status --json": {"out": '{"id": "8f1c2d3e"}\n'},
        "railway domain": {"out": json.dumps({"domain": address})},
        "railway variables --service": {
            "out": '{"PGUSER": "postgres", "RAILWAY_VOLUME_MOUNT_PATH": "/app/data", "RAILWAY_RUN_UID": "0"}'
        },
        "railway": {"out": "done\n"},
    }


def kamal() -> dict[str, dict[str, object]]:
    return {
        "ssh": {"out": "ok\n"},
        "docker info": {"out": "Server Version: 27.3.1\n"},
        "kamal version": {"out": "2.8.1\n"},
        "kamal setup": {"out": "Finished all in 93.4 seconds\n"},
    }


@contextmanager
def answering() -> Iterator[str]:
    """The address of something that answers 200."""

    class Here(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Into no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
