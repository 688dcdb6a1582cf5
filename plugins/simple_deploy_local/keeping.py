"""Has the system start a site again after a crash and at login, where the person agreed.

What is registered with the system is one program, ``supervisor.py keep``: it starts the site whenever it went down, and
does nothing about one that was stopped. The system starts that program at login and again when it is killed. It ends by
itself once the file that registered it is gone, so taking this back never interrupts a site that serves.
"""

from __future__ import annotations

import hashlib
import plistlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from simple_deploy.api import CommandFailed, Context, Host, Resource, ToolMissing
from simple_deploy_local.questions import KEEPER
from simple_deploy_local.sites import Site

TASK_NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
PAUSE = 5  # seconds until the system starts it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the system is to run for a site.

    :param argv: the program, with an absolute path, and its arguments.
    :param log: where what it prints goes, on systems without a log of their own.
    """

    name: str
    title: str
    argv: tuple[str, ...]
    log: Path


def service_name(folder: Path) -> str:
    """Unique on this computer, also where two data folders have a site of the same name."""
    return f"simple-deploy-{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def service_of(site: Site, host: Host) -> Service:
    program = Path(host.base_python)
    windowless = program.with_name("pythonw.exe")
    if host.system == "windows" and windowless.is_file():  # python.exe would open a window at each login
        program = windowless
    return Service(
        name=service_name(site.folder),
        title=f"{site.name}, a Django site on this computer",
        argv=(str(program), "-I", str(site.supervisor), "keep", str(site.server), "--while", str(file_of(site, host))),
        log=site.server / "keeper.log",
    )


def file_of(site: Site, host: Host) -> Path:
    """The file that registers the site's service; it is there as long as the person agrees."""
    ending = {"systemd": ".service", "launchd": ".plist", "tasks": ".xml"}.get(host.services, "")
    return _folder(site) / (service_name(site.folder) + ending)


def is_kept(site: Site) -> bool:
    """Whether the person agreed that the site starts by itself."""
    return _folder(site).is_dir()


def _folder(site: Site) -> Path:
    return site.folder / "keeper"


# --- the files, as pure functions ------------------------------------------------------------------------------------


def systemd_unit(service: Service) -> str:
    """A unit of the user's own systemd; see systemd.service(5) and, for quoting, systemd.syntax(7)."""
    program, *arguments = service.argv
    # A dollar sign begins a variable in arguments; the program itself is taken as it is.
    line = " ".join([_unit_word(program), *(_unit_word(each).replace("$", "$$") for each in arguments)])
    return f"""\
[Unit]
Description={_plain(service.title)}
StartLimitIntervalSec=0

[Service]
ExecStart={line}
Restart=on-failure
RestartSec={PAUSE}
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=default.target
"""


def _unit_word(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    return f'"{escaped}"'


def _plain(text: str) -> str:
    return " ".join(text.replace("%", "%%").replace("\\", "/").split())


def launchd_agent(service: Service) -> str:
    """A property list for ~/Library/LaunchAgents; see launchd.plist(5)."""
    agent = {
        "Label": service.name,
        "ProgramArguments": list(service.argv),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": PAUSE,
        "StandardOutPath": str(service.log),
        "StandardErrorPath": str(service.log),
    }
    return plistlib.dumps(agent).decode("utf-8")


def scheduled_task(service: Service, user: str) -> str:
    """A task for ``schtasks /Create /XML``, in ASCII and without a declared encoding, which it would refuse.

    A program that is killed counts as one that ended, so besides RestartOnFailure the trigger repeats every minute;
    nothing comes of that while the program runs.

    :param user: whose login starts it, as ``whoami`` prints it.
    """
    ElementTree.register_namespace("", TASK_NAMESPACE)

    def made(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
        child = ElementTree.SubElement(parent, f"{{{TASK_NAMESPACE}}}{name}", attributes)
        child.text = text or None
        return child

    task = ElementTree.Element(f"{{{TASK_NAMESPACE}}}Task", {"version": "1.2"})
    made(made(task, "RegistrationInfo"), "Description", service.title)
    trigger = made(made(task, "Triggers"), "LogonTrigger")
    repetition = made(trigger, "Repetition")
    made(repetition, "Interval", "PT1M")
    made(repetition, "StopAtDurationEnd", "false")
    made(trigger, "Enabled", "true")
    made(trigger, "UserId", user)
    principal = made(made(task, "Principals"), "Principal", id="Author")
    made(principal, "UserId", user)
    made(principal, "LogonType", "InteractiveToken")
    made(principal, "RunLevel", "LeastPrivilege")
    settings = made(task, "Settings")
    made(settings, "MultipleInstancesPolicy", "IgnoreNew")
    made(settings, "DisallowStartIfOnBatteries", "false")
    made(settings, "StopIfGoingOnBatteries", "false")
    made(settings, "ExecutionTimeLimit", "PT0S")
    restart = made(settings, "RestartOnFailure")
    made(restart, "Interval", "PT1M")
    made(restart, "Count", "255")
    action = made(made(task, "Actions", Context="Author"), "Exec")
    made(action, "Command", service.argv[0])
    # No name of a file or folder on Windows has a quotation mark, and none of these ends with a backslash.
    made(action, "Arguments", " ".join(f'"{each}"' for each in service.argv[1:]))
    text: bytes = ElementTree.tostring(task, encoding="us-ascii")
    return text.decode("ascii") + "\n"


# --- with the system -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keeper:
    """The service of one site, as the system knows it."""

    ctx: Context
    site: Site

    @property
    def _host(self) -> Host:
        return self.ctx.facts.host

    @property
    def file(self) -> Path:
        return file_of(self.site, self._host)

    @property
    def resource(self) -> Resource:
        return Resource(
            kind=KEEPER,
            name=service_name(self.site.folder),
            remote_id=str(self.file),
            holds="Starts the site again after a crash and at login. It contains no data.",
        )

    def install(self) -> None:
        """Register the service and start it. Safe to repeat.

        :raises CommandFailed: the system refused; then nothing is registered.
        """
        ctx, service = self.ctx, service_of(self.site, self._host)
        try:
            if self._host.services == "systemd":
                ctx.write(self.file, systemd_unit(service))
                ctx.run(("systemctl", "--user", "enable", "--now", str(self.file)))
            elif self._host.services == "launchd":
                ctx.write(self.file, launchd_agent(service))
                ctx.run(("mkdir", "-p", str(_agents())), show=False)
                ctx.run(("cp", str(self.file), str(_agents() / self.file.name)))
                # Loading it anew would interrupt a site that it serves.
                if not ctx.run(("launchctl", "list", service.name), check=False, show=False).ok:
                    ctx.run(("launchctl", "load", "-w", str(_agents() / self.file.name)))
                    ctx.run(("launchctl", "list", service.name), show=False)
            else:
                user = ctx.run(("whoami",), show=False).output.strip()
                ctx.write(self.file, scheduled_task(service, user))
                ctx.run(("schtasks", "/Create", "/F", "/TN", service.name, "/XML", str(self.file)))
                ctx.run(("schtasks", "/Run", "/TN", service.name))
        except (CommandFailed, ToolMissing):
            self.remove()
            raise

    def remove(self) -> None:
        """Take it back; a site that serves goes on. Safe to repeat."""
        ctx, name = self.ctx, service_name(self.site.folder)
        if not is_kept(self.site):
            return
        try:
            if self._host.services == "systemd":
                ctx.run(("systemctl", "--user", "disable", f"{name}.service"), check=False)
            elif self._host.services == "launchd":
                ctx.run(("rm", "-f", str(_agents() / self.file.name)), check=False)
            elif self._host.services == "tasks":
                ctx.run(("schtasks", "/Delete", "/F", "/TN", name), check=False)
            else:
                ctx.note(
                    f"The system service that starts programs at login cannot be reached here. Its entry {name} "
                    "no longer does anything."
                )
        finally:
            ctx.remove(_folder(self.site))


def _agents() -> Path:
    return Path.home() / "Library" / "LaunchAgents"
