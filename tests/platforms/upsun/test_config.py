""".upsun/config.yaml for projects of every manager and layout, read by a YAML parser that knows nothing of how it was
written."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_upsun import config, place

from simple_deploy.api import Database, Dependencies, Location, ProjectFacts
from simple_deploy.core.paths import is_elsewhere
from simple_deploy.rehearsal import configuration
from simple_deploy.rehearsal.configuration import NotRead
from simple_deploy.testing import Shape, make_facts
from tests.golden import SHAPES, Samples

#: The keys of a file that Upsun Flex knows, as far as ours has them: docs.upsun.com, "Configure apps", 2026-08-17.
TOP = {"applications", "services", "routes"}
APP = {"type", "source", "dependencies", "relationships", "variables", "mounts", "web", "hooks"}
FILES = {
    "requirements": Dependencies(manager="requirements", file="requirements.txt", files=("requirements.txt",)),
    "pip-tools": Dependencies(manager="pip-tools", file="requirements.in", lock="requirements.txt"),
    "pipenv": Dependencies(manager="pipenv", file="Pipfile", lock="Pipfile.lock"),
    "poetry": Dependencies(manager="poetry", file="pyproject.toml", lock="poetry.lock"),
    "uv": Dependencies(manager="uv", file="pyproject.toml", lock="uv.lock"),
    "pdm": Dependencies(manager="pdm", file="pyproject.toml", lock="pdm.lock"),
    "hatch": Dependencies(manager="hatch", file="pyproject.toml"),
    "pep621": Dependencies(manager="pep621", file="pyproject.toml"),
}


def read(facts: ProjectFacts) -> dict[str, Any]:
    assert facts.settings is not None
    loaded = yaml.safe_load(config.config(facts, facts.settings, "3.13", "slow-train-0a1b2c"))
    assert isinstance(loaded, dict)
    return loaded


def app(facts: ProjectFacts) -> dict[str, Any]:
    described = read(facts)["applications"]["app"]
    assert isinstance(described, dict)
    return described


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_file_of_the_sample_project_has_what_a_site_needs(shape: Shape, samples: Samples) -> None:
    facts = samples.facts(shape)
    whole, described = read(facts), app(facts)

    assert set(whole) == TOP and set(described) <= APP
    assert whole["services"] == {"db": {"type": "postgresql:17"}}
    assert whole["routes"] == {"https://{default}/": {"type": "upstream", "upstream": "app:http"}}
    assert described["relationships"] == {"database": {"service": "db", "endpoint": "postgresql"}}
    assert described["web"]["upstream"] == {"socket_family": "unix"}
    assert "$SOCKET" in described["web"]["commands"]["start"]
    folder = "blog/" if shape.layout == "nested" else ""
    assert described["mounts"] == {f"/{folder}media": {"source": "storage", "source_path": "media"}}
    assert described["web"]["locations"]["/media"]["root"] == f"{folder}media"
    env = described["variables"]["env"]
    assert (env["DJANGO_SETTINGS_MODULE"], env["XDG_RUNTIME_DIR"]) == ("blog.settings", "/tmp")
    assert all(isinstance(value, str) for value in env.values())
    for hook in described["hooks"].values():
        assert hook.splitlines()[0] == "set -eu"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_nothing_in_it_belongs_to_the_older_offer(shape: Shape, samples: Samples) -> None:
    def keys(value: object) -> set[str]:
        if not isinstance(value, dict):
            return set()
        return {*value, *(key for inner in value.values() for key in keys(inner))}

    assert keys(read(samples.facts(shape))) & {"disk", "size", "name", "resources"} == set()


@pytest.mark.parametrize("manager", FILES)
def test_packages_are_installed_by_the_program_of_the_manager(manager: str) -> None:
    described = app(make_facts(dependencies=FILES[manager]))
    install, collect = described["hooks"]["build"].splitlines()[1:]
    programs = ".venv/bin/" if manager in {"pipenv", "poetry", "uv"} else ""

    assert shlex.split(install)[0] == {"pipenv": "pipenv", "poetry": "poetry", "uv": "uv"}.get(manager, "pip")
    if not programs:
        assert install == "pip install -r requirements.txt"
        assert "dependencies" not in described
    else:
        assert described["dependencies"] == {"python3": {manager: "*"}}
    assert collect == f"{programs}python manage.py collectstatic --noinput"
    assert described["hooks"]["deploy"].splitlines()[1] == f"{programs}python manage.py migrate --noinput"
    assert described["web"]["commands"]["start"].startswith(f"{programs}gunicorn ")


@pytest.mark.parametrize("manager", ["pipenv", "uv"])
def test_a_lock_is_installed_as_it_is_and_its_absence_is_no_obstacle(manager: str) -> None:
    frozen = {"pipenv": "--deploy", "uv": "--frozen"}[manager]
    without = Dependencies(manager=manager, file=FILES[manager].file)

    assert frozen in app(make_facts(dependencies=FILES[manager]))["hooks"]["build"]
    assert frozen not in app(make_facts(dependencies=without))["hooks"]["build"]


def nested(folder: str, *, declared_in: str = "") -> ProjectFacts:
    file = f"{declared_in}/requirements.txt".lstrip("/")
    return make_facts(
        location=Location(root=Path("project"), project_dir=folder, settings_module="mysite.settings"),
        dependencies=Dependencies(manager="requirements", file=file, files=(file,)),
        settings={"file": f"{folder}/mysite/settings.py", "media_root": f"{folder}/uploads", "media_url": "/u/"},
    )


def test_a_nested_project_that_declares_its_own_packages_is_the_app() -> None:
    described = app(nested("site", declared_in="site"))

    assert described["source"] == {"root": "/site"}
    assert "pip install -r requirements.txt" in described["hooks"]["build"]
    assert "python manage.py migrate" in described["hooks"]["deploy"]
    assert described["mounts"] == {"/uploads": {"source": "storage", "source_path": "media"}}
    assert described["web"]["locations"]["/u"]["root"] == "uploads"


def test_a_nested_project_whose_packages_are_declared_further_up_is_run_from_the_root() -> None:
    described = app(nested("my site"))

    assert described["source"] == {"root": "/"}
    assert "python 'my site/manage.py' migrate" in described["hooks"]["deploy"]
    assert "--chdir 'my site' " in described["web"]["commands"]["start"]
    assert described["mounts"] == {"/my site/uploads": {"source": "storage", "source_path": "media"}}


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._()-]{0,79}", fullmatch=True).map(str.strip))
def test_the_title_is_found_again_in_the_file(title: str) -> None:
    facts = make_facts()
    assert facts.settings is not None

    assert config.title_in(config.config(facts, facts.settings, "3.13", title)) == title
    assert config.title_in("applications:\n") == ""


def test_a_project_without_a_database_has_no_service_and_nothing_to_migrate() -> None:
    facts = make_facts(settings={"databases": ()})

    assert set(read(facts)) == {"applications", "routes"}
    assert "relationships" not in app(facts) and set(app(facts)["hooks"]) == {"build"}


def test_a_database_of_places_gets_its_extension() -> None:
    gis = Database(alias="default", engine="django.contrib.gis.db.backends.postgis")

    service = read(make_facts(settings={"databases": (gis,)}))["services"]["db"]

    assert service["configuration"] == {"extensions": ["postgis"]}


def test_a_project_with_an_asgi_application_only_gets_a_worker_for_it() -> None:
    facts = make_facts(settings={"wsgi_application": None, "asgi_application": "mysite.asgi.application"})

    start = app(facts)["web"]["commands"]["start"]

    assert "--worker-class uvicorn_worker.UvicornWorker mysite.asgi:application" in start


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, None),
        ({"media_root": "media", "media_url": "https://cdn.example/media/"}, None),
        ({"file_fields": ("a.B.c",)}, ("media", "/media", False, False)),
        ({"file_fields": ("a.B.c",), "media_root": "/var/uploads", "media_url": "/f/"}, ("media", "/f", False, True)),
        ({"media_root": "data/up", "media_url": "/"}, ("data/up", "/media", True, False)),
    ],
)
def test_uploads_have_a_folder_that_can_be_written_to(
    settings: dict[str, Any], kept: tuple[object, ...] | None
) -> None:
    facts = make_facts(settings=settings)
    assert facts.settings is not None
    found = place.uploads(facts, facts.settings)

    assert (found and (found.folder, found.path, found.own_root, found.own_url)) == kept


# -- the text --

PRINTED = st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029")
KEYS = st.text(PRINTED, min_size=1, max_size=8) | st.sampled_from(["null", "yes", "1", "-", "a: b", "{default}"])
LEAVES = st.text(PRINTED, max_size=8) | st.booleans() | st.integers()
TREES = st.dictionaries(KEYS, LEAVES | st.dictionaries(KEYS, LEAVES, min_size=1, max_size=3), min_size=1, max_size=3)
ROWS = (
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=12).map(str.strip).filter(bool)
)
SCRIPTS = st.lists(ROWS, min_size=1, max_size=4)


@given(TREES)
def test_whatever_is_written_is_read_as_it_was(tree: dict[str, Any]) -> None:
    assert yaml.safe_load("\n".join(config.lines(tree))) == tree


@given(SCRIPTS)
def test_a_script_is_read_as_it_was(rows: list[str]) -> None:
    text = "\n".join(config.lines({"hooks": {"build": config.script(rows), "deploy": "set -eu\n"}})) + "\n"

    assert yaml.safe_load(text)["hooks"] == {"build": config.script(rows), "deploy": "set -eu\n"}


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8))
def test_a_folder_of_any_name_stays_one_word_in_the_commands(name: str) -> None:
    # A folder that a path of Windows begins with is taken for one of another computer.
    if name in {".", ".."} or "/" in name or is_elsewhere(name):
        return
    described = app(nested(name))
    words = shlex.split(described["hooks"]["deploy"].splitlines()[1])

    folder = shlex.split(described["web"]["commands"]["start"])[2]
    assert words == ["python", f"{folder}/manage.py", "migrate", "--noinput"]
    assert PurePosixPath(folder) == PurePosixPath(name)
    assert not folder.startswith("-"), "it would be an option"
    assert PurePosixPath(next(iter(described["mounts"]))).parts[1] == name


# -- the reader of the simulated platform --


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_simulated_platform_reads_what_a_real_parser_reads(shape: Shape, samples: Samples) -> None:
    facts = samples.facts(shape)
    assert facts.settings is not None
    text = config.config(facts, facts.settings, "3.13", "slow-train-0a1b2c")

    assert configuration.read(text) == yaml.safe_load(text)


@given(TREES)
def test_it_reads_whatever_is_written_here(tree: dict[str, Any]) -> None:
    assert configuration.read("\n".join(config.lines(tree))) == tree


EDITED = """\
# by hand
applications:
    app:   # the site
        type: 'python:3.13'
        source: {"root": "/"}
        variables:
            env:
                DEBUG: false
                NAME: a plain text
                EMPTY:
        hooks:
            build: |-
                set -eu

                echo "# this stays"
                  indented
        workers: 2
"""


def test_it_reads_what_people_write() -> None:
    assert configuration.read(EDITED) == yaml.safe_load(EDITED)


@pytest.mark.parametrize(
    "line", ["a: &anchor b", "a: *anchor", "a: !tag b", "a: >\n  folded", "- item", "a: {b: c}", "a: [b]", "a: b: c"]
)
def test_it_refuses_what_it_does_not_read(line: str) -> None:
    with pytest.raises(NotRead, match=r"line [12]"):
        configuration.read(f"x: 1\n{line}\n")


@given(st.text(st.sampled_from("ab:#-'\"{}[]|> \n1~"), max_size=12))
def test_it_never_reads_anything_otherwise_than_a_real_parser(text: str) -> None:
    try:
        found = configuration.read(text)
    except NotRead:
        return
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        return  # it need not notice every mistake
    assert found == (expected or {})
