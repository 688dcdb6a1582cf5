from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core.facts import Dependencies, Location
from simple_deploy.inspection import dependencies
from tests.support.repository import write

NESTED = {"site/manage.py": ""}
PROJECT = '[project]\nname = "blog"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["django"]\n'


def read(folder: Path, files: dict[str, str | bytes], project_dir: str = "") -> Dependencies:
    return reading(folder, files, project_dir).dependencies


def reading(folder: Path, files: dict[str, str | bytes], project_dir: str = "") -> dependencies.Reading:
    write(folder, files)
    return dependencies.read(Location(root=folder, project_dir=project_dir))


def test_what_a_requirements_file_declares(tmp_path: Path) -> None:
    found = reading(
        tmp_path, {"requirements.txt": "Django>=5.2  # the framework\n\n   \nRuamel.YAML==0.18 \\\n  --hash=x\n"}
    )
    assert found.dependencies.manager == "requirements"
    assert found.dependencies.file == "requirements.txt"
    assert found.dependencies.names == {"django", "ruamel-yaml"}
    first, second = found.dependencies.declared
    assert (first.text, first.line) == ("Django>=5.2", 1)
    assert (second.text, second.line) == ("Ruamel.YAML==0.18", 4)
    assert found.dependencies.hashed == ("requirements.txt",)
    assert found.dependencies.problems == ()
    assert found.complete


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_encoding_of_the_file_does_not_matter(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join(["# für später", "django", "gunicorn", ""])
    assert read(tmp_path, {"requirements.txt": text.encode(encoding)}).names == {"django", "gunicorn"}


def test_included_files_are_followed_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": "-r requirements/base.txt\n-c constraints.txt\ngunicorn\n",
        "requirements/base.txt": "--requirement=more.txt\n-r ../requirements.txt\ndjango\n",
        "requirements/more.txt": "pillow\n",
        "constraints.txt": "urllib3<2\n",
    }
    found = read(tmp_path, files)
    assert found.names == {"django", "gunicorn", "pillow"}
    assert set(found.files) == set(files)
    assert found.problems == ()


def test_the_file_nearest_to_manage_py_wins(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "site/requirements.txt": "django\n", "site/manage.py": ""}
    assert read(tmp_path, {**files}, "site").file == "site/requirements.txt"


def test_without_one_beside_manage_py_the_one_at_the_top_is_taken(tmp_path: Path) -> None:
    assert read(tmp_path, {"requirements.txt": "django\n", **NESTED}, "site").file == "requirements.txt"


def test_in_a_requirements_folder_the_one_for_the_deployed_site_is_taken(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements/base.txt": "django\n",
        "requirements/production.txt": "-r base.txt\ngunicorn\n",
        "requirements/local.txt": "pytest\n",
    }
    found = read(tmp_path, files)
    assert found.file == "requirements/production.txt"
    assert found.names == {"django", "gunicorn"}


@pytest.mark.parametrize(
    ("files", "list_"),
    [
        ({"requiments.txt": "Django\n"}, "requiments.txt"),
        ({"Requirement.txt": "-r deps.txt\n", "deps.txt": "django==5.2\n"}, "Requirement.txt"),
        (
            {"dev-requirements.txt": "-r prod-requirements.txt\n", "prod-requirements.txt": "django\n"},
            "prod-requirements.txt",
        ),
        ({"requirements/dev.txt": "django\n"}, "requirements/dev.txt"),
        ({"site/pip.txt": "django\n", **NESTED}, "site/pip.txt"),
    ],
)
def test_a_list_by_another_name_counts_where_there_is_no_other(
    files: dict[str, str | bytes], list_: str, tmp_path: Path
) -> None:
    folder = "site" if "site/manage.py" in files else ""
    found = read(tmp_path, files, folder)
    assert (found.manager, found.file) == ("requirements", list_)
    assert read(tmp_path, {"pyproject.toml": PROJECT}, folder).manager == "pep621"


def test_a_text_that_lists_no_django_is_no_list(tmp_path: Path) -> None:
    assert (
        read(tmp_path, {"apt-packages.txt": "gdal-bin\n", "deps.txt": "what we depend on: django\n"}).manager == "none"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-r gone.txt\n", "includes gone.txt, which does not exist"),
        ("-r ../../outside.txt\n", "outside the project"),
        ("django = 5.2\n", "line 1: “django = 5.2” is not a requirement"),
        ("asgiref @ file:///croot/asgiref_1/src\n", "/croot/asgiref_1/src, which is not on this computer"),
        ("-e ./libs/blog\n", "./libs/blog, which is not on this computer"),
        (b"\x00\x01\x02\xff", "cannot be read"),
        (b"x" * 3_000_000, "cannot be read. It has 3 MB"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    (problem,) = read(tmp_path, {"requirements.txt": text}).problems
    assert problem.startswith("requirements.txt")
    assert words in problem


def test_a_folder_of_that_name_is_not_the_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").mkdir()
    assert read(tmp_path, {}).manager == "none"


def test_a_password_in_an_address_is_not_kept(tmp_path: Path) -> None:
    text = "blog @ git+https://ghp_verysecret@example.com/blog.git\nhttps://ada:pw12345678@example.com/x y z\n"
    found = read(tmp_path, {"requirements.txt": text})
    assert found.names >= {"blog"}
    assert "secret" not in repr(found)
    assert "pw12345678" not in repr(found)


def test_an_address_without_a_name_makes_the_list_incomplete(tmp_path: Path) -> None:
    assert not reading(tmp_path, {"requirements.txt": "-e .\ndjango\n"}).complete


@pytest.mark.parametrize(
    ("files", "manager", "file", "lock"),
    [
        ({"Pipfile": "", "Pipfile.lock": "{}"}, "pipenv", "Pipfile", "Pipfile.lock"),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, "uv", "pyproject.toml", "uv.lock"),
        ({"pyproject.toml": PROJECT + "[tool.uv]\n"}, "uv", "pyproject.toml", None),
        ({"pyproject.toml": "[tool.poetry]\nname = 'blog'\n"}, "poetry", "pyproject.toml", None),
        ({"pyproject.toml": PROJECT, "poetry.lock": ""}, "poetry", "pyproject.toml", "poetry.lock"),
        ({"pyproject.toml": PROJECT, "pdm.lock": ""}, "pdm", "pyproject.toml", "pdm.lock"),
        ({"pyproject.toml": PROJECT + "[tool.hatch.envs.default]\n"}, "hatch", "pyproject.toml", None),
        ({"pyproject.toml": PROJECT}, "pep621", "pyproject.toml", None),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 99\n"}, "none", None, None),
        ({"requirements.in": "django\n"}, "pip-tools", "requirements.in", None),
        ({"environment.yml": "name: blog\n"}, "conda", "environment.yml", None),
        ({"pixi.toml": "[workspace]\n"}, "pixi", "pixi.toml", None),
        ({}, "none", None, None),
    ],
)
def test_other_managers_are_recognised(
    tmp_path: Path, files: dict[str, str | bytes], manager: str, file: str | None, lock: str | None
) -> None:
    found = read(tmp_path, {**files, **NESTED}, "site")
    assert (found.manager, found.file, found.lock) == (manager, file, lock)


UNLOCKED = {"requirements.txt": "django\n", "pyproject.toml": PROJECT, "Pipfile": '[packages]\ndjango = "*"\n'}


@pytest.mark.parametrize(
    ("more", "manager", "others", "words"),
    [
        ({}, "requirements", ("pipenv", "pep621"), "nothing shows that Pipenv is in use"),
        ({"uv.lock": ""}, "uv", ("requirements", "pipenv"), "uv.lock shows that it keeps"),
        ({"Pipfile.lock": "{}"}, "pipenv", ("requirements", "pep621"), "Pipfile.lock shows that it keeps"),
        ({"uv.lock": "", "poetry.lock": ""}, "uv", ("poetry", "requirements", "pipenv"), "nothing shows that Poetry"),
        ({"uv.lock": "", "site/requirements.txt": "django\n"}, "requirements", ("uv", "pipenv"), "nearer to manage.py"),
    ],
)
def test_of_several_managers_the_one_in_use_wins_and_the_reason_is_told(
    tmp_path: Path, more: dict[str, str], manager: str, others: tuple[str, ...], words: str
) -> None:
    found = reading(tmp_path, {**UNLOCKED, **NESTED, **more}, "site")
    assert (found.dependencies.manager, found.dependencies.others) == (manager, others)
    assert words in found.dependencies.chosen
    assert found.python == ">=3.11"


COMPILED = (
    "# This file is autogenerated by pip-compile with Python 3.12\n#    pip-compile requirements.in\ndjango==5.2\n"
)


@pytest.mark.parametrize("folder", ["", "requirements/"])
def test_a_list_that_was_compiled_is_the_lock_of_what_it_was_made_from(tmp_path: Path, folder: str) -> None:
    name = f"{folder}{'base' if folder else 'requirements'}"
    found = read(tmp_path, {f"{name}.in": "django\n", f"{name}.txt": COMPILED})
    assert (found.manager, found.file, found.lock) == ("pip-tools", f"{name}.in", f"{name}.txt")
    assert (found.lock_state, found.names, found.others) == ("fresh", {"django"}, ())
    assert read(tmp_path, {f"{name}.in": "django\npillow\n"}).lock_state == "stale"


MADE_OF = "# This file was autogenerated by uv via the following command:\n#    uv pip compile {} -o requirements.txt\n"


def test_a_list_compiled_from_a_file_elsewhere_is_its_lock(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": MADE_OF.format("requirements/base.in") + "django==5.2.1\n",
        "requirements/base.in": "django\n",
    }
    found = read(tmp_path, files)
    assert (found.manager, found.file, found.lock) == ("pip-tools", "requirements/base.in", "requirements.txt")


def test_a_list_compiled_from_a_pyproject_is_its_lock(tmp_path: Path) -> None:
    text = MADE_OF.format("pyproject.toml") + "django==5.2.1\n"
    found = read(tmp_path, {"requirements.txt": text, "pyproject.toml": PROJECT})
    assert (found.manager, found.file, found.lock) == ("pip-tools", "pyproject.toml", "requirements.txt")
    assert (found.names, found.lock_state) == ({"django"}, "fresh")


def test_a_list_compiled_from_what_is_gone_is_the_projects_own(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": MADE_OF.format("requirements/base.in") + "django==5.2.1\n"})
    assert (found.manager, found.file) == ("requirements", "requirements.txt")


def test_a_list_that_was_not_compiled_is_the_projects_own(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.in": "django\n", "requirements.txt": "django==5.2\n"})
    assert (found.manager, found.others) == ("requirements", ("pip-tools",))


def test_a_list_without_django_is_not_the_projects(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site/requirements.txt": "black\n", "pyproject.toml": PROJECT, **NESTED}
    found = read(tmp_path, files, "site")
    assert found.manager == "pep621"
    assert "pyproject.toml names Django and site/requirements.txt does not" in found.chosen


def test_the_person_may_choose_another_manager(tmp_path: Path) -> None:
    write(tmp_path, {**UNLOCKED, "uv.lock": ""})
    found = dependencies.read(Location(root=tmp_path), choice="pipenv").dependencies
    assert (found.manager, found.file, found.chosen) == ("pipenv", "Pipfile", "Pipenv is used, as you chose.")
    assert dependencies.read(Location(root=tmp_path), choice="conda").dependencies.manager == "uv"


def test_one_manager_alone_needs_no_reason(tmp_path: Path) -> None:
    assert read(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": ""}).chosen == ""


POETRY = """\
[tool.poetry.dependencies]
python = "^3.11"
Django = "^5.2"
psycopg = {version = "*", extras = ["binary"]}
gunicorn = {version = "*", optional = true}

[tool.poetry.group.dev.dependencies]
pytest = "*"
"""
PIPFILE = '[packages]\nDjango = "~=5.2"\n\n[dev-packages]\npytest = "*"\n\n[requires]\npython_version = "3.12"\n'
GROUPS = PROJECT + '\n[dependency-groups]\ndev = ["pytest"]\n'


@pytest.mark.parametrize(
    ("files", "declared", "grouped", "python"),
    [
        ({"pyproject.toml": GROUPS, "uv.lock": ""}, {"django": "django"}, {"pytest": "dev"}, ">=3.11"),
        (
            {"pyproject.toml": POETRY},
            {"django": "Django>=5.2,<6", "psycopg": "psycopg[binary]"},
            {"pytest": "dev"},
            ">=3.11,<4",
        ),
        ({"Pipfile": PIPFILE}, {"django": "Django~=5.2"}, {"pytest": "dev"}, "3.12"),
    ],
)
def test_what_other_managers_declare(
    tmp_path: Path, files: dict[str, str | bytes], declared: dict[str, str], grouped: dict[str, str], python: str
) -> None:
    found = reading(tmp_path, files)
    assert {entry.name: entry.text for entry in found.dependencies.declared} == declared
    assert {entry.name: entry.group for entry in found.dependencies.grouped} == grouped
    assert found.dependencies.groups == ("dev",)
    assert found.python == python
    assert found.complete
    assert found.dependencies.problems == ()


def test_a_member_of_a_uv_workspace_has_the_lock_of_the_workspace(tmp_path: Path) -> None:
    lock = 'version = 1\n[manifest]\nmembers = ["blog", "other"]\n'
    files: dict[str, str | bytes] = {"pyproject.toml": "[tool.uv.workspace]\n", "uv.lock": lock}
    found = read(tmp_path, {**files, "site/pyproject.toml": PROJECT, **NESTED}, "site")
    assert (found.manager, found.file, found.lock) == ("uv", "site/pyproject.toml", "uv.lock")


def test_a_lock_further_up_that_knows_nothing_of_the_project_is_not_its_own(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"pyproject.toml": "[tool.uv]\n", "uv.lock": "version = 1\n"}
    found = read(tmp_path, {**files, "site/pyproject.toml": PROJECT, **NESTED}, "site")
    assert (found.manager, found.lock) == ("pep621", None)


def test_dynamic_dependencies_make_the_list_incomplete(tmp_path: Path) -> None:
    project = '[project]\nname = "blog"\ndynamic = ["dependencies"]\n[tool.hatch.envs.default]\n'
    assert not reading(tmp_path, {"pyproject.toml": project}).complete


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["django = 5"]\n[tool.uv]\n', "“django = 5” is no requirement"),
        ("pyproject.toml", "[tool.poetry.dependencies]\ndjango = 5\n", "“django = 5” is nothing that Poetry can read"),
        ("Pipfile", '[packages]\ndjango = "=>5"\n', "“django = =>5” is nothing that Pipenv can read"),
        ("Pipfile.lock", "{", "Pipfile.lock cannot be read. It is damaged"),
        ("uv.lock", b"\xff\x00", "uv.lock cannot be read. The file is not text"),
    ],
)
def test_what_a_manager_cannot_read_is_a_sentence(tmp_path: Path, file: str, text: str | bytes, words: str) -> None:
    base: dict[str, str | bytes] = {"Pipfile": PIPFILE} if file.startswith("Pipfile") else {"pyproject.toml": PROJECT}
    (problem,) = read(tmp_path, {**base, file: text}).problems
    assert problem.startswith(file)
    assert words in problem


def test_a_broken_pyproject_is_a_sentence(tmp_path: Path) -> None:
    found = read(tmp_path, {"pyproject.toml": "[project\n", "uv.lock": ""})
    assert found.manager == "uv"
    assert found.problems[0].startswith("pyproject.toml cannot be read.")


@given(st.one_of(st.binary(), st.text(st.characters(exclude_categories=["Cs"])).map(str.encode)))
def test_no_file_at_all_upsets_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    files: dict[str, str | bytes] = dict.fromkeys(("requirements.txt", "pyproject.toml", "Pipfile", "uv.lock"), data)
    assert read(tmp_path_factory.mktemp("project"), files).manager in ("requirements", "uv", "pipenv")
