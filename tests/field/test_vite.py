"""What Vite builds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from tests.field.shop import Shop
from tests.field.traits import trait

PACKAGES = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^%s"}}'
CONFIGURATION = "export default {\n  build: { manifest: %s, outDir: '../goods/static' },\n}\n"


@pytest.fixture
def site(shop: Shop, tmp_path: Path) -> Shop:
    """The shop with django-vite, of which these tests need only the name."""
    (tmp_path / "packages" / "django_vite").mkdir(parents=True)
    (tmp_path / "packages" / "django_vite" / "__init__.py").touch()
    shop.append("shop/settings.py", '\nINSTALLED_APPS.append("django_vite")\nSTATIC_ROOT = BASE_DIR / "staticfiles"\n')
    return replace(shop, env={**shop.env, "PYTHONPATH": str(tmp_path / "packages")})


def build(site: Shop, *, vite: str, manifest: str) -> None:
    site.write({"front/package.json": PACKAGES % vite, "front/vite.config.ts": CONFIGURATION % manifest})
    site.commit()


@trait(
    "MrBin99/django-vite#112, MrBin99/django-vite#123",
    "Vite writes its manifest into the hidden folder `.vite`, which collectstatic leaves out",
    "a finding says that the site will lack it, and what to write into Vite's configuration",
)
def test_a_manifest_in_a_hidden_folder(site: Shop) -> None:
    build(site, vite="6.0.1", manifest="true")

    finding = site.look()["settings.vite-manifest"]

    assert finding.level is Level.WARNING
    assert '`manifest: "manifest.json"`' in finding.fix and "front/vite.config.ts" in finding.fix
    assert finding.details == ("STATIC_ROOT/manifest.json",)


@trait(
    "EngageMedia-video/cinematacms#432",
    "django-vite is told to read the manifest below `.vite` in STATIC_ROOT, where nobody puts it",
    "the same finding, which also says what to change in DJANGO_VITE",
)
def test_a_manifest_that_is_looked_for_in_a_hidden_folder(site: Shop) -> None:
    path = 'STATIC_ROOT / "front" / ".vite" / "manifest.json"'
    site.append("shop/settings.py", f'DJANGO_VITE = {{"default": {{"manifest_path": {path}}}}}\n')
    site.commit()

    finding = site.look()["settings.vite-manifest"]

    assert "take out `manifest_path`" in finding.fix
    assert finding.details == ("STATIC_ROOT/front/.vite/manifest.json",)


OWN_PATTERNS = """
from django.contrib.staticfiles.apps import StaticFilesConfig


class EverythingConfig(StaticFilesConfig):
    ignore_patterns = ["CVS", "*~"]
"""


@pytest.mark.parametrize("way", ["named", "older", "read where it is built", "collected"])
def test_a_manifest_that_the_site_has(site: Shop, way: str) -> None:
    build(site, vite="4.5.0" if way == "older" else "5.0.0", manifest='"manifest.json"' if way == "named" else "true")
    if way == "read where it is built":
        path = 'BASE_DIR / "goods" / "static" / ".vite" / "manifest.json"'
        site.append("shop/settings.py", f'DJANGO_VITE = {{"default": {{"manifest_path": {path}}}}}\n')
    if way == "collected":
        site.write({"goods/apps.py": OWN_PATTERNS})
        site.change("shop/settings.py", "django.contrib.staticfiles", "goods.apps.EverythingConfig")

    assert "settings.vite-manifest" not in site.look()
