"""Settings that need variables from a .env file, which is in no commit: tried with its values, which are kept nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from tests.support.repository import git

pytestmark = pytest.mark.slow

VALUES = {"SECRET_KEY": "a-secret-key-of-this-computer-0123456789-abcdef", "API_KEY": "an api key # with signs"}
READING = (
    "import environ\nenv = environ.Env()\nenviron.Env.read_env(BASE_DIR / '.env')\n"
    "SECRET_KEY = env('SECRET_KEY')\nAPI_KEY = env('API_KEY')\n"
)


def test_the_plan_is_tried_with_the_values_and_keeps_none(project: Path, service: Service) -> None:
    settings = project / "mysite" / "settings.py"
    text = re.sub(r"(?m)^SECRET_KEY = .*$", lambda _: READING, settings.read_text(encoding="utf-8"))
    settings.write_text(text, encoding="utf-8")
    lines = [f'{name}="{value}"\n' for name, value in VALUES.items()]
    (project / ".env").write_text("".join(lines), encoding="utf-8")
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("django-environ\n")
    with (project / ".gitignore").open("a", encoding="utf-8") as file:
        file.write(".env\n")
    git(project, "commit", "--quiet", "-am", "Take secrets from a file")

    asked = {option.name: option for option in service.questions("local").before_plan}
    assert "API_KEY, SECRET_KEY" in asked["take_variables"].help and asked["take_variables"].default is True
    planned = service.execute(service.create_plan("local", {}).id)
    assert planned.state is RunState.SUCCEEDED, planned.error
    stored = [path for path in service.store.root.rglob("*") if path.is_file()]
    assert len(stored) > 10
    for value in VALUES.values():
        assert not [path for path in stored if value.encode() in path.read_bytes()]
    assert not (service.store.tree(planned.id) / ".env").exists()
    assert (project / ".env").read_text(encoding="utf-8") == "".join(lines)
