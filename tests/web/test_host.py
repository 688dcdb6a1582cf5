"""What kind of process the host is, told by its command line."""

from __future__ import annotations

import pytest

from simple_deploy.web.host import development_server, opens


def address(line: str, **environ: str) -> str | None:
    server = development_server(line.split(), environ)
    return server.address if server else None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("manage.py runserver", "http://127.0.0.1:8000"),
        ("manage.py runserver 8080", "http://127.0.0.1:8080"),
        ("manage.py runserver 0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("manage.py runserver localhost:9000 --noreload", "http://localhost:9000"),
        ("manage.py runserver -v 2", "http://127.0.0.1:8000"),
        ("manage.py runserver --settings a.b 8001", "http://127.0.0.1:8001"),
        ("manage.py runserver --verbosity 2 8001", "http://127.0.0.1:8001"),
        ("manage.py runserver -6", "http://[::1]:8000"),
        ("manage.py runserver [::1]:7000", "http://[::1]:7000"),
        ("manage.py runserver_plus 8000", "http://127.0.0.1:8000"),
        ("manage.py runsslserver", "http://127.0.0.1:8000"),
        ("/usr/lib/python3/django/__main__.py runserver", "http://127.0.0.1:8000"),
        ("django-admin runserver 1234", "http://127.0.0.1:1234"),
        ("/x/bin/uvicorn site.asgi:application --reload", "http://127.0.0.1:8000"),
        ("/x/uvicorn/__main__.py site.asgi:application --reload --port 81", "http://127.0.0.1:81"),
        ("uvicorn site.asgi --reload --host=0.0.0.0 --port=82", "http://127.0.0.1:82"),
        ("uvicorn.exe site.asgi --reload --host ::1", "http://[::1]:8000"),
        ("hypercorn site.asgi --reload --bind localhost:83", "http://localhost:83"),
    ],
)
def test_a_development_server_is_recognised_with_its_address(line: str, expected: str) -> None:
    assert address(line) == expected


@pytest.mark.parametrize(
    "line",
    ["manage.py", "manage.py migrate", "manage.py check --deploy", "manage.py shell runserver", "manage.py --help",
     "gunicorn site.wsgi", "uvicorn site.asgi", "/x/bin/pytest", "daphne site.asgi", "", "celery -A site worker"],
)  # fmt: skip
def test_anything_else_is_none(line: str) -> None:
    assert address(line) is None


def test_a_server_without_threads_is_known() -> None:
    server = development_server(["manage.py", "runserver", "--nothreading", "8001"], {})
    assert server is not None
    assert not server.threads


def test_uvicorn_is_told_by_variables_too() -> None:
    assert address("uvicorn site.asgi", UVICORN_RELOAD="true", UVICORN_PORT="84") == "http://127.0.0.1:84"


@pytest.mark.parametrize(
    ("debug", "enabled", "line", "there"),
    [
        (True, None, "manage.py runserver", True),
        (True, "", "manage.py runserver", True),
        (False, None, "manage.py runserver", False),
        (False, "1", "manage.py runserver", False),
        (True, None, "gunicorn site.wsgi", False),
        (True, "1", "gunicorn site.wsgi", True),
        (True, True, "custom-server", True),
        (True, "0", "manage.py runserver", False),
        (True, False, "manage.py runserver", False),
    ],
)
def test_the_page_is_there_for_a_development_server_with_debug_only(
    debug: bool, enabled: object, line: str, there: bool
) -> None:
    assert opens(debug=debug, enabled=enabled, server=development_server(line.split(), {})) is there
