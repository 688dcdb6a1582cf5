"""One source for what words and lines of settings mean: the page and the docs say the same, and nothing is left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.core.explanations import EXPLANATIONS, explained
from simple_deploy.core.glossary import WORDS, found
from simple_deploy.platforms import registry
from tests.docs.pages import ROOT, text

PLATFORMS = {each.card.slug: each for each in registry.load().platforms}
GOLDEN = sorted((ROOT / "tests" / "platforms" / "golden").glob("*/*"))


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_in_the_glossary(word: str) -> None:
    assert f"| {word} | {WORDS[word]} |" in text("reference", "glossary.md")


@pytest.mark.parametrize("start", EXPLANATIONS)
def test_every_explanation_is_in_the_docs(start: str) -> None:
    assert f"| `{start.strip()}` | {EXPLANATIONS[start]} |" in text("how-to", "settings-of-the-deployed-site.md")


def test_words_are_found_in_a_text_in_the_plural_too() -> None:
    pieces = list(found("Migrations run before the release serves; releases stay.", WORDS))
    assert [word for _, word in pieces if word] == ["migration", "release", "release"]
    assert "".join(piece for piece, _ in pieces) == "Migrations run before the release serves; releases stay."


def blocks(path: Path) -> Iterator[list[str]]:
    """The lines that a plan adds to a Python file."""
    python, block = False, list[str]()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("+++ "):
            python = line.endswith(".py")
        elif python and line.startswith("+"):
            block.append(line[1:])
        elif block:
            yield block
            block = []
    yield block


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_line_that_a_plan_adds_to_settings_has_an_explanation(path: Path) -> None:
    more = PLATFORMS[path.parent.name].explanations
    for block in blocks(path):
        for line, meaning in zip(block, explained(block, more), strict=True):
            if line.strip() and not line.strip().startswith("#"):
                assert meaning, line


def test_what_is_within_a_statement_or_a_function_means_what_that_does() -> None:
    lines = [
        "LOGGING = {",
        '    "version": 1,  # {',
        "}",
        "def _unpacked(name):",
        "    if name:",
        "        DEBUG = 1",
        "DEBUG = False",
    ]
    found = list(explained(lines, {"def _unpacked": "Unpacks."}))
    assert found == [EXPLANATIONS["LOGGING"]] * 3 + ["Unpacks."] * 3 + [EXPLANATIONS["DEBUG = "]]
