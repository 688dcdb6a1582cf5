"""Looking after the site that is deployed: its state, log, releases and secrets, rolling back, and commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cached_property

from simple_deploy.api import Release, Site, SiteState, StepError, deploy_command, quietly
from simple_deploy_flyio import account, commands, names
from simple_deploy_flyio.installing import CODE


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
                "There is no such release to go back to.",
                hint=f"There are: {known}." if known else "This is the first.",
            )
        self.ctx.run(
            commands.deploy_image(self.found.name, chosen.image), cwd=self.ctx.facts.location.root, timeout=1800
        )
        self.ctx.note(
            f"The site is what v{chosen.version} was. The database stays as it is: migrations are not undone."
        )

    def releases(self) -> tuple[Release, ...]:
        return tuple(
            Release(name=f"v{each.version}", status=each.status, created=each.created) for each in self._made()
        )

    def variables(self) -> tuple[str, ...]:
        """Its secrets; what stands in fly.toml can be read there."""
        return tuple(self.found.secrets)

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
        )

    def _made(self) -> tuple[commands.Release, ...]:
        return commands.releases(quietly(self.ctx, commands.list_releases(self.found.name)).output)
