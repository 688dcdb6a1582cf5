from __future__ import annotations

from simple_deploy.inspection import git


def test_templates_of_secret_files_are_no_secrets() -> None:
    paths = [".env", "site/.env.production", ".env.example", ".env.sample", "key.pem", "db.sqlite3"]
    assert git.sensitive(paths) == (".env", "site/.env.production", "key.pem", "db.sqlite3")
