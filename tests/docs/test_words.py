"""One word for one thing: no text for people says what the page of words has another word for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, text

ROW = re.compile(r"^\| (?P<word>[^|]+) \| (?P<meaning>[^|]+) \|(?P<avoided>[^|]*)\|$", re.MULTILINE)
AVOIDED = {
    phrase.strip(): row["word"].strip()
    for row in ROW.finditer(text("reference", "words.md"))
    if row["word"].strip() != "Word"
    for phrase in row["avoided"].split(",")
    if phrase.strip()
}
#: Git's own option, and what a real program prints, are quoted as they are.
QUOTED = re.compile(r"--[a-z-]+|`[^`]*`")


def of_code(path: Path) -> Iterator[str]:
    """The sentences in *path*: strings with a space in them, docstrings left out."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and " " in str(node.value):
            yield str(node.value)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            waiting += ast.iter_child_nodes(node)


def of_template(path: Path) -> str:
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def of_page(path: Path) -> str:
    return re.sub(r"```.*?```", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def texts() -> Iterator[tuple[str, str]]:
    """Everything that people read, with the file it stands in; a simulator speaks its platform's words."""
    for path in [*ROOT.glob("simple_deploy/**/*.py"), *ROOT.glob("plugins/**/*.py")]:
        if "simulator" not in path.parts:
            name = path.relative_to(ROOT).as_posix()
            yield from ((name, sentence) for sentence in of_code(path))
    for path in ROOT.glob("templates/**/*.html"):
        yield path.relative_to(ROOT).as_posix(), of_template(path)
    for path in [ROOT / "README.md", *DOCS.glob("**/*.md")]:
        if path.name != "words.md":
            yield path.relative_to(ROOT).as_posix(), of_page(path)


@pytest.fixture(scope="module")
def everything() -> tuple[tuple[str, str], ...]:
    return tuple((name, re.sub(r"\s+", " ", QUOTED.sub("", sentence))) for name, sentence in texts())


def test_there_are_words_to_avoid_and_texts_to_look_through(everything: tuple[tuple[str, str], ...]) -> None:
    assert {"mend", "taken back", "places you can deploy"} <= set(AVOIDED)
    kinds = {name.split("/")[0] for name, _ in everything}
    assert kinds == {"simple_deploy", "plugins", "templates", "docs", "README.md"}


def test_texts_use_one_word_for_one_thing(everything: tuple[tuple[str, str], ...]) -> None:
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, AVOIDED))})\b", re.IGNORECASE)
    found = [
        f"{name}: say “{AVOIDED.get(at[1], AVOIDED.get(at[1].lower()))}” in: {sentence[max(0, at.start() - 60) : at.end() + 40]}"
        for name, sentence in everything
        for at in pattern.finditer(sentence)
    ]
    assert not found, "\n".join(found)
