"""What exists here but not in the commit, and repositories of every kind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level, blockers
from simple_deploy.platforms import delivery
from simple_deploy.system import process
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(7)]

GLOB = "**/migrations/*.py\n!**/migrations/__init__.py\n"
LOGGING = """
LOGGING = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": BASE_DIR / "logs" / "shop.log"}},
    "root": {"handlers": ["file"], "level": "INFO"},
}
"""


def ignore(shop: Shop, pattern: str) -> None:
    """Let git ignore what fits *pattern*, in what is committed too."""
    shop.append(".gitignore", pattern)
    shop.git("rm", "-r", "--quiet", "--cached", ".")
    shop.commit("Ignore")


def at(shop: Shop, prefix: str) -> Finding:
    """The one finding whose id begins with *prefix*."""
    (found,) = (finding for name, finding in shop.look().items() if name.startswith(prefix))
    return found


def with_submodule(shop: Shop, folder: Path) -> None:
    """The app theme, which is a repository of its own."""
    folder.mkdir()
    for name, text in {"__init__.py": "", "templates/theme/foot.html": "<p>theme</p>\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "Theme")):
        process.run(("git", *words), cwd=folder, env=shop.env)
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder), "theme")
    shop.change("shop/settings.py", '"goods",', '"goods",\n    "theme",')
    shop.commit("With a theme")


# -- outside --


@trait(
    "own",
    "the settings list time zones, guess a file's type and read a file of an installed package, through Python's "
    "own modules",
    "files that came with Python, the system or a package do not count as files outside the repository; the "
    "person's own files do",
)
def test_files_that_came_with_python_or_a_package(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("abc", encoding="utf-8")
    shop.append(
        "shop/settings.py",
        "import mimetypes\nfrom importlib.metadata import version\nfrom pathlib import Path\nfrom zoneinfo import ZoneInfo, "
        "available_timezones\n\nimport django\n\nmimetypes.init()\n"
        'ZONES = [ZoneInfo("Europe/Berlin"), *available_timezones()]\nDJANGO = version("Django")\n'
        'WORDS = (Path(django.__file__).parent / "conf/locale/de/LC_MESSAGES/django.po").read_bytes()\n'
        f"TOKEN = open({str(tmp_path / 'token.txt')!r}).read()\n",
    )
    shop.commit()

    assert at(shop, "commit.outside").details == (str(tmp_path / "token.txt"),)


# -- ignored --


@trait(
    "enoren5/tarot_juicer#38, oist/neuro-workflow#42",
    "`.gitignore` excludes the migrations",
    "A blocker before anything runs: the file, the line that ignores it, and a fix that removes the line and "
    "adds the files; never the advice to run `makemigrations`",
)
def test_migrations_that_git_ignores(shop: Shop) -> None:
    ignore(shop, GLOB)
    found = at(shop, "commit.ignored")
    assert found.level is Level.BLOCKER
    assert "goods/migrations/0001_initial.py" in found.title
    line = shop.read(".gitignore").splitlines().index("**/migrations/*.py") + 1
    assert f".gitignore:{line} (**/migrations/*.py)" in found.why
    assert "git add --force -- goods/migrations/0001_initial.py" in found.fix
    assert found.fix_name == f"add-gitignore-{line}"


@trait("own", "The fix for ignored migrations is undone", "Files, index and .gitignore are as they were")
def test_the_fix_adds_the_files_and_can_be_undone(shop: Shop) -> None:
    ignore(shop, GLOB)
    before = shop.read(".gitignore"), shop.git("ls-files", "--stage")
    fix = at(shop, "commit.ignored").fix_name or ""
    done = shop.deploy("--fix", fix, "--no-input")
    assert done.exit_code == 0, done.output
    assert "-**/migrations/*.py" in done.output
    assert shop.git("show", "--name-only", "--format=").splitlines() == [
        ".gitignore",
        "goods/migrations/0001_initial.py",
    ]
    assert "**/migrations/*.py\n!" not in shop.read(".gitignore")
    assert not [name for name in shop.look() if name.startswith("commit.")]
    assert shop.deploy("--undo", "--no-input").exit_code == 0
    assert (shop.read(".gitignore"), shop.git("ls-files", "--stage")) == before
    assert (shop.root / "goods/migrations/0001_initial.py").is_file()


@trait(
    "akvo/akvo-rsr#3488, jayfk/cookiecutter-saas#221",
    "The settings name a file that a front end's build makes, such as `webpack-stats.json`, a page reads it, and git "
    "ignores it",
    "A warning that names the file and the line, before anything is planned; if the page fails in the trial, it "
    "is explained by the same cause, even if the project reports it in its own words",
)
def test_a_built_file_that_the_settings_name(shop: Shop) -> None:
    shop.write({"assets/stats.json": "{}\n"})
    shop.append("shop/settings.py", 'BUNDLES = {"default": {"stats": [BASE_DIR / "assets" / "stats.json"]}}\n')
    shop.write({"goods/views.py": _READS_WHAT_WAS_BUILT})
    ignore(shop, "/assets/\n")

    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING
    assert found.title == "Git ignores a file the settings use: assets/stats.json"
    planned = shop.deploy("--plan", "--platform", "local", "--yes", "--no-input")
    assert planned.exit_code == 0, planned.output
    assert "assets/stats.json is missing: it is on this computer, and git ignores it" in planned.output


_READS_WHAT_WAS_BUILT = """
from django.conf import settings


def home(request):
    try:
        open(settings.BUNDLES["default"]["stats"][0]).close()
    except OSError:
        raise RuntimeError("Are you sure that the front end was built?")
"""


@trait(
    "own",
    "A file of this computer that holds for all repositories (`core.excludesFile`) ignores the migrations",
    "A blocker that names that file; the fix adds the migrations, and leaves the file as it is",
)
def test_migrations_that_this_computer_ignores_everywhere(shop: Shop, tmp_path: Path) -> None:
    everywhere = tmp_path / "ignored everywhere"
    everywhere.write_text("**/migrations/0*.py\n", encoding="utf-8")
    shop.git("config", "core.excludesFile", everywhere.as_posix())
    shop.git("rm", "--quiet", "--cached", "goods/migrations/0001_initial.py")
    shop.commit("Without")
    found = at(shop, "commit.ignored")
    assert found.why.startswith(f"{everywhere.as_posix()}:1 (**/migrations/0*.py) keeps it out of the commit.")
    assert found.fix.startswith("Run: git add --force -- goods/migrations/0001_initial.py  and commit.")

    done = shop.deploy("--fix", str(found.fix_name))

    assert done.exit_code == 0, done.output
    assert everywhere.read_text(encoding="utf-8") == "**/migrations/0*.py\n"
    assert "goods/migrations/0001_initial.py" in shop.git("ls-files", "goods").splitlines()


@trait(
    "ONSdigital/dis-wagtail#83",
    "The line `static/` in `.gitignore` is meant for the collected files and also matches an app's",
    "A warning that names the style sheet and the line",
)
def test_a_pattern_that_hits_the_static_files_of_an_app(shop: Shop) -> None:
    ignore(shop, "static/\n")
    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING and "goods/static/goods/shop.css" in found.title
    assert found.fix_name is None and "(static/)" in found.why


@trait(
    "coderedcorp/coderedcms#253, celery/django-celery-beat#595",
    "Compiled translations (`*.mo`) are ignored",
    "A warning; the fix adds the files, and keeps the pattern if it excludes other things",
)
def test_translations_that_git_ignores(shop: Shop) -> None:
    shop.write({"goods/locale/de/LC_MESSAGES/django.mo": "x", "elsewhere/notes.mo": "y"})
    ignore(shop, "*.mo\n")
    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING and "goods/locale/de/LC_MESSAGES/django.mo" in found.title
    done = shop.deploy("--fix", found.fix_name or "", "--no-input")
    assert done.exit_code == 0, done.output
    assert "*.mo\n" in shop.read(".gitignore")
    assert "goods/locale/de/LC_MESSAGES/django.mo" in shop.git("ls-files")
    assert "elsewhere/notes.mo" not in shop.git("ls-files")


@trait(
    "ConsciousUniverse/simple-stock-management#35, makeabilitylab/makeabilitylabwebsite#1283",
    "LOGGING writes to a folder that git does not track",
    "The finding names file and folder; the fix commits an empty `.gitkeep`",
)
def test_a_log_folder_that_git_does_not_keep(shop: Shop) -> None:
    (shop.root / "logs").mkdir()
    shop.append("shop/settings.py", LOGGING)
    ignore(shop, "logs/\n")
    found = at(shop, "commit.folder")
    assert found.title == "The settings write to logs/shop.log, and the folder logs is not in git."
    assert "(logs/)" in found.why
    done = shop.deploy("--fix", found.fix_name or "", "--no-input")
    assert done.exit_code == 0, done.output
    assert "logs/.gitkeep" in shop.git("ls-files") and "logs/" in shop.read(".gitignore")
    assert "commit.folder.logs" not in shop.look()


@trait(
    "mrmn2/PdfDing#56, coleifer/huey#835",
    "An app keeps its tasks in its own SQLite file, in a folder that git ignores",
    "The finding names file and folder before a plan; the fix commits an empty `.gitkeep`",
)
def test_a_folder_for_the_sqlite_file_of_an_app(shop: Shop) -> None:
    (shop.root / "data").mkdir()
    shop.write(
        {"goods/__init__.py": "import sqlite3\n\nfrom django.conf import settings\n\nsqlite3.connect(settings.TASKS)\n"}
    )
    shop.append("shop/settings.py", 'TASKS = BASE_DIR / "data" / "tasks.sqlite3"\n')
    ignore(shop, "data/\n")
    found = at(shop, "commit.folder")
    assert found.title == "The settings write to data/tasks.sqlite3, and the folder data is not in git."
    assert found.fix_name == "keep-data"


@trait("own", "The settings themselves make the log folder", "No finding")
def test_a_log_folder_that_the_settings_make(shop: Shop) -> None:
    shop.append("shop/settings.py", '(BASE_DIR / "logs").mkdir(exist_ok=True)\n' + LOGGING)
    ignore(shop, "logs/\n")
    assert not [name for name in shop.look() if name.startswith("commit.")]


@trait(
    "samirelanduk/samireland.com#5",
    "The settings read a file of secrets that git ignores",
    "A warning that the settings will not find it on the site, without a fix that would commit it",
)
def test_a_file_that_the_settings_read(shop: Shop) -> None:
    shop.write({"secrets.json": '{"KEY": "x"}'})
    shop.append("shop/settings.py", 'import json\nKEYS = json.loads((BASE_DIR / "secrets.json").read_text())\n')
    ignore(shop, "secrets.json\n")
    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING and "secrets.json" in found.title and found.fix_name is None


@trait(
    "own",
    "DATABASES names the certificate of a server and a file with its password, and git ignores both",
    "A warning that names them, without a fix that would commit them; the SQLite file itself is not named",
)
def test_files_that_a_database_is_given(shop: Shop) -> None:
    shop.write({"private/ca.pem": "certificate", "private/pass": "db:*:*:*:s3cret", "private/old.sqlite3": ""})
    shop.append(
        "shop/settings.py",
        'DATABASES["old"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "private" / "old.sqlite3"}\n'
        'DATABASES["till"] = {"ENGINE": "django.db.backends.postgresql", "HOST": "db.example.com", "NAME": "till",\n'
        '    "OPTIONS": {"sslrootcert": BASE_DIR / "private/ca.pem", "passfile": str(BASE_DIR / "private/pass")}}\n',
    )
    ignore(shop, "private/\n")
    found = at(shop, "commit.ignored")
    assert found.title == "Git ignores files the settings use: private/ca.pem, private/pass"
    assert found.fix_name is None


@trait(
    "own",
    "The line `lib/` of a common `.gitignore` for Python hits a package of an app, which a view imports as it is called",
    "A warning that names the modules and the line, before a visitor finds out",
)
def test_a_package_that_a_view_imports_when_it_is_called(shop: Shop) -> None:
    shop.write(
        {
            "goods/lib/__init__.py": "",
            "goods/lib/prices.py": "from .rates import VAT\n\n\ndef gross(net):\n    return net * VAT\n",
            "goods/lib/rates.py": "VAT = 1.2\n",
            "goods/lib/nobody_imports_this.py": "",
        }
    )
    shop.append("goods/views.py", "\n\ndef price(request):\n    from .lib.prices import gross\n\n    return gross(1)\n")
    ignore(shop, "lib/\n")
    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING and ".gitignore:" in found.why and "(lib/)" in found.why
    assert found.details == ("goods/lib/__init__.py", "goods/lib/prices.py", "goods/lib/rates.py")


@trait(
    "xenith/django-base-template#30",
    "`local_settings.py` is ignored on purpose",
    "A remark, no warning",
)
def test_settings_of_this_computer_only(shop: Shop) -> None:
    shop.write({"shop/local_settings.py": "LOCAL = True\n"})
    shop.append("shop/settings.py", "try:\n    from shop.local_settings import *\nexcept ImportError:\n    pass\n")
    ignore(shop, "local_settings.py\n")
    assert at(shop, "commit.ignored").level is Level.INFO


@trait(
    "own",
    "`settings.py` is ignored, and `settings.example.py` is committed, to be copied",
    "A warning that the commit of a deployment holds the whole file; the example is not offered as settings",
)
def test_settings_that_git_ignores(shop: Shop) -> None:
    shop.write({"shop/settings.example.py": shop.read("shop/settings.py")})
    ignore(shop, "shop/settings.py\n")
    found = shop.look()
    assert found["commit.settings"].title == "Git ignores the settings: shop/settings.py"
    assert "its commit holds the whole file" in found["commit.settings"].why
    assert not [name for name in found if name.startswith(("commit.ignored", "settings.several"))], [*found]


@trait(
    "whitespy/django-node-assets#1",
    "`node_modules` is in STATICFILES_DIRS, and is not committed",
    "A warning that names the folder and the line",
)
def test_packages_of_a_front_end_as_static_files(shop: Shop) -> None:
    shop.write({"node_modules/bootstrap/bootstrap.css": "a {}\n"})
    shop.append("shop/settings.py", 'STATICFILES_DIRS = [BASE_DIR / "node_modules"]\n')
    ignore(shop, "node_modules/\n")
    found = at(shop, "commit.ignored")
    assert found.level is Level.WARNING and found.title.endswith(": node_modules/")


# -- elsewhere --


@trait(
    "dokku/dokku#209, Dokploy/dokploy#322",
    "An app is a git submodule",
    "A warning during the check; with a platform, a blocker if it does not get the files",
)
def test_an_app_in_a_submodule(shop: Shop, tmp_path: Path) -> None:
    with_submodule(shop, tmp_path / "theme")
    found = at(shop, "commit.submodule")
    assert found.level is Level.WARNING and found.title.startswith("theme/ is a git submodule")
    for platform, name in (("heroku", "Heroku"), ("local", "This computer")):
        done = shop.deploy("--check", "--platform", platform, "--no-input")
        assert done.exit_code == 3
        assert f"{name} does not get the files of the submodule theme/" in done.output


@trait(
    "own",
    "Python compiles the modules of an app that is a submodule, and no .gitignore there keeps that out",
    "It is nobody's uncommitted work; where a file of the submodule was changed, the fix says to commit it there first",
)
def test_what_changes_inside_a_submodule(shop: Shop, tmp_path: Path) -> None:
    with_submodule(shop, tmp_path / "theme")
    shop.write({"theme/__pycache__/__init__.cpython-313.pyc": "compiled"})
    assert "git.uncommitted" not in shop.look()

    shop.append("theme/templates/theme/foot.html", "<p>more</p>\n")
    found = shop.look()["git.uncommitted"]
    assert found.details == ("theme",)
    assert found.fix is not None and found.fix.startswith(
        "Commit what changed inside the submodule, in its own folder, first: theme/  Commit them: git add ."
    )


@trait(
    "coollabsio/coolify#3340, dokku/dokku#928",
    "The templates are a link out of the repository",
    "A warning that names the link and its target",
)
def test_a_link_out_of_the_repository(shop: Shop, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shop.root / "goods/templates").rename(shared)
    (shop.root / "goods/templates").symlink_to(shared)
    shop.commit("A link")
    found = at(shop, "commit.link")
    assert found.title == f"goods/templates is a link that leads out of the repository, to {shared}"


@trait("own", "Templates are a link inside the repository", "No finding")
def test_a_link_inside_the_repository(shop: Shop) -> None:
    (shop.root / "goods/templates").rename(shop.root / "pages")
    (shop.root / "goods/templates").symlink_to("../pages")
    shop.commit("A link")
    assert not [name for name in shop.look() if name.startswith("commit.")]


@trait(
    "git-lfs/git-lfs#805, git-lfs/git-lfs#3273",
    "Pictures are kept with Git LFS",
    "A warning that only the pointer arrives",
)
def test_pictures_in_git_lfs(shop: Shop) -> None:
    shop.write({".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n", "goods/static/goods/logo.png": "ptr"})
    shop.commit("A picture")
    assert "goods/static/goods/logo.png" in at(shop, "commit.lfs").title
    done = shop.deploy("--check", "--platform", "heroku", "--no-input")
    assert "Heroku gets Git LFS pointers instead of goods/static/goods/logo.png" in done.output


@trait(
    "AGWA/git-crypt#216",
    "A file that the settings read is encrypted with git-crypt",
    "A warning that the deployed site gets the encrypted text",
)
def test_a_file_that_is_encrypted(shop: Shop) -> None:
    shop.write({".gitattributes": "shop/keys.json filter=git-crypt diff=git-crypt\n", "shop/keys.json": "{}"})
    shop.append("shop/settings.py", 'KEYS = (BASE_DIR / "shop" / "keys.json").read_text()\n')
    shop.commit("Keys")
    found = at(shop, "commit.filter")
    assert found.level is Level.WARNING and "shop/keys.json" in found.title and "git-crypt" in found.title


@trait(
    "evansd/whitenoise#168",
    "Two committed names differ only in upper and lower case",
    "They are named, because macOS and Windows have only one of them",
)
def test_names_that_differ_in_case_only(shop: Shop) -> None:
    blob = shop.git("hash-object", "-w", "goods/static/goods/shop.css").strip()
    shop.git("update-index", "--add", "--cacheinfo", f"100644,{blob},goods/static/goods/Shop.css")
    shop.git("commit", "--quiet", "-m", "Twins")
    assert "goods/static/goods/Shop.css, goods/static/goods/shop.css" in at(shop, "commit.twins").title


@trait(
    "evansd/whitenoise#168, evansd/whitenoise#256, rafi007akhtar/CentralBank#1, CoreyMSchafer/code_snippets#109",
    "Pages and views spell the names of files with the wrong capitals, or with backslashes, which Windows accepts",
    "A warning that lists each place and the file's real name; a fix corrects the spelling",
)
def test_names_in_another_spelling(shop: Shop) -> None:
    shop.change("goods/templates/goods/home.html", "'goods/shop.css'", "'goods/Shop.css'")
    shop.change("goods/views.py", '"goods/home.html"', '"goods\\\\home.html"')
    shop.commit("On Windows")

    found = at(shop, "project.misnamed")

    assert found.level is Level.WARNING
    assert found.details == (
        "goods/templates/goods/home.html: goods/Shop.css → goods/shop.css",
        "goods/views.py: goods\\home.html → goods/home.html",
    )

    before = shop.git("rev-parse", "HEAD^{tree}")
    done = shop.deploy("--fix", found.fix_name or "", "--no-input")
    assert done.exit_code == 0, done.output
    assert "project.misnamed" not in shop.look()
    assert shop.deploy("--undo", "--no-input").exit_code == 0
    assert shop.git("rev-parse", "HEAD^{tree}") == before and shop.git("status", "--porcelain") == ""


# -- git --


@trait(
    "AkhileshNS/heroku-deploy#2, Scalingo/documentation#1200, CleverCloud/clever-tools#293",
    "The repository is a shallow clone",
    "A warning during the check, and a blocker for platforms that are deployed to by push, with `git fetch "
    "--unshallow`",
)
def test_a_shallow_clone(shop: Shop, tmp_path: Path) -> None:
    shop.git("commit", "--quiet", "--allow-empty", "-m", "Second")
    folder = tmp_path / "shallow"
    process.run(("git", "clone", "--quiet", "--depth", "1", shop.root.as_uri(), str(folder)), env=shop.env)
    shallow = Shop(root=folder, env=shop.env)
    assert at(shallow, "git.shallow").fix == "Run: git fetch --unshallow"
    blocked = shallow.deploy("--plan", "--platform", "heroku", "--no-input")
    assert blocked.exit_code == 3
    assert "Heroku takes no push from a shallow clone" in blocked.output
    assert "git fetch --unshallow" in blocked.output


@trait(
    "Nutlope/aicommits#8, ship-studio/ship-studio#1031",
    "A hook has rules for commit messages",
    "The hook's words are shown, nothing is changed, and `--commit-message` sets one that it accepts",
)
def test_a_hook_with_rules_for_messages(shop: Shop) -> None:
    hook = shop.root / ".husky" / "commit-msg"
    shop.write(
        {".husky/commit-msg": '#!/bin/sh\nhead -1 "$1" | grep -q "^chore: " || { echo "type is empty"; exit 1; }\n'}
    )
    hook.chmod(0o755)
    shop.commit("chore: hooks")
    shop.git("config", "core.hooksPath", ".husky")
    before = shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")
    refused = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    assert "type is empty" in refused.output and "--commit-message" in refused.output
    assert (shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")) == before
    done = shop.deploy(
        "--automate-all", "--platform", "local", "--commit-message", "chore: deploy", "--yes", "--no-input"
    )
    try:
        assert done.exit_code == 0, done.output
        assert shop.git("log", "-1", "--format=%s").strip() == "chore: deploy"
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@trait(
    "heroku/heroku-buildpack-python#97",
    "requirements.txt contains a package index's address with its password",
    "A warning that it is committed; the password is in no output",
)
def test_a_password_in_an_address(shop: Shop) -> None:
    token = "tok-5e4d3c2b1a"
    shop.append("requirements.txt", f"--extra-index-url https://robin:{token}@packages.example.com/simple\n")
    shop.commit("Index")
    done = shop.deploy("--check", "--no-input")
    assert "An address with a password is committed in requirements.txt" in done.output
    assert token not in done.output


@trait("own", "An index's address takes its password from a variable", "No finding")
def test_a_variable_in_an_address(shop: Shop) -> None:
    shop.append("requirements.txt", "--extra-index-url https://robin:${INDEX_TOKEN}@packages.example.com/simple\n")
    shop.commit("Index")
    assert "git.committed-password" not in shop.look()


@trait(
    "own",
    "docker-compose.yml names its own database with a password",
    "No finding about a password that is only valid for a service in that file; one for another host is named",
)
def test_a_password_of_docker_compose(shop: Shop) -> None:
    compose = "services:\n  web:\n    environment:\n      DATABASE_URL: postgres://shop:changeme@{host}/shop\n"
    for host in ("db", "db:5432", "localhost", "127.0.0.1:5432"):
        shop.write({"docker-compose.yml": compose.format(host=host)})
        shop.commit()
        assert "git.committed-password" not in shop.look(), host
    shop.write({"docker-compose.yml": compose.format(host="db.example.com")})
    shop.commit()
    assert at(shop, "git.committed-password").details == ("docker-compose.yml",)


@trait(
    "evansd/whitenoise#107",
    "Names with spaces, quotes and letters outside ASCII",
    "They are compared as they are: there is no finding about committed ones, and the rest is named in full",
)
def test_odd_names(shop: Shop) -> None:
    shop.write({"goods/static/goods/prix été.txt": "x", 'goods/static/goods/na\u0308chste "1".txt': "y"})
    shop.commit("Odd names")
    assert not [name for name in shop.look() if name.startswith("commit.")]
    ignore(shop, "*.txt\n!requirements.txt\n")
    assert set(at(shop, "commit.ignored").details) == {
        "goods/static/goods/prix été.txt",
        'goods/static/goods/na\u0308chste "1".txt',
    }


@trait(
    "fleetdm/fleet#25934",
    "The commit contains videos and pictures that together are larger than what a platform accepts",
    "A warning before anything is made, with the largest files; no finding if the platform names no limit",
)
def test_more_than_a_platform_takes(shop: Shop) -> None:
    film = shop.root / "goods" / "static" / "goods" / "film.mp4"
    film.write_bytes(b"\0")
    shop.commit("A film")
    os.truncate(film, 600_000_000)  # takes no room, and git is not asked what is in it

    facts = shop.facts()
    (found,) = (each for each in facing("heroku", facts) if each.id == "delivery.size")
    assert found.level is Level.WARNING and "500 MB" in found.title and "600 MB" in found.title
    assert found.details == ("goods/static/goods/film.mp4: 600 MB",)
    assert "delivery.size" not in {each.id for each in facing("local", facts)}


def facing(slug: str, facts: ProjectFacts) -> Iterator[Finding]:
    """What of the commit does not reach this platform."""
    platform, _ = golden.PLATFORMS[slug]
    return delivery.findings(platform.delivery, platform.card.name, facts)


@trait(
    "github/gh-aw#36253",
    "The repository is a partial and sparse clone, with few of its files on the disk",
    "It is inspected and planned like any other; files that are not on the disk count as committed",
)
def test_a_partial_and_sparse_clone(shop: Shop, tmp_path: Path) -> None:
    shop.write({"docs/manual.md": "# Manual\n", "goods/static/goods/film.txt": "long " * 5000})
    shop.commit("A manual")
    shop.git("config", "uploadpack.allowFilter", "true")
    folder = tmp_path / "partial"
    clone = ("clone", "--quiet", "--filter=blob:none", "--sparse", shop.root.as_uri(), str(folder))
    process.run(("git", *clone), env=shop.env)
    partial = Shop(root=folder, env=shop.env)
    partial.git("sparse-checkout", "set", "shop", "goods")
    assert not (folder / "docs").exists()

    assert blockers(tuple(partial.look().values())) == ()
    planned = partial.deploy("--plan", "--platform", "local", "--yes", "--no-input")
    assert planned.exit_code == 0, planned.output


@trait(
    "ember-cli/ember-cli-update#1115",
    "Commits are signed with a key (`commit.gpgSign`, an SSH key)",
    "The deployment's commit is signed as yours are; if the key is gone, nothing is changed and the tool says so",
)
def test_commits_that_are_signed(shop: Shop, tmp_path: Path) -> None:
    key = tmp_path / "key"
    process.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.com", "-f", str(key)), env=shop.env)
    signers = tmp_path / "signers"
    signers.write_text(f"* {key.with_suffix('.pub').read_text(encoding='utf-8')}", encoding="utf-8")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "commit.gpgSign": "true",
        "gpg.ssh.allowedSignersFile": str(signers),
    }.items():
        shop.git("config", name, value)

    before = shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")
    key.rename(tmp_path / "elsewhere")
    refused = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    assert refused.exit_code == 1 and "sign" in refused.output, refused.output
    assert (shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")) == before

    (tmp_path / "elsewhere").rename(key)
    done = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert shop.git("log", "-1", "--format=%G?").strip() == "G"
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@pytest.fixture
def keyring(shop: Shop) -> Iterator[dict[str, str]]:
    """The environment of somebody with an empty keyring of GnuPG, whose agent ends with the test."""
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:  # the path of the agent's socket has to be a short one
        env = {**shop.env, "GNUPGHOME": folder}
        try:
            yield env
        finally:
            process.run(("gpgconf", "--kill", "all"), env=env)


@trait(
    "own",
    "Commits are signed with GnuPG, switched on for all repositories (`git config --global`) or for this one",
    "The deployment's commit is signed as yours are; if nobody can be asked for the key's passphrase, nothing is "
    "changed and the tool says so",
)
@pytest.mark.parametrize("scope", ["--global", "--local"])
def test_commits_that_are_signed_with_gnupg(shop: Shop, keyring: dict[str, str], scope: str) -> None:
    shop = replace(shop, env=keyring)
    for passphrase, mail in (("a long one", "locked@example.com"), ("", "open@example.com")):
        make = (
            "gpg",
            "--batch",
            "--quiet",
            "--passphrase",
            passphrase,
            "--quick-generate-key",
            mail,
            "ed25519",
            "sign",
        )
        process.run(make, env=shop.env)
    process.run(("gpgconf", "--kill", "all"), env=shop.env)  # it knows the passphrase
    Path(shop.env["GIT_CONFIG_GLOBAL"]).parent.mkdir(exist_ok=True)
    shop.git("config", scope, "commit.gpgSign", "true")
    before = shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")

    shop.git("config", scope, "user.signingKey", "locked@example.com")
    refused = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    assert refused.exit_code == 1 and "sign" in refused.output, refused.output
    assert (shop.git("rev-parse", "HEAD"), shop.git("status", "--porcelain")) == before

    shop.git("config", scope, "user.signingKey", "open@example.com")
    done = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert (
            "open@example.com" in shop.git("log", "-1", "--format=%GS") and shop.git("log", "-1", "--format=%G?") == "G"
        )
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")
