"""Files for platforms and builders that the project already has."""

from __future__ import annotations

import pytest

from simple_deploy.core.findings import Level
from tests.field.deciding import decided
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(4)]

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
    "a Dockerfile from a book and a fly.toml of an earlier site: they start the development server, do not "
    "migrate or collect static files, and define no database",
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
    "the person's own Dockerfile and fly.toml, on a different port from the tool's, that do everything a site needs",
    "both are kept, and the step says so; if only one of them stays, the ports are compared again",
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
    "a Procfile with Windows line endings, with another project's module and a process of its own",
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
    "it is kept without a warning on one platform; the other platform says that it does not read it",
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


# -- what else stands in files of one's own --


@trait(
    "wagtail-deprecated/wagtaildemo#86",
    "the Procfile says which port the site listens on",
    "replaced under `--yes`: the platform sends requests to the port in PORT, and nothing else is reached",
)
def test_a_procfile_with_a_port_of_its_own(shop: Shop) -> None:
    shop.write({"Procfile": "web: gunicorn shop.wsgi --bind 0.0.0.0:5000\n"})
    shop.commit()

    found = decided("heroku", shop)

    assert found.file("Procfile").if_exists == "replace"
    assert "a port 5000" in " ".join(found.findings["existing.procfile"].details)


@trait(
    "adeyosemanputra/pygoat#72, mozilla-services/syncserver#106",
    "the Dockerfile's server listens only to the container itself",
    "named, and replaced under `--yes`",
)
def test_a_server_that_nobody_reaches(shop: Shop) -> None:
    shop.write({"Dockerfile": GOOD.replace("0.0.0.0:8080", "127.0.0.1:8000")})
    shop.commit()

    found = decided("flyio", shop)

    assert found.file("Dockerfile").if_exists == "replace"
    assert any("nobody can reach it" in lack for lack in found.findings["existing.dockerfile"].details)


@trait(
    "wagtail/bakerydemo#322, akornor/playlistor#60",
    "the Dockerfile's Python is older than Django requires",
    "named with both versions before anything is built",
)
def test_a_python_that_is_too_old_for_django(shop: Shop) -> None:
    shop.write({"Dockerfile": GOOD.replace("3.13", "3.8")})
    shop.commit()

    details = decided("flyio", shop).findings["existing.dockerfile"].details
    assert any(lack.startswith("It asks for Python 3.8, and Django") for lack in details)


@trait(
    "wsvincent/lithium#86, docker/python-docker#4",
    "the Dockerfile starts a server that no package list names",
    "it is named; gunicorn, which the plan adds, does not count as missing",
)
def test_a_server_that_is_not_installed(shop: Shop) -> None:
    started = 'CMD ["uvicorn", "shop.asgi:application", "--host", "0.0.0.0", "--port", "8000"]\n'
    shop.write({"Dockerfile": GOOD[: GOOD.index("CMD")] + started})
    shop.commit()

    details = decided("flyio", shop).findings["existing.dockerfile"].details
    assert any("uvicorn, which no declared package provides" in lack for lack in details)


@trait(
    "cookiecutter/cookiecutter-django#1673, testdrivenio/django-on-docker#66",
    "nothing in the Dockerfile collects static files, or a script it starts does",
    "the former is named, and in the latter case the script is read",
)
def test_static_files_that_a_script_collects(shop: Shop) -> None:
    without = GOOD.replace("RUN SECRET_KEY=build python manage.py collectstatic --noinput\n", "")
    shop.write({"Dockerfile": without})
    shop.commit()
    assert any("static" in lack for lack in decided("flyio", shop).findings["existing.dockerfile"].details)

    script = "#!/bin/sh\npython manage.py collectstatic --noinput\nexec gunicorn shop.wsgi -b 0.0.0.0:8000\n"
    shop.write({"start.sh": script, "Dockerfile": without[: without.index("CMD")] + 'CMD ["./start.sh"]\n'})
    assert decided("flyio", shop).file("Dockerfile").title == "Kept your Dockerfile"


@trait(
    "dailybruin/meow#312",
    "SQLite on a volume, and the person's own Dockerfile, which does not migrate",
    "it is named: a release command has no volume, so the site has to migrate as it starts",
)
def test_a_volume_whose_database_nobody_migrates(shop: Shop) -> None:
    shop.write({"Dockerfile": GOOD.replace("8080", "8000")})
    shop.commit()

    details = decided("flyio", shop, database="sqlite").findings["existing.dockerfile"].details
    assert details == ("It does not migrate the database.",)
    assert decided("flyio", shop).file("Dockerfile").title == "Kept your Dockerfile", "elsewhere fly.toml does"


@trait(
    "dandi/dandi-archive#1679, rust-lang/crates-io-ops-bot#44",
    "a workflow deploys each push, and the project has files of three other platforms",
    "a warning names the workflow and where it deploys to; the files are named as read by others",
)
def test_a_workflow_that_deploys(shop: Shop) -> None:
    shop.write(
        {
            ".github/workflows/ship.yml": "on: push\njobs:\n  ship:\n    steps:\n      - uses: akhileshns/heroku-deploy@v3\n",
            ".github/workflows/tests.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: python manage.py test\n",
            "render.yaml": "services: []\n",
            "nixpacks.toml": "[start]\n",
            "compose.yaml": "services: {}\n",
        }
    )
    shop.commit()

    found = decided("flyio", shop).findings
    assert "Heroku" in found["existing.deploys.github-workflows-ship-yml"].title
    assert len([name for name in found if name.startswith("existing.deploys")]) == 1
    assert found["existing.others"].details == (
        "compose.yaml: Docker Compose",
        "nixpacks.toml: Nixpacks",
        "render.yaml: Render",
    )


@trait(
    "own",
    "a configuration from Platform.sh's time, and a second file in `.upsun/`",
    "the old one is named as read by others; the second one stops the plan, because both would be read",
)
def test_configurations_of_one_platform_in_two_places(shop: Shop) -> None:
    shop.write({".platform.app.yaml": "name: app\n", ".upsun/app.yaml": "applications:\n  app: {}\n"})
    shop.commit()

    found = decided("upsun", shop).findings
    assert found["existing.others"].details == (".platform.app.yaml: Platform.sh",)
    assert found["upsun.other-configuration"].level is Level.BLOCKER


CONFIGURATION = """\
applications:
  app:
    type: "python:3.13"
    relationships:
      postgresql: {service: db}
    web:
      commands:
        start: "gunicorn -b unix:$SOCKET shop.wsgi:application"
    hooks:
      build: |
        pip install -r requirements.txt
        python manage.py collectstatic --noinput
      deploy: python manage.py migrate
"""


@trait(
    "own",
    "the person's own `.upsun/config.yaml`, right or for another project",
    "the first is kept; the other is replaced under `--yes`, and the module is named",
)
def test_a_configuration_for_another_project(shop: Shop) -> None:
    shop.write({".upsun/config.yaml": CONFIGURATION})
    shop.commit()
    assert decided("upsun", shop).file(".upsun/config.yaml").title == "Kept your .upsun/config.yaml"

    shop.write({".upsun/config.yaml": CONFIGURATION.replace("shop.wsgi", "mysite.wsgi")})
    found = decided("upsun", shop)
    assert found.file(".upsun/config.yaml").if_exists == "replace"
    assert any("mysite.wsgi" in lack for lack in found.findings["existing.upsun-config-yaml"].details)


@trait(
    "own",
    "the person's own `.upsun/config.yaml` is kept, and the site is to have a variable with nothing in it",
    "it is said that the file has to set it, because Upsun's program takes no empty value",
)
def test_a_kept_configuration_and_a_variable_with_nothing_in_it(shop: Shop) -> None:
    shop.append(
        "shop/settings.py", '\nimport os\n\nWEBHOOK = os.environ.get("WEBHOOK", "https://hooks.example.com/")\n'
    )
    shop.write({".upsun/config.yaml": CONFIGURATION, ".env": "WEBHOOK=\n"})
    shop.append(
        "shop/settings.py", 'for row in open(BASE_DIR / ".env"):\n    os.environ.setdefault(*row.strip().split("="))\n'
    )
    shop.commit()

    found = decided("upsun", shop, variable_webhook="here").findings["existing.upsun-config-yaml"]
    assert found.level is Level.WARNING
    assert 'Add `WEBHOOK: ""` to it' in found.details[0]

    set_there = CONFIGURATION.replace("    web:", '    variables:\n      env:\n        WEBHOOK: ""\n    web:')
    assert set_there != CONFIGURATION
    shop.write({".upsun/config.yaml": set_there})
    found = decided("upsun", shop, variable_webhook="here").findings["existing.upsun-config-yaml"]
    assert found.level is Level.INFO
