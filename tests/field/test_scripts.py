"""What runs management commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_deploy.core.findings import blockers
from simple_deploy.system import process
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]

PREPARES = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("parts")))
"""


@trait(
    "heroku/heroku-buildpack-python#972, cfpb/consumerfinance.gov#5133",
    "manage.py has another name, and prepares what the settings need",
    "it is found by what it does; the plan adds a manage.py that calls it, which the platforms run",
)
def test_a_script_of_another_name(shop: Shop, tmp_path: Path) -> None:
    shop.write({"run_site.py": PREPARES + shop.read("manage.py"), "parts/rates.py": "VAT = 19\n"})
    shop.append("shop/settings.py", "from rates import VAT\n")
    (shop.root / "manage.py").unlink()
    shop.commit("Another name")
    before = shop.fingerprint()

    assert blockers(tuple(shop.look().values())) == ()
    for slug in ("heroku", "flyio"):
        found = tried(slug, shop, tmp_path / slug)
        assert not found.report.failures, found.output
        handed = process.run((sys.executable, "manage.py", "diffsettings"), cwd=tmp_path / slug, env=shop.env)
        assert "VAT = 19" in handed.output

    checked = shop.python("run_site.py", "deploy", "--check")
    assert checked.returncode == 0, checked.output
    assert "Management commands are run by run_site.py here; the plan adds a manage.py." in checked.output
    done = shop.python("run_site.py", "deploy", "--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.returncode == 0, done.output
        assert shop.manage("check").exit_code == 0
        assert "project.no-manage-py" not in shop.look()
        status = shop.python("run_site.py", "deploy", "--status")
        assert status.returncode == 0, status.output
        assert shop.python("run_site.py", "deploy", "--undo", "--yes", "--no-input").returncode == 0
    finally:
        shop.python("run_site.py", "deploy", "--destroy", "--platform", "local", "--yes", "--no-input")
    assert shop.fingerprint() == before


@trait(
    "heroku/heroku-buildpack-python#209, heroku/heroku-buildpack-python#85",
    "there is no manage.py: the project is run by django-admin and DJANGO_SETTINGS_MODULE",
    "it is found by its settings; the plan adds a manage.py",
)
def test_no_manage_py_at_all(shop: Shop, tmp_path: Path) -> None:
    (shop.root / "manage.py").unlink()
    shop.commit("Without")
    env = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(shop.root)}

    checked = shop.python("-m", "django", "deploy", "--check", **env)
    assert checked.returncode == 0, checked.output
    assert "The project has no manage.py; the plan adds one." in checked.output

    configured = shop.python("-m", "django", "deploy", "--platform", "upsun", "--yes", "--no-input", **env)
    assert configured.returncode == 0, configured.output
    assert shop.manage("check").exit_code == 0
    undone = shop.python("-m", "django", "deploy", "--undo", "--yes", "--no-input", **env)
    assert undone.returncode == 0, undone.output
    assert not (shop.root / "manage.py").exists()
