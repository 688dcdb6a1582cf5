"""Looking after the site that is deployed: its state, log, releases, config vars and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from simple_deploy.api import (
    Domain,
    Link,
    Release,
    Schedule,
    Secret,
    Site,
    SiteState,
    Size,
    Sizes,
    StepError,
    VariableChange,
    deploy_command,
    object_in,
    said,
)
from simple_deploy_heroku import account, commands, files, hosting, pages, questions
from simple_deploy_heroku.deployment import SUBSCRIBE, set_config

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

    def restart(self) -> None:
        self.ctx.run(commands.restart(self.app), timeout=120)

    def rollback(self, release: str) -> None:
        self.ctx.run(commands.rollback(self.app, release), timeout=900)
        self.ctx.note(
            "The code and config vars are the ones from that release. The database stays as it is: "
            "migrations are not undone."
        )

    def releases(self) -> tuple[Release, ...]:
        return commands.parse_releases(self.ctx.run(commands.list_releases(self.app), show=False, timeout=60).output)

    def variables(self) -> tuple[str, ...]:
        return tuple(account.read_config(self.ctx, self.app))

    def changed_variables(self) -> tuple[VariableChange, ...]:
        listed = self.ctx.run(commands.list_releases(self.app), show=False, timeout=60)
        return commands.parse_changes(listed.output)

    def set_variable(self, name: str, value: Secret) -> None:
        set_config(self.ctx, self.app, {name: value.reveal()})

    def unset_variable(self, name: str) -> None:
        set_config(self.ctx, self.app, {name: None})

    def domains(self) -> tuple[Domain, ...]:
        done = self.ctx.run(commands.domains(self.app), show=False, timeout=60)
        return commands.parse_domains(done.output)

    def add_domain(self, name: str) -> None:
        if all(each.name != name for each in self.domains()):
            self.ctx.run(commands.add_domain(self.app, name), timeout=120)
        self._answer_at(lambda hosts: [*hosts, name] if name not in hosts else hosts)
        info = object_in(self.ctx.run(commands.app_info(self.app), show=False, timeout=60).output)
        if (info.get("app") or {}).get("acm"):
            return
        if not self.ctx.run(commands.certificates(self.app), check=False, timeout=120).ok:
            self.ctx.note(
                f"Heroku does not make a certificate for the app in its current state; {pages.DOMAINS} lists "
                "possible reasons."
            )

    def remove_domain(self, name: str) -> None:
        self.ctx.run(commands.remove_domain(self.app, name), timeout=120)
        self._answer_at(lambda hosts: [each for each in hosts if each != name])

    def _answer_at(self, change: Callable[[list[str]], list[str]]) -> None:
        """Change the names that Django answers to; setting the config var restarts the site."""
        there = account.read_config(self.ctx, self.app).get(hosting.HOSTS, "")
        hosts = [each.strip() for each in there.split(",") if each.strip()] or [".herokuapp.com"]
        wanted = change(hosts)
        if wanted != hosts:
            set_config(self.ctx, self.app, {hosting.HOSTS: ",".join(wanted)})

    def sizes(self) -> Sizes:
        info = object_in(self.ctx.run(commands.app_info(self.app), show=False, timeout=60).output)
        return Sizes(
            current=account.size_of(info),
            count=len(account.web_dynos(info)),
            choices=tuple(replace(each, answers={"size": each.name}) for each in questions.SIZES),
            seen=questions.PRICES.seen,
            page=pages.PRICES,
        )

    def resize(self, size: Size, count: int) -> None:
        done = self.ctx.run(commands.run_on(self.app, size.name, count), check=False, timeout=120)
        if not done.ok:
            hint = SUBSCRIBE if size.name == "eco" else ""
            raise commands.HEROKU.failed(f"The site could not be let run on {size.name}", done, hint=hint)

    def schedule(self) -> Schedule:
        done = self.ctx.run(commands.schedules(self.app), check=False, show=False, timeout=60)
        if not done.ok and "no heroku postgres" not in said(done.output).lower():
            raise commands.HEROKU.failed("Heroku does not say when the database is backed up", done)
        when = commands.parse_schedule(done.output)
        return Schedule(
            is_on=bool(when),
            when=when.replace("daily", "Daily"),
            keeps="as many as the plan of the database allows",
            restore=f"`heroku pg:backups --app {self.app}` lists them, `heroku pg:backups:restore` restores one: "
            f"{pages.BACKUPS}. Uploaded files are not in them.",
        )

    def set_schedule(self, wanted: str) -> None:
        self.ctx.run((commands.schedule if wanted == "on" else commands.unschedule)(self.app), timeout=120)

    def run(self, words: Sequence[str]) -> None:
        self.ctx.run(commands.run(self.app, *files.manage_words(self.ctx.facts.location, *words)), timeout=1800)

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
            metrics=Link(title="Metrics on Heroku", url=f"{pages.DASHBOARD}/{self.app}/metrics/web"),
        )
