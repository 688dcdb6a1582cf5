from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.edits.diff import Hunk, hunks, unified
from tests.unit.edits.strategies import anything, joined

few = joined(st.sampled_from(["a", "b", "c", ""]))
PATHS = ["settings.py", "my project/settings.py", "bücher/ü.py"]
if os.name == "posix":  # no other system lets such names into a file system
    PATHS += ['a "b"/c.py', "tab\there.py", "back\\slash.py"]

pairs = st.one_of(
    st.tuples(few, few),
    st.builds(lambda parts, new: ("".join(parts), "".join(new)), st.lists(few, max_size=6), st.lists(few, max_size=6)),
)


def applied(before: str, found: tuple[Hunk, ...]) -> str:
    """*before* with the hunks applied the way patch does: by line number, every line checked."""
    old = before.split("\n")
    rows = [row + "\n" for row in old[:-1]] + ([old[-1]] if old[-1] else [])
    result: list[str] = []
    done = 0
    for hunk in found:
        start = hunk.old_start - (hunk.old_count > 0)
        result += rows[done:start]
        assert len(result) == hunk.new_start - (hunk.new_count > 0)
        done = start
        for line in hunk.lines:
            row = line.text + ("\n" if line.newline else "")
            if line.kind != "add":
                assert (rows[done], line.old_no) == (row, done + 1)
                done += 1
            if line.kind != "remove":
                result.append(row)
                assert line.new_no == len(result)
        assert (done - start, line_count(hunk)) == (hunk.old_count, hunk.new_count)
    return "".join(result + rows[done:])


def line_count(hunk: Hunk) -> int:
    return sum(line.kind != "remove" for line in hunk.lines)


@given(pairs)
def test_the_hunks_turn_the_old_text_into_the_new_one(texts: tuple[str, str]) -> None:
    before, after = texts
    assert applied(before, hunks(before, after)) == after


@given(pairs)
def test_hunks_neither_touch_nor_hold_more_than_three_lines_around(texts: tuple[str, str]) -> None:
    found = hunks(*texts)
    for hunk in found:
        kinds = "".join(line.kind[0] for line in hunk.lines)
        assert kinds.strip("c")
        assert len(kinds) - len(kinds.lstrip("c")) <= 3
        assert len(kinds) - len(kinds.rstrip("c")) <= 3
        assert "c" * 7 not in kinds
    assert all(a.old_start + a.old_count < b.old_start for a, b in pairwise(found))


@given(st.one_of(st.none(), anything), st.one_of(st.none(), anything), anything)
def test_any_texts_have_a_diff(before: str | None, after: str | None, path: str) -> None:
    assert (unified(before, after, path) == "") == (before == after)
    assert (hunks(before, after) == ()) == ((before or "") == (after or ""))


@pytest.mark.parametrize("period", [1, 7, 50_000])
def test_huge_texts_have_a_diff(period: int) -> None:
    before = [str(index % period) for index in range(50_000)]
    after = [str(index * index % period) for index in range(40_000)]
    assert unified("\n".join(before), "\n".join(after), "x").startswith("--- a/x")


def test_a_change_in_the_middle_shows_three_lines_around() -> None:
    before = "".join(f"{number}\n" for number in range(1, 10))
    assert unified(before, before.replace("5\n", "five\nfive and a half\n"), "blog/settings.py") == (
        "--- a/blog/settings.py\n+++ b/blog/settings.py\n@@ -2,7 +2,8 @@\n"
        " 2\n 3\n 4\n-5\n+five\n+five and a half\n 6\n 7\n 8\n"
    )


def test_a_missing_final_newline_is_told() -> None:
    assert unified("a", "a\nb\n", "x").splitlines()[2:] == [
        "@@ -1 +1,2 @@",
        "-a",
        "\\ No newline at end of file",
        "+a",
        "+b",
    ]
    assert unified("a\n", "a\nb", "x").splitlines()[2:] == ["@@ -1 +1,2 @@", " a", "+b", "\\ No newline at end of file"]


def test_a_new_and_a_deleted_file_are_compared_with_nothing() -> None:
    assert unified(None, "a\n", "x") == "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"
    assert unified("a\n", None, "x") == "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    assert unified(None, "", "x") == "--- /dev/null\n+++ b/x\n"
    assert unified(None, None, "x") == ""


def test_lines_carry_their_numbers_on_both_sides() -> None:
    (hunk,) = hunks("a\nb\n", "b\nc\n")
    assert [(line.kind, line.old_no, line.new_no, line.text) for line in hunk.lines] == [
        ("remove", 1, None, "a"),
        ("context", 2, 1, "b"),
        ("add", None, 2, "c"),
    ]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nc\nd"),
        ("a", "a\n"),
        (None, "a\nb"),
        ("a\n", None),
        ("\n" * 20, "x\n" + "\n" * 15 + "y\n" + "\n" * 4),
    ],
)
def test_git_applies_the_diff(tmp_path: Path, path: str, before: str | None, after: str | None) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    if before is not None:
        file.write_text(before, encoding="utf-8", newline="\n")
    patch = unified(before, after, path).encode()
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path, check=True)
    assert (file.read_bytes().decode() if file.exists() else None) == after
