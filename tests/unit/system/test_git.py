from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.facts import GitChange
from simple_deploy.system import git, git_text

HASH = "1" * 40


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("git version 2.39.5", "2.39.5"),
        ("git version 2.39.5 (Apple Git-154)", "2.39.5"),
        ("git version 2.47.1.windows.2", "2.47.1"),
        ("something else", ""),
    ],
)
def test_the_version_is_the_number_in_what_git_says(line: str, version: str) -> None:
    assert git_text.parse_version(line) == version


@pytest.mark.parametrize(("version", "old"), [("1.8.3.1", True), ("2.19.9", True), ("2.20.0", False), ("3.0", False)])
def test_a_git_without_what_is_needed_is_too_old(version: str, old: bool) -> None:
    assert git.too_old(version) is old


def test_a_status_says_where_the_branch_stands_and_what_changed() -> None:
    status = git_text.parse_status(
        [
            f"# branch.oid {HASH}",
            "# branch.head main",
            "# branch.upstream origin/main",
            f"1 .M N... 100644 100644 100644 {HASH} {HASH} blog/views with space.py",
            f"1 A. N... 000000 100644 100644 {HASH} {HASH} .env",
            f"2 R. N... 100644 100644 100644 {HASH} {HASH} R100 new.py\told.py",
            f"u UU N... 100644 100644 100644 100644 {HASH} {HASH} {HASH} both.py",
            "? notes.txt",
        ]
    )
    assert (status.head, status.branch) == (HASH, "main")
    assert status.changes == (
        GitChange(path="blog/views with space.py", status=".M"),
        GitChange(path=".env", status="A."),
        GitChange(path="new.py", status="R."),
        GitChange(path="both.py", status="UU"),
        GitChange(path="notes.txt", status="??"),
    )
    assert [change.staged for change in status.changes] == [False, True, True, True, False]
    assert [change.conflict for change in status.changes] == [False, False, False, True, False]


def test_before_the_first_commit_and_without_a_branch_there_are_no_names() -> None:
    status = git_text.parse_status(["# branch.oid (initial)", "# branch.head (detached)"])
    assert status == git_text.Status()


def test_warnings_among_the_lines_are_passed_over() -> None:
    lines = ["warning: could not open directory 'data/': Permission denied", "1 x", "", "u UU", "? new.py"]
    assert git_text.parse_status(lines).changes == (GitChange(path="new.py", status="??"),)


@given(st.lists(st.text()))
def test_no_output_at_all_upsets_the_parser(lines: list[str]) -> None:
    git_text.parse_status(lines)


def quoted(raw: bytes) -> str:
    """A path as git-config(1) says under core.quotePath."""
    names = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
    parts = [
        f"\\{names[byte]}" if byte in names else chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in raw
    ]
    return '"' + "".join(parts) + '"'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_quoted_path_is_read_back(path: str) -> None:
    assert git_text.unquote(quoted(path.encode())) == path


def test_bytes_that_are_no_text_are_still_shown() -> None:
    assert git_text.unquote(quoted(b"caf\xe9.py")) == "caf\N{REPLACEMENT CHARACTER}.py"
