"""Servers that are rented first: the provider's API, the plan, and what is done once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from simple_deploy_vps.digitalocean import DigitalOcean, DigitalOceanPlatform
from simple_deploy_vps.hetzner import Hetzner, HetznerPlatform

from simple_deploy.api import Call, Level, Provider, ProviderPlatform, StepError, Wanted, fingerprint
from simple_deploy.core.facts import Location
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.identity import remembered
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, fake_program, make_answers, make_facts
from tests.platforms.vps import apis
from tests.platforms.vps.apis import FINGERPRINT, KEY, TOKEN, Fake
from tests.support.repository import git, repository

__all__ = ["fake_program"]

ADDRESS = "203.0.113.9"

pytestmark = [pytest.mark.slow, pytest.mark.slice(3)]


@dataclass(frozen=True, kw_only=True)
class Rental:
    """A provider that is played, and whoever rents from it."""

    fake: Fake
    platform: ProviderPlatform
    folder: Path

    @property
    def project(self) -> str:
        return git(self.folder, "rev-list", "--max-parents=0", "HEAD")[:12]

    def context(
        self,
        *,
        token: str | None = TOKEN,
        home: str = "home",
        results: Mapping[str, str] | None = None,
        **given: object,
    ) -> RecordingContext:
        """:param token: None where nobody was asked for one, as when a site is looked after."""
        facts = make_facts(location=Location(root=self.folder, settings_module="mysite.settings"))
        secret = {} if token is None else {"api_token": token}
        return RecordingContext(
            facts,
            home=self.folder.parent / home,
            answers=make_answers(self.platform, facts, **secret, **given),
            replies={"trust_host_key": True, "api_token": TOKEN},
            visited=self.fake.visited,
            results=results,
        )

    def provider(self, token: str = TOKEN) -> Provider:
        return self.platform.provider(self.context(), Secret(token))

    def wanted(self, **changes: str) -> Wanted:
        size, region = self.platform.sizes[0].value, self.platform.regions[0].value
        return Wanted(**{"name": "blog", "project": "abc", "size": size, "region": region, "key": KEY, **changes})

    def step(self, ctx: RecordingContext) -> Call:
        """The step that rents, in a plan of now."""
        plan = self.platform.plan(ctx.facts, self.platform.probe(ctx), ctx.answers)
        return next(each for each in plan.steps if isinstance(each, Call) and each.name == "server")

    def rent(self, ctx: RecordingContext) -> str:
        return self.platform.perform("server", self.step(ctx).params, ctx)["server"]


@pytest.fixture(params=["hetzner", "digitalocean"])
def rental(request: pytest.FixtureRequest, tmp_path: Path, fake_program: MakeProgram) -> Iterator[Rental]:
    played: Fake = apis.Hetzner() if request.param == "hetzner" else apis.DigitalOcean()
    platform = HetznerPlatform() if request.param == "hetzner" else DigitalOceanPlatform()
    fake_program("ssh-add", {"-L": KEY})
    fake_program("ssh", {"": ""})
    with apis.listening(played) as fake:
        yield Rental(fake=fake, platform=platform, folder=repository(tmp_path / "project", {"manage.py": ""}))


def test_the_fingerprint_is_the_one_that_ssh_prints() -> None:
    assert fingerprint(KEY) == FINGERPRINT
    with pytest.raises(ValueError):
        fingerprint("ssh-ed25519 no-key")


def test_the_price_is_the_providers_of_today(rental: Rental) -> None:
    said = rental.provider().price(rental.platform.sizes[0].value, rental.platform.regions[0].value)

    assert said.startswith(("4.75 EUR a month", "$6.00 a month"))
    with pytest.raises(StepError, match="has no"):
        rental.provider().price(rental.platform.sizes[0].value, "nowhere")


def test_a_server_is_rented_with_its_key_and_its_firewall_and_found_again(rental: Rental) -> None:
    rental.fake.slow = 1
    provider = rental.provider()
    assert provider.find("abc") is None
    made = provider.rent(rental.wanted())
    assert (made.name, made.address) == ("blog", "")
    starting, found = provider.find("abc"), provider.find("abc")

    assert starting == made
    assert found is not None and (found.id, found.address) == (made.id, ADDRESS)
    assert provider.find("another") is None
    (rules,) = rental.fake.kept["firewall"].values()
    listed = rules.get("rules") or rules["inbound_rules"]
    ports = {each.get("port") or each.get("ports") for each in listed if each["protocol"] == "tcp"}
    assert ports == {"22", "80", "443"}

    provider.end(found, "abc")
    provider.end(found, "abc")
    assert {kind: len(entries) for kind, entries in rental.fake.kept.items()} == {"server": 0, "firewall": 0, "key": 1}


def test_what_an_earlier_try_has_made_is_used(rental: Rental) -> None:
    """The run was cut short before the server was made."""
    rental.provider().rent(rental.wanted())
    rental.fake.kept["server"].clear()

    rental.provider().rent(rental.wanted())

    assert {kind: len(entries) for kind, entries in rental.fake.kept.items()} == {"server": 1, "firewall": 1, "key": 1}


@pytest.mark.parametrize(
    ("trouble", "message"),
    [(429, "too many requests"), (503, "has trouble"), (422, "refuses: Something is wrong"), (403, "does not accept")],
)
def test_what_a_provider_refuses_is_said(rental: Rental, trouble: int, message: str) -> None:
    rental.fake.trouble = trouble
    with pytest.raises(StepError, match=message) as caught:
        rental.provider().find("abc")

    assert caught.value.hint


def test_a_token_that_is_not_good_stops_before_anything_is_rented(rental: Rental) -> None:
    ctx = rental.context(token="a-token-of-somebody-else")

    (found,) = rental.platform.check(ctx)

    assert found.level is Level.DEPLOY_BLOCKER and "does not accept that token" in found.title
    assert rental.fake.kept["server"] == {}


def test_no_token_is_asked_for_in_words(rental: Rental) -> None:
    (found,) = rental.platform.check(rental.context(token=""))

    assert (found.id, found.level) == ("server.token", Level.DEPLOY_BLOCKER)
    assert rental.platform.probe(rental.context(token="")).asked is False


def test_the_plan_says_what_it_costs_and_rents_before_anything_else(rental: Rental) -> None:
    ctx = rental.context()
    plan = rental.platform.plan(ctx.facts, rental.platform.probe(ctx), ctx.answers)

    first = next(each for each in plan.steps if isinstance(each, Call))
    assert first.name == "server" and "a month" in first.cost and "switched off" in first.cost
    assert [each.kind for each in plan.creates] == ["server", "site"]
    assert plan.creates[0].cost == first.cost
    assert {each.level for each in rental.platform.check(ctx)} == {Level.OK}
    assert rental.fake.kept["server"] == {}
    assert TOKEN not in repr(plan)


def test_a_domain_waits_for_the_server(rental: Rental) -> None:
    ctx = rental.context(domain="blog.example.com")
    plan = rental.platform.plan(ctx.facts, rental.platform.probe(ctx), ctx.answers)

    assert "server.domain-waits" in {each.id for each in plan.findings if each.level is Level.DEPLOY_BLOCKER}


def test_it_is_rented_once_and_known_from_then_on(rental: Rental) -> None:
    ctx = rental.context()
    step = rental.step(ctx)
    for _ in range(2):
        assert rental.platform.perform("server", step.params, ctx) == {"server": f"root@{ADDRESS}"}

    (made,) = rental.fake.kept["server"].values()
    assert made["name"] == f"mysite-{rental.project[:6]}"
    assert remembered(ctx) == f"root@{ADDRESS}"
    assert not any(TOKEN in line for line in ctx.log)
    # A plan that gets no token knows the server too, and rents none.
    again = rental.context(token="")
    remote = rental.platform.probe(again)
    steps = rental.platform.plan(again.facts, remote, again.answers).steps
    assert not any(isinstance(each, Call) and each.name == "server" for each in steps)
    # From another computer it is found with the token.
    elsewhere = rental.context(home="elsewhere")
    rental.platform.probe(elsewhere)
    assert remembered(elsewhere) == f"root@{ADDRESS}"


def test_a_server_that_was_removed_elsewhere_is_rented_anew(rental: Rental) -> None:
    ctx = rental.context()
    rental.rent(ctx)
    rental.fake.kept["server"].clear()

    found = {each.id: each.level for each in rental.platform.check(ctx)}

    assert found["server.gone"] is Level.WARNING
    assert rental.rent(ctx) == f"root@{ADDRESS}"


def test_it_is_removed_with_a_token_that_is_asked_for_then(rental: Rental, fake_program: MakeProgram) -> None:
    rental.rent(rental.context())
    fake_program(
        "ssh", {"": Reply(output="ssh: connect to host 203.0.113.9 port 22: Connection refused", exit_code=255)}
    )
    ctx = rental.context(token=None)
    (resource,) = rental.platform.probe(ctx).resources

    rental.platform.destroy(resource, ctx)

    assert rental.fake.kept["server"] == {}
    assert remembered(ctx) == ""
    assert rental.platform.probe(ctx).resources == ()


def test_without_a_key_nothing_is_rented(
    rental: Rental, fake_program: MakeProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    fake_program("ssh-add", {"-L": "The agent has no identities."})

    assert "server.key" in {each.id for each in rental.platform.check(rental.context())}
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n", encoding="utf-8")
    assert "server.key" not in {each.id for each in rental.platform.check(rental.context())}


@pytest.mark.parametrize("provider", [Hetzner, DigitalOcean])
def test_a_provider_is_small(provider: type[Provider]) -> None:
    file = inspect.getsourcefile(provider)

    assert file and len(Path(file).read_text(encoding="utf-8").splitlines()) <= 250


def test_a_fresh_clone_looks_after_the_site_once_the_provider_has_said_where_it_is(rental: Rental) -> None:
    with pytest.raises(StepError, match="server for this project"):
        rental.platform.operate("status", rental.context(token=None, home="elsewhere"), arguments={})
    rental.rent(rental.context())
    ctx = rental.context(token=None, home="another")

    with pytest.raises(StepError, match=f"no site on {ADDRESS}"):
        rental.platform.operate("status", ctx, arguments={})
    assert remembered(ctx) == f"root@{ADDRESS}"


def test_the_site_on_a_server_that_was_just_rented_is_reached_by_each_of_its_addresses(
    rental: Rental, fake_program: MakeProgram
) -> None:
    """The plan is older than the server, and knows none of them."""
    ctx = rental.context()
    plan = rental.platform.plan(ctx.facts, rental.platform.probe(ctx), ctx.answers)
    rented = rental.rent(ctx)
    params = next(each for each in plan.steps if isinstance(each, Call) and each.name == "account").params
    ssh = fake_program("ssh", {"": f"reached={ADDRESS}\naddress={ADDRESS}\naddress=2001:db8::9\n"})
    results = {"server": rented}

    made = rental.platform.perform("account", params, rental.context(results=results))
    rental.platform.perform("variables", params, rental.context(results={**results, **made}))

    assert (made["url"], made["hosts"]) == (f"http://{ADDRESS}/", f"{ADDRESS} 2001:db8::9")
    assert f'SITE_HOSTS="{ADDRESS},[2001:db8::9]"' in ssh.invocations[-1].stdin
