"""What a project's own source does with an environment variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection.probe_child.uses import describe


def use(tmp_path: Path, source: str, *, value: bool = True) -> dict[str, object] | None:
    settings = tmp_path / "site" / "settings.py"
    settings.parent.mkdir()
    settings.write_text(source, encoding="utf-8")
    (tmp_path / ".env").write_text("TOKEN=of-this-computer\n" if value else "", encoding="utf-8")
    return describe("TOKEN", [str(settings)])


@pytest.mark.parametrize(
    "source",
    [
        'API = os.environ["TOKEN"]\n',
        'API = env("TOKEN")\n',
        'API = config("TOKEN", cast=str)\n',
        'API = env.str("TOKEN")\n',
    ],
)
def test_what_cannot_be_loaded_without_it(source: str, tmp_path: Path) -> None:
    assert use(tmp_path, source) == {"name": "TOKEN", "sets": ["API"], "insists": True}


@pytest.mark.parametrize(
    "source",
    [
        'API = os.environ.get("TOKEN", "")\n',
        'API = os.getenv("TOKEN")\n',
        'API = env("TOKEN", default="")\n',
        'API = env("TOKEN", "")\n',
        'env = environ.Env(TOKEN=(str, ""))\nAPI = env("TOKEN")\n',
        'if "TOKEN" in os.environ:\n    API = os.environ["TOKEN"]\n',
        'try:\n    API = os.environ["TOKEN"]\nexcept KeyError:\n    API = ""\n',
    ],
)
def test_what_does_without_it(source: str, tmp_path: Path) -> None:
    found = use(tmp_path, source)
    assert found is not None and found["insists"] is False


def test_a_project_that_was_loaded_without_it_does_not_insist(tmp_path: Path) -> None:
    found = use(tmp_path, 'if MAPS:\n    API = os.environ["TOKEN"]\n', value=False)
    assert found is not None and found["insists"] is False


def test_settings_that_it_decides(tmp_path: Path) -> None:
    found = use(tmp_path, 'DATABASES["default"]["NAME"] = os.environ.get("TOKEN")\n')
    assert found is not None and found["sets"] == ["DATABASES"]


def test_settings_that_are_made_of_a_name_that_holds_it(tmp_path: Path) -> None:
    made_of_it = 'REDIS = f"redis://{HOST}:6379"\nBROKER_URL = RESULTS = REDIS + "/0"\nOTHER = "apart"\n'
    found = use(tmp_path, 'HOST = os.getenv("TOKEN", "127.0.0.1")\n' + made_of_it)
    assert found is not None and found["sets"] == ["BROKER_URL", "HOST", "REDIS", "RESULTS"]


def test_what_follows_from_a_setting_of_django_is_not_its_doing(tmp_path: Path) -> None:
    found = use(tmp_path, 'DEBUG = os.getenv("TOKEN") == "1"\nSECURE_SSL_REDIRECT = not DEBUG\n')
    assert found is not None and found["sets"] == ["DEBUG"]


def test_what_is_done_with_it_besides(tmp_path: Path) -> None:
    found = use(tmp_path, 'DEBUG = os.environ.get("TOKEN")\nif os.environ.get("TOKEN"):\n    APPS = []\n')
    assert found is not None and found["sets"] == [], "more than DEBUG depends on it"


def test_a_variable_that_a_package_reads_for_itself(tmp_path: Path) -> None:
    assert use(tmp_path, "import celery\n") is None
