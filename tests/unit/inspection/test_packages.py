from __future__ import annotations

import json

import pytest

from simple_deploy.inspection.own_changes import DISTRIBUTION
from simple_deploy.inspection.packages import Distribution, Environment, is_standard, package_for


def package(
    name: str, version: str = "1.0", *requires: str, modules: tuple[str, ...] = (), origin: str = ""
) -> Distribution:
    return Distribution.read(
        {
            "name": name,
            "version": version,
            "requires": requires,
            "requires_python": "",
            "modules": modules or (name.lower().replace("-", "_"),),
            "origin": origin,
        }
    )


ENVIRONMENT = Environment(
    (
        package("Django", "5.2.1", "asgiref>=3", 'tzdata; sys_platform == "amiga"'),
        package("asgiref"),
        package("tzdata"),
        package(DISTRIBUTION, "0.1", "django>=5.2", "celery", "packaging", "rich", modules=("simple_deploy",)),
        package("simple-deploy-moon", "0.1", DISTRIBUTION),
        package("celery", "5.4", "kombu", "click", 'redis; extra == "redis"'),
        package("kombu", "5.4", "vine"),
        package("vine"),
        package("click"),
        package("redis"),
        package("rich"),
        package("packaging"),
        package("gunicorn", "23.0", "packaging"),
        package("pillow", "11.0", modules=("PIL",)),
        package("google-cloud-storage", modules=("google",)),
        package("protobuf", modules=("google",)),
        package("psycopg2-binary", modules=("psycopg2",)),
    )
)


def declared(*lines: str) -> dict[str, str]:
    return {line.partition("=")[0].partition("[")[0].lower(): line for line in lines}


def test_what_a_frozen_environment_lists_for_the_tool_alone_is_told() -> None:
    frozen = declared(
        "Django==5.2.1", "asgiref==1", DISTRIBUTION, "celery==5.4", "kombu==5", "vine==1", "rich", "packaging"
    )
    assert ENVIRONMENT.tool_only(frozen, ["django"]) == ("celery", DISTRIBUTION, "kombu", "packaging", "rich", "vine")


def test_what_the_project_needs_itself_is_not_the_tools() -> None:
    frozen = declared("Django==5.2.1", "celery==5.4", "kombu==5", "vine==1", "packaging", "gunicorn")
    assert ENVIRONMENT.tool_only(frozen, ["django", "celery"]) == ()


def test_without_the_tools_packages_nothing_is_told() -> None:
    assert ENVIRONMENT.tool_only(declared("Django==5.2.1", "pillow"), ["django"]) == ()


def test_a_package_that_was_there_before_is_not_the_tools() -> None:
    assert ENVIRONMENT.tool_only(declared("Django==5.2.1", "vine"), ["django"]) == ()


def test_what_the_project_needs_on_another_python_only_is_not_the_tools() -> None:
    environment = Environment(
        (
            package("Django", "5.2.1", "asgiref"),
            package("asgiref", "3.8", 'typing-extensions>=4; python_version < "3"', 'mypy; extra == "tests"'),
            package("typing-extensions"),
            package("mypy"),
            package(DISTRIBUTION, "0.1", "django", "typing-extensions", "mypy", modules=("simple_deploy",)),
        )
    )
    frozen = declared("Django==5.2.1", "asgiref==3.8", "typing-extensions==4.12", "mypy==1", DISTRIBUTION)
    assert environment.tool_only(frozen, ["django"]) == (DISTRIBUTION, "mypy")


def test_a_package_the_settings_name_has_to_be_declared() -> None:
    assert ENVIRONMENT.undeclared(declared("gunicorn"), ["django", "PIL", "simple_deploy"]) == {
        "django": {"django"},
        "PIL": {"pillow"},
    }
    assert ENVIRONMENT.undeclared(declared("Django", "pillow"), ["django", "PIL", "asgiref"]) == {}


def test_one_database_driver_stands_for_another() -> None:
    assert ENVIRONMENT.undeclared(declared("Django", "psycopg[binary]"), ["psycopg2"]) == {}


def test_extras_and_markers_decide_what_is_brought_along() -> None:
    assert "redis" not in ENVIRONMENT.needed_by(["celery"])
    assert "redis" in ENVIRONMENT.needed_by(["celery[redis]"])
    assert "tzdata" not in ENVIRONMENT.needed_by(["django"])
    assert ENVIRONMENT.needed_by(["not a requirement!"]) == frozenset()


def test_lines_are_made_for_what_is_imported() -> None:
    lines, unknown = ENVIRONMENT.lines_for(
        ["PIL.Image", "django.db", "google.cloud.storage", "nowhere.at_all", "simple_deploy"]
    )
    assert lines == ("Django==5.2.1", "google-cloud-storage==1.0", "pillow==11.0")
    assert unknown == ("nowhere",)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ({}, "blog==1.0"),
        (
            {"url": "https://example.com/blog.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "blog @ git+https://example.com/blog.git@abc",
        ),
        ({"url": "https://example.com/blog.zip", "archive_info": {}}, "blog @ https://example.com/blog.zip"),
        ({"url": "file:///home/ada/blog", "dir_info": {"editable": True}}, None),
    ],
)
def test_a_line_installs_the_same_again_elsewhere(origin: dict[str, object], line: str | None) -> None:
    assert package("blog", "1.0", origin=json.dumps(origin)).line == line


def test_a_local_build_is_asked_for_by_its_public_version() -> None:
    assert package("torch", "2.4.0+cu121").line == "torch==2.4.0"


def test_a_package_of_this_computer_only_cannot_be_declared() -> None:
    local = package("blog", origin='{"url": "file:///home/ada/blog", "dir_info": {}}')
    assert Environment((local,)).lines_for(["blog"]) == ((), ("blog",))


@pytest.mark.parametrize(
    ("module", "name"), [("environ", "django-environ"), ("rest_framework.urls", "djangorestframework"), ("a_b", "a-b")]
)
def test_the_package_behind_a_missing_module_is_named(module: str, name: str) -> None:
    assert package_for(module) == name


def test_pythons_own_modules_are_known() -> None:
    assert is_standard("os.path")
    assert not is_standard("django")
