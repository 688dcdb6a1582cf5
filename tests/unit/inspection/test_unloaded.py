"""What the text of settings shows of their secrets, when they cannot be loaded."""

from pathlib import Path

import pytest

from simple_deploy.core.facts import Location
from simple_deploy.inspection import unloaded


@pytest.mark.parametrize(
    ("source", "secret"),
    [
        ('SECRET_KEY = "django-insecure-1"', "django-insecure-1"),
        ("SECRET_KEY: str = 'it''s'", "it"),
        ('API_TOKEN = os.environ.get(\n    "API_TOKEN",\n    default="plain-2",\n)', "plain-2"),
        ('DATABASES = {"default": {"USER": "ada", "PASSWORD": "plain-3", "HOST": "db"}}', "plain-3"),
        ('OPTIONS = {"token": b"plain-4"}', "plain-4"),
        ('DATABASES["default"]["PASSWORD"] = "plain-5"', "plain-5"),
        ('DATABASE = env.db(default="postgres://ada:plain-6@db.example/shop")', "plain-6"),
        ('connect(user="ada", password="plain-7")', "plain-7"),
        ('SIGNING_SECRET = """several\nlines"""', "several\nlines"),
        ('def broken(:\nSECRET_KEY = "plain-8"', "plain-8"),
        ('SECRET_KEY = "plain-9"\nWORDS = "no end', "plain-9"),
        ('class Base(Configuration):\n    SECRET_KEY = "plain-10"', "plain-10"),
    ],
)
def test_a_secret_in_a_module_is_found(source: str, secret: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert secret in unloaded.secrets(Location(root=tmp_path), ["settings.py"])


@pytest.mark.parametrize(
    "source",
    [
        'SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]',
        'TIME_ZONE = "Europe/Berlin"\nSTATIC_URL = "static/"',
        'DATABASES = {"default": {"PASSWORD": password, "HOST": "db.example"}}',
        'SECRET_KEY = key\nLANGUAGE_CODE = "en-us"',
    ],
)
def test_what_is_no_secret_stays_readable(source: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert not unloaded.secrets(Location(root=tmp_path), ["settings.py"])


def test_a_secret_in_a_file_of_variables_is_found(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / ".env").write_text("DEBUG=1\nSECRET_KEY='plain-1'\n", encoding="utf-8")
    (tmp_path / "shop" / ".env.local").write_text("DATABASE_URL=mysql://ada:plain-2@db/x\n", encoding="utf-8")
    found = unloaded.secrets(Location(root=tmp_path, project_dir="shop"), [])
    assert {"plain-1", "plain-2"} <= set(found) and "1" not in found
