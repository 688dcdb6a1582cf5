from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from simple_deploy.edits import textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.managers import requirements
from simple_deploy.managers.base import Wanted
from simple_deploy.managers.requirements import RequirementLine
from tests.unit.edits import strategies
from tests.unit.edits.strategies import answers, anything, requirement_texts

POSTGRES = {"psycopg": ("psycopg2", "psycopg2-binary")}


def names_added(before: str, after: str) -> frozenset[str]:
    return requirements.names(after) - requirements.names(before)


def only(text: str) -> RequirementLine:
    (line,) = requirements.parse(text)
    return line


@given(requirement_texts, strategies.requirements)
def test_adding_then_removing_gives_the_same_text(text: str, wanted: list[str]) -> None:
    after = answers(lambda: requirements.add(text, Wanted(wanted, equivalents=POSTGRES)), EditError)
    if after is not None:
        assert requirements.remove(after, names_added(text, after)) == text


@given(requirement_texts, strategies.requirements)
def test_adding_twice_changes_nothing_the_second_time(text: str, wanted: list[str]) -> None:
    after = answers(lambda: requirements.add(text, Wanted(wanted)), EditError)
    if after is not None:
        assert requirements.add(after, Wanted(wanted)) == after


@given(requirement_texts, strategies.requirements)
def test_what_was_there_stays_in_front_and_what_is_wanted_is_there(text: str, wanted: list[str]) -> None:
    after = answers(lambda: requirements.add(text, Wanted(wanted)), EditError)
    if after is not None:
        assert after.startswith(text)
        assert after.endswith("\n") == (text.endswith("\n") or (not text and after != ""))
        named = {canonicalize_name(Requirement(item).name) for item in wanted} - requirements.names(after)
        assert named <= {"psycopg"}, "which another driver stands for"
        assert requirements.missing(Wanted(wanted), requirements.names(after)) == []
        assert len(requirements.parse(after)) == len(requirements.parse(text)) + len(names_added(text, after))


@given(requirement_texts)
def test_every_line_belongs_to_one_logical_line_in_order(text: str) -> None:
    parsed = requirements.parse(text)
    assert "\n".join(line.text for line in parsed) == text.removesuffix("\n")
    assert all(a.last_line + 1 == b.first_line for a, b in pairwise(parsed))
    for line in parsed:
        if line.kind == "requirement":
            name = line.name or ""
            Requirement(f"{name} {'@ ' + line.url if line.url else line.specifier}")


@given(anything, st.lists(anything, max_size=2))
def test_any_text_is_answered_or_refused(text: str, wanted: list[str]) -> None:
    answers(lambda: requirements.parse(text), EditError)
    answers(lambda: requirements.add(text, Wanted(wanted)), EditError)
    answers(lambda: requirements.remove(text, wanted), EditError)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "package >= 1.0\n" * 10_000,
        "a" * 1_000_000,
        " " * 1_000_000 + "x #",
        "a \\\n" * 100_000,
        "a;" + "(" * 5_000,
        "a==" + "9" * 5_000,
        "a>=1," * 200_000,
        "#" * 1_000_000,
        "a @ https://example.org/" + "x#" * 200_000,
        "-r " + " " * 1_000_000 + "x",
    ],
    ids=["long", "one word", "spaces", "continued", "brackets", "digits", "versions", "hashes", "url", "include"],
)
def test_huge_input_is_answered(text: str) -> None:
    requirements.parse(text)
    after = answers(lambda: requirements.add(text, Wanted(["gunicorn"])), EditError)
    assert after is None or requirements.remove(after, ["gunicorn"]) == text


def test_a_line_of_white_space_only_is_a_blank_line() -> None:
    assert [line.kind for line in requirements.parse("django\n   \n\t\n")] == ["requirement", "blank", "blank"]


def test_a_file_in_utf16_gets_the_package_in_utf16() -> None:
    file = textfile.decode("\ufeffDjango==5.2\r\n".encode("utf-16-le"))
    assert file.encode(requirements.add(file.text, Wanted(["gunicorn"]))) == "\ufeffDjango==5.2\r\ngunicorn\r\n".encode(
        "utf-16-le"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-r base.txt", {"kind": "include", "path": "base.txt"}),
        ("--requirement=base.txt  # all", {"kind": "include", "path": "base.txt"}),
        ("-rbase.txt", {"kind": "include", "path": "base.txt"}),
        ('-r "my base.txt"', {"kind": "include", "path": "my base.txt"}),
        ("-c constraints.txt", {"kind": "constraint", "path": "constraints.txt"}),
        ("--constraint constraints.txt", {"kind": "constraint", "path": "constraints.txt"}),
        ("-r", {"kind": "unreadable"}),
        ("-e .", {"kind": "editable", "url": ".", "name": None}),
        (
            "--editable git+https://example.org/x.git@main#egg=My_Tool[a]",
            {"kind": "editable", "name": "my-tool"},
        ),
        ("--index-url https://example.org/simple", {"kind": "option", "name": None, "hashed": False}),
        ("--pre", {"kind": "option"}),
        ("git+https://example.org/tool.git", {"kind": "url", "name": None}),
        ("git+ssh://git@example.org/x.git#subdirectory=a&egg=tool", {"kind": "url", "name": "tool"}),
        ("https://example.org/d/Zope.Thing-2.0.tar.gz", {"kind": "url", "name": "zope-thing"}),
        ("https://example.org/archive/main.zip", {"kind": "url", "name": None}),
        ("./wheels/local_tool-1.0-py3-none-any.whl", {"kind": "url", "name": "local-tool"}),
        ("local_tool-1.0-py3-none-any.whl ; os_name == 'nt'", {"kind": "url", "name": "local-tool"}),
        ("C:\\wheels\\local_tool-1.0-py3-none-any.whl", {"kind": "url", "name": "local-tool"}),
        (
            "private @ https://${TOKEN}@example.org/p.zip",
            {"kind": "requirement", "name": "private", "url": "https://${TOKEN}@example.org/p.zip"},
        ),
        ("zope.interface", {"kind": "requirement", "name": "zope-interface"}),
        ("ruamel.yaml>=0.18", {"kind": "requirement", "name": "ruamel-yaml", "specifier": ">=0.18"}),
        (
            "uvicorn[standard, a]~=0.30 ; python_version >= '3.10'  # server",
            {
                "name": "uvicorn",
                "extras": ("a", "standard"),
                "specifier": "~=0.30",
                "marker": 'python_version >= "3.10"',
            },
        ),
        ("django 4.2", {"kind": "unreadable", "name": None}),
        ("psycopg2==2.9-patched", {"kind": "unreadable", "name": "psycopg2"}),
        ("${EXTRA_PACKAGE}", {"kind": "unreadable", "name": None}),
        ("# about", {"kind": "comment"}),
        ("django#5", {"kind": "unreadable"}),
    ],
)
def test_lines_that_are_no_plain_package_are_read_as_what_they_are(text: str, expected: dict[str, object]) -> None:
    line = only(text)
    assert {name: getattr(line, name) for name in expected} == expected


def test_lines_continued_with_a_backslash_are_one() -> None:
    text = "django==5.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n# \\\npillow\n"
    django, comment, pillow = requirements.parse(text)
    assert (django.name, django.specifier, django.hashed) == ("django", "==5.2", True)
    assert (django.first_line, django.last_line) == (1, 3)
    assert (comment.kind, pillow.name, pillow.first_line) == ("comment", "pillow", 5)


def test_a_package_written_in_another_way_is_not_added_again() -> None:
    text = "Gunicorn==21.2\ndj_database_url\n"
    assert requirements.add(text, Wanted(["gunicorn", "dj-database-url>=2"])) == text


@pytest.mark.parametrize("there", ["psycopg2-binary==2.9", "psycopg[binary]", "PsycoPG2; os_name != 'nt'"])
def test_any_of_the_packages_that_meet_a_need_will_do(there: str) -> None:
    assert requirements.add(there, Wanted(["psycopg[binary]>=3"], equivalents=POSTGRES)) == there


def test_what_an_included_file_asks_for_is_not_added() -> None:
    assert requirements.add("-r base.txt\n", Wanted(["gunicorn", "whitenoise"], present=["GUNICORN"])) == (
        "-r base.txt\nwhitenoise\n"
    )


def test_a_file_without_final_newline_is_not_garbled() -> None:
    assert requirements.add("django", Wanted(["gunicorn", "whitenoise"])) == "django\ngunicorn\nwhitenoise"
    assert requirements.add("", Wanted(["gunicorn"])) == "gunicorn\n"


def test_the_same_package_asked_for_twice_is_added_once() -> None:
    assert requirements.add("", Wanted(["whitenoise>=6", "WhiteNoise"])) == "whitenoise>=6\n"


def test_a_file_with_hashes_is_refused_with_the_way_out() -> None:
    with pytest.raises(EditError) as caught:
        requirements.add("pillow\ndjango==5.2 --hash=sha256:aa\n", Wanted(["gunicorn"]))
    assert caught.value.line == 2
    assert caught.value.hint.startswith("Add gunicorn to the file")
    assert "pip-compile" in caught.value.hint
    with pytest.raises(EditError):
        requirements.add("--require-hashes\n", Wanted(["gunicorn"]))


def test_a_file_with_hashes_that_has_everything_is_fine() -> None:
    text = "django==5.2 --hash=sha256:aa\n"
    assert requirements.add(text, Wanted(["django"])) == text


def test_nothing_is_added_to_a_line_that_goes_on() -> None:
    with pytest.raises(EditError, match="Line 1"):
        requirements.add("django \\\n", Wanted(["gunicorn"]))
    assert requirements.add("django \\\n\n", Wanted(["gunicorn"])) == "django \\\n\ngunicorn\n"
    assert requirements.add("django\n# a \\\n", Wanted(["gunicorn"])) == "django\n# a \\\ngunicorn\n"


@pytest.mark.parametrize("wanted", ["", "two words", "-r base.txt", "a\nb", "# a", "a @ https://example.org/x\\"])
def test_what_is_no_requirement_is_not_written(wanted: str) -> None:
    with pytest.raises(EditError, match="is not a requirement"):
        requirements.add("", Wanted([wanted]))


def test_removing_takes_whole_lines_and_the_note_of_pip_compile() -> None:
    text = (
        "celery==5.4 \\\n    --hash=sha256:aa\n    # via\n    #   -r requirements.in\n"
        "# mine\ndjango==5.2\n    # via -r requirements.in\nkombu==5\n"
    )
    assert requirements.remove(text, ["Celery", "kombu"]) == ("# mine\ndjango==5.2\n    # via -r requirements.in\n")


def test_the_names_are_canonical() -> None:
    assert requirements.names("django\nWhite_Noise\n-e x#egg=App\n") == {"django", "app", "white-noise"}


@pytest.mark.parametrize(
    "declared", ["psycopg", "psycopg2>=2.9", "psycopg2-binary==2.9.9", "Psycopg2_Binary", "psycopg[c]"]
)
@pytest.mark.parametrize("wanted", ["psycopg[binary]", "psycopg2", "psycopg2-binary"])
def test_one_driver_for_postgresql_is_enough(declared: str, wanted: str) -> None:
    assert requirements.add(f"{declared}\n", Wanted([wanted])) == f"{declared}\n"


def test_a_part_of_a_driver_is_no_driver() -> None:
    assert requirements.add("psycopg-binary\n", Wanted(["psycopg[binary]"])) == "psycopg-binary\npsycopg[binary]\n"


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("-r base.txt", "-r site/base.txt"),
        ("-c ../constraints.txt", "-c constraints.txt"),
        ("-e .", "-e ./site"),
        ("-e ./tool", "-e ./site/tool"),
        (
            "./wheels/tool-1-py3-none-any.whl ; os_name == 'nt'",
            "./site/wheels/tool-1-py3-none-any.whl ; os_name == 'nt'",
        ),
        ("-e git+https://example.org/tool.git#egg=tool", "-e git+https://example.org/tool.git#egg=tool"),
        ("/srv/tool", "/srv/tool"),
        ("tool @ https://example.org/tool.zip", "tool @ https://example.org/tool.zip"),
        ("django==5.2.1", "django==5.2.1"),
    ],
)
def test_a_list_that_moves_finds_its_files(line: str, moved: str) -> None:
    assert requirements.relocated(f"# note\n{line}\n", "site") == f"# note\n{moved}\n"


def test_what_was_generated_is_known_again() -> None:
    text = requirements.generated("uv.lock", "pyproject.toml", ["django==5.2.1"])
    assert requirements.is_generated(text)
    assert not requirements.is_generated("# Generated from uv.lock by uv\ndjango\n")
    assert not requirements.is_generated(f"django\n{text}")


def test_a_marker_stands_before_the_hashes() -> None:
    text = "django\nPyWin32==306 \\\n    --hash=sha256:aa\nwmi ; os_name == 'nt'  # why\n"
    marked = requirements.with_markers(text, {"pywin32": "os_name == 'nt'", "wmi": "os_name == 'x'"})
    assert marked == text.replace("==306", "==306 ; os_name == 'nt'")
    assert [line.marker for line in requirements.parse(marked)] == ["", 'os_name == "nt"', 'os_name == "nt"']


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Django==5.1.15\n", "Django==5.2.8\n"),
        ("asgiref\ndjango>=4.1,<5  # old\n", "asgiref\ndjango==5.2.8  # old\n"),
        ("Django[argon2, bcrypt] ~= 4.2 ; python_version > '3'\n", "Django[argon2, bcrypt]==5.2.8 ; python_version > '3'\n"),
        ("Django\n", "Django\n"),
        ("django @ https://example.com/django==5.1.tar.gz\n", "django @ https://example.com/django==5.1.tar.gz\n"),
        ("django-filter==5.1\n", "django-filter==5.1\n"),
    ],
)  # fmt: skip
def test_another_version_is_asked_for(before: str, after: str) -> None:
    assert requirements.repinned(before, "django", "==5.2.8") == after
