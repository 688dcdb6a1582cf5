"""Requirements as people pin them."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from simple_deploy.core.findings import Finding, Level, blockers
from simple_deploy.core.steps import EditBlock
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(3)]

HASH = "sha256:" + "0" * 64


@trait(
    "saleor/saleor#5269, heroku-python/pip-pop#8",
    "requirements.txt with hashes",
    "every line is read for the package it requires; the page says before a plan that no package can be added, "
    "and names the command",
)
@pytest.mark.parametrize("source", [True, False], ids=["with a short list", "without one"])
def test_requirements_with_hashes(source: bool, shop: Shop) -> None:
    # The second line is a pin in one line, as pip hash prints it.
    lines = f"Django==5.2.8 \\\n    --hash={HASH} \\\n    --hash={HASH}\nasgiref==3.8.1 --hash={HASH}\n"
    shop.write({"requirements.txt": lines, **({"requirements.in": "Django==5.2.8\n"} if source else {})})
    shop.commit()

    found = shop.look()
    assert {"dependencies.undeclared", "dependencies.tool-only"}.isdisjoint(found)
    hashed = found["dependencies.hashed"]
    assert hashed.level is Level.WARNING
    assert "requirements.txt is pinned with hashes" in hashed.title
    assert "uv pip compile --generate-hashes requirements.in --output-file requirements.txt" in hashed.fix
    assert ("Add to requirements.in what the site needs" in hashed.fix) is source


def pinned(shop: Shop, version: str) -> dict[str, Finding]:
    shop.write({"requirements.txt": f"Django=={version}\n"})
    shop.commit()
    return shop.look()


@trait(
    "epicserve/dj-beat-drop#9, django/django#17760",
    "requirements.txt pins a Django that is older than the installed one (5.0.6)",
    "the block suits the pinned version; a warning names both and says how to go back",
)
def test_an_older_django_is_pinned(shop: Shop) -> None:
    found = pinned(shop, "5.0.6")
    assert blockers(tuple(found.values())) == ()
    differs = found["django.differs"]
    assert "requirements.txt asks for Django==5.0.6; here the project runs on Django" in differs.title
    assert "python -m pip install -r requirements.txt" in differs.fix

    platform, given = golden.PLATFORMS["local"]
    blocks = [step.text for step in golden.plan(platform, shop.facts(), given).steps if isinstance(step, EditBlock)]
    assert blocks
    assert "transaction_mode" not in "".join(blocks)


@pytest.mark.parametrize("version", ["4.2.27", "5.0.14"])
def test_what_is_added_works_with_an_older_django(version: str, shop: Shop, tmp_path: Path) -> None:
    shop.write({"requirements.txt": f"Django=={version}\n"})
    shop.commit()
    made = tried("local", shop, tmp_path / "tried")
    assert made.findings == {}, made.output
    assert made.health == "/"


@trait(
    "tobami/codespeed#275",
    "requirements.txt pins a Django that no longer gets fixes (4.1.13)",
    "a blocker names the pin, the supported versions and how to upgrade",
)
def test_a_django_that_is_too_old_is_pinned(shop: Shop) -> None:
    [blocker] = blockers(tuple(pinned(shop, "4.1.13").values()))
    assert blocker.title == "requirements.txt asks for Django==4.1.13; a deployed site needs Django 4.2 or newer."
    assert "into requirements.txt" in blocker.fix
    assert "upgrade-version" in blocker.docs


@trait(
    "own",
    "requirements.txt pins a Django that is older than this tool needs (5.1.15)",
    "a fix, shown as a diff, asks for the installed version, and changes nothing else; it is never made automatically",
)
@pytest.mark.parametrize("version", ["5.1.15", "4.1.13"])
def test_an_upgrade_of_a_pinned_django_is_offered(version: str, shop: Shop) -> None:
    others = "asgiref>=3.6  # for channels\nsqlparse\n"
    shop.write({"requirements.txt": f"Django[argon2]=={version} ; python_version >= '3.8'  # the book's\n{others}"})
    shop.commit()
    found = shop.look()
    finding = found["django.differs" if version == "5.1.15" else "django.too-old"]

    fixed = shop.deploy("--fix", str(finding.fix_name), "--yes")
    assert fixed.exit_code == 0, fixed.output
    assert f"-Django[argon2]=={version} ; python_version >= '3.8'  # the book's" in fixed.output
    line = f"Django[argon2]=={django.get_version()} ; python_version >= '3.8'  # the book's\n"
    assert shop.read("requirements.txt") == line + others
    assert shop.git("status", "--porcelain") == ""
    assert {"django.differs", "django.too-old"}.isdisjoint(shop.look())


@pytest.mark.parametrize("files", [{"poetry.lock": ""}, {"requirements.txt": "Django>=4.1,<5\nDjango<5.1\n"}])
def test_no_upgrade_is_offered_where_one_line_does_not_decide(files: dict[str, str], shop: Shop) -> None:
    table = '[tool.poetry]\nname = "shop"\nversion = "1"\n[tool.poetry.dependencies]\nDjango = "~4.1.13"\n'
    shop.write({**({"pyproject.toml": table} if "poetry.lock" in files else {}), **files})
    shop.commit()
    assert all(finding.fix_name is None for name, finding in shop.look().items() if name.startswith("django."))


@trait(
    "own",
    "the project asks for Python 3.10 and pins a Django that runs on it, while a newer Django is installed",
    "the Python has to fit the pinned Django",
)
def test_the_python_has_to_fit_the_django_that_is_pinned(shop: Shop) -> None:
    shop.write({".python-version": "3.10.2\n"})
    assert "python.too-old-for-django" not in pinned(shop, "5.1.15")


@trait(
    "mhammond/pywin32#1739, mhammond/pywin32#2131, pypa/pip#4022",
    "requirements.txt is the output of `pip freeze` on Windows or Ubuntu",
    "a fix, shown as a diff, deletes what no index has and gives packages for one system a marker",
)
def test_lines_of_another_system(shop: Shop) -> None:
    frozen = "asgiref==3.8.1\npkg-resources==0.0.0\npywin32==306\npypiwin32==223 ; sys_platform == 'win32'\n"
    shop.append("requirements.txt", frozen)
    shop.commit()
    finding = shop.look()["dependencies.one-system"]
    assert finding.title == "requirements.txt lists packages for only one operating system: pkg-resources, pywin32"

    fixed = shop.deploy("--fix", str(finding.fix_name), "--yes")
    assert fixed.exit_code == 0, fixed.output
    assert "-pkg-resources==0.0.0" in fixed.output
    kept = "asgiref==3.8.1\npywin32==306 ; sys_platform == 'win32'\npypiwin32==223 ; sys_platform == 'win32'\n"
    assert shop.read("requirements.txt").endswith(kept)
    assert "dependencies.one-system" not in shop.look()


@trait(
    "ibmm-unibe-ch/TemBERTure#4, posit-dev/rsconnect-python#166",
    "requirements.txt is the output of `pip freeze` in a Conda environment (`name @ file:///…`)",
    "an existing path is reported as being on this computer only, a missing one is a blocker; both say what to write",
)
def test_requirements_from_the_paths_of_a_computer(shop: Shop, tmp_path: Path) -> None:
    build = tmp_path / "certifi_1655968806487" / "work" / "certifi"
    build.mkdir(parents=True)
    shop.append("requirements.txt", f"certifi @ {build.as_uri()}\n")
    shop.commit()
    outside = shop.look()["dependencies.outside"]
    assert outside.title.endswith(f"requirements.txt, line 2: certifi @ {build.as_uri()}")
    assert "pip list --format=freeze" in outside.fix

    build.rmdir()
    [blocker] = blockers(tuple(shop.look().values()))
    assert "which is not on this computer" in blocker.title
    assert "write certifi==" in blocker.title
