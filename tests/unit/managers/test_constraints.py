from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import constraints
from tests.unit.edits import strategies
from tests.unit.edits.strategies import answers, anything


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("*", ("",)),
        ("", ("",)),
        ("^1.2.3", (">=1.2.3,<2",)),
        ("^0.2.3", (">=0.2.3,<0.3",)),
        ("^0.0.3", (">=0.0.3,<0.0.4",)),
        ("^0", (">=0,<1",)),
        ("~1.2.3", (">=1.2.3,<1.3",)),
        ("~1", (">=1,<2",)),
        ("1.2.*", ("==1.2.*",)),
        ("1.2.3", ("==1.2.3",)),
        ("=1.2", ("==1.2",)),
        (">=1.0, <2.0", (">=1.0,<2.0",)),
        (">=1.0 <2.0", (">=1.0,<2.0",)),
        ("~=4.2", ("~=4.2",)),
        ("^2.7 || ^3.6", (">=2.7,<3", ">=3.6,<4")),
    ],
)
def test_poetrys_constraints_are_told_in_pep_440(constraint: str, expected: tuple[str, ...]) -> None:
    assert constraints.ranges(constraint) == expected


@given(st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_a_caret_allows_its_own_version_and_not_the_next_breaking_one(release: list[int]) -> None:
    version = ".".join(map(str, release))
    (found,) = constraints.ranges(f"^{version}")
    first = next((index for index, part in enumerate(release) if part), len(release) - 1)
    breaking = ".".join(map(str, [*release[:first], release[first] + 1]))
    assert SpecifierSet(found).contains(version)
    assert not SpecifierSet(found).contains(breaking)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("*", "name"),
        ("^5.2", "name>=5.2,<6"),
        ({"version": "^3", "extras": ["binary", "pool"]}, "name[binary,pool]>=3,<4"),
        (
            {"version": "*", "markers": "os_name == 'nt' or extra == 'x'", "python": ">=3.9"},
            'name ; (os_name == "nt" or extra == "x") and python_version >= "3.9"',
        ),
        ({"version": "*", "python": "~3.10.1"}, 'name ; python_version < "3.11" and python_full_version >= "3.10.1"'),
        (
            {"git": "https://example.org/x.git", "rev": "abc", "subdirectory": "py"},
            "name @ git+https://example.org/x.git@abc#subdirectory=py",
        ),
        ({"git": "git@example.org:team/x.git", "branch": "main"}, "name @ git+ssh://git@example.org/team/x.git@main"),
        ({"path": "../libs/x", "develop": True}, "-e ../libs/x"),
        ({"path": "libs/x"}, "./libs/x"),
        ({"url": "https://example.org/x-1.0.zip"}, "name @ https://example.org/x-1.0.zip"),
    ],
)
def test_a_value_of_poetry_is_told_as_a_requirement(value: object, expected: str) -> None:
    assert constraints.from_poetry("name", value) == (expected,)


def test_several_constraints_are_several_requirements() -> None:
    value = [{"version": "1.*", "python": "<3.9"}, {"version": "2.*", "platform": "win32"}]
    assert constraints.from_poetry("name", value) == (
        'name==1.* ; python_version < "3.9"',
        'name==2.* ; sys_platform == "win32"',
    )


def test_a_pipfile_may_spell_a_marker_as_a_key() -> None:
    assert constraints.from_pipfile("x", {"version": "*", "sys_platform": "== 'win32'"}) == (
        'x ; sys_platform == "win32"'
    )


@pytest.mark.parametrize(
    ("requirement", "entry"),
    [
        ("gunicorn", ("gunicorn", '"*"')),
        ("Gunicorn>=21,<24", ("Gunicorn", '"<24,>=21"')),
        ("psycopg[binary]", ("psycopg", '{version = "*", extras = ["binary"]}')),
        (
            "waitress; sys_platform == 'win32'",
            ("waitress", '{version = "*", markers = "sys_platform == \'win32\'"}'),
        ),
    ],
)
def test_a_requirement_is_written_as_poetry_and_pipenv_do(requirement: str, entry: tuple[str, str]) -> None:
    assert constraints.as_table_entry(requirement) == entry


@given(strategies.requirements)
def test_what_is_written_means_the_same_when_it_is_read(wanted: list[str]) -> None:
    for requirement in wanted:
        name, source = constraints.as_table_entry(requirement)
        value = toml.read(f"value = {source}")["value"]
        (poetry,) = constraints.from_poetry(name, value)
        assert Requirement(poetry) == Requirement(requirement)
        assert Requirement(constraints.from_pipfile(name, value)) == Requirement(requirement)


@pytest.mark.parametrize("text", ["x @ https://example.org/x.zip", "not a requirement", "", "-r base.txt"])
def test_what_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        constraints.as_table_entry(text)


values = st.recursive(
    st.one_of(anything, st.integers(), st.none(), st.booleans(), st.from_regex(r"[\^~<>=!*|., 0-9]{0,12}")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["version", "markers", "python", "git", "path", "extras", "platform", "url", "rev"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=4,
)


@given(anything, values)
@example("", {"platform": "\x1f", "git": "1"})
def test_any_value_is_answered_or_refused(name: str, value: object) -> None:
    for line in answers(lambda: constraints.from_poetry(name, value), ValueError) or ():
        assert line.isprintable()
    line = answers(lambda: constraints.from_pipfile(name, value), ValueError)
    assert line is None or line.isprintable()


@pytest.mark.parametrize("constraint", ["^" + "9" * 5_000, ">=1," * 100_000, "|" * 100_000, " " * 100_000, "1." * 900])
def test_a_huge_constraint_is_answered_or_refused(constraint: str) -> None:
    answers(lambda: constraints.ranges(constraint), ValueError)
