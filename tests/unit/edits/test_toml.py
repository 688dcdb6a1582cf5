from __future__ import annotations

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits import toml
from simple_deploy.edits.errors import EditError
from tests.unit.edits.strategies import answers, anything, documents

PATH = ("group", "deploy")
items = st.lists(st.sampled_from(["gunicorn", "whitenoise>=6", 'a[b]; x == "y"', "it's"]), max_size=3, unique=True)


def deploy(text: str) -> list[str]:
    found: list[str] = toml.read(text)["group"]["deploy"]
    return found


@given(documents(), items)
def test_adding_then_removing_gives_the_same_text(text: str, new: list[str]) -> None:
    assert toml.remove_from_array(toml.add_to_array(text, PATH, new), PATH, new) == text


@given(documents(), items)
def test_adding_twice_changes_nothing_the_second_time(text: str, new: list[str]) -> None:
    after = toml.add_to_array(text, PATH, new)
    assert toml.add_to_array(after, PATH, new) == after
    assert deploy(after) == deploy(text) + new


@given(documents(), items)
def test_comments_and_lines_stay_in_order(text: str, new: list[str]) -> None:
    rest = iter(toml.add_to_array(text, PATH, new))
    assert all(character in rest for character in text)


@given(documents(), st.data())
def test_removing_any_elements_leaves_the_others_and_valid_toml(text: str, data: st.DataObject) -> None:
    there = deploy(text)
    gone = data.draw(st.sets(st.sampled_from(there)) if there else st.just(set()))
    after = toml.remove_from_array(text, PATH, gone)
    assert deploy(after) == [item for item in there if item not in gone]


@given(
    st.sampled_from(
        [
            "",
            "[project]\nname = 'x'",
            "[group]\n",
            "[group]\nother = 1  # why\n\n\n[tool.x]\ny = 1\n",
            "group.other = 1\n",
            "group = {other = 1}\n",
            "[group.sub]\nx = 1\n",
            "[[list]]\nx = 1\n\n[group]\n# only a comment\n",
        ]
    ),
    items.filter(bool),
)
def test_a_missing_array_is_made_and_nothing_else_changes(text: str, new: list[str]) -> None:
    after = toml.add_to_array(text, PATH, new)
    data = toml.read(after)
    assert data["group"].pop("deploy") == new
    if "group" not in toml.read(text):
        assert data.pop("group") == {}
    assert data == toml.read(text)
    rest = iter(after)
    assert all(character in rest for character in text)


@given(anything, st.lists(anything, max_size=2))
def test_any_text_is_answered_or_refused(text: str, new: list[str]) -> None:
    answers(lambda: toml.read(text), EditError)
    answers(lambda: toml.add_to_array(text, PATH, new), EditError)
    answers(lambda: toml.remove_from_array(text, PATH, new), EditError)


@given(documents(), st.integers(0, 200), st.text("[]{}\"'=,.#\n\\01-:T", max_size=4))
def test_damaged_toml_is_answered_or_refused(text: str, place: int, damage: str) -> None:
    broken = text[:place] + damage + text[place:]
    after = answers(lambda: toml.add_to_array(broken, PATH, ["gunicorn"]), EditError)
    if after is not None:
        assert tomlkit.parse(after)["group"]["deploy"][-1] == "gunicorn"


@pytest.mark.parametrize(
    "text",
    [
        "[group]\ndeploy = [" + '"x",\n' * 4_000 + "]\n",
        "a = " + "[" * 50_000,
        "".join(f"[table-{index}]\nx = 1\n" for index in range(1_500)),
        'a = """' + "x" * 200_000,
        "#" * (toml.MAX_CHARACTERS + 1),
    ],
    ids=["long array", "brackets", "tables", "open string", "huge"],
)
def test_huge_input_is_answered_or_refused(text: str) -> None:
    after = answers(lambda: toml.add_to_array(text, PATH, ["gunicorn"]), EditError)
    assert after is None or deploy(after)[-1] == "gunicorn"


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        ("[]", '["new"]'),
        ('["x"]', '["x", "new"]'),
        ('["x",]', '["x", "new",]'),
        ("['x']", "['x', 'new']"),
        ('[\n  "x",\n]', '[\n  "x",\n  "new",\n]'),
        ('[\n  "x"\n]', '[\n  "x",\n  "new"\n]'),
        ('[\n  "x", # why\n  # last\n]', '[\n  "x", # why\n  "new",\n  # last\n]'),
        ('[\n  "x" # why\n]', '[\n  "x", # why\n  "new"\n]'),
        ("[\n]", '[\n    "new",\n]'),
    ],
)
def test_an_array_is_extended_in_its_own_style(array: str, expected: str) -> None:
    assert toml.add_to_array(f"a = {array}\n", ("a",), ["new"]) == f"a = {expected}\n"


def test_the_comment_of_an_element_goes_with_it() -> None:
    text = 'a = [\n  "x", # keep\n  "y", # go\n  "z",\n]\n'
    assert toml.remove_from_array(text, ("a",), ["y"]) == 'a = [\n  "x", # keep\n  "z",\n]\n'


def test_a_pipfile_keeps_its_comments() -> None:
    text = '[packages]  # what the site needs\ndjango = "*"  # the framework\n\n[scripts]\nx = ["a"]\n'
    assert toml.add_to_array(text, ("scripts", "x"), ["b"]) == text.replace('["a"]', '["a", "b"]')


def test_a_new_group_is_a_table_at_the_end() -> None:
    assert toml.add_to_array("[project]\nname = 'x'\n", ("dependency-groups", "deploy"), ["gunicorn"]) == (
        "[project]\nname = 'x'\n\n[dependency-groups]\ndeploy = [\"gunicorn\"]\n"
    )


def test_broken_toml_is_refused_with_its_line() -> None:
    with pytest.raises(EditError) as caught:
        toml.read("[project]\nname = 'x\n")
    assert caught.value.line == 2
    assert "Line 2 is not valid TOML" in caught.value.message


@pytest.mark.parametrize(
    "text", ["group = 1", "group.deploy = 'x'", "group.deploy = [1]", "[[group]]", "[group.deploy]"]
)
def test_something_else_in_the_place_of_the_array_is_refused(text: str) -> None:
    with pytest.raises(EditError, match="is not a"):
        toml.add_to_array(text, PATH, ["gunicorn"])


def test_values_are_plain_python() -> None:
    assert type(toml.read("a = [{b = 1}]")["a"][0]["b"]) is int
