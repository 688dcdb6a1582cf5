"""Looking after the site that is deployed: its state, its log, starting, stopping, and going back a release."""

from __future__ import annotations

from functools import cached_property

from simple_deploy.api import Site, SiteState, StepError, deploy_command, object_in
from simple_deploy_heroku import account, commands

LINES = 200


class HerokuSite(Site):
    """The app of the project."""

    @cached_property
    def app(self) -> str:
        """Its name. :raises StepError: the project has no app."""
        found = account.find(self.ctx)
        app = next((each.name for each in found.resources if each.kind == "app"), "")
        if not app:
            hint = f"Deploy it: {deploy_command('heroku')}"
            raise StepError("This project has no app on Heroku, or you are not logged in.", hint=hint)
        return app

    def logs(self) -> None:
        self.ctx.run(commands.logs(self.app, LINES), timeout=120)

    def start(self) -> None:
        self.ctx.run(commands.scale(self.app, 1), timeout=120)

    def stop(self) -> None:
        self.ctx.run(commands.scale(self.app, 0), timeout=120)

    def rollback(self, release: str) -> None:
        self.ctx.run(commands.rollback(self.app, release), timeout=900)
        self.ctx.note("Code and config vars are those of then. The database stays as it is: migrations are not undone.")

    def status(self) -> SiteState:
        info = object_in(self.ctx.run(commands.app_info(self.app), show=False, timeout=60).output)
        web = account.web_dynos(info)
        listed = self.ctx.run(commands.releases(self.app), show=False, timeout=60)
        version, status = commands.parse_release(listed.output)
        states = sorted({str(dyno.get("state") or "") for dyno in web})
        serves = any(state in {"up", "starting", "idle"} for state in states)
        host = account.host_of(info.get("app") or {})
        dynos = f"{len(web)} {account.size_of(info)}".strip()
        details = [("Dynos", ", ".join([dynos, *states]))]
        details += [("Release", f"v{version} {status}".strip())] if version else []
        details += [("Database", each.name) for each in account.databases(info)]
        return SiteState(
            running=serves,
            headline=f"{self.app} is running" if serves else f"{self.app} has no dyno that serves",
            url=f"https://{host}/" if host else None,
            details=tuple(details),
        )
