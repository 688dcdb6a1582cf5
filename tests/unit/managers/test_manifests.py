"""pyproject.toml, by the standards and as Poetry has it, and Pipfile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from simple_deploy.edits import textfile, toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pep621, pipenv, poetry
from simple_deploy.managers.base import Wanted
from simple_deploy.managers.manifest import Manifest
from tests.unit.edits import strategies
from tests.unit.edits.strategies import answers, anything, arrays

POSTGRES = {"psycopg": ("psycopg2", "psycopg2-binary")}


def standard_files() -> st.SearchStrategy[str]:
    """A pyproject.toml with ``[project]``, its array written in every style."""
    return st.builds(
        lambda array, note, tail: (
            f'# about\n[project]\nname = "site"\ndependencies = {array}{note}\nrequires-python = ">=3.10"\n{tail}'
        ),
        arrays(),
        st.sampled_from(["", "  # what the site needs"]),
        st.sampled_from(
            [
                "",
                '\n[dependency-groups]\ndev = ["pytest"]\n',
                '\n[dependency-groups]\ndev = ["pytest", {include-group = "deploy"}]\ndeploy = [\n  "gunicorn",  # server\n]\n',
                "\n[tool.ruff]\nline-length = 120",
            ]
        ),
    )


def _table(header: str) -> st.SearchStrategy[str]:
    packages = st.lists(
        st.sampled_from(
            [
                'django = "^5.2"  # the framework',
                "Pillow = '*'",
                'psycopg2-binary = {version = "*", markers = "os_name == \'posix\'"}',
                'dj_database_url = "*"',
                '"zope.interface" = ">=5"',
                "# nothing",
                "",
                'blog = {git = "https://example.org/blog.git"}',
                'extra = [\n  {version = "1", python = "<3.9"},\n]',
            ]
        ),
        unique=True,
        max_size=6,
    )
    return packages.map(lambda rows: "\n".join([header, *rows]))


def poetry_files() -> st.SearchStrategy[str]:
    """A pyproject.toml with Poetry's own tables."""
    return st.builds(
        lambda main, more, end: f'[tool.poetry]\nname = "site"\n\n{main}\npython = "^3.10"\n{more}{end}',
        _table("[tool.poetry.dependencies]"),
        st.sampled_from(
            [
                "",
                '\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
                '\n[tool.poetry.group.deploy.dependencies]\ngunicorn = "*"\n',
                '\n[tool.poetry.dev-dependencies]\npytest = "*"\n',
            ]
        ),
        st.sampled_from(["", '\n[build-system]\nrequires = ["poetry-core"]\n', "\n# the end"]),
    )


def pipfiles() -> st.SearchStrategy[str]:
    return st.builds(
        lambda main, end: f'[[source]]\nname = "pypi"\n\n{main}\n{end}',
        _table("[packages]").filter(lambda text: "extra = " not in text),
        st.sampled_from(
            ["", "\n[dev-packages]\n", '\n[deploy]\ngunicorn = "*"\n\n[requires]\npython_version = "3.12"\n']
        ),
    )


@dataclass(frozen=True)
class Kind:
    name: str
    module: ModuleType
    files: Callable[[], st.SearchStrategy[str]]

    def manifest(self, text: str) -> Manifest:
        found: Manifest = self.module.read(tomlkit.parse(text).unwrap())
        return found


KINDS = [
    Kind("standard", pep621, standard_files),
    Kind("poetry 2", poetry, standard_files),
    Kind("poetry 1", poetry, poetry_files),
    Kind("pipenv", pipenv, pipfiles),
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
groups = st.sampled_from([None, "deploy"])


@every_kind
@given(st.data(), strategies.requirements, groups)
def test_adding_then_removing_gives_the_same_text(
    kind: Kind, data: st.DataObject, wanted: list[str], group: str | None
) -> None:
    text = data.draw(kind.files())
    after = kind.module.add(text, Wanted(wanted, group=group, equivalents=POSTGRES))
    new = kind.manifest(after).names(group) - kind.manifest(text).names(group)
    assert kind.module.remove(after, new, group=group) == text


@every_kind
@given(st.data(), strategies.requirements, groups)
def test_adding_twice_changes_nothing_the_second_time(
    kind: Kind, data: st.DataObject, wanted: list[str], group: str | None
) -> None:
    once = kind.module.add(data.draw(kind.files()), Wanted(wanted, group=group))
    assert kind.module.add(once, Wanted(wanted, group=group)) == once


@every_kind
@given(st.data(), strategies.requirements, groups)
def test_what_was_there_is_still_there_and_what_is_wanted_is_too(
    kind: Kind, data: st.DataObject, wanted: list[str], group: str | None
) -> None:
    text = data.draw(kind.files())
    after = kind.module.add(text, Wanted(wanted, group=group))
    rest = iter(after)
    assert all(character in rest for character in text)
    before, found = kind.manifest(text), kind.manifest(after)
    assert set(before.entries) <= set(found.entries)
    assert found.problems == before.problems
    unnamed = {canonicalize_name(Requirement(item).name) for item in wanted} - found.names(group)
    assert not unnamed or (unnamed == {"psycopg"} and "psycopg2-binary" in found.names(group)), "one driver is enough"
    assert {entry.group for entry in set(found.entries) - set(before.entries)} <= {group, *_including(text, group)}


def _including(text: str, group: str | None) -> set[str]:
    """Groups that hold what *group* does."""
    return {"dev"} if group and f'{{include-group = "{group}"}}' in text else set()


@every_kind
@given(st.one_of(anything, standard_files(), poetry_files(), pipfiles()), st.lists(anything, max_size=2), groups)
def test_any_text_is_answered_or_refused(kind: Kind, text: str, wanted: list[str], group: str | None) -> None:
    answers(lambda: kind.module.read(toml.read(text)), EditError)
    answers(lambda: kind.module.add(text, Wanted(["gunicorn"], group=group)), EditError)
    answers(lambda: kind.module.add(text, Wanted(wanted, group=group)), EditError)
    answers(lambda: kind.module.remove(text, wanted, group=group), EditError)


junk = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.floats(), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "project",
                    "dependencies",
                    "dependency-groups",
                    "tool",
                    "poetry",
                    "uv",
                    "pdm",
                    "group",
                    "dev",
                    "deploy",
                    "packages",
                    "requires",
                    "include-group",
                    "dev-dependencies",
                    "dynamic",
                    "django",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@every_kind
@given(
    st.dictionaries(st.sampled_from(["project", "tool", "dependency-groups", "packages", "requires"]), junk, max_size=4)
)
def test_any_data_are_read(kind: Kind, data: dict[str, object]) -> None:
    manifest = kind.module.read(data)
    assert all(isinstance(problem, str) for problem in manifest.problems)


@every_kind
def test_a_windows_file_with_a_byte_order_mark_keeps_both(kind: Kind) -> None:
    bodies = {
        "standard": '[project]\r\ndependencies = [\r\n    "django",  # ü\r\n]\r\n',
        "poetry 2": '[project]\r\ndependencies = [\r\n    "django",  # ü\r\n]\r\n',
        "poetry 1": '[tool.poetry.dependencies]\r\ndjango = "*"  # ü\r\n',
        "pipenv": '[packages]\r\ndjango = "*"  # ü\r\n',
    }
    raw = "\ufeff".encode() + bodies[kind.name].encode()
    file = textfile.decode(raw)
    after = file.encode(kind.module.add(file.text, Wanted(["gunicorn"])))
    assert after.startswith(raw[:30])
    assert after.count(b"\r\n") == after.count(b"\n") == raw.count(b"\n") + 1
    assert file.encode(kind.module.remove(textfile.decode(after).text, ["gunicorn"])) == raw


def added(module: ModuleType, text: str, *wanted: str, group: str | None = None) -> list[str]:
    """The lines that adding *wanted* adds; none is lost."""
    before, after = text.split("\n"), module.add(text, Wanted(wanted, group=group)).split("\n")
    rest = iter(after)
    assert all(line in rest for line in before)
    for line in before:
        after.remove(line)
    return after


UV = '[project]\nname = "site"\ndependencies = [\n    "django>=5.2",\n]\n'


def test_a_dependency_is_added_at_the_end_of_the_project() -> None:
    assert added(pep621, UV, "gunicorn>=21", "Django") == ['    "gunicorn>=21",']


def test_a_group_is_made_as_uv_writes_it() -> None:
    assert pep621.add(UV, Wanted(["gunicorn"], group="deploy")) == (
        UV + '\n[dependency-groups]\ndeploy = [\n    "gunicorn",\n]\n'
    )


def test_a_group_is_found_by_its_canonical_name() -> None:
    text = UV + '\n[dependency-groups]\nDe_Ploy = [\n    "whitenoise",\n]\n'
    assert added(pep621, text, "gunicorn", "whitenoise", group="de-ploy") == ['    "gunicorn",']


def test_a_package_of_a_group_that_is_not_installed_is_added() -> None:
    text = UV + '\n[dependency-groups]\ndev = ["gunicorn"]\n'
    assert added(pep621, text, "gunicorn") == ['    "gunicorn",']


def test_what_an_included_group_brings_is_there() -> None:
    text = UV + '\n[dependency-groups]\nserver = ["gunicorn"]\ndeploy = [{include-group = "server"}]\n'
    assert added(pep621, text, "gunicorn", group="deploy") == []


def test_a_group_that_includes_itself_is_told() -> None:
    manifest = pep621.read({"dependency-groups": {"a": [{"include-group": "b"}], "b": [{"include-group": "a"}]}})
    assert "The dependency group a includes itself." in manifest.problems


def test_packages_that_are_worked_out_while_building_are_not_guessed() -> None:
    text = '[project]\nname = "site"\ndynamic = ["dependencies"]\n'
    with pytest.raises(EditError, match="determined while it is built"):
        pep621.add(text, Wanted(["gunicorn"]))
    assert not pep621.read(toml.read(text)).complete


def test_another_psycopg_is_the_same_need() -> None:
    text = '[packages]\npsycopg2-binary = "*"\n'
    assert pipenv.add(text, Wanted(["psycopg[binary]"], equivalents=POSTGRES)) == text


POETRY_1 = """\
[tool.poetry]
name = "site"

[tool.poetry.dependencies]
python = "^3.11"
django = "~5.2"

[build-system]
requires = ["poetry-core"]
"""
POETRY_2 = '[project]\nname = "site"\nrequires-python = ">=3.11"\ndependencies = [\n    "django (>=5.2,<6.0)"\n]\n'


def test_poetry_1_gets_a_key_in_its_own_table() -> None:
    wanted = ["gunicorn; sys_platform != 'win32'", "psycopg[binary]>=3"]
    assert added(poetry, POETRY_1, *wanted) == [
        'gunicorn = {version = "*", markers = "sys_platform != \'win32\'"}',
        'psycopg = {version = ">=3", extras = ["binary"]}',
    ]


def test_poetry_1_gets_a_group_beside_its_other_tables() -> None:
    after = poetry.add(POETRY_1, Wanted(["gunicorn"], group="deploy"))
    assert after == POETRY_1.replace(
        "[build-system]", '[tool.poetry.group.deploy.dependencies]\ngunicorn = "*"\n\n[build-system]'
    )


def test_poetry_2_gets_a_dependency_of_the_project() -> None:
    text = POETRY_2 + '\n[tool.poetry]\npackages = [{include = "site"}]\n'
    assert poetry.add(text, Wanted(["gunicorn"])) == text.replace('<6.0)"\n', '<6.0)",\n    "gunicorn"\n')


def test_poetry_2_without_a_table_of_its_own_is_read() -> None:
    manifest = poetry.read(toml.read(POETRY_2))
    assert manifest.names() == {"django"}
    assert manifest.python == ">=3.11"


def test_poetrys_python_is_no_package() -> None:
    manifest = poetry.read(toml.read(POETRY_1))
    assert manifest.names() == {"django"}
    assert manifest.python == ">=3.11,<4"


def test_where_a_package_comes_from_may_stand_in_poetrys_own_table() -> None:
    text = POETRY_2 + '\n[tool.poetry.dependencies]\ndjango = {git = "https://example.org/django.git"}\n'
    (entry,) = poetry.read(toml.read(text)).entries
    assert entry.text == "django @ git+https://example.org/django.git"


def test_a_package_for_an_extra_only_is_not_taken_for_an_installed_one() -> None:
    text = POETRY_1.replace('django = "~5.2"\n', 'gunicorn = {version = "*", optional = true}\n')
    assert poetry.read(toml.read(text)).names() == frozenset()
    with pytest.raises(EditError, match="only with an extra"):
        poetry.add(text, Wanted(["gunicorn"]))


def test_the_dev_packages_of_a_pipfile_are_a_group() -> None:
    text = '[packages]\ndjango = "*"\n\n[dev-packages]\npytest = "*"\n\n[requires]\npython_version = "3.12"\n'
    manifest = pipenv.read(toml.read(text))
    assert manifest.names() == {"django"}
    assert manifest.names("dev") == {"django", "pytest"}
    assert manifest.python == "3.12"


@every_kind
def test_what_is_no_requirement_is_told(kind: Kind) -> None:
    text = '[project]\ndependencies = ["django = 5"]\n[tool.poetry.dependencies]\nx = 5\n[packages]\ny = "not>>1"\n'
    manifest = kind.manifest(text.replace("[project]", "[other]") if kind.name == "poetry 1" else text)
    assert len(manifest.problems) >= 1
