"""What a room full of people does not see."""

from __future__ import annotations

import pytest

from simple_deploy.present.discretion import Discretion

DISCREET = Discretion(
    folders={"/home/lovelace": "~", "/srv/ada/blog": "blog", r"C:\Users\Ada\blog": "blog"},
    names=("lovelace", "Ada Lovelace", "adas-laptop", "root", "me"),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/ada/blog/mysite/settings.py", "blog/mysite/settings.py"),
        ("cd /srv/ada/blog", "cd blog"),
        ("/srv/ada/blog-2/manage.py", "…/manage.py"),
        ("/srv/other/thing.txt", "…/thing.txt"),
        ("/home/lovelace/.cache/uv/x", "~/.cache/uv/x"),
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
