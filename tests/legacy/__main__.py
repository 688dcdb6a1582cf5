"""``python -m tests.legacy [WORD …]``: try the plugins on every project, and write what came of it.

Words are plugins, managers and layouts: only those that they name are tried, and what is known of the others is kept.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.legacy import outcomes
from tests.legacy.comparing import OURS, compare
from tests.legacy.outcomes import Plugin
from tests.legacy.plugins import LAYOUTS, MANAGERS, PLUGINS, Environment, make


def tried(name: str, shapes: Sequence[tuple[str, str]], folder: Path) -> Plugin:
    """*name* on projects of *shapes*; *folder* is for everything that it needs."""
    environment = Environment(folder / "env", folder / "home", name)
    environment.home.mkdir(parents=True)
    environment.make()
    card = environment.through(make(folder / "site", apps=OURS), "card")
    found = {}
    for layout, manager in shapes:
        outcome = compare(environment, layout, manager, folder / f"{layout}-{manager}")
        print(f"dsd-{name}, {layout} {manager}: {outcome.came} {outcome.why}", flush=True)
        found[f"{layout} {manager}"] = outcome
    return Plugin(**card, outcomes=found)


def chosen(words: Sequence[str], every: Sequence[str]) -> list[str]:
    return [each for each in every if each in words] or [*every]


def main(words: Sequence[str]) -> None:
    if unknown := {*words} - {*PLUGINS, *MANAGERS, *LAYOUTS}:
        sys.exit(f"There is no plugin, manager or layout {', '.join(sorted(unknown))}.")
    shapes = [(layout, manager) for layout in chosen(words, LAYOUTS) for manager in chosen(words, MANAGERS)]
    for name in chosen(words, PLUGINS):
        with tempfile.TemporaryDirectory() as place:
            new = tried(name, shapes, Path(place).resolve())
        known = outcomes.recorded()
        before = known[name].outcomes if name in known else {}
        outcomes.record({**known, name: replace(new, outcomes={**before, **new.outcomes})})


if __name__ == "__main__":
    main(sys.argv[1:])
