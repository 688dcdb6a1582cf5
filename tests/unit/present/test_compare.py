"""Plans beside each other."""

from __future__ import annotations

from dataclasses import replace

from simple_deploy.core.plan import FileChange, Hosting
from simple_deploy.core.resources import Resource
from simple_deploy.present.compare import Cell, Row, compare
from tests.support import recorded


def test_what_every_plan_has_comes_first_and_what_one_lacks_is_empty() -> None:
    one = recorded.plan()
    settings = FileChange(
        path="settings.py",
        before="1",
        after="2",
        diff="--- settings.py\n+++ settings.py\n@@ -1,2 +1,5 @@\n DEBUG = True\n-TIME_ZONE = 'UTC'\n"
        "+if os.environ.get('ON_TOY') == 'yes':\n+    DEBUG = False  # for visitors\n+    STORAGES = {\n+        'default': {},\n",
        added=3,
        reasons=(("Block", "DEBUG off."),),
    )
    other = replace(
        one,
        changes=(settings, one.changes[0]),
        plan=replace(
            one.plan,
            hosting=Hosting(site=(("ON_TOY", "no one's"), ("TOY_REGION", "north"))),  # the second is read by nobody
            steps=one.plan.steps[:2],
            creates=(Resource(kind="app", name="blog", cost="5 € a month"),),
        ),
    )

    found = compare([("Toy cloud", "Nothing", one), ("A Cloud", "From 5 €", other)])

    assert found.platforms == ("Toy cloud", "A Cloud")
    assert found.files == (
        Row(title="toy.toml", cells=(Cell("new, +2 −0", "The cloud reads it."),) * 2),
        Row(title="settings.py", cells=(Cell(), Cell("changed, +3 −0", "DEBUG off."))),
    )
    assert found.settings == (
        Row(title="DEBUG", cells=(Cell(), Cell("False"))),
        Row(title="STORAGES", cells=(Cell(), Cell("{ …"))),
        Row(title="ON_TOY (variable)", cells=(Cell(), Cell("set on the site"))),
    )
    assert "no one's" not in str(found)
    assert [(row.title, row.shared) for row in found.steps] == [
        ("Check the login", True),
        ("Build the site", False),
        ("Let it serve", False),
    ]
    assert found.costs[0].cells == (Cell("Nothing"), Cell("From 5 €"))
    assert found.costs[1].cells == (Cell(), Cell("app blog: 5 € a month"))
