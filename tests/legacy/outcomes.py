"""What came of the public plugins when the whole matrix was tried, as data, and the page that shows it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simple_deploy.managers.base import TITLES
from tests.legacy.plugins import LAYOUTS, MANAGERS
from tests.legacy.programs import DEPLOYMENTS, METHODS
from tests.support.checkout import CHECKOUT

RECORDED = Path(__file__).with_name("outcomes.json")
PAGE = CHECKOUT / "docs" / "reference" / "dsd-plugins.md"

#: Those whose deployment cannot be played to its end; see test_plugins.py.
STOPPING = {
    "seenode": "to its last message, where it fails with its own tool too, because it never learns the site's address",
}

#: Those that are deployed on the page too, in a browser; see test_page.py.
ON_THE_PAGE = ("railway", "scalingo")

#: What came of one plugin on one project.
SAME = "same"
NO_PREVIEW = "no preview"
REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One plugin on one project.

    :param came: :data:`SAME`: the files are those of the original, and undo took all of them back; :data:`NO_PREVIEW`:
        the plugin ends early under its own tool too; :data:`REFUSED`: the plan was not offered, or could not be made.
    :param why: what it said where it is not the first.
    :param files: each file that the original wrote, and ``new``, ``changed``, ``gone`` or ``ignored``.
    """

    came: str
    why: str = ""
    files: Mapping[str, str]

    def agrees(self, other: Outcome) -> bool:
        """The words of a failure may be other ones."""
        return (self.came, dict(self.files)) == (other.came, dict(other.files))


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """:param platform: as the plugin calls it. :param outcomes: by layout and manager, as in ``flat requirements``."""

    version: str
    platform: str
    deploys: bool
    outcomes: Mapping[str, Outcome]


def recorded() -> dict[str, Plugin]:
    """By the plugin's name without ``dsd-``."""
    data: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
    return {
        name: Plugin(**{**plugin, "outcomes": {shape: Outcome(**each) for shape, each in plugin["outcomes"].items()}})
        for name, plugin in data.items()
    }


def record(found: Mapping[str, Plugin]) -> None:
    """Keep what was *found*, and write the page."""
    data = {name: asdict(found[name]) for name in sorted(found)}
    RECORDED.write_text(json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


_HEAD = """\
# The public dsd-* plugins

We tried each plugin of django-simple-deploy that is on the package index on the sample project, with its own tool and with
this one: with requirements.txt, Poetry and Pipenv, with `manage.py` at the top of the repository and in a folder below. [Use a
plugin of django-simple-deploy](../how-to/use-a-dsd-plugin.md) says how to use one.

This page is generated from the results by `python -m tests.legacy`, which tries everything again; a test compares the two.

What this tool adds is the same for every plugin:

| | With its own tool | Here |
|---|---|---|
| See the files before anything is changed | no | yes, made in the plugin's offline mode |
| Approve files that turn out different, before they are sent | no | yes |
| Answer its questions | in the terminal | on the page, in the terminal, or in advance |
| Secrets in its output | shown | dots |
| A step fails | half of the files stay changed | the project is as it was, and the programs that ran are listed |
| A program that remembers a site by its folder finds it again | yes | yes, if it keeps that in JSON below your home folder |
| Undo files, commit, remotes and such entries of programs | no | yes |
| Remove what it made on the platform | no | no: with the platform's own program |
| Start, stop, roll back, logs of the site | no | no |

## Results

“Same files” means that every file has the same bytes and the same executable flag as with the original tool, except for the
block of settings that this tool adds, and that undo restored all files. Both tools draw random keys from the same numbers, so
that files with such keys can be compared too.

"""


def page(found: Mapping[str, Plugin]) -> str:
    """The page about *found*."""
    rows = [
        f"| `dsd-{name}` {plugin.version} | {plugin.platform} | {_does(plugin)} | {_came(plugin.outcomes)} |"
        for name, plugin in sorted(found.items())
    ]
    stops = [line for name, plugin in sorted(found.items()) for line in _stops(name, plugin.outcomes)]
    return "".join(
        (
            _HEAD,
            "| Plugin | Platform | What it does here | Same files |\n|---|---|---|---|\n",
            "".join(f"{row}\n" for row in rows),
            "\n## Where a plugin stops\n\n",
            "".join(f"{line}\n" for line in stops) or "Nowhere.\n",
            "\n## How far deployments are tried\n\n",
            "Nobody has accounts with all of these platforms, so their programs are simulated: each records how it is called,\n"
            "and answers as the real one does. “To its end” means that the same programs run in the same order as with the\n"
            "plugin's own tool, that the platform gets the same files, and that the same files are left and committed.\n\n",
            "".join(f"{_item(f'`dsd-{name}`: {_deploys(name)}.')}\n" for name in sorted(found)),
            "\n## What each writes\n\n",
            "These are the files for the project with requirements.txt and `manage.py` at the top.\n\n",
            "| Plugin | Files |\n|---|---|\n",
            "".join(f"| `dsd-{name}` | {_files(plugin.outcomes)} |\n" for name, plugin in sorted(found.items())),
        )
    )


def _deploys(name: str) -> str:
    how = DEPLOYMENTS.get(name)
    if how is None:
        return STOPPING[name]
    played = {words.split(" ")[0] for words in how.play(Path(), "")}
    talks = [", ".join(f"`{each}`" for each in sorted(played - METHODS))] if played - METHODS else []
    talks += ["server"] if "SSH" in played else []
    talks += ["API"] if "POST" in played else ["address"] if "GET" in played else []
    more = "; on the page too" if name in ON_THE_PAGE else f"; {how.unseen}" if how.unseen else ""
    return f"to its end, with a simulated {' and a simulated '.join(talks)}{more}"


def _does(plugin: Plugin) -> str:
    if not plugin.deploys:
        return "configures"
    return "configures, deploys"


def _came(outcomes: Mapping[str, Outcome]) -> str:
    if not outcomes:
        return "not tried"
    return f"{sum(each.came == SAME for each in outcomes.values())} of {len(outcomes)}"


_SAID = {
    NO_PREVIEW: "it stops with its own tool too, so its files cannot be shown in advance",
    REFUSED: "the plan is not offered",
}


def _stops(name: str, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """A paragraph for each reason."""
    shapes: dict[tuple[str, str], list[str]] = {}
    for shape, each in sorted(outcomes.items()):
        if each.came != SAME:
            shapes.setdefault((each.came, each.why), []).append(shape)
    for (came, why), where in shapes.items():
        yield _item(f"`dsd-{name}`, {_list(where)}: {_SAID[came]}. It says: {why}")


def _item(text: str) -> str:
    return textwrap.fill(f"- {text}", 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _list(shapes: Sequence[str]) -> str:
    if len(shapes) == len(LAYOUTS) * len(MANAGERS):
        return "on every project"
    layouts: dict[str, list[str]] = {}
    for layout, manager in (shape.split(" ") for shape in shapes):
        layouts.setdefault(TITLES[manager], []).append(layout)
    return "with " + ", ".join(
        title if len(where) == len(LAYOUTS) else f"{title} ({where[0]})" for title, where in layouts.items()
    )


def _files(outcomes: Mapping[str, Outcome]) -> str:
    usual = outcomes.get("flat requirements")
    if usual is None:
        return "not tried"
    return ", ".join(f"`{path}`{'' if kind == 'new' else f' ({kind})'}" for path, kind in sorted(usual.files.items()))
