"""What a builder needs to know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.inspection import fixes
from simple_deploy.platforms import delivery
from tests import golden
from tests.field.shop import Shop
from tests.field.test_beside import plans, told, written
from tests.field.traits import trait

PYPROJECT = """\
[project]
name = "goods-online"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = ["django"{more}]
"""
BUILD = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

pytestmark = [pytest.mark.slow, pytest.mark.slice(3)]


def kept_by_uv(shop: Shop, text: str) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"pyproject.toml": text})


@trait(
    "astral-sh/uv#8460, langflow-ai/langflow#9758",
    "a package of the same repository, as a path or a member of uv's workspace",
    "its folder is copied into the image before uv installs",
)
def test_a_package_of_the_same_repository(shop: Shop) -> None:
    sources = '\n[tool.uv.sources]\npricing = { path = "libs/pricing" }\n\n[tool.uv.workspace]\nmembers = ["parts/*"]\n'
    kept_by_uv(shop, PYPROJECT.format(more=', "pricing"') + sources)
    for folder, name in (("libs/pricing", "pricing"), ("parts/tax", "tax")):
        shop.write(
            {
                f"{folder}/pyproject.toml": f'[project]\nname = "{name}"\nversion = "1"\n',
                f"{folder}/{name}.py": "",
            }
        )

    lines = written(plans(shop.facts())["flyio"], "Dockerfile").splitlines()

    install = next(number for number, line in enumerate(lines) if "uv sync" in line)
    assert lines.index("COPY libs/pricing/ libs/pricing/") < install
    assert lines.index("COPY parts/tax/ parts/tax/") < install


@trait(
    "own",
    "the project is one member of uv's workspace, takes another member by `workspace = true`, and has no lock yet",
    "all of the repository is copied into the image before uv installs, because the workspace is further up",
)
def test_a_member_of_a_workspace_without_a_lock(shop: Shop) -> None:
    shop.write({"pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*", "site"]\n'})
    shop.write({"packages/pricing/pyproject.toml": '[project]\nname = "pricing"\nversion = "1"\n'})
    shop.git("rm", "--quiet", "requirements.txt")
    (shop.root / "site").mkdir()
    for name in ("manage.py", "shop", "goods"):
        shop.git("mv", name, f"site/{name}")
    sources = "\n[tool.uv.sources]\npricing = { workspace = true }\n"
    shop.write({"site/pyproject.toml": PYPROJECT.format(more=', "pricing"') + sources})
    shop.commit()

    below = replace(shop, project_dir="site")
    lines = written(plans(below.facts())["flyio"], "Dockerfile").splitlines()

    assert lines.index("COPY . .") < next(number for number, line in enumerate(lines) if "uv sync" in line)


@trait(
    "python-poetry/poetry#9512",
    "one of Poetry's dependencies is a folder of the repository",
    "its folder is copied into the image before Poetry installs",
)
def test_a_folder_that_poetry_installs(shop: Shop) -> None:
    kept_by_uv(
        shop,
        '[tool.poetry]\nname = "shop"\nversion = "1"\npackage-mode = false\n\n[tool.poetry.dependencies]\n'
        'python = ">=3.10"\ndjango = "*"\ngantt = { path = "vendor/gantt", develop = true }\n',
    )
    shop.write({"vendor/gantt/pyproject.toml": '[project]\nname = "gantt"\nversion = "1"\n'})

    assert "COPY vendor/gantt/ vendor/gantt/" in written(plans(shop.facts())["flyio"], "Dockerfile").splitlines()


@trait(
    "Kozea/WeasyPrint#1772, Kozea/WeasyPrint#2221, PyMySQL/mysqlclient#636",
    "packages that need system libraries: WeasyPrint, python-magic, pdf2image, mysqlclient",
    "apt installs them in the image, an Aptfile and its buildpack on Heroku; on Upsun the deployment stops "
    "before anything is made",
)
def test_libraries_of_the_system(shop: Shop) -> None:
    shop.append("requirements.txt", "weasyprint\npython-magic\npdf2image\nmysqlclient\n")

    made = plans(shop.facts())

    packages, site = written(made["flyio"], "Dockerfile").split("# The site itself.")
    assert "default-libmysqlclient-dev gcc" in packages and "libpango" not in packages
    assert "libharfbuzz-subset0 libmagic1 libmariadb3 libpango-1.0-0 libpangoft2-1.0-0 poppler-utils" in site
    aptfile = written(made["heroku"], "Aptfile").splitlines()
    assert {"libmagic1", "poppler-utils", "libpango-1.0-0"} <= {*aptfile}
    call = next(step for step in made["heroku"].steps if step.id == "buildpacks")
    assert "heroku-community/apt heroku/python" in str(call)
    blocked = next(each for each in made["upsun"].findings if each.id == "upsun.system-packages")
    assert blocked.level is Level.DEPLOY_BLOCKER and "weasyprint" in blocked.title


@trait(
    "heroku/heroku-buildpack-python#708, heroku/heroku-geo-buildpack#25",
    "GeoDjango",
    "the image gets gdal-bin; Heroku gets its geo buildpack, and the settings read where that puts the libraries",
)
def test_geodjango(shop: Shop) -> None:
    facts = shop.facts()
    assert facts.settings is not None
    apps = (*facts.settings.installed_apps, "django.contrib.gis")
    made = plans(replace(facts, settings=replace(facts.settings, installed_apps=apps, apps=())))

    assert "gdal-bin" in written(made["flyio"], "Dockerfile")
    assert "heroku-geo-buildpack.git heroku/python" in str(
        next(step for step in made["heroku"].steps if step.id == "buildpacks")
    )


@trait(
    "fpgmaas/cookiecutter-uv#57, astral-sh/uv#11872",
    "a build system in pyproject.toml, and no package with the project's name",
    "Upsun and Fly.io install without the project; on Heroku the deployment stops, and a fix declares that it is "
    "not a package",
)
def test_a_build_system_without_a_package(shop: Shop) -> None:
    kept_by_uv(shop, PYPROJECT.format(more="") + BUILD)
    shop.write({"uv.lock": 'version = 1\nrequires-python = ">=3.10"\n'})
    facts = shop.facts()
    made = plans(facts)

    assert "--no-install-project" in written(made["upsun"], ".upsun/config.yaml")
    heroku = golden.PLATFORMS["heroku"][0]
    found = {each.id: each for each in delivery.findings(heroku.delivery, "Heroku", facts)}["delivery.no-package"]
    assert (found.level, found.fix_name) == (Level.BLOCKER, "no-package")
    described = fixes.describe("no-package", facts)
    ((file, content),) = described.files
    assert file == "pyproject.toml" and b"[tool.uv]\npackage = false\n" in content
    shop.write({file: content.decode()})
    assert not shop.facts().dependencies.builds_itself


@trait(
    "heroku/heroku-buildpack-python#346",
    "a package from git over SSH",
    "the deployment stops before anything is made: a builder elsewhere has no key",
)
def test_a_package_over_ssh(shop: Shop) -> None:
    shop.append("requirements.txt", "parts @ git+ssh://git@git.example.com/shop/parts.git@v1\n")

    for slug, plan in plans(shop.facts()).items():
        found = {each.id: each for each in plan.findings}[f"{slug}.git-over-ssh"]
        assert found.level is Level.DEPLOY_BLOCKER and "parts" in found.title
    assert "https" in told(plan)["upsun.git-over-ssh"]


@trait(
    "heroku/heroku-buildpack-python#223, kuzmaka/django-react-boilerplate#55",
    "a package.json whose built files git ignores",
    "Heroku gets the buildpack for Node before Python's, the image gets a Node stage, and Upsun a line in its "
    "build hook",
)
def test_a_front_end_that_npm_builds(shop: Shop) -> None:
    shop.write(
        {
            "package.json": '{"private": true, "scripts": {"build": "tailwindcss -o static/dist/site.css"}}',
            "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
            "static/dist/site.css": "p { margin: 0 }",
        }
    )
    shop.append(".gitignore", "node_modules/\nstatic/dist/\n")
    shop.append("shop/settings.py", '\nSTATICFILES_DIRS = [BASE_DIR / "static"]\n')
    shop.commit()

    made = plans(shop.facts())

    assert "heroku/nodejs heroku/python" in str(next(step for step in made["heroku"].steps if step.id == "buildpacks"))
    dockerfile = written(made["flyio"], "Dockerfile")
    stage = dockerfile[dockerfile.index("FROM node:") : dockerfile.index("# The site itself.")]
    assert "RUN npm ci\n" in stage and "RUN npm run build" in stage
    assert "COPY --from=front-end /code ." in dockerfile
    assert "npm ci && npm run build" in written(made["upsun"], ".upsun/config.yaml")
    assert all("static/dist" in told(plan)[f"{slug}.front-end"] for slug, plan in made.items())


@trait(
    "heroku/roadmap#216, fly-apps/dockerfile-node#128",
    "a front end that bun installs and builds",
    "bun is fetched if Node is there, and installs what bun.lock says; Heroku's buildpack does not support it, "
    "so the plan says that and names the way out",
)
def test_a_front_end_that_bun_builds(shop: Shop) -> None:
    shop.write(
        {
            "package.json": '{"private": true, "scripts": {"build": "bun run tailwind -o static/dist/site.css"}}',
            "bun.lock": '{"lockfileVersion": 1}',
            "static/dist/site.css": "p { margin: 0 }",
        }
    )
    shop.append(".gitignore", "node_modules/\nstatic/dist/\n")
    shop.append("shop/settings.py", '\nSTATICFILES_DIRS = [BASE_DIR / "static"]\n')
    shop.commit()

    made = plans(shop.facts())

    stage = written(made["flyio"], "Dockerfile").partition("# The site itself.")[0]
    assert "RUN npm install --global bun\n" in stage and "bun.lock" in stage
    assert "RUN bun install --frozen-lockfile\n" in stage and "RUN bun run build" in stage
    hook = written(made["upsun"], ".upsun/config.yaml")
    assert "npx --yes bun install --frozen-lockfile && npx --yes bun run build" in hook
    assert "heroku/nodejs" not in str(made["heroku"].steps)
    assert "npm install --package-lock-only" in told(made["heroku"])["heroku.front-end"]


@trait(
    "own",
    "a front end that was never built on this computer: pages name a style sheet, the settings name a folder, and "
    ".gitignore names a folder of static files, none of which exists here",
    "A warning names them with the page; the platforms build them",
)
def test_a_front_end_that_nobody_built_yet(shop: Shop) -> None:
    shop.write(
        {
            "front/package.json": '{"private": true, "scripts": {"build": "tailwindcss -o ../static/site.css"}}',
            "static/logo.svg": "<svg/>",
            "templates/base.html": "{% load static %}{% static 'logo.svg' %}{% static \"site.css\" %}"
            "{% static 'misspelt.css' %}{% static name %}",
        }
    )
    shop.append(".gitignore", "node_modules/\nstatic/site.css\nbuild/\nstatic/dist\n")
    shop.append("shop/settings.py", '\nSTATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "front" / "build"]\n')
    shop.append("shop/settings.py", 'TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]\n')
    shop.commit()

    facts = shop.facts()

    assert [(gap.path, gap.cause, gap.of) for gap in facts.gaps] == [
        ("front/build/", "unmade", ""),
        ("static/dist/", "unmade", ""),
        ("static/site.css", "unmade", "templates/base.html"),
    ]
    made = plans(facts)
    assert "RUN npm run build" in written(made["flyio"], "Dockerfile")
    assert all("static/site.css" in told(plan)[f"{slug}.front-end"] for slug, plan in made.items())


@trait(
    "heroku/heroku-buildpack-python#211",
    "a repository of several projects, such as a book's, in which the deployed project is not the one nearest to "
    "the root",
    "on Heroku a build hook collects its static files, and the buildpack's own step, which would collect another "
    "project's, is switched off",
)
def test_one_of_several_projects(shop: Shop) -> None:
    facts = shop.facts()
    below = replace(
        facts, location=replace(facts.location, project_dir="chapter12/shop"), projects=("blog", "chapter12/shop")
    )

    plan = plans(below)["heroku"]

    assert written(plan, "bin/post_compile").splitlines()[-1] == (
        "python chapter12/shop/manage.py collectstatic --noinput"
    )
    assert dict(plan.hosting.build or ())["DISABLE_COLLECTSTATIC"] == "1"
    assert '"DISABLE_COLLECTSTATIC"' in written(plan, "app.json")
    assert "bin/post_compile" not in {getattr(step, "path", "") for step in plans(facts)["heroku"].steps}
