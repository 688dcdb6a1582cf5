"""Files for platforms and builders that the project has already."""

from __future__ import annotations

import pytest

from simple_deploy.core.findings import Level
from tests.field.deciding import decided
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = pytest.mark.slice(2)  # of the slow ones

BOOK = """\
FROM python:3.13-slim
WORKDIR /code
COPY . /code
RUN pip install -r requirements.txt
CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]
"""
FLY = 'app = "goods-2023"\nprimary_region = "ams"\n[env]\n  PORT = "8000"\n[http_service]\n  internal_port = 8000\n'


@trait(
    "own",
    "a Dockerfile from a book and a fly.toml of an earlier site: they start the development server, collect and migrate "
    "nothing, and know no database",
    "each is a question that says what the file lacks; with `--yes` both are replaced, and undo restores them",
)
@pytest.mark.parametrize("database", ["sqlite", "unmanaged-postgres"])
def test_a_dockerfile_that_cannot_serve_the_site(database: str, shop: Shop) -> None:
    shop.write({"Dockerfile": BOOK, "fly.toml": FLY})
    shop.commit()

    found = decided("flyio", shop, database=database)

    assert [question.id for question in found.asked] == ["existing_dockerfile", "existing_fly_toml"]
    assert "does not collect the static files" in found.asked[0].help
    assert [choice.value for choice in found.asked[0].fields[0].choices] == ["keep", "replace", "beside"]
    assert found.file("Dockerfile").if_exists == found.file("fly.toml").if_exists == "replace"
    assert found.file("Dockerfile").title == "Replace your Dockerfile"
    assert found.findings["existing.dockerfile"].level is Level.WARNING

    kept = decided("flyio", shop, {"existing_dockerfile": "keep"}, database=database)
    assert kept.file("Dockerfile").title == "Kept your Dockerfile"
    assert "does not work with it" in kept.findings["existing.dockerfile"].title
    assert any("collect" in lack for lack in kept.findings["existing.dockerfile"].details)


GOOD = """\
FROM python:3.13-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
RUN SECRET_KEY=build python manage.py collectstatic --noinput
CMD ["gunicorn", "--bind", "0.0.0.0:8080", "--workers", "2", "shop.wsgi"]
"""


@trait(
    "own",
    "a Dockerfile and a fly.toml of one's own, on another port than the tool's, that do all a site needs",
    "both are kept, and the step says so; where only one of them stays, the ports are compared again",
)
def test_files_that_serve_the_site_are_kept(shop: Shop) -> None:
    configuration = 'app = "slow-train"\n[deploy]\n  release_command = "python manage.py migrate"\n'
    shop.write({"Dockerfile": GOOD, "fly.toml": configuration})
    shop.commit()

    found = decided("flyio", shop)
    assert [found.file(path).title for path in ("Dockerfile", "fly.toml")] == [
        "Kept your Dockerfile",
        "Kept your fly.toml",
    ]
    assert found.findings["existing.dockerfile"].level is Level.INFO

    one = decided("flyio", shop, {"existing_fly_toml": "replace"})
    assert "listens on port 8080" in " ".join(one.findings["existing.dockerfile"].details)


@trait(
    "realpython/flask-boilerplate#14, realpython/flask-boilerplate#43",
    "a Procfile with Windows line ends, with the module of another project and a process of its own",
    "the plan names the module, replaces the line, and keeps the process",
)
def test_a_procfile_with_the_module_of_another_project(shop: Shop) -> None:
    shop.write(
        {
            "Procfile": "release: python manage.py migrate\r\nweb: gunicorn mysite.wsgi --log-file -\r\n"
            "clock: python manage.py remind\r\n"
        }
    )
    shop.commit()

    found = decided("heroku", shop)

    [question] = found.asked
    assert "It serves mysite.wsgi, and the project's module is shop.wsgi." in question.help
    step = found.file("Procfile")
    assert step.if_exists == "replace" and step.text.splitlines()[-1] == "clock: python manage.py remind"
    assert found.findings["existing.procfile"].details


@trait(
    "own",
    "a Procfile that serves the project and migrates in its own way, with a worker",
    "it is kept without a warning, on one platform; the other platform says that it does not read it",
)
def test_a_procfile_that_serves_the_project(shop: Shop) -> None:
    shop.write(
        {"Procfile": "web: gunicorn shop.wsgi:application\nworker: python manage.py work\nrelease: ./release.sh\n"}
    )
    shop.write({"release.sh": "#!/bin/sh\npython manage.py migrate --noinput\n"})
    shop.commit()

    found = decided("heroku", shop)
    assert found.file("Procfile").title == "Kept your Procfile"
    assert found.findings["existing.procfile"].level is Level.INFO
    assert "Procfile" in decided("flyio", shop).findings["existing.others"].title
