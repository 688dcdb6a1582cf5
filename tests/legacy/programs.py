"""Programs of platforms, played: each notes how it was called and answers as the real one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

#: What plays a program. It finds its answers, the longest beginning first, in a table beside it.
_PROGRAM = """#!{python}
import json, pathlib, shutil, subprocess, sys
here = pathlib.Path(__file__).resolve().parent
name = pathlib.Path(sys.argv[0]).name
words = " ".join([name, *sys.argv[1:]])
with (here / "calls.jsonl").open("a", encoding="utf-8") as file:
    file.write(json.dumps(words) + "\\n")
table = json.loads((here / "answers.json").read_text(encoding="utf-8"))
found = max((each for each in table if words.startswith(each)), key=len, default=None)
answer = table.get(found, {{}})
folder, settings = pathlib.Path.cwd(), pathlib.Path.home() / f".{{name}}" / "config.json"
known = json.loads(settings.read_text(encoding="utf-8")) if settings.exists() else {{"projects": {{}}, "user": None}}
if answer.get("links"):  # it remembers that this folder, and what is below it, belong to the site
    known["projects"][str(folder)] = {{"projectPath": str(folder), "project": "8f1c2d3e"}}
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps(known, indent=2), encoding="utf-8")
if answer.get("asks_link") and not {{*known["projects"]}} & {{*map(str, (folder, *folder.parents))}}:
    sys.exit("No linked project found.")
if answer.get("takes"):  # the folder that it is run in; what of that it leaves out, it reads there too
    received = here / "received"
    number = str(len([*received.iterdir()]) if received.is_dir() else 0)
    shutil.copytree(folder, received / number, symlinks=True, ignore=shutil.ignore_patterns(".git"))
for command in answer.get("run", ()):
    subprocess.run(command, check=True)
sys.stdout.write(answer.get("out", ""))
sys.stderr.write(answer.get("err", ""))
sys.exit(answer.get("code", 0))
"""

#: Makes waiting short, plays the addresses and the servers that the table has, and draws the same keys under either tool,
#: in the plugin's process alone.
_SITE = """
import email.message, hashlib, io, json, pathlib, random, secrets, sys, time, urllib.request, urllib.response

here = pathlib.Path(__file__).resolve().parents[1]
typed = []  # into a console that the platform has on its pages


def played(how, what, sent=None):
    words = f"{how} {what}"
    table = json.loads((here / "answers.json").read_text(encoding="utf-8"))
    found = max((each for each in table if words.startswith(each)), key=len, default=None)
    if found is None:
        return None
    with (here / "calls.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(words if sent is None else f"{words} {json.dumps(sent, default=str)}") + "\\n")
    answer = table[found]
    if answer.get("types"):
        typed.extend(line for line in sent["input"].splitlines() if line)
    if "prints" in answer:
        lines = [f"09:15 ~ $ {each}\\r\\n{answer['prints'].get(each, '')}\\r\\n" for each in typed]
        return {"out": json.dumps({"output": "".join(lines) + "09:15 ~ $ "})}
    return answer


def play():
    numbers = random.Random(7)
    secrets.choice, secrets.token_hex = numbers.choice, lambda length=32: numbers.randbytes(length).hex()
    time.sleep = lambda seconds: None
    urlopen = urllib.request.urlopen

    def opened(request, *arguments, **options):
        url, method = (request, "GET") if isinstance(request, str) else (request.full_url, request.get_method())
        answer = played(method, url)
        if answer is None:
            return urlopen(request, *arguments, **options)
        return urllib.response.addinfourl(io.BytesIO(answer["out"].encode("utf-8")), email.message.Message(), url, 200)

    urllib.request.urlopen = opened


def play_requests():
    try:
        import requests
    except ImportError:
        return
    ask = requests.Session.request

    def asked(self, method, url, **options):
        answer = played(method.upper(), url, options.get("json") or options.get("data"))
        if answer is None:
            return ask(self, method, url, **options)
        response = requests.Response()
        response.status_code, response.url = answer.get("code", 200), url
        response._content = answer.get("out", "").encode("utf-8")
        return response

    requests.Session.request = asked


def play_servers():
    try:
        import paramiko
    except ImportError:
        return

    class Server(paramiko.SSHClient):
        def connect(self, hostname, username, **options):
            self.who = f"{username}@{hostname}"

        def exec_command(self, command):
            answer = played("SSH", f"{self.who} {command}") or {}
            return [io.BytesIO(answer.get(each, "").encode("utf-8")) for each in ("in", "out", "err")]

        def open_sftp(self):
            return self

        def put(self, local, remote):
            played("SSH", f"{self.who} {remote} {hashlib.sha256(pathlib.Path(local).read_bytes()).hexdigest()}")

    paramiko.SSHClient = Server


if any(each.endswith(("driver.py", "--automate-all", "--unit-testing")) for each in sys.orig_argv):
    play()
    play_requests()
    play_servers()
"""

#: What is no program: how an address is asked, and a server.
METHODS = frozenset(("GET", "POST", "PATCH", "SSH"))


@dataclass(frozen=True)
class Programs:
    """Played programs in *folder*."""

    folder: Path

    def answer(self, table: Mapping[str, Mapping[str, object]] | None = None) -> None:
        """Have the programs that *table* names answer that; the first word of a key is the program's name, or how
        an address or a server is asked."""
        table = table or {}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "answers.json").write_text(json.dumps(table), encoding="utf-8")
        for name in {key.split(" ")[0] for key in table} - METHODS:
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

    @property
    def received(self) -> list[Path]:
        """A copy of each folder that one of them took to send it."""
        return sorted((self.folder / "received").glob("*"))

    def run(self, folder: Path, *words: str, home: Path) -> int:
        """Run one as a person does whose home folder is *home*, in *folder*; its exit code."""
        env = {**os.environ, **self.environment(), "HOME": str(home)}
        return subprocess.run(
            (str(self.folder / words[0]), *words[1:]), cwd=folder, env=env, capture_output=True
        ).returncode

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
    """It finds the site by the folder it is run in.

    :param address: of a site that answers 200.
    """
    return {
        "railway whoami": {"out": "Logged in as Ada (ada@example.com)\n"},
        "railway init": {"out": "Created project\n", "links": True},
        "railway status --json": {"asks_link": True, "out": '{"id": "8f1c2d3e"}\n'},
        "railway domain": {"asks_link": True, "out": json.dumps({"domain": address})},
        "railway variables --service": {
            "asks_link": True,
            "out": '{"PGUSER": "postgres", "RAILWAY_VOLUME_MOUNT_PATH": "/app/data", "RAILWAY_RUN_UID": "0"}',
        },
        "railway up": {"asks_link": True, "out": "done\n", "takes": True},
        "railway": {"asks_link": True, "out": "done\n"},
    }


def kamal(remote: Path) -> dict[str, dict[str, object]]:
    """It builds what is committed, a clone of which is *remote* here, with the files of the folder that say how."""
    return {
        "ssh": {"out": "ok\n"},
        "docker info": {"out": "Server Version: 27.3.1\n"},
        "kamal version": {"out": "2.8.1\n"},
        "kamal setup": {
            "out": "Finished all in 93.4 seconds\n",
            "takes": True,
            "run": [["git", "push", "--quiet", str(remote), "HEAD:main"]],
        },
    }


def cloudron() -> dict[str, dict[str, object]]:
    return {
        "cloudron --version": {"out": "6.0.1\n"},
        "cloudron list": {"out": "Id  Location\n"},
        "cloudron install": {"out": "App is installed.\n", "takes": True},
    }


def codered() -> dict[str, dict[str, object]]:
    return {
        "GET https://app.codered.cloud/api/webapps/": {"out": '{"primary_url": "https://lily.codered.example/"}'},
        "cr deploy": {"out": "Deployed!\n", "takes": True},
    }


def fly() -> dict[str, dict[str, object]]:
    apps = [{"Name": name, "Deployed": False} for name in ("first-app", "second-app")]
    return {
        "fly version": {"out": "fly v0.3.10 linux/amd64\n"},
        "fly auth whoami": {"out": '{"email": "ada@example.com"}'},
        "fly apps list": {"out": json.dumps(apps)},
        "fly apps create": {"out": '{"Name": "quiet-pond-1"}'},
        "fly apps open": {"out": "opening https://quiet-pond-1.fly.dev ...\n"},
        "fly postgres list": {"out": "No postgres clusters found\n"},
        "fly postgres attach": {"out": "  DATABASE_URL=postgres://ada:f0rgotten-pond@quiet.flycast:5432/pond\n"},
        "fly secrets list": {"out": "[]"},
        "fly deploy": {"out": "done\n", "takes": True},
        "fly": {"out": "done\n"},
        "GET https://liveview-counter.fly.dev/": {"out": "<p>Connected to fra</p>"},
    }


def platform_sh(remote: Path, name: str, organizations: str) -> dict[str, dict[str, object]]:
    """The program of Platform.sh, and that of Upsun, which is called by another *name*."""
    return {
        f"{name} --version": {"out": "Platform.sh CLI 5.0.23\n"},
        f"{name} auth:info": {"out": "ada\n"},
        f"{name} organization:list": {"out": organizations},
        f"{name} create": {"out": "abcdef1234567\n", "run": [["git", "remote", "add", name, str(remote)]]},
        f"{name} push": {"out": "done\n", "run": [["git", "push", "--quiet", name, "HEAD:main"]]},
        f"{name} url": {"out": "https://main-abc-1.fr-3.platformsh.site/\n"},
    }


def pythonanywhere() -> dict[str, dict[str, object]]:
    """Its API, with an account that has a console open and no site yet."""
    user = "https://www.pythonanywhere.com/api/v0/user/ada/"
    web = f"{user}webapps/"
    return {
        f"GET {user}cpu/": {"out": '{"daily_cpu_limit_seconds": 100, "daily_cpu_total_usage_seconds": 0.0}'},
        f"GET {user}consoles/": {"out": '[{"id": 7, "user": "ada", "executable": "bash"}]'},
        f"POST {user}consoles/7/send_input/": {"out": '{"status": "OK"}', "types": True},
        f"GET {user}consoles/7/get_latest_output/": {"prints": {"echo hello": "hello"}},
        f"GET {web}": {"out": "[]"},
        f"GET {web}ada.pythonanywhere.com/": {"code": 404},
        f"POST {web}": {"out": '{"status": "OK"}'},
        f"PATCH {web}ada.pythonanywhere.com/": {"out": "{}"},
        f"POST {web}ada.pythonanywhere.com/static_files/": {"out": '{"id": 1}', "code": 201},
        f"POST {web}ada.pythonanywhere.com/reload/": {"out": '{"status": "OK"}'},
    }


def server(remote: Path) -> dict[str, dict[str, object]]:
    """A new droplet, whose repository is *remote*."""
    networks = {"v4": [{"type": "public", "ip_address": "203.0.113.7"}]}
    return {
        "doctl compute ssh-key list": {"out": '[{"id": 31, "name": "laptop"}]'},
        "doctl compute droplet create": {"out": '[{"id": 7}]'},
        "doctl compute droplet get": {"out": json.dumps([{"id": 7, "status": "active", "networks": networks}])},
        "SSH": {"out": ""},
        "ssh-copy-id": {"err": "Number of key(s) added: 1\n"},
        "ssh": {"run": [["git", "receive-pack", str(remote)]]},
    }


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How one plugin is led through a deployment.

    :param play: the answers of what it talks to, given a bare repository for its remote and the address of a site.
    :param given: its options. :param asked: answers to its own questions, in order.
    :param origin: where the project is kept, which is the bare repository in truth. :param env: variables that it reads.
    :param unseen: what is not shown by that.
    """

    play: Callable[[Path, str], Mapping[str, Mapping[str, object]]]
    given: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    origin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    unseen: str = ""

    @property
    def flags(self) -> list[str]:
        return [word for name, value in self.given.items() for word in (f"--{name.replace('_', '-')}", value)]

    @property
    def typed(self) -> str:
        """What a person types who has it run under its own tool, whose first question is whether to deploy."""
        return "".join(f"{each}\n" for each in ("yes", *self.asked))

    @property
    def answers(self) -> dict[str, str]:
        return {**self.given, **{f"answer_{number}": value for number, value in enumerate(self.asked, 1)}}


_NEW_APP = ("2", "yes")  # the last of a list, and yes, that one

DEPLOYMENTS = {
    "cloudron": Deployment(play=lambda remote, site: cloudron(), given={"location": "blog"}),
    "codered": Deployment(play=lambda remote, site: codered(), asked=("lily",), env={"CR_TOKEN": "t0ken-2f9c1b7a"}),
    "flyio": Deployment(play=lambda remote, site: fly(), asked=_NEW_APP),
    "flyio-nanodjango": Deployment(play=lambda remote, site: fly(), asked=_NEW_APP),
    "heroku": Deployment(play=lambda remote, site: heroku(remote)),
    "platformsh": Deployment(
        play=lambda remote, site: platform_sh(
            remote, "platform", "Name,Label,Owner email\nponds,Ponds,ada@example.com\n"
        ),
        asked=("yes",),
    ),
    "pythonanywhere": Deployment(
        play=lambda remote, site: pythonanywhere(),
        asked=("yes",),  # to its wsgi.py in the place of the project's
        origin="https://github.com/ada/ponds.git",
        env={"API_USER": "ada", "API_TOKEN": "t0ken-2f9c1b7a"},
        unseen="its console received the commands, and ran nothing",
    ),
    "railway": Deployment(play=lambda remote, site: railway(site), given={"db": "sqlite"}),
    "scalingo": Deployment(play=lambda remote, site: scalingo(remote)),
    "upsun": Deployment(
        play=lambda remote, site: platform_sh(
            remote, "upsun", "Name,Label,Type\n01a,Lakes,flexible\n01b,Ponds,flexible\n"
        ),
        asked=("1", "yes"),
    ),
    "vps": Deployment(
        play=lambda remote, site: server(remote),
        given={"platform": "digital_ocean", "ssh_key": "manage.py"},
        asked=("yes",),
        unseen="no server was set up",
    ),
    "vps-kamal": Deployment(
        play=lambda remote, site: kamal(remote), given={"ip_address": "203.0.113.7"}, unseen="no server was set up"
    ),
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
