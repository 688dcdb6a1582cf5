"""A platform that rents the server first, and then does with it what is done with a server of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from simple_deploy.core.errors import MissingAnswers, SimpleDeployError, StepError
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Context
from simple_deploy.core.options import Answers, Choice, Option, Question
from simple_deploy.core.plan import Plan
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Secret
from simple_deploy.core.steps import Call, Step
from simple_deploy.platforms.base import Operation, Remote, SiteState
from simple_deploy.platforms.identity import forget, project_id, remember, remembered, suggested_name
from simple_deploy.platforms.server import locating
from simple_deploy.platforms.server.address import Address, parse
from simple_deploy.platforms.server.connection import Connection, Unreachable, question
from simple_deploy.platforms.server.platform import ServerPlatform
from simple_deploy.platforms.server.provider import Machine, Provider, Wanted, public_key

TOKEN = "api_token"
SIZE = "size"
REGION = "region"
KIND = "server"  # of the resource
_TRIES, _PAUSE = 24, 5.0  # how often, and after how many seconds, a new server is asked whether it is up


class ProviderPlatform(ServerPlatform):
    """Sites on a server that is rented. Mandatory besides those of a server: what follows."""

    provider: ClassVar[type[Provider]]
    #: What can be rented, the usual one first.
    sizes: ClassVar[tuple[Choice, ...]]
    regions: ClassVar[tuple[Choice, ...]]
    #: The page where a token is made.
    tokens: ClassVar[str]
    #: The Python of the system that is rented, and the megabytes of memory by size.
    python: ClassVar[str] = "3.13"
    memory: ClassVar[Mapping[str, int]] = {}
    removed: ClassVar[str] = "With the server and everything on it. You pay for it until then, also while it is off."

    @property
    def where(self) -> tuple[Option, ...]:
        size = Option(
            name=SIZE,
            label="Size",
            kind="choice",
            help="The size of a new server. One server can run several small sites.",
            default=self.sizes[0].value,
            choices=self.sizes,
        )
        region = Option(
            name=REGION,
            label="Region",
            kind="choice",
            help="The location of a new server.",
            default=self.regions[0].value,
            choices=self.regions,
        )
        return (replace(self._token_option, required=False), size, region)

    def check(self, ctx: Context) -> Iterable[Finding]:
        try:
            if self._server(ctx):
                yield from super().check(ctx)
                return
        except SimpleDeployError as error:
            yield self._stopped(error)
            return
        yield from self._missing(ctx)

    def probe(self, ctx: Context) -> Remote:
        """Values besides those of a server: ``price``, while there is none."""
        try:
            if not self._server(ctx):
                return self._nothing(ctx)
        except SimpleDeployError:
            return Remote(asked=False)
        found = super().probe(ctx)
        machine = self._resource(self._name(ctx.facts, ctx))
        if found.asked or TOKEN in ctx.answers.values:
            return replace(found, resources=(machine,))
        # It is to be removed, or looked after, and does not answer. The provider knows whether it is there.
        provider = self._provider(ctx)
        if provider is None:
            return found
        return Remote(resources=(machine,) if provider.find(project_id(ctx)) else ())

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        made = super().plan(facts, remote, answers)
        if remote.values.get("server") or not made.steps:
            return made
        first = next(number for number, step in enumerate(made.steps) if isinstance(step, Call))
        name = remote.values.get("machine", "") or suggested_name(facts.name, longest=24)
        price = remote.values.get("price", "")
        steps: tuple[Step, ...] = (*made.steps[:first], self._renting(name, price, answers), *made.steps[first:])
        return replace(
            made,
            steps=steps,
            creates=(self._resource(name, price), *made.creates),
            findings=(*made.findings, *_domain_waits(answers)),
            questions=(question(Address(host="The new server"), "of the first connection"),),
        )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        if call != KIND:
            return super().perform(call, params, ctx)
        machine = self._rented(params, ctx)
        server = f"root@{machine.address}"
        remember(ctx, server)
        _wait_for(Connection(ctx, parse(server)), ctx)
        return {"server": server}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        provider = self._provider(ctx)
        if provider is None:
            raise StepError(
                f"{self.card.name} removes the server only with a token.",
                hint=f"Give one with --answer {TOKEN}=-, or remove the server in the provider's console.",
            )
        machine = provider.find(project_id(ctx))
        if machine is not None:
            provider.end(machine, project_id(ctx))
        forget(ctx)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        if not self._server(ctx):  # a fresh clone may have to ask the provider which it is
            raise StepError(
                f"This computer knows of no {self.card.name} server for this project.",
                hint=f"Deploy it first. If it has a server, give a token with --answer {TOKEN}=-, and the tool finds "
                "it.",
            )
        return super().operate(operation, ctx, arguments=arguments)

    # -- parts --

    @property
    def _token_option(self) -> Option:
        return Option(
            name=TOKEN,
            label=f"Token of {self.card.name}",
            kind="secret",
            help=f"A token that may read and write. You make it at {self.tokens}. It is used only during this run and "
            "never stored. Leave it empty if the server already exists.",
            for_plan=True,
        )

    def _provider(self, ctx: Context) -> Provider | None:
        """None where nobody gives a token."""
        if TOKEN in ctx.answers.values:
            token = ctx.answers.secret(TOKEN)
        else:
            asked = Question(
                id="token", title="The tool asks the provider now.", fields=(self._token_option,), once=True
            )
            try:
                token = ctx.ask(asked).secret(TOKEN)
            except MissingAnswers:
                token = Secret("")
        return self.provider(ctx, token) if token else None

    def _server(self, ctx: Context) -> str:
        """The project's server; empty for none. Where a token is given for a plan, the provider is asked; else it is
        the one that is known here, if there is one.

        :raises StepError: the provider could not be asked.
        """
        known = locating.server_of(ctx)
        if known and not ctx.answers.secret(TOKEN):
            return known
        provider = self._provider(ctx)
        machine = provider.find(project_id(ctx)) if provider else None
        if machine is None or not machine.address:
            return ""
        remember(ctx, f"root@{machine.address}")
        return remembered(ctx)

    def _missing(self, ctx: Context) -> Iterator[Finding]:
        """What is missing to rent a server."""
        provider = self._provider(ctx)
        try:
            price = provider.price(*self._chosen(ctx.answers)) if provider else ""
        except SimpleDeployError as error:
            yield self._stopped(error)
            return
        if provider is None:
            yield Finding(
                id="server.token",
                level=Level.DEPLOY_BLOCKER,
                title=f"{self.card.name} needs a token.",
                why="A server is rented in your name. The token is used only during this run and never stored.",
                fix=f"Make one that may read and write at {self.tokens}, and give it with --answer {TOKEN}=-",
                docs=self.docs,
            )
            return
        yield Finding(id="server.price", level=Level.OK, title=f"A server of that size costs {price}.")
        if gone := locating.server_of(ctx):
            yield Finding(
                id="server.gone",
                level=Level.WARNING,
                title=f"{self.card.name} does not know {gone}, so another server is rented.",
                why=f"{locating.FILE} or an earlier deployment names that one. It was removed, or is in another "
                "account.",
                fix="To deploy to that one, leave the token empty. To find it, give the token of its account.",
            )
        if not public_key(ctx):
            yield Finding(
                id="server.key",
                level=Level.DEPLOY_BLOCKER,
                title="You do not have an ssh key.",
                why="The server identifies you by this key; passwords are not used.",
                fix="Make one: `ssh-keygen -t ed25519`",
                docs=self.docs,
            )
        if not project_id(ctx):
            yield Finding(
                id="server.project",
                level=Level.DEPLOY_BLOCKER,
                title="The project has no commit yet.",
                why="The tool uses the first commit to find the project's server again, on every computer.",
                fix="Commit something first.",
            )

    def _nothing(self, ctx: Context) -> Remote:
        """What there is to know of a server that is not rented yet."""
        size, region = self._chosen(ctx.answers)
        values = {
            "python": self.python,
            "memory": str(self.memory.get(size, "")),
            "machine": self._name(ctx.facts, ctx),
        }
        provider = self._provider(ctx)
        if provider is None:
            return Remote(values=values, asked=False)
        return Remote(values={**values, "price": provider.price(size, region)})

    def _chosen(self, answers: Answers) -> tuple[str, str]:
        """Size and region."""
        return answers.text(SIZE, self.sizes[0].value), answers.text(REGION, self.regions[0].value)

    def _name(self, facts: ProjectFacts, ctx: Context) -> str:
        return suggested_name(facts.name, longest=32, mark=project_id(ctx)[:6])

    def _resource(self, name: str, price: str = "") -> Resource:
        return Resource(
            kind=KIND,
            name=name,
            cost=f"{price or self.card.price}, until you remove it, even while it is switched off.",
            holds="Holds everything that is on it: the site with its data, variables and backups, and any other site.",
        )

    def _renting(self, name: str, price: str, answers: Answers) -> Call:
        size, region = self._chosen(answers)
        return self.steps.call(
            KIND,
            f"Rent the server {name}",
            f"{self.card.name} makes it with Debian, your public key, and a firewall that lets in ssh, http and https. "
            "If an earlier attempt already made one, it is used.",
            docs=self.docs,
            cost=f"{price or self.card.price}, until you remove it, even while it is switched off.",
            undo="`--destroy` removes it, with everything on it. Your key stays with the provider.",
            name=name,
            size=size,
            region=region,
        )

    def _rented(self, params: Mapping[str, str], ctx: Context) -> Machine:
        """The project's server, when it has an address."""
        provider, project = self._provider(ctx), project_id(ctx)
        if provider is None:
            raise StepError("Nobody gave a token.", hint=f"Give one with --answer {TOKEN}=-")
        made = provider.find(project)
        there = made is not None
        if made is None:
            key = public_key(ctx)
            if not key or not project:
                raise StepError("There is no ssh key, or no commit, to make a server for.", hint="Plan again.")
            given = {name: params[name] for name in ("name", "size", "region")}
            made = provider.rent(Wanted(project=project, key=key, **given))
        ctx.created(self._resource(made.name), reused=there)
        for attempt in range(_TRIES):
            if attempt:
                ctx.pause(_PAUSE)
            found = made if made.address else provider.find(project)
            if found is not None and found.address:
                ctx.note(f"The server {found.name} has the address {found.address}.")
                return found
        raise StepError(
            "The new server has no address yet.",
            hint="Run the same command again in a few minutes; it finds this server.",
        )


def _domain_waits(answers: Answers) -> Iterator[Finding]:
    if domain := answers.text("domain"):
        yield Finding(
            id="server.domain-waits",
            level=Level.DEPLOY_BLOCKER,
            title=f"{domain} cannot point to a server that does not exist yet.",
            why="A certificate is issued only if the domain leads to the server.",
            fix="Deploy without --domain first. Point the domain's A and AAAA records to the server, then deploy with "
            "--domain.",
        )


def _wait_for(connection: Connection, ctx: Context) -> None:
    """A new server lets nobody in at first."""
    for _ in range(_TRIES):
        try:
            return connection.trust()
        except Unreachable:
            ctx.pause(_PAUSE)
    raise StepError(
        "The new server does not answer to ssh yet.",
        hint="Run the same command again in a few minutes; it finds the server.",
    )
