from __future__ import annotations

from simple_deploy.core.trials import Page, Report, Visit
from simple_deploy.engine import lessons
from simple_deploy.testkit.facts import make_facts

PROBLEM = "OfflineGenerationError: You have offline compression enabled but key is missing from offline manifest."


def test_a_page_that_asks_for_what_compress_makes_is_a_lesson_once() -> None:
    visit = Visit(pages=(Page(path="/", status=500, problem=PROBLEM),))
    before = make_facts()
    after = lessons.learned(before, Report(visit=visit))

    assert after.settings is not None and after.settings.uncompressed
    assert [finding.id for finding in lessons.findings(after)] == ["trial.uncompressed"]
    assert lessons.learned(after, Report(visit=visit)) == after
    assert lessons.learned(before, Report(visit=Visit(pages=(Page(path="/", status=200),)))) == before
