"""Known causes of failures are recognised in what programs really print."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.causes import CAUSES, Cause, explain

PRINTED = {
    "secret-key": (
        "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable",
        "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
        "KeyError: 'SECRET_KEY'",
    ),
    "variable": (
        "django.core.exceptions.ImproperlyConfigured: Set the MAPS_TOKEN environment variable",
        "KeyError: 'MAPS_TOKEN'",
        "decouple.UndefinedValueError: MAPS_TOKEN not found. Declare it as envvar or define a default value.",
    ),
    "static-root": (
        "django.core.exceptions.ImproperlyConfigured: You're using the staticfiles app without having set the "
        "STATIC_ROOT setting to a filesystem path.",
    ),
    "static-missing": (
        "whitenoise.storage.MissingFileError: The file 'css/missing.png' could not be found with "
        "<whitenoise.storage.CompressedManifestStaticFilesStorage object at 0x7f>.",
        "ValueError: Missing staticfiles manifest entry for 'css/site.css'",
    ),
    "static-folder": ("?: (staticfiles.W004) The directory '/code/static' in the STATICFILES_DIRS setting does not exist.",),
    "allowed-hosts": (
        "django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'notes.example'. You may need to add "
        "'notes.example' to ALLOWED_HOSTS.",
    ),
    "csrf-origin": ("Forbidden (Origin checking failed - https://notes.example does not match any trusted origins.): /login/",),
    "migration-conflict": (
        "CommandError: Conflicting migrations detected; multiple leaf nodes in the migration graph: (0002_a, 0002_b in notes).",
    ),
    "migration-history": (
        "django.db.migrations.exceptions.InconsistentMigrationHistory: Migration admin.0001_initial is applied before its "
        "dependency users.0001_initial on database 'default'.",
    ),
    "table-exists": (
        'django.db.utils.ProgrammingError: relation "notes_note" already exists',
        'django.db.utils.OperationalError: table "notes_note" already exists',
    ),
    "no-tables": (
        'django.db.utils.ProgrammingError: relation "notes_note" does not exist',
        "django.db.utils.OperationalError: no such table: notes_note",
    ),
    "database-password": ('FATAL:  password authentication failed for user "app"',),
    "database-away": (
        'psycopg.OperationalError: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        'could not translate host name "db.internal" to address',
    ),
    "database-driver": ("django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg module",),
    "pg-config": ("Error: pg_config executable not found.",),
    "readonly-database": ("django.db.utils.OperationalError: attempt to write a readonly database",),
    "server-missing": ("bash: line 1: gunicorn: command not found", "sh: 1: gunicorn: not found"),
    "module-missing": ("ModuleNotFoundError: No module named 'whitenoise'",),
    "python-version": (
        "ERROR: Package 'django' requires a different Python: 3.10.4 not in '>=3.12'",
        "The current Python version (3.10.4) is not allowed by the project (>=3.12).",
    ),
    "lock-stale": (
        "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        "pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry lock` to fix the lock file.",
        "Your Pipfile.lock (a1b2c3) out of date. Expected: (d4e5f6).",
    ),
    "no-matching-package": ("ERROR: No matching distribution found for djang0==5.2",),
    "memory": ("2026-11-21T07:00:00 heroku[web.1]: Error R14 (Memory quota exceeded)", "Out of memory: Killed process 123"),
    "port": ("Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch",),
    "worker-timeout": ("[2026-11-21 07:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:8)",),
    "disk": ("OSError: [Errno 28] No space left on device",),
    "ssh-key": ("git@git.example: Permission denied (publickey).",),
    "push-rejected": (" ! [rejected]        HEAD -> main (fetch first)",),
    "certificate": (
        "  cause: invalid peer certificate: UnknownIssuer",
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
        "certificate in certificate chain (_ssl.c:1006)'))",
    ),
    "network": ("fatal: unable to access 'https://git.example/': Could not resolve host: git.example",),
    "settings-module": (
        "django.core.exceptions.ImproperlyConfigured: Requested setting DEBUG, but settings are not configured.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_each_cause_is_recognised_by_what_is_really_printed(cause: Cause) -> None:
    for line in PRINTED[cause.id]:
        found = explain(["Building …", f"\x1b[31m{line}\x1b[0m", "Traceback ends."])
        assert found is not None and found.id == cause.id
        assert found.line == line.strip()
        assert not re.search(r"[{}]", found.title + found.fix)


def test_the_name_that_was_printed_is_in_the_explanation() -> None:
    found = explain(["KeyError: 'MAPS_TOKEN'"])

    assert found is not None
    assert "MAPS_TOKEN" in found.title and "MAPS_TOKEN" in found.fix


def test_the_last_cause_counts() -> None:
    lines = ["ModuleNotFoundError: No module named 'colorful'", "OSError: [Errno 28] No space left on device"]

    assert explain(lines).id == "disk"  # type: ignore[union-attr]


def test_a_platforms_own_causes_go_first() -> None:
    own = Cause(id="own", pattern="Error R14", title="Too small a pond.", fix="Dig.")

    assert explain(["Error R14 (Memory quota exceeded)"], [own]).id == "own"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    ["Applying notes.0001_initial... OK", "Collecting django", "200 static files copied", "", "-----> Launching..."],
)
def test_ordinary_output_is_no_failure(line: str) -> None:
    assert explain([line]) is None


@given(st.lists(st.text(), max_size=20))
def test_whatever_is_printed_is_read_without_trouble(lines: list[str]) -> None:
    explain(lines)


def test_endless_lines_are_read_quickly() -> None:
    assert explain(["Set the " + "A" * 1_000_000, "The file '" * 100_000]) is None
