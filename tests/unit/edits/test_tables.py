from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import tables, toml
from simple_deploy.edits.errors import EditError
from tests.unit.edits.strategies import answers, anything, word

PACKAGES = ("packages",)
GROUP = ("tool", "poetry", "group", "deploy", "dependencies")

keys = st.dictionaries(
    st.sampled_from(["gunicorn", "zope.interface", "dj-database-url", "Ümlaut"]),
    st.sampled_from(['"*"', '{version = "*", extras = ["a", "b"]}', "'>=2'"]),
    min_size=1,
    max_size=3,
)
rows = st.one_of(
    st.sampled_from(
        [
            "",
            "  ",
            "# a [comment] with {brackets}",
            "# it's",
            'long = [\n  "a",  # ]\n  # [packages]\n\n  "b"\n]',
            'text = """\n[packages]\nx = 1\n"""',
            "other = '''\n[packages]'''",
            'inline = {version = "*", extras = ["a"]}',
            "a.b = 1",
            '"quoted.key" = 1  # why',
        ]
    ),
    word.map(lambda name: f'{name} = "*"'),
)


@st.composite
def documents(draw: st.DrawFn, *, header: str = "[packages]") -> str:
    """TOML documents with the table of *header* between others; repeated keys are left out."""
    parts = ["[[source]]", 'url = "x"', "", *_once(draw(st.lists(rows, max_size=4)))]
    parts += [header, *_once(draw(st.lists(rows, max_size=5)))]
    parts += draw(st.sampled_from([[], ["", "[requires]", 'python_version = "3.12"'], ["[[source]]", 'url = "y"', ""]]))
    return "\n".join(parts) + draw(st.sampled_from(["", "\n", "\n\n"]))


def _once(chosen: list[str]) -> list[str]:
    seen = set()
    kept = []
    for row in chosen:
        key = row.partition("=")[0].strip().split(".")[0]
        if "=" not in row or row.startswith("#") or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


@given(documents(), keys)
def test_adding_then_removing_gives_the_same_text(text: str, new: dict[str, str]) -> None:
    after = tables.add_keys(text, PACKAGES, new)
    assert tables.remove_keys(after, PACKAGES, new) == text


@given(documents(), keys)
def test_a_table_that_was_made_goes_with_its_last_key(text: str, new: dict[str, str]) -> None:
    after = tables.add_keys(text, GROUP, new)
    assert tables.remove_keys(after, GROUP, new, drop_empty=True) == text


@given(documents(), keys, st.sampled_from([PACKAGES, GROUP, ("source_of", "it")]))
def test_only_lines_are_added_and_the_data_are_as_wanted(text: str, new: dict[str, str], path: tuple[str, ...]) -> None:
    after = tables.add_keys(text, path, new)
    rest = iter(after.split("\n"))
    assert all(row in rest for row in text.removesuffix("\n").split("\n"))
    assert after.endswith("\n") == text.endswith("\n")
    table = toml.read(after)
    for key in path:
        table = table[key]
    assert {key: toml.read(f"v = {value}")["v"] for key, value in new.items()}.items() <= table.items()


@given(documents(), st.data())
def test_removing_any_keys_leaves_the_others(text: str, data: st.DataObject) -> None:
    there = toml.read(text)["packages"]
    gone = data.draw(st.sets(st.sampled_from(sorted(there))) if there else st.just(set()))
    after = tables.remove_keys(text, PACKAGES, gone)
    left = toml.read(after)
    assert left.pop("packages", {}) == {key: value for key, value in there.items() if key not in gone}
    assert left == {key: value for key, value in toml.read(text).items() if key != "packages"}


@given(anything, st.dictionaries(anything, anything, max_size=2))
def test_any_text_is_answered_or_refused(text: str, new: dict[str, str]) -> None:
    answers(lambda: tables.add_keys(text, PACKAGES, new), EditError)
    answers(lambda: tables.remove_keys(text, PACKAGES, new), EditError)


@given(documents(), st.integers(0, 200), st.text("[]{}\"'=,.#\n\\01-:T", max_size=4))
def test_damaged_toml_is_answered_or_refused(text: str, place: int, damage: str) -> None:
    broken = text[:place] + damage + text[place:]
    after = answers(lambda: tables.add_keys(broken, PACKAGES, {"gunicorn": '"*"'}), EditError)
    if after is not None:
        assert toml.read(after)["packages"]["gunicorn"] == "*"


@pytest.mark.parametrize(
    "text",
    [
        "[packages]\n" + "".join(f'x{index} = "*"\n' for index in range(2_000)),
        "".join(f"[table-{index}]\nx = 1\n" for index in range(1_000)),
        "a = " + "[" * 50_000,
        "a." * 20_000 + "b = 1",
        'a = """' + "x" * 200_000,
    ],
    ids=["keys", "tables", "brackets", "dots", "open string"],
)
def test_huge_input_is_answered_or_refused(text: str) -> None:
    after = answers(lambda: tables.add_keys(text, PACKAGES, {"gunicorn": '"*"'}), EditError)
    assert after is None or toml.read(after)["packages"]["gunicorn"] == "*"


PIPFILE = """\
[[source]]
name = "pypi"

[packages]  # what the site needs
django = "*"  # the framework
# celery = "*"

[dev-packages]

[requires]
python_version = "3.12"
"""


def test_a_key_is_added_below_the_last_one_of_its_table() -> None:
    after = tables.add_keys(PIPFILE, PACKAGES, {"gunicorn": '"*"'})
    assert after == PIPFILE.replace("# celery", 'gunicorn = "*"\n# celery')


def test_an_empty_table_is_filled() -> None:
    after = tables.add_keys(PIPFILE, ("dev-packages",), {"pytest": '"*"'})
    assert after == PIPFILE.replace("[dev-packages]\n", '[dev-packages]\npytest = "*"\n')


def test_a_new_table_stands_below_those_it_belongs_to() -> None:
    text = '[tool.poetry]\nname = "x"\n\n[tool.poetry.dependencies]\ndjango = "*"\n# more\n\n# how\n[build-system]\n'
    after = tables.add_keys(text, GROUP, {"gunicorn": '"*"'})
    assert after == text.replace("# more\n", '# more\n\n[tool.poetry.group.deploy.dependencies]\ngunicorn = "*"\n')


def test_a_package_with_a_table_of_its_own_is_removed_with_it() -> None:
    text = '[packages]\ndjango = "*"\n\n[packages.psycopg]\nversion = "*"\nextras = ["binary"]\n\n# last\n[requires]\n'
    assert tables.remove_keys(text, PACKAGES, ["psycopg"]) == '[packages]\ndjango = "*"\n\n# last\n[requires]\n'


@pytest.mark.parametrize(
    "text",
    [
        "packages = {django = '*'}\n",
        "packages.django = '*'\n",
        "packages = 1\n",
        "[[packages]]\nx = 1\n",
        "packages = [",
    ],
)
def test_what_has_no_header_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        tables.add_keys(text, PACKAGES, {"gunicorn": '"*"'})


def test_a_table_that_only_its_parts_name_gets_a_header() -> None:
    text = '[packages.psycopg]\nversion = "*"\n'
    after = tables.add_keys(text, PACKAGES, {"gunicorn": '"*"'})
    assert toml.read(after) == {"packages": {"psycopg": {"version": "*"}, "gunicorn": "*"}}


def test_nothing_to_add_changes_nothing() -> None:
    assert tables.add_keys(PIPFILE, GROUP, {}) == PIPFILE
