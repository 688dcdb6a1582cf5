"""Options become fields and come back as answers; diffs become rows; lines become elements."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from simple_deploy.core.options import Choice, Option
from simple_deploy.core.secret import Secret
from simple_deploy.edits.blocks import put_block
from simple_deploy.edits.diff import unified
from simple_deploy.runs.timeline import Line
from simple_deploy.web.formatting import (
    diff_rows,
    log_lines,
    parts,
    shortened,
    side_by_side,
    with_tokens,
    with_words,
)
from simple_deploy.web.forms import Parted, fields, read
from simple_deploy.web.tags import day, named_managers, outside, plural

OPTIONS = (
    Option(name="name", label="Name", default="shop", pattern="[a-z]+", pattern_help="Small letters."),
    Option(name="copy", label="Copy", kind="flag", default=True),
    Option(
        name="database",
        label="Database",
        kind="choice",
        default="sqlite",
        choices=(Choice(value="sqlite", label="SQLite"), Choice(value="postgres", label="PostgreSQL")),
    ),
    Option(name="url", label="URL", kind="secret", when=("database", "postgres")),
    Option(name="note", label="Note", required=False),
)


def sent(**form: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update({f"option-{name}": value for name, value in form.items()})
    return found


def test_a_form_comes_back_as_answers() -> None:
    form = read(OPTIONS, sent(name=" shop", copy="yes", database="postgres", url="postgres://x", note=""))
    assert form.problems == {}
    assert form.raw["name"] == " shop"
    assert form.answers.values == {
        "name": "shop", "copy": True, "database": "postgres", "url": Secret("postgres://x"), "note": "",
    }  # fmt: skip


def test_what_was_left_at_its_default_can_stay_folded() -> None:
    def changed(**values: object) -> list[str]:
        return [field.option.name for field in fields(OPTIONS, values) if field.is_changed]

    assert changed() == []
    assert changed(name="shop", copy=True, note="") == []
    assert changed(name="till", copy=False, database="postgres") == ["name", "copy", "database"]


def test_what_depends_on_something_folded_is_folded_with_it() -> None:
    database = Option(name="database", label="Database", default="auto", advanced=True)
    url = Option(name="url", label="Its address", required=False, when=("database", "postgres"))
    region = Option(name="region", label="Region", default="fra")
    form = Parted.of(fields((database, url, region), {}))
    assert [field.option for field in form.seen] == [region]
    assert [field.option for field in form.folded] == [database, url]
    assert not form.is_open
    assert Parted.of(fields((database, url, region), {"database": "postgres"})).is_open
    assert Parted.of(fields((database, url, region), {}, {"url": "That is none."})).is_open


def test_a_box_that_is_not_ticked_is_a_no() -> None:
    assert read(OPTIONS, sent(name="shop", database="sqlite")).answers.values["copy"] is False


def test_what_does_not_apply_is_passed_over_whatever_was_sent() -> None:
    form = read(OPTIONS, sent(name="shop", database="sqlite", url=""))
    assert "url" not in form.raw and "url" not in form.answers.values
    assert form.problems == {}


def test_nothing_that_was_not_asked_for_gets_in() -> None:
    form = sent(name="shop", database="sqlite")
    form.update({"option-evil": "1", "name": "other", "token": "t"})
    assert set(read(OPTIONS, form).answers.values) == {"name", "copy", "database", "note"}


def test_each_problem_is_told_by_its_field() -> None:
    form = read(OPTIONS, sent(name="NO", database="mysql"))
    assert "Small letters." in form.problems["name"]
    assert "mysql" in form.problems["database"]
    assert form.raw["name"] == "NO" and not {"name", "database"} & set(form.answers.values)
    assert read(OPTIONS, sent(database="postgres")).problems.keys() == {"name", "url"}


def test_fields_show_what_was_answered_and_never_a_secret() -> None:
    shown = {
        field.option.name: field for field in fields(OPTIONS, {"name": "blog", "copy": False, "url": Secret("s3cret")})
    }
    assert (shown["name"].value, shown["database"].value) == ("blog", "sqlite")
    assert shown["copy"].checked is False
    assert shown["url"].value == ""
    assert (shown["url"].when_name, shown["url"].when_value) == ("option-database", "postgres")
    assert "s3cret" not in repr(shown)


def test_a_diff_becomes_rows_with_numbers_on_both_sides() -> None:
    before = "".join(f"line {n}\n" for n in range(1, 30))
    after = before.replace("line 3\n", "line three\n").replace("line 20\n", "").removesuffix("\n")
    rows = diff_rows(unified(before, after, "a.txt"))
    assert [(row.old, row.new, row.text) for row in rows if row.kind == "remove"] == [
        (3, None, "line 3"), (20, None, "line 20"), (29, None, "line 29"),
    ]  # fmt: skip
    assert [(row.old, row.new, row.text) for row in rows if row.kind == "add"] == [
        (None, 3, "line three"), (None, 28, "line 29"),
    ]  # fmt: skip
    assert [row.kind for row in rows].count("gap") == 2
    assert rows[-1].kind == "note"
    for row in rows:
        if row.kind == "context":
            assert before.splitlines()[(row.old or 0) - 1] == after.splitlines()[(row.new or 0) - 1] == row.text


def test_a_new_and_an_empty_file_have_rows_too() -> None:
    assert [(row.kind, row.new, row.text) for row in diff_rows(unified(None, "a\n+b\n--- c\n", "x"))] == [
        ("add", 1, "a"), ("add", 2, "+b"), ("add", 3, "--- c"),
    ]  # fmt: skip
    assert [row.kind for row in diff_rows(unified("a\n-- b\n", None, "x"))] == ["remove", "remove"]
    assert diff_rows("") == ()


def test_a_line_is_an_element_named_by_its_event() -> None:
    html = log_lines([Line(seq=7, at=0.0, step='a"b', kind="out", text="<i>", outcome="")])
    assert 'id="e7"' in html
    assert 'data-step="a&quot;b"' in html
    assert "&lt;i&gt;" in html


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    assert outside("javascript:alert(1)") == "javascript:alert(1)"
    assert outside("<b>", "") == "&lt;b&gt;"
    assert 'href="https://example.com/?a=&quot;"' in outside('https://example.com/?a="')


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (12345, "12\u202f345 files")]
)
def test_counting(count: int, text: str) -> None:
    assert plural(count, "file,files") == text


def test_words_that_need_no_locale() -> None:
    import datetime

    assert day(datetime.date(2026, 11, 3)) == "3 November 2026"
    assert named_managers(("requirements", "pipenv", "poetry")) == "requirements.txt, Pipfile or Poetry"
    assert named_managers(("uv",)) == "uv"


def test_words_that_differ_are_marked_where_a_line_takes_the_place_of_another() -> None:
    removed, added = with_words(diff_rows(unified("django==5.2\n", "django==6.1\n", "x")))
    assert [text for text, differs in removed.parts if differs] == ["5", "2"]
    assert [text for text, differs in added.parts if differs] == ["6", "1"]
    assert "".join(text for text, _ in added.parts) == added.text
    other = with_words(diff_rows(unified("one\n", "something else entirely\n", "x")))
    assert [row.parts for row in other] == [(), ()]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", "if x: # so", [("if", "word"), (" x: ", ""), ("# so", "comment")]),
        ("a.py", "A = 'it\\'s # not' or \"in\"", [("'it\\'s # not'", "string"), ("or", "word"), ('"in"', "string")]),
        ("a.py", "in_order = 'open", []),
        ("a.toml", 'if = "a" # if', [('"a"', "string"), ("# if", "comment")]),
        ("Dockerfile", "# Two stages", [("# Two stages", "comment")]),
        ("a.toml", "colour = a#b", []),
        ("page.html", "<a href='#top'>", []),
    ],
)
def test_a_diff_tells_comments_strings_and_words_of_the_language_apart(
    path: str, text: str, found: list[tuple[str, str]]
) -> None:
    (row,) = with_tokens(diff_rows(unified("", f"{text}\n", path)), path)
    assert [each for each in row.tokens if each[1]] == [each for each in found if each[1]]
    assert "".join(part for part, _ in row.tokens) == (text if row.tokens else "")


def test_a_diff_is_shown_side_by_side_too() -> None:
    rows = diff_rows(unified("a\nb\nc\n", "a\nB\nc\nd\n", "x"))
    found = [(left and left.text, right and right.text) for left, right in side_by_side(rows)]
    assert found == [("a", "a"), ("b", "B"), ("c", "c"), (None, "d")]


def test_a_long_block_that_a_plan_adds_is_a_part_of_its_own_with_what_it_says_of_itself() -> None:
    short = put_block("A = 1\n", "guard", "# Out of production.\nB = 2\n")
    both = put_block(short, "site.settings", "# What every site has.\n" + "C = 3\n" * 30)
    after = put_block(both, "last", "# At the end.\nD = 4\n")
    rows = diff_rows(unified("A = 1\n", after, "settings.py"))
    found = parts(rows)
    assert [part.title for part in found] == ["", "What every site has.", ""]
    assert [len(part.rows) for part in found][1] == 33
    assert [row for part in found for row in part.rows] == list(rows)
    changed = diff_rows(unified(after, after.replace("C = 3", "C = 4"), "settings.py"))
    assert [part.title for part in parts(changed)] == [""], "what takes the place of other lines is read beside them"
    assert parts(()) == ()


def test_folders_have_short_names_in_a_log() -> None:
    paths = (("/home/ada/shop/.simple_deploy/runs/1/tree", "$WORKBENCH"), ("/home/ada/shop", "$PROJECT"))
    text = "/home/ada/shop/.simple_deploy/runs/1/tree/manage.py /home/ada/shop/a.py /home/ada/shop-2/b.py"
    assert shortened(text, paths) == "$WORKBENCH/manage.py $PROJECT/a.py /home/ada/shop-2/b.py"
