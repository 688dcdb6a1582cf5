"""What docs/how-to/choose-a-platform.md says about each platform, made from its card and its options.

``python -m tests.platforms.choosing`` writes that part of the page anew; a test compares the two, so that no figure on
the page is older than the card's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simple_deploy.platforms import registry
from simple_deploy.platforms.base import Card, Platform
from simple_deploy.testing import make_facts
from tests.platforms.table import ROOT, head_row

PAGE = ROOT / "docs" / "how-to" / "choose-a-platform.md"
BEGIN = "<!-- From here: written by `python -m tests.platforms.choosing` from the platforms' cards; do not edit. -->"
END = "<!-- Until here. -->"


def generated(platforms: Sequence[Platform]) -> str:
    """The part of the page between :data:`BEGIN` and :data:`END`."""
    rows = [_row(platform.card) for platform in platforms]
    overview = [head_row(["Platform", "Account", "Card", "Databases", "Does it deploy by itself", "State"]), *rows]
    return "\n".join([*overview, *(line for platform in platforms for line in _section(platform))])


def _row(card: Card) -> str:
    cells = (
        f"[{card.name}](#{anchor(card.name)})",
        _yes(card.needs_account),
        _yes(card.needs_card),
        _databases(card),
        "yes" if card.automated else "it configures, you deploy",
        card.status,
    )
    return f"| {' | '.join(cells)} |"


def _section(platform: Platform) -> list[str]:
    card = platform.card
    rows = [
        ("Cost", f"{card.cost} (checked {card.checked.isoformat()})"),
        ("Account and card", _needs(card)),
        *_regions(platform),
        ("Databases", _databases(card)),
        ("Dependency managers", ", ".join(card.managers)),
        ("State", " ".join(part for part in (f"{card.status}.", card.status_note) if part)),
        ("To read", " · ".join(f"[{link.title}]({link.url})" for link in card.links)),
    ]
    lines = [f"| {label} | {text} |" for label, text in rows if text]
    return ["", f"### {card.name}", "", card.summary, *_guide(card), "", head_row(["", ""]), *lines]


def _guide(card: Card) -> list[str]:
    page = PAGE.parent / f"deploy-to-{card.slug}.md"
    return [f"[How to deploy to {card.name}]({page.name})."] if page.is_file() else []


def _regions(platform: Platform) -> list[tuple[str, str]]:
    option = next((option for option in platform.options(make_facts()) if option.name == "region"), None)
    if option is None:
        return []
    offered = ", ".join(f"{choice.label} (`{choice.value}`)" for choice in option.choices)
    return [("Regions", offered or option.help)]


def _needs(card: Card) -> str:
    if not card.needs_account:
        return "Neither is needed."
    return "An account and a payment card." if card.needs_card else "An account; no card to begin with."


def _databases(card: Card) -> str:
    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    return ", ".join(names.get(each, each) for each in card.databases) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def anchor(heading: str) -> str:
    """Where a link to *heading* leads, as GitHub makes it."""
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def with_generated(page: str, part: str) -> str:
    """*page* with *part* between the two marks."""
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{part}\n\n{END}{rest.partition(END)[2]}"


def shipped() -> tuple[Platform, ...]:
    """The platforms that come with the tool."""
    return tuple(each for each in registry.load().platforms if type(each).__module__.startswith("simple_deploy_"))


def main(page: Path = PAGE) -> None:
    text = with_generated(page.read_text(encoding="utf-8"), generated(shipped()))
    page.write_text(text, encoding="utf-8", newline="\n")
    print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
