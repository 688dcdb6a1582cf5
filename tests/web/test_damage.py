"""Whatever replaces one of the tool's files in the state folder: pages say so, and commands end with a message."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.jobs import worker
from simple_deploy.runs import stage
from simple_deploy.runs.service import open_service
from simple_deploy.system import files, stored
from simple_deploy.web import link
from tests.attacks.claims import proves
from tests.support.systems import needs_links, needs_modes
from tests.web.conftest import Browser, Shop


def of_numbers(raw: bytes) -> bytes:
    """The same with every number far too large, and every other one below zero."""
    return json.dumps(
        _swapped(json.loads(raw.partition(b"\n")[0]), iter([10**30, -1e300, -7] * 10_000)), default=str
    ).encode()


def of_texts(raw: bytes) -> bytes:
    """The same with every text one that cannot be a name, an address or a path."""
    return json.dumps(_swapped(json.loads(raw.partition(b"\n")[0]), None)).encode()


def _swapped(data: object, numbers: Iterator[float] | None) -> object:
    if isinstance(data, dict):
        return {key: _swapped(value, numbers) for key, value in data.items()}
    if isinstance(data, list):
        return [_swapped(value, numbers) for value in data]
    if isinstance(data, str):
        return data if numbers else "\0../\ud800\u202e<b>"
    return next(numbers) if numbers and isinstance(data, (int, float)) and not isinstance(data, bool) else data


#: What is done to a file.
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "empty": lambda raw: b"",
    "cut": lambda raw: raw[: len(raw) // 2],
    "no text": lambda raw: bytes(range(256)) * 8,
    "nested": lambda raw: b"[" * 200_000 + b"]" * 200_000,
    "nested objects": lambda raw: b'{"id":' * 200_000 + b"1" + b"}" * 200_000,
    "a list": lambda raw: b"[1]\n",
    "a number": lambda raw: b"12\n",
    "nothing": lambda raw: b"null\n",
    "infinite": lambda raw: b"1e999\n",
    "another shape": lambda raw: (
        b'{"id": {"a": []}, "kind": ["x"], "state": {}, "seq": [], "at": {}, "data": 3, "step": 1}\n'
    ),
    "numbers": of_numbers,
    "texts": of_texts,
    "folder": lambda raw: None,
}

#: What is damaged, below the state folder; RUN is a run that is over, PLAN its plan.
FILES = (
    "runs/RUN/run.json",
    "runs/RUN/events.jsonl",
    "runs/RUN/summary.json",
    "runs/RUN/summary.md",
    "runs/RUN/summary.html",
    "runs/RUN/deploy.log",
    "runs/RUN/undo.json",
    "runs/RUN/claim",
    "runs/RUN/heartbeat",
    "runs/RUN/dispatched",
    "runs/PLAN/run.json",
    "runs/PLAN/plan.json",
    "runs/PLAN/events.jsonl",
    "targets/toy.json",
    "corrections.json",
    "project.json",
    "mark.json",
    "worker.json",
    "worker.starting.json",
    "address",
    "lock",
    "runs",
)
PAGES = ["", "lately/", "inspection/", "runs/", "platforms/toy/", "platforms/toy/destroy/"]
PARTS = ["", "stream/?poll=1&after=0", "lines/?before=9", "summary/", "summary.md", "summary.html", "log.txt", "undo/"]


@pytest.fixture
def browser(browser: Browser, shop: Shop) -> Browser:
    """A project that was planned and deployed."""
    shutil.copytree(shop.browser.service.store.root, browser.service.store.root, symlinks=True, dirs_exist_ok=True)
    return browser


def damage(path: Path, whole: Path, how: Callable[[bytes], bytes | None]) -> None:
    raw = (
        whole.read_bytes()
        if whole.is_file()
        else b'{"run": "x", "pid": 1, "started": 2.5, "host": "here", "since": 1.5}'
    )
    files.remove_tree(path)
    try:
        data = how(raw)
    except ValueError:  # no JSON in the first place
        data = b"\0"
    if data is None:
        path.mkdir(parents=True)
    else:
        path.write_bytes(data)


@proves(
    "Every file of the state folder is emptied, cut, replaced by other bytes, by JSON of another shape, with "
    "impossible numbers and texts, nested 200,000 deep, or by a folder; then every page and every run is "
    "requested",
    "No page breaks: what cannot be read is left out or reported as damaged, and everything else is shown",
    closes=(7,),
)
@pytest.mark.slice(4)
@pytest.mark.parametrize("name", [FILES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in FILES[1:])])
def test_no_page_breaks(name: str, browser: Browser, shop: Shop) -> None:
    root = browser.service.store.root
    path = root / name.replace("RUN", shop.run.id).replace("PLAN", shop.plan.id)
    aside = root.with_name("aside")
    if path.exists():
        path.rename(aside)
    pages = PAGES[:4] + [f"runs/{shop.run.id}/{part}" for part in PARTS] if "RUN" in name else PAGES
    for how, change in DAMAGES.items():
        damage(path, aside, change)
        for page in pages:
            response = browser.get(page)
            if isinstance(response, StreamingHttpResponse):
                b"".join(response.streaming_content)  # type: ignore[arg-type]
            assert response.status_code < 500, (how, page, browser.told)
        assert browser.told == [], how
        assert link.link(root).startswith(("http://", "/simple-deploy/?"))
        worker.alive(root)
        for act in (browser.service.run, browser.service.create_undo, browser.service.summary):
            with suppress_known():
                act(shop.run.id)
        with suppress_known():
            open_service(browser.service.location.root)
    assert browser.get("").status_code == 200


@contextmanager
def suppress_known() -> Iterator[None]:
    """What is refused is refused in words."""
    try:
        yield
    except SimpleDeployError as error:
        assert error.message and error.hint


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_stage_is_no_project_of_its_own(how: str, tmp_path: Path) -> None:
    """Or what was only rehearsed would be done on the platform."""
    damage(tmp_path / stage.FILE, tmp_path / stage.FILE, DAMAGES[how])
    with pytest.raises(SimpleDeployError):
        stage.load(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        pytest.param(lambda path: os.mkfifo(path), marks=needs_modes),
        pytest.param(lambda path: path.symlink_to(path), marks=needs_links),
    ],
)
def test_what_is_no_file_is_damaged_and_is_not_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "x")
    with pytest.raises(stored.Damaged):
        stored.read(tmp_path / "x")
    assert stored.text(tmp_path / "x") is None


def test_what_is_too_large_is_damaged_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(stored.LARGEST + 1)
    with pytest.raises(stored.Damaged):
        stored.read(tmp_path / "x")
    assert stored.read(tmp_path / "y") is None
