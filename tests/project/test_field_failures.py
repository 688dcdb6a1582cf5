"""Failures that people really met with tools of this kind, and that must not come back.

The letter and number in front of each docstring is where the failure stands in the research into people's needs
(user_needs.md): A inspection, B packages, C settings, D layouts, E Windows, F git, H plugins, I logs.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest

from simple_deploy.core.errors import CommandFailed, StepError
from simple_deploy.core.facts import Dependencies, GitFacts, Location, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.edits import blocks, textfile
from simple_deploy.engine import workbench
from simple_deploy.inspection import dependencies, rules
from simple_deploy.inspection import git as reading_git
from simple_deploy.inspection.locate import locate
from simple_deploy.inspection.naming import project_name
from simple_deploy.managers import pipenv, poetry, requirements
from simple_deploy.managers.base import Wanted
from simple_deploy.platforms import registry
from simple_deploy.system import process
from simple_deploy.testkit.facts import make_facts
from tests.support.blocks import site_text
from tests.support.repository import git, repository, write


@pytest.fixture(autouse=True)
def _plain_git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path_factory.mktemp("nobody") / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def declared(folder: Path, files: dict[str, str | bytes]) -> Dependencies:
    write(folder, files)
    return dependencies.read(Location(root=folder)).dependencies


def state(root: Path) -> GitFacts:
    found = reading_git.read(root, process.run).facts
    assert found is not None
    return found


def levels(root: Path) -> dict[str, Level]:
    """What the report says about the repository."""
    findings: Sequence[Finding] = rules.findings(make_facts(git=state(root)))
    return {finding.id: finding.level for finding in findings}


# -- packages --


def test_a_line_of_white_space_in_requirements_is_no_crash(tmp_path: Path) -> None:
    """B5"""
    found = declared(tmp_path, {"requirements.txt": "Django==5.2\n   \n\t\n\x0c\n\ngunicorn\n"})
    assert (found.names, found.problems) == ({"django", "gunicorn"}, ())


def test_requirements_written_by_powershell_are_read_and_stay_utf16(tmp_path: Path) -> None:
    """E1: text that was appended in another encoding turned the file into garbage."""
    data = "Django==5.2\r\n".encode("utf-16")
    assert declared(tmp_path, {"requirements.txt": data}).names == {"django"}
    file = textfile.decode(data)
    assert (
        file.encode(requirements.add(file.text, Wanted(["gunicorn"]))).decode("utf-16") == "Django==5.2\r\ngunicorn\r\n"
    )


def test_gunicorn_is_not_added_beside_gunicorn_with_a_capital() -> None:
    """B6"""
    text = "Django\nGunicorn==23.0\ndj_database_url\n"
    assert requirements.add(text, Wanted(["gunicorn", "dj-database-url"])) == text


def test_one_driver_for_postgresql_is_enough() -> None:
    """B6"""
    text = "psycopg2-binary==2.9\n"
    assert (
        requirements.add(text, Wanted(["psycopg[binary]"], equivalents={"psycopg": ("psycopg2", "psycopg2-binary")}))
        == text
    )


def test_poetry_2_with_a_project_table_is_read_and_added_to(tmp_path: Path) -> None:
    """B2: a KeyError, since [tool.poetry] held no dependencies."""
    text = '[project]\nname = "blog"\nversion = "1"\ndependencies = ["django (>=5.2,<6)"]\n\n[tool.poetry]\n'
    found = declared(tmp_path, {"pyproject.toml": text, "poetry.lock": ""})
    assert (found.manager, found.names) == ("poetry", {"django"})
    added = poetry.add(text, Wanted(["gunicorn"]))
    assert declared(tmp_path, {"pyproject.toml": added}).names == {"django", "gunicorn"}


def test_a_uv_project_needs_no_requirements_file(tmp_path: Path) -> None:
    """B1: "no requirements found"."""
    text = '[project]\nname = "blog"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["django"]\n'
    found = declared(tmp_path, {"pyproject.toml": text, "uv.lock": 'version = 1\nrequires-python = ">=3.10"\n'})
    assert (found.manager, found.file, found.names) == ("uv", "pyproject.toml", {"django"})


def test_a_pdm_project_is_not_taken_for_one_of_poetry(tmp_path: Path) -> None:
    """B3: any pyproject.toml was."""
    text = '[project]\nname = "blog"\nversion = "1"\ndependencies = ["django"]\n\n[tool.pdm]\ndistribution = false\n'
    assert declared(tmp_path, {"pyproject.toml": text}).manager == "pdm"


def test_an_included_file_is_not_a_package(tmp_path: Path) -> None:
    """B4: "-r base.txt" was read as a package called "-r"."""
    files: dict[str, str | bytes] = {
        "requirements.txt": "-r base.txt\n-c limits.txt\n--index-url https://example.com/simple\n",
        "base.txt": "django\n",
        "limits.txt": "urllib3<2\n",
    }
    found = declared(tmp_path, files)
    assert (found.names, found.problems) == ({"django"}, ())


def test_an_address_is_read_by_the_name_it_installs(tmp_path: Path) -> None:
    """B5: "git+https://…" was read as a package called "git", and "-e" as another."""
    text = "django\n-e git+https://example.com/tools.git#egg=tools\nshop @ git+https://example.com/shop.git@v1\n"
    assert declared(tmp_path, {"requirements.txt": text}).names == {"django", "tools", "shop"}


def test_a_name_with_a_dot_is_read_to_its_end(tmp_path: Path) -> None:
    """B5: "ruamel.yaml" was read as "ruamel"."""
    found = declared(tmp_path, {"requirements.txt": "django\nzope.interface\nruamel.yaml>=0.18\n"})
    assert found.names == {"django", "zope-interface", "ruamel-yaml"}


def test_a_pipfile_keeps_its_comments_and_a_list_its_windows_line_ends() -> None:
    """B8"""
    text = '[packages]\n# the framework\ndjango = "*"  # newest\n'
    assert pipenv.add(text, Wanted(["gunicorn"])) == text + 'gunicorn = "*"\n'
    file = textfile.decode(b"Django\r\n# more to come\r\n")
    assert file.encode(requirements.add(file.text, Wanted(["gunicorn"]))) == b"Django\r\n# more to come\r\ngunicorn\r\n"


# -- settings --

BLOCK = "import os as _os\n"


def test_code_below_the_block_is_there_after_a_second_run() -> None:
    """C1: everything below the platform's block was deleted, the blocks of other platforms too."""
    first = blocks.put_block("DEBUG = True\n", "flyio", BLOCK) + "\nMY_OWN = 1\n"
    both = blocks.put_block(first, "heroku", BLOCK)
    again = blocks.put_block(both, "flyio", BLOCK + "DEBUG = False\n")
    assert "\nMY_OWN = 1\n" in again
    assert tuple(blocks.read_blocks(again)) == ("flyio", "heroku")
    assert blocks.remove_block(blocks.remove_block(again, "heroku"), "flyio") == "DEBUG = True\n\nMY_OWN = 1\n"


def test_a_marker_inside_a_text_is_no_marker() -> None:
    """C2: the file was cut in the middle of the text."""
    marker = blocks.put_block("", "flyio", BLOCK).splitlines()[0]
    text = f'HELP = """\n{marker}\nThat line begins the block.\n"""\nDEBUG = True\n'
    after = blocks.put_block(text, "flyio", BLOCK)
    assert after.startswith(text)
    assert blocks.remove_block(after, "flyio") == text


def test_names_that_the_settings_do_not_have_are_no_error_in_the_block() -> None:
    """C4: templates took ALLOWED_HOSTS, MIDDLEWARE and SecurityMiddleware for granted."""
    from simple_deploy_local.settings_block import site_settings

    bare = Settings(module="mysite.settings", file="mysite/settings.py", installed_apps=("django.contrib.staticfiles",))
    text = site_text(bare, Location(root=Path()), site_settings(bare, postgres=False))
    names: dict[str, object] = {"__file__": "mysite/settings.py"}
    wanted = {
        "SIMPLE_DEPLOY_PLATFORM": "local",
        "SECRET_KEY": "a key",
        "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1",
        "SIMPLE_DEPLOY_SITE": "x",
        "SIMPLE_DEPLOY_STATIC": "static",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wanted.items():
            patch.setenv(name, value)
        exec(compile(text, "settings.py", "exec"), names)
    assert names["DEBUG"] is False
    assert names["MIDDLEWARE"] == ["whitenoise.middleware.WhiteNoiseMiddleware"]


def test_cookiecutter_django_is_not_taken_for_wagtail() -> None:
    """A5: any project with config/settings/production.py was."""
    settings = Settings(
        module="config.settings.local", file="config/settings/local.py", installed_apps=("django.contrib.admin",)
    )
    assert not settings.has_wagtail
    assert replace(settings, installed_apps=("wagtail.admin", "wagtail")).has_wagtail


# -- layouts --


def test_a_deep_urlconf_does_not_name_the_project() -> None:
    """A3: ROOT_URLCONF = "config.urls.api" made the project "config.api", and the settings were not found."""
    settings = Settings(module="config.settings.local", file="config/settings/local.py", root_urlconf="config.urls.api")
    assert project_name(Location(root=Path("shop")), settings) == "shop"


def test_a_nested_project_is_found_from_its_git_root(tmp_path: Path) -> None:
    """D1: only the folder of manage.py and its parent were looked at."""
    manage = 'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")\n'
    root = repository(tmp_path / "repo", {"services/api/manage.py": manage, "README.md": "x"})
    location = locate(start=root, runner=process.run, environ={})
    assert (location.root, location.project_dir) == (root.resolve(), "services/api")


# -- git --


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "site", {"views.py": "x = 1\n", "models.py": "y = 1\n", ".gitignore": ".env\n"})


def test_a_staged_env_file_stands_in_the_way(repo: Path) -> None:
    """F1: "A  .env" counted as clean, and the next "git add ." committed it."""
    write(repo, {".env": "SECRET_KEY=x\n"})
    git(repo, "add", "--force", ".env")
    assert levels(repo)["git.staged-secret"] is Level.BLOCKER


@pytest.mark.parametrize(
    "work", [("rm", "views.py"), ("mv", "views.py", "pages.py"), ("rm", "--cached", "views.py")], ids=" ".join
)
def test_deletions_and_renames_are_not_clean(repo: Path, work: tuple[str, ...]) -> None:
    """F1: "D  x" and "R  a -> b" counted as clean."""
    git(repo, *work)
    said = levels(repo)
    assert said["git.uncommitted"] is Level.BLOCKER
    assert "git.clean" not in said


def test_a_merge_conflict_is_not_clean(repo: Path) -> None:
    """F1: "UU models.py" counted as clean."""
    git(repo, "switch", "--quiet", "--create", "other")
    write(repo, {"models.py": "y = 2\n"})
    git(repo, "commit", "--quiet", "--all", "-m", "Two")
    git(repo, "switch", "--quiet", "main")
    write(repo, {"models.py": "y = 3\n"})
    git(repo, "commit", "--quiet", "--all", "-m", "Three")
    merged = process.run(("git", "merge", "other"), cwd=repo, check=False)
    assert merged.returncode == 1
    assert levels(repo)["git.conflicts"] is Level.BLOCKER


def test_adding_the_tool_is_no_uncommitted_work(repo: Path) -> None:
    """F2: installing the tool changed the dependency file, and the tool then refused to work."""
    write(repo, {"requirements.txt": "django\n"})
    git(repo, "add", "requirements.txt")
    git(repo, "commit", "--quiet", "-m", "Packages")
    write(repo, {"requirements.txt": "django\ndjango-simple-deploy-dashboard\n"})
    assert levels(repo)["git.only-ours"] is Level.OK


def test_a_repository_without_a_commit_is_told_and_fixed(tmp_path: Path) -> None:
    """A6: it passed the check, and failed later."""
    git(write(tmp_path, {"manage.py": "x"}), "init", "--quiet")
    found = rules.findings(make_facts(git=state(tmp_path)))
    assert {finding.id: finding.fix_name for finding in found}["git.no-commit"] == "first-commit"


def test_only_what_the_run_changed_is_committed(repo: Path, tmp_path: Path) -> None:
    """F3: "git add ." committed whatever lay in the folder."""
    write(repo, {"notes.txt": "private\n", ".env": "SECRET_KEY=x\n", "models.py": "unfinished = 1\n"})
    bench = workbench.create(repo, tmp_path / "tree", run=process.run)
    bench.write("views.py", b"x = 2\n")
    commit = bench.commit("Configure", ["views.py"], process.run)
    assert git(bench.folder, "show", "--name-only", "--format=", commit) == "views.py"


def test_a_refused_commit_is_an_error_with_the_way_out(repo: Path, tmp_path: Path) -> None:
    """F4: the return codes of git add and git commit were ignored."""
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    bench = workbench.create(repo, tmp_path / "tree", run=process.run)
    bench.write("views.py", b"x = 2\n")
    with pytest.raises(StepError, match="this branch is protected") as caught:
        bench.commit("Configure", ["views.py"], process.run)
    assert "hook" in caught.value.hint
    assert git(repo, "status", "--porcelain") == ""


# -- plugins and logs --


def test_a_package_with_dsd_in_its_name_is_not_taken_for_a_platform() -> None:
    """H4: any installed package whose name held "dsd_" was."""
    found = registry.load([])
    assert found.platforms == ()
    assert found.failures == ()


@pytest.mark.parametrize(
    "line",
    ["SECRET_KEY='{}'", "SECRET_KEY: {}", "SECRET_KEY = {}", "DATABASE_URL=postgres://ada:{}@db.example.com/shop"],
)
def test_a_secret_is_hidden_however_it_is_written(line: str) -> None:
    """I1: only lines with "SECRET_KEY =" were masked."""
    secret = "django-insecure-3f9s_8d7"
    environ = {"SECRET_KEY": secret, "DATABASE_URL": f"postgres://ada:{secret}@db.example.com/shop"}
    shown = Redactor(secrets_in_environment(environ))(line.format(secret))
    assert secret not in shown


def test_a_failing_command_says_what_both_streams_said() -> None:
    """I4: exit code 3 passed silently, and what stood on standard error was dropped."""
    program = "import sys; print('to the one'); print('to the other', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CommandFailed) as caught:
        process.run((sys.executable, "-c", program))
    assert caught.value.returncode == 3
    assert {"to the one", "to the other"} <= {*caught.value.tail}


def test_the_output_of_a_slow_command_is_captured_line_by_line() -> None:
    """I3: standard output went past the log."""
    lines: list[str] = []
    process.run((sys.executable, "-c", "print('step 1'); print('step 2')"), on_line=lines.append)
    assert lines == ["step 1", "step 2"]


def test_there_are_twenty_and_each_names_where_it_comes_from() -> None:
    tests = [node for node in ast.parse(Path(__file__).read_text(encoding="utf-8")).body if is_test(node)]
    *failures, _this = tests
    assert len(failures) >= 20
    assert [node.name for node in failures if not re.match(r"[A-N]\d+\b", ast.get_docstring(node) or "")] == []


def is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
