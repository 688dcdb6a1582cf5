"""Looking after the site that is deployed: how it is, its log, pushes and variables, and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from simple_deploy.api import (
    Domain,
    Link,
    Release,
    Remote,
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
from simple_deploy_upsun import account, commands, config, pages, questions
from simple_deploy_upsun.commands import ask
from simple_deploy_upsun.place import packages
from simple_deploy_upsun.variables import give, in_one_line


class UpsunSite(Site):
    """The project's site on the main branch."""

    @cached_property
    def found(self) -> Remote:
        """The project on Upsun. :raises StepError: there is none, or Upsun cannot be asked."""
        found = account.find(self.ctx, must_know=True)
        if not found.resources:
            raise StepError("This project has no site on Upsun.", hint=f"Deploy it: {deploy_command('upsun')}")
        return found

    @property
    def place(self) -> tuple[str, str]:
        """The project's id and the branch."""
        return self.found.values["project"], self.found.values["branch"]

    def logs(self) -> None:
        ask(self.ctx, commands.app_log(*self.place), show=True, timeout=120)

    def restart(self) -> None:
        ask(self.ctx, commands.redeploy(*self.place), show=True, timeout=1800)

    def releases(self) -> tuple[Release, ...]:
        """The pushes: each that went well made one. None is rolled back to; that is a push of the older commit."""
        return commands.read_pushes(quietly(self.ctx, commands.pushes(*self.place), timeout=120).output)

    def variables(self) -> tuple[str, ...]:
        """Those that were set on Upsun; what stands in the configuration can be read there."""
        return tuple(commands.read_variables(quietly(self.ctx, commands.variables(self.place[0]), timeout=120).output))

    def set_variable(self, name: str, value: Secret) -> None:
        """For the project, so that builds have it too; the site is deployed again with it. One that is there is made
        anew, since the program takes a new value in its command line only, which others could read."""
        text = value.reveal()
        self.ctx.hide(text)
        if not text:
            raise StepError(
                "Upsun's program takes no empty value.",
                hint=f'Write `{name}: ""` into {config.PATH}, below `variables:` and `env:`, and deploy again.',
            )
        if not in_one_line(text):
            raise StepError(
                "Upsun's program accepts only values on one line, without surrounding spaces.",
                hint=f"Set it yourself: `{commands.by_hand(self.place[0], name)} --value VALUE`",
            )
        if name in self.variables():
            ask(self.ctx, commands.unset_variable(self.place[0], name), timeout=120)
        give(self.ctx, self.place[0], name, text)
        self.restart()

    def unset_variable(self, name: str) -> None:
        ask(self.ctx, commands.unset_variable(self.place[0], name), show=True, timeout=120)
        self.restart()

    def domains(self) -> tuple[Domain, ...]:
        """Upsun makes the certificates when the domain leads to it; until then it does not say how far they are."""
        listed = commands.read_domains(quietly(self.ctx, commands.domains(self.place[0]), timeout=120).output)
        edge = commands.read_word(ask(self.ctx, commands.edge(*self.place), timeout=120)) if listed else None
        return tuple(
            Domain(
                name=name,
                records=leading_to(name, edge) if edge else (),
                certificate="its own" if brought else "made by Upsun",
                is_secure=True if brought else None,
            )
            for name, brought in listed
        )

    def add_domain(self, name: str) -> None:
        if all(each.name != name for each in self.domains()):
            ask(self.ctx, commands.add_domain(self.place[0], name), show=True, timeout=1800)

    def remove_domain(self, name: str) -> None:
        ask(self.ctx, commands.remove_domain(self.place[0], name), show=True, timeout=1800)

    def sizes(self) -> Sizes:
        """What the app runs on; the database has a size of its own, which Upsun's console changes."""
        size, count = commands.read_resources(ask(self.ctx, commands.resources(*self.place), timeout=120))
        guests = commands.read_sizes(ask(self.ctx, commands.sizes(*self.place), timeout=120))
        return Sizes(
            current=size,
            count=count,
            choices=tuple(map(questions.size, guests)),
            seen=questions.SEEN,
            page=pages.PRICES,
        )

    def resize(self, size: Size, count: int) -> None:
        """What stays is not named: where the number changes by itself, the program sets none."""
        now = self.sizes()
        name, number = "" if size.name == now.current else size.name, 0 if count == now.count else count
        if name or number:
            ask(self.ctx, commands.resize(*self.place, size=name, count=number), show=True, timeout=1800)

    def run(self, words: Sequence[str]) -> None:
        line = config.manage(self.ctx.facts, packages(self.ctx.facts), *words)
        ask(self.ctx, commands.ssh(*self.place, line), show=True, timeout=1800)

    def status(self) -> SiteState:
        project, (id_, branch) = self.found.resources[0], self.place
        url = commands.read_url(ask(self.ctx, commands.url(id_, branch), timeout=120))
        details = (("Project", f"{project.name} ({id_})"), ("Branch", branch), ("Console", project.url or ""))
        metrics = Link(title="Metrics in Upsun’s console", url=project.url) if project.url else None
        state = SiteState(running=None, headline="", url=url, details=details, metrics=metrics)
        if url is None:
            return replace(state, headline=f"{project.name} has no address yet")
        try:
            status = self.ctx.fetch(url, timeout=30).status
        except StepError as error:
            return replace(state, running=False, headline=f"{url} does not answer: {error}")
        running = status < 500
        headline = f"{url} answers" if running else f"{url} answers with an error (status {status})"
        return replace(state, running=running, headline=headline)
