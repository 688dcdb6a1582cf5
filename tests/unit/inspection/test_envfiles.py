"""Files of variables: which of them hold nothing that has to stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection.envfiles import holds_no_secret

DESCRIBED = """\
# what there is to set
[variables.SECRET_KEY]
type = "str"
initial_func = "initializers.password"
args = [50]

[variables.DATABASE_URL]
type = "url"
initial = "postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db:5432/${POSTGRES_DB}"
"""


@pytest.mark.parametrize(
    ("name", "text", "harmless"),
    [
        (".env", "DEBUG=1\nPORT=8000\n", True),
        (".env", "REDIS_URL=redis://redis:6379/0\nSITE=http://localhost:8000\n", True),
        (".env.toml", DESCRIBED, True),
        (".env.toml", '[production]\nSECRET_KEY = "0123456789"\n', False),
        (".env", "DATABASE_URL=postgres://ada:lovelace@db/shop\n", False),
        (".env", "SENTRY=https://0123456789@sentry.example/1\n", False),
        (".env", "HOOK=https://hooks.example/T0/B0\n", False),
        (".env", "API_KEY=0123456789\n", False),
        (".env", "DEBUG=1\nMIIB0123\n", False),
        (".env", "", False),
        ("deploy.txt", "DEBUG=1\n", False),
    ],
)
def test_a_file_of_variables_that_everyone_may_read(tmp_path: Path, name: str, text: str, harmless: bool) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert holds_no_secret(tmp_path / name) is harmless
