"""Looking after the site that is deployed: its state, log, releases and secrets, rolling back, and commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cached_property

from simple_deploy.api import (
    DnsRecord,
    Domain,
    Link,
    Release,
    Secret,
    Site,
    SiteState,
    Size,
    Sizes,
    StepError,
    deploy_command,
    leading_to,
    quietly,
)
from simple_deploy_flyio import account, commands, names, pages, questions
from simple_deploy_flyio.installing import CODE
from simple_deploy_flyio.memory import megabytes, memory

#: The variable in which the settings find the domains, with commas between them.
DOMAINS = "SITE_DOMAINS"


class FlySite(Site):
    """The app of the project."""

    @cached_property
    def found(self) -> account.Found:
        """What there is. :raises StepError: the project has no app."""
        found = account.find(self.ctx)
        if found.standing != "ours":
            hint = f"Deploy it: {deploy_command('flyio')}"
            raise StepError("This project has no app on Fly.io, or you are not logged in.", hint=hint)
        return found

    def logs(self) -> None:
        self.ctx.run(commands.logs(self.found.name), timeout=120)

    def restart(self) -> None:
        self.ctx.run(commands.restart(self.found.name), timeout=300)

    def rollback(self, release: str) -> None:
        made = self._made()
        served = [
            each for each in made if each.image and each.status.lower() not in {"failed", "interrupted", "running"}
        ]
        if release:
            chosen = next((each for each in served if release in {str(each.version), f"v{each.version}"}), None)
        else:
            current = served[0].image if served else ""
            chosen = next((each for each in served if each.image != current), None)
        if chosen is None:
            known = ", ".join(f"v{each.version}" for each in served)
            raise StepError(
                "There is no such release.",
                hint=f"There are: {known}." if known else "This is the first.",
            )
        self.ctx.run(
            commands.deploy_image(self.found.name, chosen.image), cwd=self.ctx.facts.location.root, timeout=1800
        )
        self.ctx.note(
            f"The site is now the same as v{chosen.version}. The database stays as it is: migrations are not undone."
        )

    def releases(self) -> tuple[Release, ...]:
        return tuple(
            Release(name=f"v{each.version}", status=each.status, created=each.created) for each in self._made()
        )

    def variables(self) -> tuple[str, ...]:
        """Its secrets; what stands in fly.toml can be read there."""
        return tuple(self.found.secrets)

    def set_variable(self, name: str, value: Secret) -> None:
        """As a secret: the machines start anew with it."""
        text = value.reveal()
        self.ctx.hide(text)
        line = Secret(commands.secret_line(name, text))
        self.ctx.run(commands.import_secrets(self.found.name, staged=False), stdin=line, timeout=600)

    def unset_variable(self, name: str) -> None:
        self.ctx.run(commands.unset_secret(self.found.name, name), timeout=600)

    def domains(self) -> tuple[Domain, ...]:
        app = self.found.name
        listed = commands.certificates(self.ctx.run(commands.list_certificates(app), show=False, timeout=60).output)
        addresses = commands.addresses(quietly(self.ctx, commands.list_addresses(app)).output) if listed else ()
        records = tuple(DnsRecord(kind="AAAA" if ":" in each else "A", value=each) for each in addresses)
        return tuple(
            Domain(
                name=name,
                records=records or leading_to(name, names.host(app)),
                certificate=state,
                is_secure=state.lower() in {"ready", "issued", "active"} if state else None,
            )
            for name, state in listed
        )

    def add_domain(self, name: str) -> None:
        domains = [each.name for each in self.domains()]
        if name not in domains:
            self.ctx.run(commands.add_certificate(self.found.name, name), timeout=120)
        self._answer_at([*(each for each in domains if each != name), name])

    def remove_domain(self, name: str) -> None:
        self.ctx.run(commands.remove_certificate(self.found.name, name), timeout=120)
        self._answer_at([each.name for each in self.domains() if each.name != name])

    def _answer_at(self, domains: Sequence[str]) -> None:
        """Let Django answer at these too: the settings read them in a variable. The machines start anew."""
        app = self.found.name
        change = commands.set_open_secret(app, DOMAINS, ",".join(domains)) if domains else None
        self.ctx.run(change or commands.unset_secret(app, DOMAINS), timeout=600)

    def sizes(self) -> Sizes:
        guests = self._guests()
        return Sizes(
            current=memory(guests[0].megabytes),
            count=len(guests),
            # A volume belongs to one machine.
            choices=questions.sizes(guests[0].cpu, alone=bool(self.found.volumes)),
            seen=pages.CHECKED.isoformat(),
            page=pages.PRICES,
        )

    def resize(self, size: Size, count: int) -> None:
        guests, wanted = self._guests(), megabytes(size.name)
        if any(each.megabytes != wanted for each in guests):
            self.ctx.run(commands.scale_memory(self.found.name, wanted), timeout=600)
        if len(guests) != count:
            self.ctx.run(commands.scale_count(self.found.name, count), timeout=600)

    def _guests(self) -> tuple[commands.Guest, ...]:
        """What each machine of the site has. :raises StepError: there is none, or Fly.io does not say."""
        listed = self.ctx.run(commands.list_machines(self.found.name), show=False, timeout=60)
        found = commands.guests(listed.output)
        if not found:
            raise StepError("Fly.io names no machine of the site.", hint=f"Deploy it: {deploy_command('flyio')}")
        return found

    def run(self, words: Sequence[str]) -> None:
        manage = CODE / self.ctx.facts.location.project_dir / "manage.py"
        line = shlex.join(("/venv/bin/python", str(manage), *words))
        self.ctx.run(commands.console(self.found.name, line), timeout=1800)

    def status(self) -> SiteState:
        found = self.found
        states = commands.machine_states(
            self.ctx.run(commands.list_machines(found.name), check=False, show=False, timeout=60).output
        )
        newest = next(iter(self._made()), None)
        awake = any(state in {"started", "starting"} for state in states)
        asleep = bool(states) and not awake and {*states} <= {"stopped", "suspended", "stopping"}
        headline = "is running" if awake else "is asleep; a visit wakes it" if asleep else "has no machine that serves"
        details = [("Machines", ", ".join(states) or "none")]
        details += [("Release", f"v{newest.version} {newest.status}".strip())] if newest else []
        details += [("Volume", volume) for volume in found.volumes]
        database = found.cluster.name if found.cluster else names.database(found.name) if found.postgres else ""
        details += [("Database", database)] if database else []
        return SiteState(
            running=awake or asleep,
            headline=f"{found.name} {headline}",
            url=names.url(found.name),
            details=tuple(details),
            metrics=Link(title="Metrics on Fly.io", url=pages.metrics(found.name)),
        )

    def _made(self) -> tuple[commands.Release, ...]:
        return commands.releases(quietly(self.ctx, commands.list_releases(self.found.name)).output)
