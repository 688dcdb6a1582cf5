"""Requirements as people pin them."""

from __future__ import annotations

import pytest

from simple_deploy.core.findings import Level
from tests.field.shop import Shop
from tests.field.traits import trait

HASH = "sha256:" + "0" * 64


@trait(
    "heroku/heroku-buildpack-python#947, saleor/saleor#5269",
    "requirements.txt with hashes",
    "every line is read for what it asks; the page says before a plan that no package can be added, and the command",
)
@pytest.mark.parametrize("source", [True, False], ids=["with a short list", "without one"])
def test_requirements_with_hashes(source: bool, shop: Shop) -> None:
    # The second line is a pin in one line, as pip hash prints it.
    lines = f"Django==5.2.8 \\\n    --hash={HASH} \\\n    --hash={HASH}\nasgiref==3.8.1 --hash={HASH}\n"
    shop.write({"requirements.txt": lines, **({"requirements.in": "Django==5.2.8\n"} if source else {})})
    shop.commit()

    found = shop.look()
    assert {"dependencies.undeclared", "dependencies.tool-only"}.isdisjoint(found)
    hashed = found["dependencies.hashed"]
    assert hashed.level is Level.WARNING
    assert "requirements.txt is pinned with hashes" in hashed.title
    assert "uv pip compile --generate-hashes requirements.in --output-file requirements.txt" in hashed.fix
    assert ("Add to requirements.in what the site needs" in hashed.fix) is source
