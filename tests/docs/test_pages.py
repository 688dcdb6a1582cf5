"""All pages: links lead somewhere, every page can be reached, the README is short and true."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import tomlkit

import simple_deploy
from simple_deploy import __main__ as module
from simple_deploy.management.commands.deploy import Command
from simple_deploy.platforms import registry
from simple_deploy.testing import make_facts
from tests.docs.pages import DOCS, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LOUD = re.compile(
    r"\b(?:powerful|seamless(?:ly)?|blazing|amazing|effortless(?:ly)?|awesome|simply|obviously)\b|!", re.I
)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """What is written on a page, without code and without the sign of an image."""
    text = re.sub(r"^```.*?^```|<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`|!(?=\[)", "", text)


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(path), f"{link} has no such heading"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]

    assert [name(page) for page in PAGES if page.is_relative_to(DOCS) and page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_words_are_quiet(page: Path) -> None:
    assert LOUD.findall(prose(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_lines_fit_into_an_editor(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if len(line) > 130 and not line.startswith(("|", "- [", "{"))] == []


def test_the_readme_fits_two_screens_and_has_its_two_lines_for_each_shell() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(readme.splitlines()) < 120
    for line in ("python3 run.py demo", "python3 run.py test", "py run.py demo", "py run.py test"):
        assert re.search(rf"^{line}\b", readme, re.MULTILINE)


def test_the_readmes_table_has_every_platform_that_is_shipped() -> None:
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["project"]
    points = project["entry-points"][registry.GROUP]
    plugins = registry.load(
        EntryPoint(name=each, value=module, group=registry.GROUP) for each, module in points.items()
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line for line in readme.partition("## Platforms")[2].splitlines() if line.startswith("| [")]

    assert plugins.failures == ()
    assert len(rows) == len(plugins.platforms)
    for platform in plugins.platforms:
        row = next(row for row in rows if f"[{platform.card.name}]" in row)
        assert platform.card.checked.isoformat() in row
        slug = platform.card.slug
        pages = (DOCS / "reference" / f"{slug}.md", DOCS / "how-to" / f"deploy-to-{slug}.md")
        assert any(page.is_file() for page in pages)


def test_the_changelog_begins_with_the_version_that_this_is() -> None:
    headings = re.findall(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0].rstrip(",") == simple_deploy.__version__


def code(page: Path) -> str:
    """The code blocks of a page, and the code between its lines."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    return "\n".join([*re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL), *re.findall(r"`[^`\n]+`", text)])


@cache
def flags() -> set[str]:
    parser = Command().create_parser("manage.py", "deploy")
    platform = [option.flag for each in registry.load().platforms for option in each.options(make_facts())]
    return {*parser._option_string_actions, *platform, *(f"--no-{flag[2:]}" for flag in platform)}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_flag_of_the_command_on_a_page_exists(page: Path) -> None:
    lines = [line.partition("manage.py deploy")[2] for line in code(page).splitlines() if "manage.py deploy" in line]
    given = {flag for line in lines for flag in re.findall(r"(?<!\S)--[a-z-]+", re.split(r"#|\|", line)[0])}

    assert given - flags() == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_action_of_the_module_on_a_page_exists(page: Path) -> None:
    actions = set(re.findall(r"python -m simple_deploy(?: --project \S+)? ([a-z-]+)", code(page)))

    assert actions <= set(module.ACTIONS) | {"deploy"}
