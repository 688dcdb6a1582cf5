"""Known causes of failures are recognised in what programs really print."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.known_failures import CAUSES, Cause, Evidence, explain, named
from tests.unit.core.printed import PRINTED


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_each_cause_is_recognised_by_what_is_really_printed(cause: Cause) -> None:
    assert any(re.search(cause.pattern, line) for line in PRINTED[cause.id])
    for line in PRINTED[cause.id]:
        found = explain(["Building …", f"\x1b[31m{line}\x1b[0m", "Traceback ends."])
        assert found is not None and found.id == cause.id
        assert found.line.removeprefix("cause: ") == line.strip().removeprefix("cause: ")
        assert not re.search(r"[{}]", found.title + found.fix)


def test_the_name_that_was_printed_is_in_the_explanation() -> None:
    found = explain(["KeyError: 'MAPS_TOKEN'"])

    assert found is not None
    assert "MAPS_TOKEN" in found.title and "MAPS_TOKEN" in found.fix


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (
            [
                "Because mysite depends on django (5.2.1) which depends on asgiref (>=3.8.1), asgiref is required.",
                "So, because mysite depends on asgiref (<3.8), version solving failed.",
            ],
            "Two requirements exclude each other: mysite depends on asgiref (<3.8).",
        ),
        (
            ["ERROR: Unable to find a resolution for asgiref", "  asgiref<3.8 (from project)", "[ResolutionError]: …"],
            "The project asks for asgiref<3.8, and another of its packages needs a different version of asgiref.",
        ),
        (
            [
                "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/",
                "The conflict is caused by:",
                "    The user requested asgiref<3.8",
                "    django-cors-headers 4.7.0 depends on asgiref>=3.6",
                "    django 5.2.1 depends on asgiref>=3.8.1",
            ],
            "Two requirements exclude each other: django 5.2.1 needs asgiref>=3.8.1, and the project asks for asgiref<3.8.",
        ),
        (
            [
                "    raise InstallationError(msg)",
                "          ^^^^^^^^^^^^^^^^^^^^^^",
                "InstallationError: Invalid requirement: 'django>>5': Expected semicolon or end",
            ],
            "A line of the requirements cannot be understood: django>>5",
        ),
        (
            [
                "error: Couldn't parse requirement in `-` at position 0",
                '  cause: no such comparison operator "=", must be one of ~= == != <= >= < > ===',
                "         Django = 5.2",
                "                ^^^^^",
            ],
            "A line of the requirements cannot be understood: Django = 5.2",
        ),
        (
            ["Because mysite depends on django (6.0) which requires Python >=3.12, version solving failed."],
            "django 6.0 needs Python >=3.12, and the project allows others as well.",
        ),
    ],
)
def test_what_a_manager_could_not_solve_is_said(lines: list[str], title: str) -> None:
    found = explain(lines)

    assert found is not None
    assert found.title == title


def test_the_last_cause_counts() -> None:
    lines = ["ModuleNotFoundError: No module named 'colorful'", "OSError: [Errno 28] No space left on device"]

    assert explain(lines).id == "disk"  # type: ignore[union-attr]


def test_a_platforms_own_causes_go_first() -> None:
    own = Cause(id="own", pattern="Error R14", title="Too small a pond.", fix="Dig.")

    assert explain(["Error R14 (Memory quota exceeded)"], more=[own]).id == "own"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    ["Applying notes.0001_initial... OK", "Collecting django", "200 static files copied", "", "-----> Launching..."],
)
def test_ordinary_output_is_no_failure(line: str) -> None:
    assert explain([line]) is None


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.CalledProcessError: Command '['git', 'push', 'scalingo', 'main']' returned non-zero exit status 128.",
        "fatal: 'scalingo' does not appear to be a git repository",
        "error: failed to push some refs to 'https://git.example/blog.git'",
    ],
)
def test_a_push_that_failed_says_nothing_about_the_version_of_the_project(line: str) -> None:
    assert explain([line]) is None


@given(st.lists(st.text(), max_size=20))
def test_whatever_is_printed_is_read_without_trouble(lines: list[str]) -> None:
    explain(lines)


def test_endless_lines_are_read_quickly() -> None:
    assert explain(["Set the " + "A" * 1_000_000, "The file '" * 100_000]) is None


FRAMES = {
    "import": '  File "/srv/shop/goods/forms.py", line 4, in <module>\n    class Order(forms.Form):\n'
    '  File "/srv/shop/goods/forms.py", line 5, in Order\n    item = forms.ChoiceField(choices=list(Item.objects.all()))\n',
    "ready": '  File "/srv/shop/goods/apps.py", line 9, in ready\n    self.count = Item.objects.count()\n',
    "middleware": '  File "/srv/shop/shop/wsgi.py", line 16, in <module>\n    application = get_wsgi_application()\n'
    '  File "/srv/shop/goods/middleware.py", line 6, in __init__\n    self.first = Item.objects.first()\n',
}


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        ("import", "goods/forms.py, line 5, reads the database while it is imported"),
        ("ready", "goods/apps.py, line 9, reads the database while Django starts"),
        ("middleware", "goods/middleware.py, line 6, reads the database while Django starts"),
    ],
)
@pytest.mark.parametrize(
    "raised",
    [
        "no such table: goods_item",
        "failed to resolve host 'db.example.com': [Errno -2] Name or service not known",
        "unable to open database file",
    ],
)
def test_a_query_before_there_is_a_database_is_the_cause_whatever_the_database_says(
    frames: str, place: str, raised: str
) -> None:
    text = f"Traceback (most recent call last):\n{FRAMES[frames]}django.db.utils.OperationalError: {raised}\n"
    told = explain(text.splitlines(), Evidence(roots=("/srv/shop",)))
    assert told is not None
    assert (told.id, told.title.split(". ")[0]) == ("query-at-import", place)


def test_a_query_of_a_page_is_no_query_at_import() -> None:
    frame = '  File "/srv/shop/goods/views.py", line 6, in home\n    Item.objects.first()\n'
    text = f"Traceback (most recent call last):\n{frame}django.db.utils.OperationalError: no such table: goods_item\n"
    told = explain(text.splitlines(), Evidence(roots=("/srv/shop",)))
    assert told is not None and told.id == "no-tables"


CHECKED = """\
SystemCheckError: System check identified some issues:

ERRORS:
?: (pay.E001) The shop has no key for payments.
\tHINT: Set PAYMENT_KEY.
goods.Item.price: (goods.E002) A price has no currency.

WARNINGS:
?: (staticfiles.W004) The directory '/app/static' in the STATICFILES_DIRS setting does not exist.

System check identified 3 issues (0 silenced).
"""


def test_of_a_system_check_the_errors_count_and_not_the_warnings_beside_them() -> None:
    told = explain(CHECKED.splitlines(), known_only=False)

    assert told is not None
    assert told.title == "(pay.E001) The shop has no key for payments."
    assert told.fix == "Set PAYMENT_KEY."
    assert told.shown[-1] == "goods.Item.price: (goods.E002) A price has no currency."
    assert not any("STATICFILES_DIRS" in line for line in told.shown)
    assert explain(CHECKED.splitlines()) is None


INVALID = """\
Traceback (most recent call last):
  File "/srv/shop/shop/settings.py", line 3, in <module>
    configuration = Configuration()
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Configuration
payment_key
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.12/v/missing
mail.host
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.12/v/missing
"""


def test_every_field_without_a_value_is_named() -> None:
    told = explain(INVALID.splitlines(), Evidence(roots=("/srv/shop",)))

    assert told is not None and told.id == "field-required"
    assert told.title == "The class Configuration has fields without a value there: payment_key, mail.host."
    assert told.shown[-2:] == ("payment_key", "mail.host")
    names = ("SHOP_PAYMENT_KEY", "SHOP_MAIL__HOST", "SHOP_GREETING", "DEBUG")
    assert named(INVALID.splitlines(), names) == ("SHOP_MAIL__HOST", "SHOP_PAYMENT_KEY")


def test_a_static_file_that_lies_where_they_are_collected_is_not_said_to_be_missing() -> None:
    lines = ["ValueError: Missing staticfiles manifest entry for 'css/site.css'"]

    told = explain(lines, Evidence(static_root="static"))

    assert told is not None and told.title.startswith(
        "The static file css/site.css lies in static/, which is STATIC_ROOT"
    )
    assert 'STATICFILES_DIRS = [BASE_DIR / "static"]' in told.fix
