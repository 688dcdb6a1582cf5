"""The dashboard around a real project, asked in this process as a server would ask it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from simple_deploy.inspection import inspect
from simple_deploy.inspection.locate import locate
from simple_deploy.platforms import registry
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from simple_deploy.web import session
from simple_deploy.web.access import Access
from simple_deploy.web.access_policy import Rules, cookie_name
from simple_deploy.web.handler import Handler
from tests.project.conftest import env, environments, flat_project, project, wait_for
from tests.support.project import PLUGINS, child_environment, copy_project
from tests.support.remembering import Remembering
from tests.support.shared import folder_of_the_run, once

__all__ = ["env", "environments", "flat_project", "project", "wait_for"]

TOY = EntryPoint(name="toy", value="simple_deploy_toy", group=registry.GROUP)
BROKEN = EntryPoint(name="broken", value="no_such_module_anywhere", group=registry.GROUP)


def serve(project: Path, env: dict[str, str], patch: pytest.MonkeyPatch) -> Service:
    """The service of *project* with one platform that works and one that is broken."""
    for name, value in env.items():
        patch.setenv(name, value)
    patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # of these tests, not of the project
    patch.syspath_prepend(str(PLUGINS))
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run)
    return Service(location, registry=registry.load([TOY, BROKEN]))


def remember(factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> None:
    """Load no project in this process that was loaded before in this test run."""
    patch.setattr(inspect, "probe", Remembering(folder_of_the_run(factory) / "probes"))


@pytest.fixture(autouse=True)
def remembering(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path_factory, monkeypatch)


@pytest.fixture
def service(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Service:
    return serve(project, env, monkeypatch)


@dataclass
class Nobody:
    """Executes nothing; the test does, when it wants to."""

    asked: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)

    def dispatch(self, service: Service, run: Run) -> None:
        self.asked.append(run.id)

    def revive(self, service: Service, run: Run) -> None:
        self.revived.append(run.id)


class Browser:
    """One browser at http://127.0.0.1:8000, which has shown the access code unless told otherwise."""

    def __init__(self, service: Service) -> None:
        self.access = Access(code="the-code-of-this-test-0123456789")
        self.background = Nobody()
        self.told: list[str] = []
        self.renewed: list[str] = []
        self.service = service
        self.handler = Handler(
            open_service=lambda: service,
            background=lambda: self.background,
            access=lambda: self.access,
            renew=lambda: self.renewed.append(self.access.code),
            rules=Rules(),
            tell=self.told.append,
        )
        self.factory = RequestFactory()
        self.session = session.new()
        self.home = session.home(self.session)
        self.headers: dict[str, str] = {"Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
        self.cookies = {cookie_name("8000"): self.access.cookie(self.session, "8000")}

    @property
    def sent(self) -> dict[str, str | None]:
        """The headers of every request."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookie or None, **self.headers}

    def ask(
        self, method: str, path: str, data: Any = "", *, multithread: bool = True, **headers: str | None
    ) -> HttpResponseBase:
        """*path* below the home of the session, or whole when it starts with a slash."""
        whole = path if path.startswith("/") else f"{self.home}{path}"
        sent = {**self.sent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = self.factory.generic(
            method,
            whole,
            data,
            content_type="application/x-www-form-urlencoded",
            headers={name: value for name, value in sent.items() if value is not None},
        )
        request.META["wsgi.multithread"] = multithread
        return self.handler(request)

    def get(self, path: str = "", *, multithread: bool = True, **headers: str | None) -> HttpResponseBase:
        return self.ask("GET", path, multithread=multithread, **headers)

    def post(self, path: str, *, token: str | None = None, **form: str) -> HttpResponseBase:
        form["token"] = self.access.form_token(self.session) if token is None else token
        return self.ask("POST", path, urlencode(form), Origin="http://127.0.0.1:8000")

    def page(self, path: str = "") -> str:
        response = self.get(path)
        assert response.status_code == 200, (response.status_code, text(response))
        return text(response)


def text(response: HttpResponseBase) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def words(html: str) -> str:
    """What is written on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def browser(service: Service) -> Browser:
    return Browser(service)


@pytest.fixture
def planned(browser: Browser, shop: Shop) -> Run:
    """A plan for the toy platform, ready to be approved: the one of the shop, for the same commit."""
    shutil.copytree(shop.planned, browser.service.store.root, symlinks=True, dirs_exist_ok=True)
    return browser.service.run(shop.plan.id)


def plan(browser: Browser) -> Run:
    return browser.service.execute(browser.service.create_plan("toy", {"app_name": "shop"}).id)


@dataclass(frozen=True)
class Shop:
    """A project that was planned and deployed. Only for looking at: every test of the session sees the same one.

    :param planned: a copy of its state folder between the two.
    """

    browser: Browser
    plan: Run
    planned: Path
    run: Run


@pytest.fixture(scope="session")
def shop(flat_project: Path, environments: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    def open_in(folder: Path, patch: pytest.MonkeyPatch) -> Browser:
        env = child_environment(folder, SIMPLE_DEPLOY_CACHE_DIR=str(environments))
        return Browser(serve(folder / "project", env, patch))

    def make(folder: Path) -> None:
        copy_project(flat_project, folder / "project")
        with pytest.MonkeyPatch.context() as patch:
            remember(tmp_path_factory, patch)
            browser = open_in(folder, patch)
            planned = plan(browser)
            shutil.copytree(browser.service.store.root, folder / "planned", symlinks=True)
            deploy(browser, planned)

    folder = once(tmp_path_factory, "shop", make)
    with pytest.MonkeyPatch.context() as patch:
        browser = open_in(folder, patch)
    run, planned = browser.service.runs()
    return Shop(browser, planned, folder / "planned", run)


def deploy(browser: Browser, plan: Run, *, kind: RunKind = RunKind.DEPLOY) -> Run:
    """Carry out *plan* to its end, questions answered."""
    rendered = browser.service.plan_of(plan.id)
    assert rendered is not None
    run = browser.service.create_apply(plan.id, rendered.digest, kind)
    return browser.service.execute(run.id, use_defaults=True)
