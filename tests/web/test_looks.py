"""What a page costs: each request looks at the project once at most, and asks a platform's options once."""

from __future__ import annotations

from collections import Counter

import pytest

from simple_deploy.core.options import Option
from simple_deploy.engine import additions
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.runs.model import Run
from tests.web.conftest import Browser


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    inspect, options, clean = Inspector.inspect, additions.options, Option.clean

    def count_inspect(self: Inspector, *arguments: object, **more: bool) -> object:
        counted["looks"] += 1
        return inspect(self, *arguments, **more)  # type: ignore[arg-type]

    def count_options(*arguments: object) -> object:
        counted["options"] += 1
        return options(*arguments)  # type: ignore[arg-type]

    def count_clean(self: Option, raw: object) -> object:
        counted[f"checks of {self.name}"] += 1
        return clean(self, raw)

    monkeypatch.setattr(Inspector, "inspect", count_inspect)
    monkeypatch.setattr(additions, "options", count_options)
    monkeypatch.setattr(Option, "clean", count_clean)
    return counted


def test_a_form_is_shown_after_one_look(browser: Browser, calls: Counter[str]) -> None:
    browser.page("platforms/toy/")
    assert calls == {"looks": 1, "options": 1}


def test_a_form_that_was_sent_is_checked_once_after_one_look(browser: Browser, calls: Counter[str]) -> None:
    browser.post("platforms/toy/", **{"option-app_name": "shop", "option-size": "small"})
    assert calls["looks"] == calls["options"] == 1
    assert calls["checks of app_name"] == calls["checks of size"] == 1


def test_approving_a_plan_takes_one_look(browser: Browser, planned: Run, calls: Counter[str]) -> None:
    rendered = browser.service.plan_of(planned.id)
    assert rendered is not None
    browser.post(f"runs/{planned.id}/apply/", digest=rendered.digest, kind="deploy")
    assert calls["looks"] == calls["options"] == 1
