"""The friendly summary: what it says of each kind of run, and its three forms."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import FileChange, Plan, RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import Call, WriteFile
from simple_deploy.platforms.base import Advice, Card, Link
from simple_deploy.runs import summary
from simple_deploy.runs.model import ErrorInfo, Run, RunKind, RunState
from simple_deploy.runs.summary import Row, Section, Summary
from simple_deploy.web import runview

CARD = Card(
    slug="cloud",
    name="A Cloud",
    summary="A cloud.",
    cost="From 5 € a month",
    checked=datetime.date(2026, 11, 3),
    links=tuple(Link(title=f"Page {number}", url=f"https://cloud.example/{number}") for number in range(4)),
)
STEPS = (
    WriteFile(id="file", title="Write cloud.toml", why="The cloud reads it.", path="cloud.toml", text="", docs="https://cloud.example/toml"),
    Call(id="db", title="Create the database", why="Posts.", name="db", cost="7 € a month", docs="https://cloud.example/2"),
    Call(id="up", title="Start it", why="Visitors.", name="up", docs="https://cloud.example/start"),
)  # fmt: skip
PLAN = RenderedPlan(
    plan=Plan(platform="cloud", steps=STEPS, creates=(Resource(kind="app", name="blog", cost="5 € a month"),), notes=("A note.",)),
    base="",
    snapshot=False,
    changes=(FileChange(path="cloud.toml", before=None, after="1", diff="", added=3, reasons=(("Write cloud.toml", "The cloud reads it."),)),),
    answers_digest="",
    findings=(
        Finding(id="cloud.uploads", level=Level.INFO, title="Uploads are lost.", why="There is no disk.", fix="Use `django-storages`."),
        Finding(id="settings.media", level=Level.INFO, title="The site takes uploads."),
        Finding(id="hsts", level=Level.WARNING, title="No HSTS.", why="Safer with."),
        Finding(id="fine", level=Level.OK, title="All is well."),
    ),
)  # fmt: skip
ADVICE = (
    Advice(title="Deploy", text="Now", command="cloud push blog", where="the folder of cloud.toml"),
    Advice(title="Watch", url="https://cloud.example/blog"),
)


def make(kind: RunKind, state: RunState = RunState.SUCCEEDED, **more: Any) -> Summary:
    run = Run(id="7", kind=kind, state=state, platform="cloud", applied=kind in {RunKind.CONFIGURE, RunKind.DEPLOY})
    run = replace(run, **{name: more.pop(name) for name in ("url", "error", "commit") if name in more})
    options: dict[str, Any] = {"card": CARD, "plan": PLAN, "advice": ADVICE, "resources": (), **more}
    return summary.make(run, project="blog", folder=Path("blog"), **options)


def section(made: Summary, name: str) -> Section:
    return next(each for each in made.sections if each.id == name)


def titles(made: Summary, name: str) -> list[str]:
    return [row.title for row in section(made, name).rows]


def test_a_rehearsal_is_undone_where_it_was_rehearsed() -> None:
    made = section(make(RunKind.DEPLOY, rehearsed=True), "undo")
    assert [row.command for row in made.rows] == ["python manage.py deploy --undo 7 --rehearse --platform cloud"]
    assert "in the copy of your project" in made.intro


def test_after_configuring_it_says_what_to_do_and_what_it_will_cost() -> None:
    made = make(RunKind.CONFIGURE)
    assert made.title == "blog is configured for A Cloud"
    assert [each.id for each in made.sections] == ["changes", "next", "managed", "remarks", "undo", "reading"]
    (change,) = section(made, "changes").rows
    assert (change.code, change.title) == ("cloud.toml", "new file, +3 −0")
    assert change.text == "Write cloud.toml: The cloud reads it."
    deploy = section(made, "next").rows[0]
    assert (deploy.command, deploy.text) == ("cloud push blog", "Now. Run it in the folder of cloud.toml.")
    managed = section(made, "managed").rows
    assert [(row.title, row.text) for row in managed] == [
        ("App blog, once you deploy", "Costs: 5 € a month."),
        ("Create the database", "7 € a month."),
        ("What A Cloud costs", "From 5 € a month. As of 2026-11-03; prices change."),
    ]


def test_a_cost_without_a_price_has_no_date() -> None:
    card = replace(CARD, cost="The plugin does not say what the platform costs")
    row = section(make(RunKind.DEPLOY, card=card), "managed").rows[-1]
    assert row.text == "The plugin does not say what the platform costs."


def test_what_exists_is_named_with_its_place_and_its_price() -> None:
    app = Resource(
        kind="app", name="blog", url="https://cloud.example/apps/blog", cost="5 € a month", holds="The site."
    )
    made = make(RunKind.DEPLOY, resources=(app,), url="https://blog.example/")
    first = section(made, "managed").rows[0]
    assert (first.title, first.text, first.url) == ("App blog", "Costs: 5 € a month. The site.", app.url)
    assert made.lead == "Your site answers at https://blog.example/."


def test_the_address_of_a_site_that_others_can_reach_is_a_picture_too() -> None:
    made = make(RunKind.DEPLOY, url="https://blog.example.com/")
    assert f'src="{made.qr}"' in summary.to_html(made) and 'alt="The address as a QR code"' in summary.to_html(made)
    assert "<img" not in summary.to_html(make(RunKind.DEPLOY, url="http://127.0.0.1:8100/"))


def test_there_are_five_pages_to_read_at_most_and_none_twice() -> None:
    made = make(RunKind.CONFIGURE)
    assert section(made, "reading").title == "Five pages to read next"
    urls = [row.url for row in section(made, "reading").rows]
    assert urls == [*(f"https://cloud.example/{number}" for number in range(4)), "https://cloud.example/toml"]
    one = make(RunKind.CONFIGURE, card=replace(CARD, links=CARD.links[:1]), plan=None)
    assert section(one, "reading").title == "A page to read next"


def test_uploads_are_always_told_and_the_platforms_own_word_counts() -> None:
    assert titles(make(RunKind.DEPLOY), "remarks") == ["", "No HSTS.", "Uploads are lost."]
    general = replace(PLAN, findings=PLAN.findings[1:])
    assert titles(make(RunKind.DEPLOY, plan=general), "remarks") == ["", "No HSTS.", "The site takes uploads."]
    noted = replace(general, plan=replace(general.plan, notes=("Uploads are kept.",)))
    assert titles(make(RunKind.DEPLOY, plan=noted), "remarks") == ["", "No HSTS."]


def test_commands_stand_under_the_titles_of_their_steps() -> None:
    made = make(RunKind.DEPLOY, commands=(("db", "cloud db create"), ("plan.verify", "manage.py check")))
    assert [(row.title, row.command) for row in section(made, "by-hand").rows] == [
        ("Create the database", "cloud db create"),
        ("", "manage.py check"),
    ]


def test_what_undo_does_not_remove_is_one_piece_of_text() -> None:
    made = make(RunKind.UNDO, left=("cloud login", "cloud create"))
    [row] = section(made, "left").rows
    assert row.command == "cloud login\ncloud create"
    assert made.lead == "Every byte is back as it was. What was made on A Cloud still exists."
    assert "\n\n```\ncloud login\ncloud create\n```\n" in summary.to_markdown(made)
    nothing = make(RunKind.UNDO)
    assert nothing.lead == "Every byte is back as it was." and "left" not in {each.id for each in nothing.sections}


def test_destroying_names_what_is_gone_and_says_when_there_was_nothing() -> None:
    made = make(RunKind.DESTROY, plan=None, advice=(), resources=(Resource(kind="app", name="blog"),))
    assert made.title == "blog was removed from A Cloud"
    assert [each.id for each in made.sections] == ["removed"]
    nothing = make(RunKind.DESTROY, plan=None, advice=())
    assert nothing.title == "Nothing of blog was found on A Cloud"
    assert "under the names" in nothing.lead and "--deployed-project-name" in nothing.lead
    assert nothing.sections == ()


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.BLOCKED, RunState.INTERRUPTED])
def test_trouble_comes_first(state: RunState) -> None:
    error = ErrorInfo(code="SD400", message="It broke.", hint="Fix it.", docs="https://cloud.example/fix")
    made = make(RunKind.DEPLOY, state, error=error, advice=())
    assert made.sections[0].id == "problem" and made.sections[0].intro == "Fix it."
    assert made.lead.startswith("It broke.")


@pytest.mark.parametrize("kind", list(RunKind))
@pytest.mark.parametrize("state", list(RunState))
def test_every_end_has_all_forms(kind: RunKind, state: RunState) -> None:
    made = make(kind, state)
    html, markdown = summary.to_html(made), summary.to_markdown(made)
    assert f"<h1>{made.title}</h1>" in html and markdown.startswith(f"# {made.title}")
    assert not re.search(r"<(script|link|img)|@import|url\(", html)


def test_code_is_shown_as_code_and_nothing_gets_out_of_it() -> None:
    assert summary.spans("Use `a` and `b`.") == (
        (False, "Use "),
        (True, "a"),
        (False, " and "),
        (True, "b"),
        (False, "."),
    )
    assert summary.spans("It's 5` long") == ((False, "It's 5` long"),)
    made = make(RunKind.CONFIGURE, plan=replace(PLAN, findings=(
        Finding(id="x", level=Level.WARNING, title="<b>*bold*</b>", why="`<i>` & `a_b`"),
    )))  # fmt: skip
    html, markdown = summary.to_html(made), summary.to_markdown(made)
    assert "<strong>&lt;b&gt;*bold*&lt;/b&gt;</strong>" in html
    assert "<code>&lt;i&gt;</code> &amp; <code>a_b</code>" in html
    assert r"**\<b\>\*bold\*\</b\>** — `<i>` & `a_b`." in markdown


def test_every_section_has_its_place_on_the_page() -> None:
    more: dict[str, Any] = {
        "left": ("cloud create",),
        "kept": (Row(title="A folder"),),
        "commands": (("db", "cloud up"),),
    }
    things = (Resource(kind="app", name="blog"),)
    made = [make(kind, state, resources=things, **more) for kind in RunKind for state in RunState]
    made.append(make(RunKind.DEPLOY, RunState.FAILED, error=ErrorInfo(code="SD400", message="No.", hint="Read on.")))
    found = {each.id for every in made for each in every.sections}
    assert {"left", "kept", "problem", "removed"} <= found
    assert found == {each for _, ids in runview._PARTS for each in ids}
