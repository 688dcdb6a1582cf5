"""What a project's files reveal is known before anything is created."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.field.shop import Shop
from tests.field.traits import trait
from tests.rehearsal.owner import Owner

pytestmark = [pytest.mark.slow, pytest.mark.slice(2)]


def two_managers(shop: Shop) -> None:
    shop.write({"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django>=5.2"]\n'})
    shop.write({"uv.lock": 'version = 1\nrequires-python = ">=3.11"\n'})


def no_lock(shop: Shop) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"Pipfile": '[packages]\ndjango = ">=5.2"\n'})


def python_that_is_gone(shop: Shop) -> None:
    project = '[project]\nname = "shop"\nversion = "1"\nrequires-python = "<3.9"\ndependencies = ["django"]\n'
    (shop.root / "requirements.txt").unlink()
    shop.write({"pyproject.toml": project, "uv.lock": 'version = 1\nrequires-python = "<3.9"\n'})


def runtime_that_is_gone(shop: Shop) -> None:
    shop.write({"runtime.txt": "python-3.9.2\n"})


def pointers_in_the_place_of_templates(shop: Shop) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"
    shop.write({".gitattributes": "*.html filter=lfs diff=lfs merge=lfs -text\n"})
    shop.write({"goods/templates/goods/home.html": pointer})


def build_system_without_a_package(shop: Shop) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"pyproject.toml": PACKAGED, "uv.lock": 'version = 1\nrequires-python = ">=3.11"\n'})


PACKAGED = """\
[project]
name = "goods-online"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["django>=5.2"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""


def own_procfile(shop: Shop) -> None:
    shop.write({"Procfile": "web: gunicorn mysite.wsgi\n"})


def own_dockerfile(shop: Shop) -> None:
    shop.write({"Dockerfile": "FROM python:3.13\nRUN pip install -r requirements.txt\nCMD gunicorn mysite.wsgi\n"})


def own_configuration(shop: Shop) -> None:
    shop.write({".upsun/config.yaml": "applications:\n  app:\n    web: {}\n"})


KEEP: Mapping[Callable[[Shop], None], str] = {
    own_procfile: "existing_procfile",
    own_dockerfile: "existing_dockerfile",
    own_configuration: "existing__upsun_config_yaml",
}
#: The platform, what the project is like, and a word of what is said.
REFUSED = [
    ("heroku", two_managers, "more than one dependency manager"),
    ("heroku", no_lock, "Pipfile.lock"),
    *((slug, python_that_is_gone, "<3.9") for slug in ("flyio", "heroku", "upsun")),
    ("heroku", runtime_that_is_gone, "3.9.2"),
    *((slug, pointers_in_the_place_of_templates, "Git LFS pointers") for slug in ("flyio", "heroku", "upsun")),
    *((slug, build_system_without_a_package, "has no package with its name") for slug in ("heroku",)),
    ("heroku", own_procfile, "Your Procfile is kept"),
    ("flyio", own_dockerfile, "Your Dockerfile is kept"),
    ("upsun", own_configuration, "Your .upsun/config.yaml is kept"),
]


@trait(
    "git-lfs/git-lfs#805, osprey-oss/cookiecutter-uv#57, realpython/flask-boilerplate#43",
    "files of two managers, no lock, a Python that no longer exists, Git LFS pointers, a build system without a "
    "package, the person's own files with which the site cannot start",
    "refused before the first resource is created, on every platform that would fail",
)
@pytest.mark.parametrize(("slug", "trait", "said"), REFUSED, ids=lambda value: getattr(value, "__name__", None))
def test_nothing_is_created(slug: str, trait: Callable[[Shop], None], said: str, shop: Shop) -> None:
    trait(shop)
    shop.commit()
    owner = Owner(project=shop, platform=slug)
    keep = ("--answer", f"{KEEP[trait]}=keep") if trait in KEEP else ()

    done = owner.deploy(*keep)

    assert done.exit_code == 3, done
    assert said in str(done.result["error"]), done.result
    assert_nothing_exists(owner)


@trait(
    "AkhileshNS/heroku-deploy#2, dokku/dokku#4405",
    "a clone with the newest commits only",
    "refused before anything is created if the platform accepts no push from it, with the command that fetches "
    "the rest",
)
@pytest.mark.parametrize("slug", ["heroku", "upsun"])
def test_nothing_is_created_from_a_shallow_clone(slug: str, shop: Shop, tmp_path: Path) -> None:
    shop.write({"README.md": "A shop.\n"})
    shop.commit()
    shop.git("clone", "--quiet", "--depth", "1", shop.root.as_uri(), str(tmp_path / "shallow"))
    shallow = Shop(root=tmp_path / "shallow", env=shop.env)
    shallow.git("config", "user.name", "Robin")
    shallow.git("config", "user.email", "robin@example.org")
    owner = Owner(project=shallow, platform=slug)

    done = owner.deploy()

    assert done.exit_code == 3, done
    assert "git fetch --unshallow" in str(done.result["error"])
    assert_nothing_exists(owner)


def assert_nothing_exists(owner: Owner) -> None:
    state = owner.world.read()
    there = {kind: state[kind] for kind in ("apps", "projects", "databases", "volumes") if state.get(kind)}
    assert there == {}
    assert not any("herokuapp" in host or "fly.dev" in host or "platformsh" in host for host in state.get("sites", {}))
