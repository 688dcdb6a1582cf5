"""What files for platforms and builders say: a Dockerfile, a Procfile, fly.toml, YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection import existing
from simple_deploy.inspection.existing import read


@pytest.mark.parametrize(
    ("command", "application", "port"),
    [
        ("gunicorn --bind 0.0.0.0:8000 --workers 2 shop.wsgi", "shop.wsgi", 8000),
        ("gunicorn shop.wsgi:application -b :5000 -k uvicorn.workers.UvicornWorker", "shop.wsgi:application", 5000),
        ("gunicorn -b[::]:8000 shop.wsgi", "shop.wsgi", 8000),
        ("exec uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT:-8080}", "shop.asgi:application", 8080),
        ("daphne -b 0.0.0.0 -p 9000 shop.asgi:application", "shop.asgi:application", 9000),
        ("waitress-serve --listen=*:8080 shop.wsgi:application", "shop.wsgi:application", 8080),
        ("hypercorn config.asgi:application --bind '0.0.0.0:8000'", "config.asgi:application", 8000),
        ("uwsgi --http :8000 --module shop.wsgi:application", "shop.wsgi:application", 8000),
        ("poetry run gunicorn --chdir src shop.wsgi --bind 0.0.0.0:8000", "shop.wsgi", 8000),
    ],
)
def test_a_command_that_serves_the_site(command: str, application: str, port: int) -> None:
    for text in (f"CMD {command}\n", f"services:\n  web:\n    command: {command}\n"):
        found = read("Dockerfile", text)
        assert found.applications == (application,)
        assert found.ports == (port,)


def test_a_dockerfile_from_a_book() -> None:
    text = (
        "FROM python:3.8-slim\n# RUN python manage.py migrate\nCOPY . /code\nRUN pip install -r requirements.txt\n"
        'CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]\n'
    )
    found = read("Dockerfile", text)
    assert (found.python, found.servers, found.ports) == ("3.8", ("runserver",), (8000,))
    assert found.installs == ("requirements.txt",) and found.managers == ("pip",)
    assert "migrate" not in found.manages and not found.local_only


def test_a_server_that_listens_to_its_own_computer() -> None:
    assert read("Dockerfile", "CMD python manage.py runserver\n").local_only
    assert read("Dockerfile", "CMD gunicorn -b 127.0.0.1:8000 shop.wsgi\n").local_only
    assert not read("Dockerfile", "CMD gunicorn -c gunicorn.conf.py shop.wsgi\n").local_only


def test_a_procfile_from_windows() -> None:
    text = "release: python manage.py migrate\r\nweb: gunicorn shop.wsgi --log-file -\r\nclock: python manage.py remind\r\n"
    found = read("Procfile", text)
    assert dict(found.processes)["clock"] == "python manage.py remind"
    assert found.manages == ("migrate", "remind") and found.applications == ("shop.wsgi",) and found.reads_port


def test_what_a_manager_installs() -> None:
    assert read("Dockerfile", "RUN uv sync --locked --no-dev --group deploy\n").groups == ("deploy",)
    assert read("Dockerfile", "RUN uv sync --all-groups\n").groups == ("*",)
    assert read("Dockerfile", "RUN poetry install --no-root\n").groups == ("*",)
    assert read("Dockerfile", "RUN poetry install --only main,deploy\n").groups == ("main", "deploy")
    assert read("Dockerfile", "RUN pip install --no-cache-dir 'gunicorn==23.0'\n").packages == ("gunicorn",)


def test_a_configuration_in_toml() -> None:
    text = (
        'app = "slow-train"\n[deploy]\n  release_command = "python manage.py migrate"\n[env]\n  DATABASE_URL = "x"\n'
        '[http_service]\n  internal_port = 8080\n[[mounts]]\n  destination = "/data"\n'
    )
    found = read("some.toml", text)
    assert (found.app, found.ports, found.folders, found.manages) == ("slow-train", (8080,), ("/data",), ("migrate",))
    assert {"deploy", "release_command", "DATABASE_URL", "mounts"} <= found.keys


def test_the_files_of_a_project(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "tests.yml").write_text("jobs:\n  test:\n    run: pytest\n", encoding="utf-8")
    (tmp_path / ".github" / "workflows" / "ship.yaml").write_text(
        "run: flyctl deploy --remote-only\n", encoding="utf-8"
    )
    (tmp_path / "nixpacks.toml").write_text("[start]\n", encoding="utf-8")
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "start").write_text(
        "#!/bin/sh\npython manage.py migrate\nexec gunicorn shop.wsgi --bind 0.0.0.0:$PORT\n", encoding="utf-8"
    )
    (tmp_path / "Dockerfile").write_text('COPY docker/start /start\nCMD ["/start"]\n', encoding="utf-8")

    found = {file.path: file for file in existing.look(tmp_path)}

    assert list(found) == [".github/workflows/ship.yaml", "Dockerfile", "nixpacks.toml"]
    assert found[".github/workflows/ship.yaml"].deploys_to
    assert found["Dockerfile"].applications == ("shop.wsgi",), "a script that it starts counts too"
    assert found["Dockerfile"].reads_port and found["Dockerfile"].manages == ("migrate",)


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"\xff\xfe\x00" * 200_000)
    [found] = existing.look(tmp_path)
    assert found.servers == () and found.managers == ()


def test_a_server_with_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "uwsgi.ini").write_text(
        "[uwsgi]\nmodule = shop.wsgi:application\nhttp-socket = :$(PORT)\n", encoding="utf-8"
    )
    (tmp_path / "Procfile").write_text("web: uwsgi ./etc/uwsgi.ini\n", encoding="utf-8")
    [found] = existing.look(tmp_path)
    assert found.servers == ("uwsgi",) and found.applications == ("shop.wsgi:application",)
    assert found.configured and not found.local_only
