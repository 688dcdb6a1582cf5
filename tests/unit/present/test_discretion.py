"""What a room full of people does not see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simple_deploy.core import codec
from simple_deploy.present.discretion import Discretion
from simple_deploy.runs.stage import FILE, Stage
from tests.support import recorded

DISCREET = Discretion(
    folders={
        "/home/lovelace": "~",
        "/srv/ada/blog": "blog",
        "/scratch": "…",
        r"C:\Users\Ada\blog": "blog",
        r"C:\Users\Ada": "~",
    },
    names=("lovelace", "Ada Lovelace", "adas-laptop", "root", "me"),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/ada/blog/mysite/settings.py", "blog/mysite/settings.py"),
        ("cd /srv/ada/blog", "cd blog"),
        ("/srv/ada/blog-2/manage.py", "…/manage.py"),
        ("/srv/other/thing.txt", "…/thing.txt"),
        ("/home/lovelace/notes.txt", "~/notes.txt"),
        ("/home/lovelace/pupils/grace/x", "~/…/x"),
        ("To '/scratch/grace/plans/site.git'", "To '…/site.git'"),
        ("file:///scratch/grace/plans/x", "file://…/x"),
        (r"C:\Users\Ada\pupils\grace\x", "~\\…\\x"),
        ("/home/somebody/.ssh/id_ed25519.pub", "…/id_ed25519.pub"),
        ("file:/home/somebody/secret plans/x", "file:…/secret plans/x"),
        ("/Users/grace/blog/manage.py", "…/manage.py"),
        ("/usr/lib/python3.13/site-packages/django/core.py:12", "…/core.py:12"),
        (r"C:\Users\Ada\blog\manage.py", r"blog\manage.py"),
        (r"D:\pupils\grace\blog\manage.py", r"…\manage.py"),
        (r"\\server\grace\blog\manage.py", r"…\manage.py"),
        ("File \"C:/Users/grace/x.py\", line 3", 'File "…\\x.py", line 3'),
        ("Author: Ada Lovelace <ada@example.com>", "Author: … <…@…>"),
        ("logged in as ada.lovelace+test@mail.example.co.uk", "logged in as …@…"),
        ("on ADAS-LAPTOP", "on …"),
        ("http://127.0.0.1:8000/simple-deploy/?code=abc-DEF_123", "http://127.0.0.1:8000/simple-deploy/?code=…"),
        (
            "http://127.0.0.1:8000/simple-deploy/abcdefghijklmnopqrstuvwx/runs/",
            "http://127.0.0.1:8000/simple-deploy/…/runs/",
        ),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB lovelace@adas-laptop", "ssh-ed25519 …"),
        ("key SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDTRwQPl1cRZmz4nTc", "key SHA256:…"),
    ],
)  # fmt: skip
def test_paths_names_addresses_and_keys_are_not_shown(text: str, shown: str) -> None:
    assert DISCREET(text) == shown


def test_a_rehearsal_lies_in_the_folders_of_the_project_and_tells_as_little_of_them(tmp_path: Path) -> None:
    service, project = recorded.service(tmp_path / "clone"), tmp_path / "plans for grace" / "shop"
    stage = Stage(platform="toy", folder=project / ".simple_deploy" / "rehearsals" / "toy", origin=project)
    service.store.prepare()
    (service.store.root / FILE).write_text(json.dumps(codec.to_data(stage)), encoding="utf-8")
    discreet = Discretion.of(service)
    assert discreet(f"static files copied to '{stage.folder / 'world' / 'builds' / 'static'}'") in (
        "static files copied to '…/static'",
        "static files copied to '…\\static'",
    )
    assert "grace" not in discreet(f"{project / 'shop' / 'settings.py'} was read")


@pytest.mark.parametrize(
    "text",
    [
        "The page /admin/ answers 200, /static/css/site.css too.",
        "https://blog.example.com/home/news/2026/ answers",
        "http://blog.localhost:8100/",
        "templates/home/base.html changed",
        "git@github.com:somebody/blog.git",
        "django@5.2 and react@19.1.0",
        "10:30:00 10/12 done, 3/4 left",
        "run as root, and tell me",
        "@@ -1,4 +1,6 @@",
        "python -m pip install -r requirements.txt",
    ],
)
def test_what_belongs_to_the_lesson_stays(text: str) -> None:
    assert DISCREET(text) == text


def test_texts_anywhere_in_data_are_looked_at() -> None:
    assert DISCREET.data({"steps": [["a", "/srv/ada/blog/x"], {"text": "by Ada Lovelace"}], "seq": 3}) == {
        "steps": [["a", "blog/x"], {"text": "by …"}],
        "seq": 3,
    }
