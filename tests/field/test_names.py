"""Folders and files with names of every kind, deployed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest

from tests.field import shop as shops
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(2)]

PLAIN = "prix été.txt"
IN_PARTS = "nae\u0308chste.txt"  # the umlaut as two characters, as macOS has it


@trait(
    "evansd/whitenoise#107",
    "Spaces, an apostrophe, & and letters outside ASCII in the folder of the project and in names of static files",
    "It is deployed, the files are served, and an undo gives back every byte",
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
        assert len(found) == 2 and all("%" in urlsplit(each).path for each in found), page
        for address, text in zip(found, ("x", "y"), strict=True):
            with urlopen(urljoin(done.result["url"], address)) as answer:
                assert answer.read().decode("utf-8") == text
        assert here.deploy("--undo", "--yes", "--no-input").exit_code == 0
        assert (here.fingerprint(), here.git("status", "--porcelain")) == (before, "")
    finally:
        here.deploy("--destroy", "--platform", "local", "--yes", "--no-input")
