"""Folders and files with names of every kind, deployed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urljoin
from urllib.request import urlopen

import pytest

from simple_deploy.core.findings import blockers
from tests.field import shop as shops
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]

PLAIN = "prix été.txt"
IN_PARTS = "nae\u0308chste.txt"  # the umlaut as two characters, as macOS has it


@trait(
    "evansd/whitenoise#107",
    "Spaces, an apostrophe, & and letters outside ASCII in the project's folder and in names of static files",
    "It is deployed, the files are served, and undo restores every byte",
)
def test_odd_names_are_deployed(shop: Shop, tmp_path: Path) -> None:
    here = shops.copy(shop, tmp_path / "Zoë's shop & co", env=shop.env)
    here.write({f"goods/static/goods/{PLAIN}": "x", f"goods/static/goods/{IN_PARTS}": "y"})
    links = "".join(f"<a href=\"{{% static 'goods/{name}' %}}\">{name}</a>" for name in (PLAIN, IN_PARTS))
    here.change("goods/templates/goods/home.html", "<h1>", f"{links}<h1>")
    here.commit("Odd names")
    before = here.fingerprint()

    done = here.deploy("--automate-all", "--platform", "local", "--json", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        with urlopen(done.result["url"]) as answer:
            page = answer.read().decode("utf-8")
        found = re.findall(r'<a href="([^"]+)"', page)
        for address, text in zip(
            found, ("x", "y"), strict=True
        ):  # Django leaves it to the browser to quote hashed names
            with urlopen(urljoin(done.result["url"], quote(address))) as answer:
                assert answer.read().decode("utf-8") == text
        assert here.deploy("--undo", "--yes", "--no-input").exit_code == 0
        assert (here.fingerprint(), here.git("status", "--porcelain")) == (before, "")
    finally:
        here.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@trait(
    "own",
    "The settings' package has a dash in its name, so that no import statement can name it",
    "Its settings are found by their names like any others, and gunicorn gets the name unchanged",
)
def test_a_package_with_a_dash(shop: Shop, tmp_path: Path) -> None:
    (shop.root / "shop").rename(shop.root / "my-shop")
    for name in ("manage.py", "my-shop/wsgi.py", "my-shop/asgi.py", "my-shop/settings.py"):
        shop.write({name: shop.read(name).replace("shop.", "my-shop.")})
    shop.write({"my-shop/production.py": "from .settings import *\n"})
    shop.commit("A dash")

    assert blockers(tuple(shop.look().values())) == ()
    facts = shop.facts()
    assert facts.settings_modules == ("my-shop.production", "my-shop.settings")
    assert facts.production is not None and facts.production.exists
    found = tried("heroku", shop, tmp_path / "site")
    assert not found.report.failures, found.output
    assert "my-shop.wsgi:application" in (tmp_path / "site" / "Procfile").read_text(encoding="utf-8")
