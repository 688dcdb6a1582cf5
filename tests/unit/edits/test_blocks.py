from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits.blocks import Block, put_block, read_blocks, remove_block
from simple_deploy.edits.errors import BlockEdited, EditError
from tests.unit.edits.strategies import answers, anything, python_texts, texts

bodies = python_texts.filter(lambda text: "simple_deploy:" not in text)
comments = st.sampled_from(["#", "//", "--", ";", "<!--", "/*"])


def valid(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return answers(lambda: ast.parse(text), SyntaxError) is not None


def read_block(text: str, name: str, *, comment: str = "#", python: bool = True) -> Block | None:
    return read_blocks(text, comment=comment, python=python).get(name)


@given(python_texts, bodies)
def test_adding_then_removing_gives_the_same_python(text: str, body: str) -> None:
    after = answers(lambda: put_block(text, "local", body), EditError)
    if after is None:
        assert not valid(text) or not valid(body)
    else:
        assert valid(after)
        assert after.startswith(text)
        assert remove_block(after, "local") == text


@given(texts, texts, comments)
def test_adding_then_removing_gives_the_same_text(text: str, body: str, comment: str) -> None:
    after = put_block(text, "local", body, comment=comment, python=False)
    assert after.startswith(text)
    assert remove_block(after, "local", comment=comment, python=False) == text


@given(texts, texts, comments)
def test_a_block_is_read_back_as_it_was_put(text: str, body: str, comment: str) -> None:
    after = put_block(text, "local", body, comment=comment, python=False)
    block = read_block(after, "local", comment=comment, python=False)
    assert block is not None
    assert (block.body.removesuffix("\n"), block.edited) == (body.removesuffix("\n"), False)


@given(texts, texts)
def test_adding_twice_changes_nothing_the_second_time(text: str, body: str) -> None:
    after = put_block(text, "local", body, python=False)
    assert put_block(after, "local", body, python=False) == after


@given(texts, texts, texts, texts)
def test_a_rerun_replaces_its_own_block_and_no_text_around_it(text: str, first: str, second: str, own: str) -> None:
    after = put_block(put_block(text, "first", "old", python=False), "second", second, python=False)
    after = after.rstrip("\n") + "\n" + own
    rerun = put_block(after, "first", first, python=False)
    begin, _, rest = after.partition("# >>> simple_deploy: first ")
    assert rerun.startswith(begin)
    assert rerun.endswith(rest.partition("# <<< simple_deploy: first <<<")[2])
    block = read_block(rerun, "first", python=False)
    assert block is not None
    assert block.body.removesuffix("\n") == first.removesuffix("\n")


@given(texts, st.permutations(["one", "two", "three"]))
def test_blocks_can_be_removed_in_any_order(text: str, order: list[str]) -> None:
    after = text
    for block_id in ("one", "two", "three"):
        after = put_block(after, block_id, f"{block_id} = 1", python=False)
    for block_id in order:
        after = remove_block(after, block_id, python=False)
    assert after == text


@given(anything, st.one_of(st.just("local"), anything), anything, st.booleans())
def test_any_text_is_answered_or_refused(text: str, block_id: str, body: str, python: bool) -> None:
    answers(lambda: put_block(text, block_id, body, python=python), EditError)
    answers(lambda: remove_block(text, block_id, python=python), EditError)
    answers(lambda: read_blocks(text, python=python), EditError)


@pytest.mark.parametrize(
    "text",
    [
        "A = 1\n" * 20_000,
        'A = """\n' + "# >>> simple_deploy: local >>>\n" * 20_000 + '"""\n',
        "A = [" + "1, " * 40_000 + "]",
        "A = " + "(" * 10_000,
        "A = " + "-" * 50_000 + "1",
        "# >>> simple_deploy: " + "a" * 500_000,
        "# >>> simple_deploy: a (" * 50_000,
    ],
    ids=["long", "markers in a string", "one line", "brackets", "signs", "long name", "open notes"],
)
def test_huge_python_is_answered_or_refused(text: str) -> None:
    after = answers(lambda: put_block(text, "local", "DEBUG = False\n"), EditError)
    assert after is None or remove_block(after, "local") == text


def test_the_markers_can_be_read_by_a_beginner() -> None:
    assert put_block("A = 1\n", "local", "DEBUG = False\n") == (
        "A = 1\n"
        "\n"
        "# >>> simple_deploy: local (do not edit inside; hash bbf3e29c) >>>\n"
        "DEBUG = False\n"
        "# <<< simple_deploy: local <<<\n"
    )


def test_a_rerun_keeps_own_code_and_other_blocks_below() -> None:
    text = put_block("DEBUG = True\n", "first", "A = 1\n") + "\nMY_OWN = 'code'\n"
    text = put_block(text, "second", "B = 1\n")
    rerun = put_block(text, "first", "A = 2\n")
    assert "\nMY_OWN = 'code'\n" in rerun
    assert read_block(rerun, "second") is not None
    assert len(rerun.splitlines()) == len(text.splitlines())


def test_marker_text_inside_a_string_is_no_marker() -> None:
    text = 'HELP = """\n# >>> simple_deploy: local (do not edit inside; hash 1a2b3c4d) >>>\n"""\n'
    assert read_block(text, "local") is None
    after = put_block(text, "local", "A = 1\n")
    assert after.startswith(text)
    assert put_block(after, "local", "A = 2\n").startswith(text)
    assert remove_block(after, "local") == text


def test_an_indented_marker_is_no_marker() -> None:
    text = "if True:\n    A = 1\n    # >>> simple_deploy: local >>>\n"
    assert read_block(text, "local") is None


def test_nothing_in_a_body_is_escaped() -> None:
    body = "A = \"<a href='x'>&amp;</a>\" + r'\\1 \\g<0>'\n"
    block = read_block(put_block("", "local", body), "local")
    assert block is not None
    assert block.body == body


def test_a_block_edited_by_hand_is_left_alone_and_both_versions_are_told() -> None:
    text = put_block("", "local", "A = 1\nB = 1\n").replace("B = 1", "B = 'mine'")
    block = read_block(text, "local")
    assert block is not None
    assert block.edited
    with pytest.raises(BlockEdited) as caught:
        put_block(text, "local", "A = 2\n")
    assert (caught.value.old, caught.value.new) == ("A = 1\nB = 'mine'\n", "A = 2\n")
    assert caught.value.line == 1
    with pytest.raises(BlockEdited):
        remove_block(text, "local")


def test_a_block_whose_hash_was_deleted_counts_as_edited() -> None:
    block = read_block("# >>> simple_deploy: local >>>\nA = 1\n# <<< simple_deploy: local <<<\n", "local")
    assert block is not None
    assert block.edited


def test_an_edit_that_is_what_the_tool_wants_is_accepted() -> None:
    edited = put_block("", "local", "A = 1\n").replace("A = 1", "A = 2")
    assert put_block(edited, "local", "A = 2\n") == put_block("", "local", "A = 2\n")


BEGIN, END = "# >>> simple_deploy: local >>>\n", "# <<< simple_deploy: local <<<\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BEGIN + "A = 1\n", 1),
        ("A = 1\n" + END, 2),
        (BEGIN + BEGIN + END, 1),
        (BEGIN + END + BEGIN + END, 3),
        (BEGIN + END + END, 3),
        (BEGIN + END.replace("local", "other"), 1),
        (BEGIN.replace("local", "other"), 1),
    ],
    ids=["not ended", "not started", "nested", "twice", "ended twice", "crossed", "another one not ended"],
)
@pytest.mark.parametrize("python", [True, False])
def test_markers_that_do_not_pair_up_are_refused_with_their_line(text: str, line: int, python: bool) -> None:
    with pytest.raises(EditError) as caught:
        put_block(text, "local", "A = 2\n", python=python)
    assert caught.value.line == line
    assert caught.value.hint


def test_broken_python_is_refused_with_its_line() -> None:
    with pytest.raises(EditError) as caught:
        put_block("A = 1\nB = (\n", "local", "C = 1\n")
    assert caught.value.line == 2
    assert "Line 2 is not valid Python" in caught.value.message


@pytest.mark.parametrize("body", ["A = (", 'A = """', "  A = 1", BEGIN, END])
def test_a_body_that_would_break_the_file_is_refused(body: str) -> None:
    with pytest.raises(EditError):
        put_block("A = 1\n", "local", body)


@pytest.mark.parametrize("block_id", ["", "Local", "a b", "a\n", "a)", "ü", "a" * 65])
def test_a_name_that_cannot_stand_in_a_marker_is_refused(block_id: str) -> None:
    with pytest.raises(EditError, match="cannot name a block"):
        put_block("", block_id, "A = 1\n")


def test_warnings_about_the_code_of_the_person_are_not_errors() -> None:
    assert put_block("PATTERN = '\\d'\n", "local", "").startswith("PATTERN = '\\d'\n")


def test_a_body_with_windows_newlines_is_written_with_plain_ones() -> None:
    assert put_block("", "local", "A = 1\r\nB = 2\r\n") == put_block("", "local", "A = 1\nB = 2\n")


def test_other_comment_styles_are_closed_where_the_language_needs_it() -> None:
    assert put_block("", "local", "<p>\n", comment="<!--").splitlines()[-1] == "<!-- <<< simple_deploy: local <<< -->"


def test_a_new_block_goes_in_front_of_another_where_that_is_there() -> None:
    text = put_block("A = 1\n", "last", "L = 1\n")
    both = put_block(text, "first", "F = 1\n", before="last")
    assert list(read_blocks(both)) == ["first", "last"]
    assert both == put_block(put_block("A = 1\n", "first", "F = 1\n"), "last", "L = 1\n")
    assert remove_block(both, "first") == text
    assert put_block(both, "last", "L = 2\n", before="first").index("F = 1") < both.index(
        "L = 1"
    )  # it stays in its place
    assert put_block("A = 1\n", "first", "F = 1\n", before="last") == put_block("A = 1\n", "first", "F = 1\n")
