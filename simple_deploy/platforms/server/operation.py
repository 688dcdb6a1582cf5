"""Looking after a site on a server."""

from __future__ import annotations

import hashlib
import shlex
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from simple_deploy.core.errors import StepError
from simple_deploy.core.interfaces import Completed
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.admin import run_management
from simple_deploy.platforms.base import Release, SiteState
from simple_deploy.platforms.changed import VariableChange, changes
from simple_deploy.platforms.charts import Sample, charts_of
from simple_deploy.platforms.domains import DnsRecord, Domain
from simple_deploy.platforms.schedule import Schedule
from simple_deploy.platforms.server import locating, units
from simple_deploy.platforms.server.front import Front
from simple_deploy.platforms.server.locating import Located
from simple_deploy.platforms.site import Site
from simple_deploy.system import files
from simple_deploy.system.dns import resolved

LINES = 200
DAY = 86_400.0  # seconds
#: What visitors see while the site is being worked on.
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Back soon</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem">
<h1>Back soon</h1>
<p>This site is being worked on. Please come back in a few minutes.</p>
"""


@dataclass(frozen=True)
class ServerSite(Site):
    """The site of the project, on the server that its files name."""

    @cached_property
    def place(self) -> Located:
        """:raises StepError: there is none."""
        return locating.locate(self.ctx)

    def status(self) -> SiteState:
        place = self.place
        found = self._look(figures=True)
        state, release = found["active"][-1], found["current"][-1]
        details = [("Server", place.server), ("Release", release or "none")]
        commits = dict(each.split(" ", 1) for each in found["release"] if " " in each)
        details += [("Commit", commits[release])] if release in commits else []
        details += [("Serving since", found["since"][-1])] if state == "active" else []
        restarts = found["restarts"][-1]
        details += [("Started again after crashes", restarts)] if restarts not in ("", "0") else []
        memory = found["memory"][-1]
        details += [("Memory", f"{int(memory) // 1048576} MB")] if memory.isdigit() and state == "active" else []
        details += [self._beside(each) for each in found["unit"] if each]
        details += [("Memory of the server", found["available"][-1]), ("Disk of the server", found["disk"][-1])]
        front, _, how = found["front"][-1].partition(" ")
        details += [(Front(program=front).name, how)]
        details += [("Certificate until", each) for each in found["certificate"] if each]
        details += [("Maintenance page", "shown to every visitor") for each in found["maintenance"] if each]
        details += [("Last nightly backup", each.removeprefix("nightly-")) for each in found["backup"] if each]
        details += [("Releases kept", ", ".join(sorted(commits)))]
        runs = state in ("active", "reloading", "activating")
        return SiteState(
            running=runs,
            headline=f"{place.site.name} is running" if runs else f"{place.site.name} is not running ({state})",
            url=place.site.url if runs else None,
            details=tuple(details),
            charts=charts_of(_samples(found["figures"]), time.time()),
        )

    def logs(self) -> None:
        self._run("logs", lines=str(LINES), follow="")

    def follow(self) -> None:
        self.place.connection.run(
            "logs", {"site": self.place.site.name, "lines": str(LINES), "follow": "yes"}, timeout=DAY
        )

    def maintenance(self, wanted: str) -> None:
        self._run("maintenance", wanted=wanted, page=PAGE)

    def start(self) -> None:
        self._run("power", wanted="start", units=self._units)

    def stop(self) -> None:
        self._run("power", wanted="stop", units=self._units)

    def restart(self) -> None:
        """The release that serves is made to serve once more: it starts before it takes over."""
        self._run("rollback", id=self._look()["current"][-1], units=self._units)

    def domains(self) -> tuple[Domain, ...]:
        """The one it was deployed with: another one is chosen by deploying again."""
        place, found = self.place, self._look()
        if not place.site.domain:
            return ()
        records = (DnsRecord(kind="AAAA" if ":" in each else "A", value=each) for each in self._addresses())
        until = next(filter(None, found["certificate"]), "")
        return (
            Domain(
                name=place.site.domain,
                records=tuple(records),
                certificate=f"until {until}" if until else "",
                is_secure=bool(until),
            ),
        )

    def releases(self) -> tuple[Release, ...]:
        found = self._look()
        current = found["current"][-1]
        listed = sorted((each.split(" ", 1) for each in found["release"] if " " in each), reverse=True)
        return tuple(
            Release(name=name, commit=commit, status="serves" if name == current else "", serves=name == current)
            for name, commit in listed
        )

    def rollback(self, release: str) -> None:
        self._run("rollback", id=release, units=self._units)
        self.ctx.note("The database stays as it is: migrations are not undone.")

    def variables(self) -> tuple[str, ...]:
        return tuple(self._names()["variable"])

    def changed_variables(self) -> tuple[VariableChange, ...] | None:
        told = self._names()
        was, now = (dict(each.split(" ", 1) for each in told[key]) for key in ("was", "is"))
        return changes(was, now) if was else None

    def _names(self) -> Mapping[str, list[str]]:
        """What the server says of the variables, by what each line is about."""
        found = defaultdict(list)
        for each in self.place.connection.lines("names", {"site": self.place.site.name}).splitlines():
            key, _, value = each.partition("=")
            found[key].append(value)
        return found

    def set_variable(self, name: str, value: Secret) -> None:
        self.ctx.hide(value.reveal())
        self._change(fresh=units.variables({name: value.reveal()}))

    def unset_variable(self, name: str) -> None:
        self._change(dropped=name)

    def run(self, words: Sequence[str]) -> None:
        run_management(self.ctx, self._python, words)

    def backup(self, file: Path) -> None:
        connection = self.place.connection
        made = connection.run("export", {"site": self.place.site.name, "databases": self.place.ledger.database_lines})
        folder = made.get("folder", "")
        unfinished = file.with_name(f"{file.name}.new")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.unlink(missing_ok=True)
            unfinished.touch(mode=0o600)
            connection.fetch(f"{folder}/backup.tar.gz", unfinished)
            if _checksum(unfinished) != made.get("checksum"):
                raise StepError("The backup did not arrive complete.", hint="Try again.")
            files.replace(unfinished, file)
        finally:
            unfinished.unlink(missing_ok=True)
            connection.run("forget", {"folder": folder}, show=False)
        self.ctx.note(f"{file}: databases and uploaded files, {file.stat().st_size:,} bytes")

    def schedule(self) -> Schedule:
        return self._scheduled("")

    def set_schedule(self, wanted: str) -> None:
        self._scheduled(wanted)

    def restore(self, file: Path) -> None:
        ledger = self.place.ledger
        self._run(
            "restore",
            archive=self.place.connection.send(file, "backup.tar.gz"),
            databases=ledger.database_lines,
            aliases=ledger.aliases,
            units=self._units,
            page=PAGE,
            project_folder=self.ctx.facts.location.project_dir or ".",
        )

    # -- parts --

    def _scheduled(self, wanted: str) -> Schedule:
        """What is kept of each night, after switching that on or off where *wanted* says so."""
        place = self.place
        told = place.connection.lines("schedule", {"site": place.site.name, "wanted": wanted}).splitlines()
        kept = [each.removeprefix("kept=nightly-") for each in told if each.startswith("kept=")]
        return Schedule(
            is_on="nightly=enabled" in told,
            when="Each night between 3:00 and 3:30 on the server’s clock",
            keeps="those of seven nights, and the last of each of four weeks",
            kept=tuple(kept),
            restore=self._fetching(kept[0]) if kept else "",
        )

    def _fetching(self, night: str) -> str:
        """How the backup of a night is restored, in words."""
        ssh, name = self.place.connection.address, self.place.site.name
        command = f"ssh {ssh.typed} {ssh.sudo}tar -cz -C /srv/{name}/backups/nightly-{night} . > backup.tar.gz"
        return f"They are lost with the server. To restore one, fetch it, then restore that file: `{command}`"

    @property
    def _units(self) -> str:
        return " ".join(self.place.ledger.units)

    def _python(self, arguments: Sequence[str], env: Mapping[str, str | Secret], show: bool) -> Completed:
        """Run the interpreter of the release that serves."""
        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in env.items()}
        self.ctx.hide(*(value.reveal() for value in env.values() if isinstance(value, Secret)))
        values = {
            "site": self.place.site.name,
            "words": shlex.join(arguments),
            "secrets": units.variables(plain),
            "project_folder": self.ctx.facts.location.project_dir or ".",
        }
        if show:
            self.place.connection.run("manage", values)
            return Completed(argv=tuple(arguments), returncode=0, output="")
        output = self.place.connection.lines("manage", values)
        return Completed(argv=tuple(arguments), returncode=0, output=output)

    def _addresses(self) -> tuple[str, ...]:
        """By which others reach the server: the public ones among its own, else the one it was named by."""
        place = self.place
        own = locating.look(place.connection, place.site.name).addresses
        public = tuple(filter(locating.is_public, own))
        return public or tuple(sorted(resolved(place.connection.host)))

    def _beside(self, line: str) -> tuple[str, str]:
        """A line of ``state`` about a unit beside the site, in words."""
        name, _, how = line.removeprefix(f"{self.place.site.name}.").partition(" ")
        process, _, kind = name.rpartition(".")
        return process.capitalize(), (f"next at {how}" if how else "not planned") if kind == "timer" else how

    def _change(self, *, fresh: str = "", dropped: str = "") -> None:
        self._run("variables", fresh=fresh, first="", dropped=dropped, restart="yes", units=self._units)

    def _run(self, name: str, **values: str) -> None:
        self.place.connection.run(name, {"site": self.place.site.name, **values})

    def _look(self, *, figures: bool = False) -> defaultdict[str, list[str]]:
        """:param figures: whether it counts the answers of the last day, too, which takes a moment."""
        place = self.place
        asked = {"domain": place.site.domain, "units": self._units, "figures": "yes" if figures else ""}
        text = place.connection.lines("state", {"site": place.site.name, **asked})
        found: defaultdict[str, list[str]] = defaultdict(lambda: [""])
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                found.setdefault(name, []).append(value)
        if "active" not in found:
            raise StepError("The server did not say how the site is doing.", hint="Try again.")
        return found


def _samples(lines: Iterable[str]) -> Iterator[Sample]:
    """What ``state`` counted. A line that is not whole is passed over."""
    for line in lines:
        try:
            at, requests, failed, timed, seconds, longest = line.split()
            yield Sample(
                at=float(at),
                requests=int(requests),
                failed=int(failed),
                timed=int(timed),
                seconds=float(seconds),
                longest=float(longest),
            )
        except ValueError:
            continue


def _checksum(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()
