"""The page of the report says what the code says, and the schema fits what the command prints."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simple_deploy.cli.jsonlines import JsonLines
from simple_deploy.cli.stream import Stream
from simple_deploy.core.facts import CheckMessage, ProjectFacts, SettingsProblem
from simple_deploy.core.findings import Level
from simple_deploy.inspection import rules
from simple_deploy.inspection.inspect import Inspection
from simple_deploy.testkit.facts import make_facts
from tests.docs import report_schema
from tests.docs.pages import ROOT, text

CHECK = CheckMessage(id="models.W042", level="warning", text="Auto-created primary key.")
ROWS = re.findall(
    r"^\| `([a-zA-Z]+\.[a-z.A-Z-]+)` \| ([a-z, -]+) \| (.+) \|$", text("reference", "report.md"), re.MULTILINE
)


def found_in_the_code() -> Iterator[tuple[str, frozenset[str]]]:
    """The code and the possible levels of each finding that the tool itself raises."""
    for path in sorted((ROOT / "simple_deploy").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "Finding(" in source else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                keywords = {each.arg: each.value for each in node.keywords}
                levels = [each.attr for each in ast.walk(keywords["level"]) if isinstance(each, ast.Attribute)]
                yield code(keywords["id"]), frozenset(Level[name].value for name in levels if name.isupper())


def code(value: ast.expr) -> str:
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "NAME" for part in value.values)
    assert isinstance(value, ast.Constant), ast.dump(value)
    return str(value.value)


def levels() -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for name, possible in found_in_the_code():
        known.setdefault(name, set()).update(possible)
    return known


def test_every_code_is_documented_with_its_levels_and_what_it_means() -> None:
    documented = {name: set(written.split(", ")) for name, written, _ in ROWS}
    assert documented == levels()
    assert len(ROWS) == len(documented), "once"


def test_the_codes_stand_in_the_order_of_the_alphabet() -> None:
    names = [name for name, _, _ in ROWS]
    assert names == sorted(names)


def test_the_schema_is_that_of_the_types() -> None:
    written = report_schema.FILE.read_text(encoding="utf-8")
    assert written == report_schema.written(), "run: python -m tests.docs.report_schema"


def printed(facts: ProjectFacts) -> dict[str, Any]:
    """The line that --check --json prints about *facts*."""
    out = io.StringIO()
    JsonLines(Stream(out)).inspection(Inspection(facts=facts, findings=rules.findings(facts)))
    line: dict[str, Any] = json.loads(out.getvalue())
    return line


@pytest.mark.parametrize(
    "facts",
    [
        make_facts(),
        make_facts(settings={"variables": ("DEBUG",), "import_paths": ("src",), "checks": (CHECK,)}),
        make_facts(settings=None, settings_problem=SettingsProblem(kind="KeyError", message="'KEY'", line=3)),
        replace(make_facts(), settings=None, git=None, python_wanted="3.12"),
    ],
)
def test_what_is_printed_fits_the_schema(facts: ProjectFacts) -> None:
    assert [*Draft202012Validator(report_schema.schema()).iter_errors(printed(facts))] == []


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(report_schema.schema())


def test_the_example_fits_the_schema() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", text("reference", "report.md"), re.DOTALL)
    finding = Draft202012Validator(report_schema.schema()["$defs"]["Finding"])
    assert [*finding.iter_errors(json.loads(example))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "report", "version": 2, "facts": {}, "findings": []},
        {"type": "report", "version": 1, "facts": {}, "findings": [{"id": "x", "level": "grave"}]},
    ],
)
def test_what_is_no_report_does_not_fit(wrong: dict[str, Any]) -> None:
    assert [*Draft202012Validator(report_schema.schema()).iter_errors(wrong)]


def test_the_file_is_where_the_page_says() -> None:
    assert "(report.schema.json)" in text("reference", "report.md")
    assert Path(ROOT, "docs", "reference", "report.schema.json") == report_schema.FILE
