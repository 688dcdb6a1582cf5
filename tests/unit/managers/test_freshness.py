"""Whether a lock fits; the hashes were written by the managers themselves for these very files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import toml
from simple_deploy.managers.pdm import PDM as PDM_MANAGER
from simple_deploy.managers.pep621 import HATCH
from simple_deploy.managers.pipenv import PIPENV
from simple_deploy.managers.poetry import POETRY
from simple_deploy.managers.uv import UV as UV_MANAGER

MANAGERS = {each.name: each for each in (UV_MANAGER, POETRY, PIPENV, PDM_MANAGER, HATCH)}

POETRY_1 = """\
[tool.poetry]
name = "site"
version = "0.1.0"
package-mode = false

[tool.poetry.dependencies]
python = "^3.10"
sqlparse = "^0.5"
"""
POETRY_1_GROUPS = """\
[tool.poetry.dependencies]
python = "^3.10"
django = "^5.2"
psycopg = {version = "*", extras = ["binary"]}
gunicorn = {version = "*", markers = "sys_platform != 'win32'"}

[tool.poetry.group.dev.dependencies]
pytest = "*"
"""
POETRY_2 = """\
[project]
name = "site"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["sqlparse>=0.5"]

[dependency-groups]
deploy = ["waitress>=3"]

[tool.poetry]
package-mode = false
"""
POETRY_2_PLAIN = """\
[project]
name = "p"
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["django>=5.2,<6","psycopg[binary]", "gunicorn"
]

[tool.poetry]
packages = [{include = "p", from = "src"}]
"""
PIPFILE = """\
[[source]]
url = "https://example.org/simple"
verify_ssl = true
name = "example"

[packages]
django = "*"
psycopg = {version = "*", extras = ["binary"]}

[dev-packages]

[deploy]
whitenoise = "*"

[requires]
python_version = "3.12"

[scripts]
serve = "python manage.py runserver"
"""
PDM = """\
[project]
name = "site"
requires-python = ">=3.11"
dependencies = ["sqlparse>=0.5"]

[dependency-groups]
deploy = ["waitress>=3"]

[tool.pdm]
distribution = false
"""
UV = """\
[project]
name = "Site"
requires-python = ">=3.11"
dependencies = ["sqlparse>=0.5", "psycopg[binary]"]

[dependency-groups]
deploy = ["waitress>=3"]
"""
UV_LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "sqlparse"
version = "0.5.3"
source = { registry = "https://example.org/simple" }

[[package]]
name = "site"
version = "1"
source = { virtual = "." }

[package.metadata]
requires-dist = [
    { name = "psycopg", extras = ["binary"] },
    { name = "sqlparse", specifier = ">=0.5" },
]

[package.metadata.requires-dev]
deploy = [{ name = "waitress", specifier = ">=3" }]
"""


def poetry_lock(content_hash: str) -> str:
    return f'[metadata]\nlock-version = "2.1"\ncontent-hash = "{content_hash}"\n'


LOCKED = [
    (
        "poetry",
        POETRY_1,
        poetry_lock("cd796e656f5e4a6ca1ad998b8f81d97596b421df5ce7f3414b8aa9a8086f7537"),
        ("^0.5", "^0.4"),
    ),
    (
        "poetry",
        POETRY_1_GROUPS,
        poetry_lock("1a3b2ae9257cb0a393ea9ed8d457e44b22318954319e129b752beb516b091b40"),
        ("pytest", "tox"),
    ),
    (
        "poetry",
        POETRY_2,
        poetry_lock("f8ac3a2e4ac7c161f77f0219c86f6efae916bb5cb74b44d416c087951f3e2d71"),
        ("waitress", "gunicorn"),
    ),
    (
        "poetry",
        POETRY_2_PLAIN,
        poetry_lock("c354098fc0f8958daa159bade560ed588abffe59eb9e397bdfd3f6f0b5196587"),
        (">=3.10", ">=3.12"),
    ),
    (
        "pipenv",
        PIPFILE,
        "[_meta.hash]\nsha256 = '4eaaab806000d965a2df0cfab3b7f5dca87b9be8cb4cf19a7abf48d6e6a08991'\n",
        ("whitenoise", "gunicorn"),
    ),
    (
        "pdm",
        PDM,
        "[metadata]\nlock_version = '4.5.1'\n"
        "content_hash = 'sha256:bc49810b1c7d827d2de8154975ba660cfa0c700bf2ea6a42046deeb7d3dec43f'\n",
        ("waitress", "gunicorn"),
    ),
    ("uv", UV, UV_LOCK, ("waitress>=3", "waitress>=2")),
    ("uv", UV, UV_LOCK, ("psycopg[binary]", "psycopg")),
    ("uv", UV, UV_LOCK, ('requires-python = ">=3.11"', 'requires-python = ">=3.12"')),
]


def state(manager: str, text: str, lock: str) -> str:
    return MANAGERS[manager].freshness(toml.read(text), toml.read(lock))


@pytest.mark.parametrize(("manager", "text", "lock", "change"), LOCKED)
def test_a_lock_fits_until_a_requirement_changes(manager: str, text: str, lock: str, change: tuple[str, str]) -> None:
    assert state(manager, text, lock) == "fresh"
    assert state(manager, text.replace(*change), lock) == "stale"


@pytest.mark.parametrize(("manager", "text", "lock"), [each[:3] for each in LOCKED])
def test_comments_and_settings_of_other_tools_do_not_matter(manager: str, text: str, lock: str) -> None:
    other = "\n[scripts]\nx = 'y'\n" if manager == "pipenv" else "\n[tool.ruff]\nline-length = 99\n"
    text = text.replace("[scripts]\nserve", "[pipenv]\nserve")
    assert state(manager, f"# about\n{text}{other}", lock) == "fresh"


@pytest.mark.parametrize(
    ("manager", "text", "lock"),
    [
        ("poetry", POETRY_1, "[metadata]\n"),
        ("pipenv", PIPFILE.replace("[[source]]", "[[other]]"), LOCKED[4][2]),
        ("pdm", PDM, "[metadata]\nlock_version = '5.0'\ncontent_hash = 'sha256:new'\n"),
        ("pdm", PDM, "[metadata]\nlock_version = '4.5'\ncontent_hash = 'sha256:x'\nlock_inputs = {}\n"),
        ("uv", UV, "version = 1\n"),
        ("uv", UV.replace("sqlparse>=0.5", "sqlparse>=0.5; os_name == 'nt'"), UV_LOCK),
        ("hatch", UV, ""),
    ],
)
def test_what_cannot_be_told_is_unknown(manager: str, text: str, lock: str) -> None:
    assert state(manager, text, lock) == "unknown"


@pytest.mark.parametrize(
    ("written", "locked"),
    [
        (">=3.13, <3.14", "==3.13.*"),
        ("~=3.12.0", "==3.12.*"),
        (">=3.11, <4.0", ">=3.11, <4"),
        (">3.10, >=3.11", ">=3.11"),
    ],
)
def test_uv_writes_the_versions_of_python_in_words_of_its_own(written: str, locked: str) -> None:
    text, lock = UV.replace(">=3.11", written), UV_LOCK.replace(">=3.11", locked)
    assert state("uv", text, lock) == "fresh"
    assert state("uv", text, lock.replace(locked, "==3.11.2")) == "stale"


def test_a_source_that_uv_is_told_of_stands_for_any_version() -> None:
    text = UV + '\n[tool.uv.sources]\nsqlparse = { git = "https://example.org/sqlparse" }\n'
    lock = UV_LOCK.replace('specifier = ">=0.5"', 'git = "https://example.org/sqlparse"')
    assert state("uv", text, lock) == "fresh"


junk = st.recursive(
    st.one_of(st.text(max_size=6), st.integers(), st.none(), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["metadata", "package", "source", "_meta", "hash", "sha256", "content-hash", "content_hash"]
            )
            | st.sampled_from(["project", "dependencies", "tool", "poetry", "name", "virtual", "requires-dist", "uv"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=15,
)
tables = st.dictionaries(st.sampled_from(["project", "tool", "metadata", "package", "_meta", "source"]), junk)


@given(st.sampled_from(["uv", "poetry", "pipenv", "pdm", "hatch"]), tables, tables)
def test_data_of_any_shape_are_answered(manager: str, data: dict[str, object], lock: dict[str, object]) -> None:
    assert MANAGERS[manager].freshness(data, lock) in ("fresh", "stale", "unknown")
