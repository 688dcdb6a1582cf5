from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pdm, pep621, pins, pipenv, poetry
from simple_deploy.managers.manifest import Manifest
from tests.unit.edits.strategies import answers

POETRY_2 = """\
[[package]]
name = "django"
version = "5.2.1"
optional = false
groups = ["main", "dev"]

[[package]]
name = "pytest"
version = "8.0"
optional = false
groups = ["dev"]

[[package]]
name = "tzdata"
version = "2025.2"
optional = false
groups = ["main", "dev"]
markers = {main = "sys_platform == 'win32'", dev = "os_name == 'nt' or python_version < '3.11'"}

[[package]]
name = "whitenoise"
version = "6.9"
optional = false
groups = ["de_ploy"]
markers = "python_version >= '3.10'"

[[package]]
name = "gevent"
version = "24"
optional = true
groups = ["main"]

[[package]]
name = "blog"
version = "1.0"
optional = false
groups = ["main"]
develop = true

[package.source]
type = "directory"
url = "libs/blog"

[[package]]
name = "shop"
version = "1.0"
optional = false
groups = ["main"]

[package.source]
type = "git"
url = "https://example.org/shop.git"
reference = "main"
resolved_reference = "abc123"
subdirectory = "py"

[[package]]
name = "private"
version = "2.0"
optional = false
groups = ["main"]

[package.source]
type = "legacy"
url = "https://packages.example.org/simple"
reference = "internal"

[metadata]
lock-version = "2.1"
"""

POETRY_1 = """\
[[package]]
name = "django"
version = "5.2.1"
optional = false

[package.dependencies]
asgiref = ">=3.8.1"
tzdata = {version = "*", markers = "sys_platform == 'win32'"}

[[package]]
name = "asgiref"
version = "3.9"
optional = false

[package.dependencies]
Typing_Extensions = {version = ">=4", markers = "python_version < '3.11'"}

[[package]]
name = "psycopg"
version = "3.2.3"
optional = false

[package.dependencies]
psycopg-binary = {version = "3.2.3", optional = true, markers = "extra == 'binary'"}
tzdata = {version = "*", markers = "sys_platform == 'win32'"}

[package.extras]
binary = ["psycopg-binary (==3.2.3) ; implementation_name != 'pypy'"]
c = ["psycopg-c (==3.2.3)"]

[[package]]
name = "psycopg-binary"
version = "3.2.3"
optional = false

[[package]]
name = "typing-extensions"
version = "4.12"
optional = false

[[package]]
name = "tzdata"
version = "2025.2"
optional = false

[[package]]
name = "pytest"
version = "8.0"
optional = false

[metadata]
lock-version = "2.0"
"""

PDM = """\
[metadata]
lock_version = "4.5.0"

[[package]]
name = "django"
version = "5.2.1"
groups = ["default"]

[[package]]
name = "psycopg"
version = "3.2.3"
extras = ["binary"]
groups = ["default"]

[[package]]
name = "waitress"
version = "3.0"
groups = ["deploy"]
marker = "sys_platform == \\"win32\\""

[[package]]
name = "blog"
version = "1.0"
groups = ["default"]
path = "./libs/blog"
editable = true

[[package]]
name = "shop"
version = "1.0"
groups = ["default"]
git = "https://example.org/shop.git"
ref = "main"
revision = "abc123"
"""

PIPENV: dict[str, Any] = {
    "_meta": {
        "sources": [
            {"name": "pypi", "url": "https://example.org/simple"},
            {"name": "internal", "url": "https://packages.example.org/simple"},
        ]
    },
    "default": {
        "django": {"version": "==5.2.1", "markers": "python_version >= '3.10'", "index": "pypi"},
        "psycopg": {"version": "==3.2.3", "extras": ["binary"]},
        "private": {"version": "==2.0", "index": "internal"},
        "waitress": {"markers": "sys_platform == 'win32'"},
        "shop": {"git": "https://example.org/shop.git", "ref": "abc123"},
        "blog": {"path": "./libs/blog", "editable": True},
    },
    "develop": {"pytest": {"version": "==8.0"}},
    "deploy": {"whitenoise": {"version": "==6.9"}},
}
NOTHING = Manifest()


def manifest(text: str) -> Manifest:
    return poetry.read(toml.read(text))


def test_a_lock_of_poetry_2_says_itself_what_belongs_to_which_group() -> None:
    found = poetry.pinned(toml.read(POETRY_2), NOTHING)
    assert found.lines == (
        "-e ./libs/blog",
        "django==5.2.1",
        "private==2.0",
        "shop @ git+https://example.org/shop.git@abc123#subdirectory=py",
        "tzdata==2025.2 ; sys_platform == 'win32'",
    )
    assert found.indexes == ("https://packages.example.org/simple",)


def test_a_group_is_taken_along_under_its_canonical_name() -> None:
    lines = poetry.pinned(toml.read(POETRY_2), NOTHING, ["De.Ploy"]).lines
    assert "whitenoise==6.9 ; python_version >= '3.10'" in lines


def test_a_package_of_two_groups_is_installed_where_either_needs_it() -> None:
    lines = poetry.pinned(toml.read(POETRY_2), NOTHING, ["dev"]).lines
    assert "tzdata==2025.2 ; (os_name == 'nt' or python_version < '3.11') or (sys_platform == 'win32')" in lines


def test_a_lock_of_poetry_1_is_walked_from_what_is_declared() -> None:
    declared = manifest(
        "[tool.poetry.dependencies]\nDjango = '^5.2'\npsycopg = {version = '^3', extras = ['binary']}\n"
        "[tool.poetry.group.dev.dependencies]\npytest = '*'\n"
    )
    assert [str(Requirement(line)) for line in poetry.pinned(toml.read(POETRY_1), declared).lines] == [
        "asgiref==3.9",
        "django==5.2.1",
        'psycopg-binary==3.2.3; implementation_name != "pypy"',
        "psycopg==3.2.3",
        'typing-extensions==4.12; python_version < "3.11"',
        'tzdata==2025.2; sys_platform == "win32"',
    ]
    assert "pytest==8.0" in poetry.pinned(toml.read(POETRY_1), declared, ["dev"]).lines


def test_an_extra_that_is_not_asked_for_is_not_installed() -> None:
    declared = manifest("[tool.poetry.dependencies]\npsycopg = '^3'\n")
    names = [Requirement(line).name for line in poetry.pinned(toml.read(POETRY_1), declared).lines]
    assert names == ["psycopg", "tzdata"]


def test_a_lock_of_pdm() -> None:
    assert pdm.pinned(toml.read(PDM), NOTHING).lines == (
        "-e ./libs/blog",
        "django==5.2.1",
        "psycopg[binary]==3.2.3",
        "shop @ git+https://example.org/shop.git@abc123",
    )
    assert 'waitress==3.0 ; sys_platform == "win32"' in pdm.pinned(toml.read(PDM), NOTHING, ["deploy"]).lines


def test_a_lock_of_pdm_without_groups_is_walked() -> None:
    lock = (
        "[metadata]\nlock_version = '4.4.1'\n"
        "[[package]]\nname = 'django'\nversion = '5.2.1'\ndependencies = ['tzdata; sys_platform == \"win32\"']\n"
        "[[package]]\nname = 'tzdata'\nversion = '2025.2'\n[[package]]\nname = 'pytest'\nversion = '8.0'\n"
    )
    declared = pep621.read({"project": {"dependencies": ["django"]}})
    assert pdm.pinned(toml.read(lock), declared).lines == (
        "django==5.2.1",
        'tzdata==2025.2 ; sys_platform == "win32"',
    )


def test_a_lock_of_pipenv() -> None:
    found = pipenv.pinned(PIPENV, NOTHING)
    assert found.lines == (
        "-e ./libs/blog",
        'django==5.2.1 ; python_version >= "3.10"',
        "private==2.0",
        "psycopg[binary]==3.2.3",
        "shop @ git+https://example.org/shop.git@abc123",
        'waitress ; sys_platform == "win32"',
    )
    assert found.indexes == ("https://packages.example.org/simple",)
    assert {"pytest==8.0", "whitenoise==6.9"} <= {*pipenv.pinned(PIPENV, NOTHING, ["dev", "deploy"]).lines}


def test_which_versions_are_locked() -> None:
    assert pins.versions(PIPENV)["django"] == {"5.2.1"}
    assert pins.versions(toml.read(POETRY_1))["typing-extensions"] == {"4.12"}
    both = "[[package]]\nname='django'\nversion='5.2'\n[[package]]\nname='Django'\nversion='6.0'\n"
    project = "[[package]]\nname='site'\nversion='1'\nsource={virtual='.'}\n"
    assert pins.versions(toml.read(both + project)) == {"django": {"5.2", "6.0"}}


junk = st.recursive(
    st.one_of(st.text(max_size=6), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "version", "groups", "markers", "source", "type", "url", "extras", "dependencies"])
            | st.sampled_from(["default", "sources", "index", "git", "path", "optional", "legacy", "django"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
packages = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["django", "tzdata"]), "version": st.sampled_from(["5", "x"])},
        optional=dict.fromkeys(
            ["groups", "markers", "source", "dependencies", "extras", "path", "git", "optional"], junk
        ),
    ),
    max_size=3,
)
locks = st.fixed_dictionaries(
    {}, optional={"package": st.one_of(junk, packages), "metadata": junk, "_meta": junk, "default": junk}
)


@given(locks, st.lists(st.sampled_from(["dev", "deploy"]), max_size=1))
def test_a_lock_of_any_shape_is_answered_or_refused(lock: dict[str, Any], groups: list[str]) -> None:
    declared = manifest("[tool.poetry.dependencies]\ndjango = '*'\n")
    for read in (poetry.pinned, pdm.pinned, pipenv.pinned):
        answers(lambda read=read: read(lock, declared, groups), EditError)  # type: ignore[misc]
    pins.versions(lock)


@pytest.mark.parametrize("lock", [{}, {"package": [{"name": "x"}], "metadata": {}}])
def test_what_is_no_lock_is_refused(lock: dict[str, Any]) -> None:
    for read in (poetry.pinned, pipenv.pinned, pdm.pinned):
        with pytest.raises(EditError, match="damaged"):
            read(lock, NOTHING)
