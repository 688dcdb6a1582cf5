"""What the person chooses in the place of a guess counts, is remembered, and can be forgotten again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simple_deploy import conf
from simple_deploy.core.errors import InvalidAnswer, NoProject
from simple_deploy.core.facts import Corrections, Location
from simple_deploy.inspection import cache, tree
from simple_deploy.inspection.corrections import FILE, STATE_FOLDER
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.service import Service
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Make
from tests.support.repository import repository, write

MANAGE = 'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}.settings")\n'


def find(start: Path, *, env: dict[str, str] | None = None, **options: Any) -> Location:
    return locate(start=start, runner=run, environ=env or {}, **options)


def remember(location: Location) -> None:
    Service(location, replace(conf.load({}), state_dir=None)).keep_corrections()


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {f"{name}/manage.py": MANAGE.format(name) for name in ("api", "shop")}
    return repository(tmp_path / "repo", {**files, "docs/manage.py": "print('of something else')"}).resolve()


def test_the_folder_is_chosen_once(monorepo: Path) -> None:
    with pytest.raises(NoProject) as caught:
        find(monorepo)
    assert "--project-dir" in caught.value.hint
    location = find(monorepo, given=Corrections(project_dir="shop"))
    assert (location.project_dir, location.settings_module) == ("shop", "shop.settings")
    remember(location)
    assert find(monorepo).project_dir == "shop", "from now on"


def test_the_choice_counts_more_than_where_the_command_was_started(monorepo: Path) -> None:
    remember(find(monorepo / "api", given=Corrections(project_dir="../shop/manage.py")))
    location = find(
        monorepo / "api",
        manage_py=Path("manage.py"),
        settings_module="api.settings",
        env={"DJANGO_SETTINGS_MODULE": "api.settings"},
    )
    assert (location.project_dir, location.settings_module) == ("shop", "shop.settings")
    assert location.guess.project_dir == "api"
    again = find(monorepo / "api", manage_py=Path("manage.py"), given=Corrections(project_dir="auto"))
    assert (again.project_dir, again.corrections) == ("api", Corrections())


@pytest.mark.parametrize("folder", ["docs", "nowhere", "", "\0", "../.."])
def test_a_folder_without_a_project_is_refused(monorepo: Path, folder: str) -> None:
    with pytest.raises(NoProject):
        find(monorepo, given=Corrections(project_dir=folder))


def test_a_chosen_folder_that_went_away_is_guessed_again(monorepo: Path) -> None:
    remember(find(monorepo, given=Corrections(project_dir="shop")))
    (monorepo / "shop" / "manage.py").unlink()
    location = find(monorepo)
    assert (location.project_dir, location.corrections.project_dir) == ("api", "shop")


def test_the_settings_module_is_chosen_and_forgotten(make: Make) -> None:
    root = repository(make("flat"), {})
    remember(find(root, given=Corrections(settings_module="mysite.production")))
    location = find(root, settings_module="mysite.settings")
    assert location.settings_module == "mysite.production"
    assert location.guess.settings_module == "mysite.settings"
    assert find(root, given=Corrections(settings_module="auto")).settings_module == "mysite.settings"


def test_choices_are_made_one_by_one(monorepo: Path) -> None:
    remember(find(monorepo, given=Corrections(project_dir="shop")))
    remember(find(monorepo, given=Corrections(manager="uv")))
    assert find(monorepo).corrections == Corrections(project_dir="shop", manager="uv")


def test_the_page_corrects_a_service_that_is_open(monorepo: Path) -> None:
    service = Service(find(monorepo / "api"), replace(conf.load({}), state_dir=None))
    service.correct(Corrections(project_dir="shop", settings_module="shop.live"))
    assert (service.location.folder, service.location.settings_module) == (monorepo / "shop", "shop.live")
    service.correct(Corrections(settings_module="auto"))
    assert service.location.settings_module == "shop.settings"
    service.correct(Corrections(project_dir="auto"))
    assert (service.location.project_dir, service.location.settings_module) == ("api", "api.settings")
    with pytest.raises(NoProject):
        service.correct(Corrections(project_dir="docs"))


@pytest.mark.parametrize(
    "given",
    [
        Corrections(settings_module="config/settings.py"),
        Corrections(settings_module="a..b"),
        Corrections(settings_module=" "),
        Corrections(manager="npm"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_way_out(make: Make, given: Corrections) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        find(make("flat"), given=given)
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"project_dir": 3}', b"[" * 100_000, b'{"other": "x"}'])
def test_a_damaged_file_is_as_good_as_none(make: Make, content: bytes) -> None:
    root = repository(make("flat"), {})
    write(root, {f"{STATE_FOLDER}/{FILE}": content})
    assert find(root).corrections == Corrections()


def test_a_choice_leads_never_out_of_the_repository(make: Make, tmp_path: Path) -> None:
    root = repository(make("flat"), {})
    write(tmp_path, {"other/manage.py": MANAGE.format("other")})
    write(root, {f"{STATE_FOLDER}/{FILE}": '{"project_dir": "../other"}'})
    assert find(root).folder == root.resolve()


def test_a_choice_of_what_was_guessed_anyway_is_looked_at_anew(tmp_path: Path) -> None:
    """Chosen settings count, even where others are there for the deployed site."""
    files = tree.walk(tmp_path)
    keys = {
        cache.key(Location(root=tmp_path, settings_module="a.dev", corrections=chosen), files, {}, "python")
        for chosen in (Corrections(), Corrections(settings_module="a.dev"), Corrections(manager="uv"))
    }
    assert len(keys) == 3


def test_what_the_worker_adds_to_the_environment_is_no_reason_to_look_anew(tmp_path: Path) -> None:
    def key(**environ: str) -> str:
        location = Location(root=tmp_path, settings_module="a.dev")
        return cache.key(location, tree.walk(tmp_path), {"HOME": "/home/ada", **environ}, "python")

    assert key() == key(CELERY_LOG_LEVEL="30", _MP_FORK_LOGLEVEL_="30", SIMPLE_DEPLOY_RUN="7")
    assert key() != key(CELERY_BROKER_URL="redis://localhost")
