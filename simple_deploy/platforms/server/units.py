"""The files that a site consists of on its server: systemd units, and its variables. Pure.

Sources: systemd.exec(5), systemd.socket(5), systemd.timer(5), gunicorn's chapter on deploying with systemd, redis.conf.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simple_deploy.core.facts import Process
from simple_deploy.platforms.server.schedules import calendar

#: What a site needs none of. ``systemd-analyze security`` says what each is worth. What answers visitors reads the
#: folders that the site makes for uploaded files, so they are open; what is nobody else's business lies in folders that
#: are closed.
SANDBOX = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0022
"""
#: Names after the dot that are no process of the project's.
REDIS, NIGHTLY = "redis", "nightly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How a site's programs are run.

    :param project_folder: of manage.py in the release's code. :param arguments: of gunicorn, without an address.
    :param group: of the system: its members may reach the site's socket.
    :param postgres: :param redis: whether they are on the server.
    """

    site: str
    project_folder: str
    arguments: Sequence[str]
    group: str
    postgres: bool = False
    redis: bool = False

    @property
    def after(self) -> str:
        redis = f" {self.site}.{REDIS}.service" if self.redis else ""
        return "network-online.target" + (" postgresql.service" if self.postgres else "") + redis

    def command(self, program: str, arguments: Sequence[str]) -> str:
        """*program* of the release that serves, as ``ExecStart``."""
        # The link is followed once: what serves goes on with its own release until it ends.
        folder = shlex.quote(f"/code/{self.project_folder}".rstrip("/"))
        words = " ".join(map(shlex.quote, arguments))
        found = f"release=$(readlink -f /srv/{self.site}/current)"
        return _shell(f'{found} && cd "$release"{folder} && exec "$release"/.venv/bin/{shlex.quote(program)} {words}')


def release_units(running: Running, processes: Sequence[Process]) -> Mapping[str, str]:
    """The units of a release by name: the site's socket and service, and one for each of *processes*."""
    site = running.site
    beside = {name: text for process in processes for name, text in _beside(running, process)}
    wanted = [name for name in beside if not name.endswith(".service") or f"{name[:-8]}.timer" not in beside]
    return {f"{site}.socket": _socket(site, running.group), f"{site}.service": _web(running, wanted), **beside}


def process_unit(site: str, process: Process) -> str:
    """The name of a process' unit, without its kind. No site's name has a dot."""
    name = f"{process.name}-process" if process.name in (REDIS, NIGHTLY) else process.name
    return f"{site}.{name}"


def in_one(files: Mapping[str, str]) -> str:
    """*files* as one text, which a script takes apart."""
    return "".join(f"# unit {name}\n{text}" for name, text in files.items())


def redis_unit(site: str) -> str:
    """A Redis of the site's own: no other site can read it. Its password and port stand in the site's variables."""
    given = "url=${REDIS_URL#redis://:} && password=${url%%@*} && port=${url##*:} && port=${port%%/*}"
    config = (
        r"supervised systemd\nbind 127.0.0.1\nport %s\nrequirepass %s\n"
        rf"dir /srv/{site}/shared/redis\nsave 300 1\nmaxclients 1000\n"
    )
    # On standard input: what stands in a command line can be read by every user of the server.
    start = f'{given} && printf \'{config}\' "$port" "$password" | exec redis-server -'
    return f"""\
[Unit]
Description=Redis of the site {site}
After=network.target

[Service]
Type=notify
NotifyAccess=all
{_who(site)}
ExecStart={_shell(start)}
Restart=always
RestartSec=2
LimitNOFILE=4096
ReadWritePaths=/srv/{site}/shared/redis
{SANDBOX}
[Install]
WantedBy=multi-user.target
"""


def nightly_units(site: str) -> Mapping[str, str]:
    """The timer that backs the site up each night, as root, whose backups no site can change."""
    return {
        f"{site}.{NIGHTLY}.service": f"""\
[Unit]
Description=Nightly backup of the site {site}
After=postgresql.service

[Service]
Type=oneshot
ExecStart=/bin/sh /srv/{site}/nightly.sh
Nice=10
IOSchedulingClass=idle
""",
        f"{site}.{NIGHTLY}.timer": f"""\
[Unit]
Description=Nightly backup of the site {site}

[Timer]
OnCalendar=*-*-* 03:00:00
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
""",
    }


def variables(values: Mapping[str, str]) -> str:
    """Lines that systemd's EnvironmentFile and a shell both read."""
    return "\n".join(f'{name}="{_quoted(value)}"' for name, value in values.items())


def _socket(site: str, group: str) -> str:
    """systemd holds the socket, so that no request is lost while the site starts anew."""
    return f"""\
[Unit]
Description=Socket of the site {site}

[Socket]
ListenStream=/run/{site}/web.sock
SocketUser={site}
SocketGroup={group}
SocketMode=0660
DirectoryMode=0755
Backlog=1024

[Install]
WantedBy=sockets.target
"""


def _web(running: Running, beside: Sequence[str]) -> str:
    site = running.site
    return f"""\
[Unit]
Description=The site {site}
Requires={site}.socket
After={site}.socket {running.after}
Wants={" ".join(("network-online.target", *beside))}
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
{_who(site)}
ExecStart={running.command("gunicorn", running.arguments)}
KillMode=mixed
TimeoutStartSec=90
TimeoutStopSec=35
Restart=on-failure
RestartSec=2
ReadWritePaths=/srv/{site}/shared
{SANDBOX}
[Install]
WantedBy=multi-user.target
"""


def _beside(running: Running, process: Process) -> Iterator[tuple[str, str]]:
    """It starts, stops and changes its release with the site: ``PartOf`` here, ``Wants`` there."""
    site, name = running.site, process_unit(running.site, process)
    program, *arguments = process.command
    timed = process.kind == "cron"
    title = " ".join(process.title.split()).replace("%", "%%")
    # A task that is under way gets a minute to end.
    service = "Type=oneshot" if timed else "Type=exec\nRestart=always\nRestartSec=5\nKillMode=mixed\nTimeoutStopSec=60"
    part = "" if timed else f"PartOf={site}.service\nStartLimitIntervalSec=0\n"
    yield (
        f"{name}.service",
        f"""\
[Unit]
Description={title} of the site {site}
{part}After={running.after}

[Service]
{service}
{_who(site, name)}
ExecStart={running.command(program, arguments)}
ReadWritePaths=/srv/{site}/shared
{SANDBOX}""",
    )
    if timed:
        times = "\n".join(f"OnCalendar={each}" for each in calendar(process.schedule))
        yield (
            f"{name}.timer",
            f"""\
[Unit]
Description={title} of the site {site}
PartOf={site}.service

[Timer]
{times}
AccuracySec=1s
""",
        )


def _who(site: str, unit: str = "") -> str:
    home = f"{unit or site}-home"
    return f"""\
User={site}
Group={site}
EnvironmentFile=/etc/simple_deploy/variables/{site}
Environment=HOME=/run/{home} XDG_RUNTIME_DIR=/run/{home} PYTHONUNBUFFERED=1
RuntimeDirectory={home}
WorkingDirectory=/srv/{site}"""


def _quoted(value: str) -> str:
    for character in '\\"`$':
        value = value.replace(character, f"\\{character}")
    return value


def _shell(command: str) -> str:
    """A shell's command line as ``ExecStart``, on one line, where % and $ mean something."""
    escaped = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'/bin/sh -c "{escaped.replace("%", "%%").replace("$", "$$")}"'
