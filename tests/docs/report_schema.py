"""The schema of the report, out of the types it is made from and what their docstrings say.

``python -m tests.docs.report_schema`` writes ``docs/reference/report.schema.json`` anew; a test compares it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from simple_deploy.cli.jsonlines import VERSION
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding
from tests.docs.pages import DOCS

FILE = DOCS / "reference" / "report.schema.json"

_PARAMETER = re.compile(r":param (\w+): (.*?)(?=\n\s*:\w|\Z)", re.DOTALL)
_PLAIN: Mapping[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", Path: "string"}


def schema() -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    facts, finding = _type(ProjectFacts, definitions), _type(Finding, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The report of manage.py deploy --check --json",
        "description": "The line whose type is report. Fields may be added without changing the version.",
        "type": "object",
        "required": ["type", "version", "facts", "findings"],
        "properties": {
            "type": {"const": "report"},
            "version": {"const": VERSION},
            "facts": facts,
            "findings": {"type": "array", "items": finding, "description": "What it means; blockers first."},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_type(each, definitions) for each in arguments]}
    if kind is type(None):
        return {"type": "null"}
    if origin is Literal:
        return {"enum": [*arguments]}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if dataclasses.is_dataclass(kind):
        return _reference(kind, definitions)
    if issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    return {"type": _PLAIN[kind]}


def _reference(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(kind, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    text = kind.__doc__ or ""
    described = {name: _plain(words) for name, words in _PARAMETER.findall(text)}
    names = [each.name for each in dataclasses.fields(kind)]
    properties = {
        name: {**_type(hints[name], definitions), **({"description": described[name]} if name in described else {})}
        for name in names
    }
    return {
        "description": _plain(text.split(":param")[0]),
        "type": "object",
        "required": names,
        "properties": properties,
    }


def _plain(words: str) -> str:
    """Words of a docstring without its marks."""
    text = re.sub(r":\w+:`\.?(\w+(?:\.\w+)*)`", r"\1", " ".join(words.split()))
    return re.sub(r"\*(\w+)\*", r"\1", text.replace("``", ""))


def written() -> str:
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
