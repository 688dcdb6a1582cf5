"""Each call of a deployment, made again and from every state that an interruption can leave behind: there is never a
second app, volume or database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simple_deploy_flyio import commands
from simple_deploy_flyio.plugin import FlyPlatform
from simple_deploy_flyio.site import FlySite

from simple_deploy.api import Blocked, Location, Secret, StepError
from simple_deploy.rehearsal import World
from simple_deploy.rehearsal.world import VARIABLE, install_program
from simple_deploy.testing import RecordingContext, make_answers, make_facts
from tests.support.repository import repository

pytestmark = pytest.mark.slow

FLY = FlyPlatform()
PARAMS = {"app": "notes", "organization": "personal", "region": "fra"}


@dataclass
class Person:
    """Somebody with a project and an account that is played."""

    world: World
    root: Path
    home: Path

    def context(self, *, results: dict[str, str] | None = None, **answers: str) -> RecordingContext:
        facts = make_facts(location=Location(root=self.root, settings_module="mysite.settings"))
        given = {"database": "sqlite", "region": "fra", "deployed_project_name": "notes", **answers}
        return RecordingContext(
            facts, home=self.home, results=results or {}, answers=make_answers(FLY, facts, **given), workbench=self.root
        )

    def do(self, *calls: str, times: int = 2) -> RecordingContext:
        """Make these calls, each as often, in runs of their own."""
        ctx = self.context()
        for call in calls:
            for _ in range(times):
                results = {} if call == "create" else {"app": "notes"}
                ctx = self.context(results=results)
                FLY.perform(call, PARAMS, ctx)
        return ctx

    @property
    def state(self) -> dict[str, Any]:
        return self.world.read()

    @property
    def app(self) -> dict[str, Any]:
        found: dict[str, Any] = self.state["apps"]["notes"]
        return found

    def forget(self, name: str) -> None:
        """As if the run had ended before it set this secret."""
        with self.world.change() as state:
            del state["apps"]["notes"]["secrets"][name]


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    world = World(tmp_path / "world")
    install_program(world, "fly", "simple_deploy_flyio.simulator")
    monkeypatch.setenv(VARIABLE, str(world.folder))
    monkeypatch.setenv("PATH", os.pathsep.join((str(world.programs), os.environ["PATH"])))
    root = repository(tmp_path / "project", {"manage.py": ""})
    yield Person(world, root, tmp_path / "home")
    world.remove()


def test_an_app_with_its_volume_and_secrets_is_made_once(person: Person) -> None:
    person.do("create", "volume", "secrets")

    assert [*person.state["apps"]] == ["notes"]
    assert [volume["name"] for volume in person.app["volumes"]] == ["data"]
    assert len(person.app["secrets"]["SECRET_KEY"]) > 50
    kinds = [resource.kind for resource in FLY.probe(person.context()).resources]
    assert kinds == ["volume", "app"], "the app comes last: through it the rest is found again"


def test_the_secret_key_is_in_no_log_and_stays(person: Person) -> None:
    person.do("create", "secrets", times=1)
    key = person.app["secrets"]["SECRET_KEY"]

    ctx = person.do("secrets")

    assert person.app["secrets"]["SECRET_KEY"] == key
    assert key not in "\n".join(ctx.log)
    assert "All secrets are there." in ctx.log


@pytest.mark.postgres
def test_a_database_is_made_once_and_its_password_shown_to_nobody(person: Person) -> None:
    ctx = person.do("create", "postgres", times=1)
    address = person.app["secrets"]["DATABASE_URL"]
    person.do("postgres")

    assert sorted(person.state["apps"]) == ["notes", "notes-db"]
    assert person.app["secrets"]["DATABASE_URL"] == address
    assert address.split(":")[2].split("@")[0] not in "\n".join(ctx.log)
    assert any(line.startswith("$ fly postgres create") for line in ctx.log)


@pytest.mark.postgres
def test_an_attachment_that_was_cut_short_is_made_with_another_user(person: Person) -> None:
    person.do("create", "postgres", times=1)
    person.forget("DATABASE_URL")

    person.do("postgres", times=1)

    assert sorted(person.state["apps"]) == ["notes", "notes-db"]
    assert "DATABASE_URL" in person.app["secrets"]
    assert len(person.state["apps"]["notes-db"]["users"]) == 2


@pytest.mark.postgres
def test_managed_postgres_is_made_once_and_attached_when_it_was_not(person: Person) -> None:
    person.do("create", "managed", times=1)
    person.forget("DATABASE_URL")
    person.do("managed")

    assert [cluster["name"] for cluster in person.state["clusters"].values()] == ["notes-db"]
    assert "DATABASE_URL" in person.app["secrets"]
    kinds = [resource.kind for resource in FLY.probe(person.context()).resources]
    assert kinds == ["managed-postgres", "app"]


@pytest.mark.postgres
def test_what_is_left_of_a_destruction_that_was_cut_short_is_found_again(person: Person) -> None:
    person.do("create", "managed", times=1)
    ctx = person.context()
    person.root.joinpath("fly.toml").write_text('app = "notes"\n', encoding="utf-8")
    ctx.run(commands.destroy_app("notes"))

    (left,) = FLY.probe(person.context(deployed_project_name="")).resources
    FLY.destroy(left, ctx)

    assert FLY.probe(person.context()).resources == ()
    assert person.state["clusters"] == {}


def test_an_app_that_serves_something_else_is_left_alone(person: Person) -> None:
    person.do("create", times=1)
    with person.world.change() as state:
        state["apps"]["notes"]["deployed"] = True
    stranger = Person(person.world, repository(person.root.with_name("other"), {"a": "b"}), person.home / "other")

    assert FLY.probe(stranger.context()).values["standing"] == "another"
    with pytest.raises(Blocked, match="nothing shows that it belongs to this project"):
        stranger.do("create")


def test_an_app_that_an_interrupted_run_deployed_is_known_in_another_clone(person: Person) -> None:
    person.do("create", "secrets", times=1)
    with person.world.change() as state:
        state["apps"]["notes"]["deployed"] = True
    elsewhere = Person(person.world, person.root, person.home / "another computer")

    assert FLY.probe(elsewhere.context()).values["standing"] == "ours"


@pytest.mark.parametrize("variant", [0, 1])
def test_a_name_that_is_taken_says_what_to_do(variant: int, person: Person) -> None:
    with person.world.change() as state:
        state["variant"] = variant
        state["apps"] = {"notes": {"name": "notes", "organization": "somebody-else", "deployed": True}}

    with pytest.raises(StepError) as caught:
        person.do("create")

    assert "--deployed-project-name" in caught.value.hint


def test_a_variable_is_a_secret_that_no_command_line_and_no_log_holds(person: Person) -> None:
    person.do("create", times=1)
    here = person.context()

    FLY.site(here).set_variable("MOTTO", Secret("slow\nbut sure"))

    assert person.app["secrets"]["MOTTO"] == "slow\nbut sure"
    assert "but sure" not in repr(here.payloads)
    assert "MOTTO" in FLY.site(person.context()).variables()
    FLY.site(person.context()).unset_variable("MOTTO")
    assert "MOTTO" not in person.app["secrets"]
    with pytest.raises(StepError, match="has no variable MOTTO"):
        FLY.operate("unset", person.context(), arguments={"name": "MOTTO"})


def test_a_domain_is_a_certificate_and_a_name_that_django_answers_at(person: Person) -> None:
    person.do("create", times=1)
    site = FLY.site(person.context())

    for name in ("www.example.com", "example.com", "www.example.com"):
        site.add_domain(name)

    assert person.app["certificates"] == ["www.example.com", "example.com"]
    assert person.app["secrets"]["SITE_DOMAINS"] == "example.com,www.example.com"
    first = site.domains()[0]
    assert [(each.kind, each.value) for each in first.records] == [("A", "192.0.2.66"), ("AAAA", "2001:db8::66")]
    assert (first.certificate, first.is_secure) == ("Awaiting configuration", False)

    for name in ("example.com", "www.example.com"):
        site.remove_domain(name)

    assert site.domains() == () and "SITE_DOMAINS" not in person.app["secrets"]
    with pytest.raises(StepError, match="has no domain"):
        FLY.operate("remove_domain", person.context(), arguments={"domain": "example.com"})


def serving(person: Person, *, memory: str = "512mb") -> FlySite:
    """The site of an app that serves with this memory, as far as its machine is known without one that runs."""
    with person.world.change() as state:
        config = {"vm": [{"size": "shared-cpu-1x", "memory": memory}]}
        state["apps"]["notes"]["machine"] = {"id": "a1", "region": "fra", "version": 1, "config": config}
        state["apps"]["notes"]["deployed"] = True
    return FlySite(person.context())


def test_a_machine_with_a_volume_is_one_and_its_price_is_known(person: Person) -> None:
    person.do("create", "volume", times=1)
    sizes = serving(person).sizes()

    assert (sizes.current, sizes.count, sizes.most, sizes.cents) == ("512mb", 1, 1, 300)
    assert sizes.size is not None and sizes.size.answers == {"vm_memory": "512mb"}


def test_the_number_of_machines_is_changed_where_there_is_no_volume(person: Person) -> None:
    person.do("create", times=1)
    site = serving(person, memory="1gb")
    size = next(each for each in site.sizes().choices if each.name == "1gb")

    site.resize(size, 3)

    assert (site.sizes().current, site.sizes().count, site.sizes().cents) == ("1gb", 3, 1800)


def test_an_app_without_a_machine_has_no_size_to_change(person: Person) -> None:
    person.do("create", times=1)
    with pytest.raises(StepError, match="no machine"):
        FlySite(person.context()).sizes()
