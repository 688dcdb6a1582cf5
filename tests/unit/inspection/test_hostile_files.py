"""Whatever lies where a file is expected, and whatever it holds: an answer, never a traceback, never a wait."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simple_deploy.core.errors import NoProject
from simple_deploy.core.facts import Corrections, Location, Settings
from simple_deploy.core.interfaces import Completed
from simple_deploy.inspection import candidates, corrections, dependencies, envfiles, imports, tree, versions
from simple_deploy.inspection.locate import locate, settings_in_manage_py
from simple_deploy.managers import detect
from simple_deploy.system import plainfiles
from simple_deploy.testkit.facts import make_facts

NAMES = (
    *("manage.py", ".env", ".python-version", "runtime.txt", "settings.py"),
    *("requirements.txt", "requirements.in", "pyproject.toml", "Pipfile"),
    *("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"),
)
SETTINGS = Settings(module="mysite.settings", file="mysite/settings.py", variables=("SECRET_KEY",))


def no_git(argv: object, **_: object) -> Completed:
    return Completed(argv=(), returncode=1, output="")


def look_at_everything(root: Path) -> dependencies.Reading:
    """Every reader of files that inspection has, but for the project itself."""
    location = Location(root=root, settings_module="mysite.settings")
    files = tree.walk(root)
    try:
        locate(start=root, runner=no_git, environ={})
    except NoProject as error:
        assert error.hint
    imports.scan(root, files.python)
    imports.mentions(root, files.python, ["django"])
    candidates.projects(root, files.python)
    candidates.settings_modules(location, SETTINGS, files.python)
    envfiles.values(make_facts(location=location, settings={"variables": SETTINGS.variables}))
    versions.wanted(location, "")
    corrections.read(root)
    return dependencies.read(location)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 * 1024**3)


def binary(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(4096))


def deep(path: Path) -> None:
    path.write_bytes(b"a = " + b"[" * 50_000 + b"]" * 50_000)


def one_line(path: Path) -> None:
    path.write_bytes(b"x" * 200_000)


def includes_itself(path: Path) -> None:
    path.write_bytes(f"-r {path.name}\n-r ../{path.name}\n-r /dev/zero\n-c /\n-r \0\ndjango\n".encode())


KINDS = [fifo, folder, loop, dangling, endless, huge, binary, deep, one_line, includes_itself]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are not files there")
@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_anything_may_lie_where_a_file_is_expected(tmp_path: Path, make: Callable[[Path], None]) -> None:
    for name in NAMES:
        make(tmp_path / name)
    reading = look_at_everything(tmp_path)
    assert all(isinstance(problem, str) and problem for problem in reading.dependencies.problems)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are not files there")
@pytest.mark.parametrize("make", [fifo, folder, endless, huge, binary, deep], ids=lambda make: make.__name__)
def test_a_lock_may_be_anything(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\ndependencies = ["django"]\n')
    make(tmp_path / "uv.lock")
    found = look_at_everything(tmp_path).dependencies
    assert found.names == {"django"}
    assert found.lock_state != "fresh"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe is not a file there")
def test_a_password_manager_may_hand_out_the_variables_through_a_pipe(tmp_path: Path) -> None:
    fifo(tmp_path / ".env")
    (tmp_path / "manage.py").write_text("import django\n", encoding="utf-8")
    location = locate(start=tmp_path, runner=no_git, environ={})
    assert location.settings_module is None


@settings(max_examples=40)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf\xff\xfe")
def test_any_bytes_are_answered_by_every_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("any")
    for name in NAMES:
        (root / name).write_bytes(data)
    look_at_everything(root)
    for name in NAMES:
        (root / name).unlink()
    root.rmdir()


@given(st.text())
def test_any_manage_py_is_answered(source: str) -> None:
    found = settings_in_manage_py(source)
    assert found is None or found


VARIABLES = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True), st.text(max_size=20), max_size=5
)


@given(st.text())
def test_any_env_file_is_answered(text: str) -> None:
    assert all(name.strip() == name and name for name in envfiles.parse(text))


@given(VARIABLES)
def test_variables_in_single_quotes_are_read_as_they_are(variables: dict[str, str]) -> None:
    plain = {
        name: value for name, value in variables.items() if not (set(value) & set("'\\") or value.splitlines()[1:])
    }
    plain = {name: value for name, value in plain.items() if value.splitlines() in ([], [value])}
    assert envfiles.parse("".join(f"export {name}='{value}'\n" for name, value in plain.items())) == plain


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=plain", "plain"),
        ("  export KEY = spaced  ", "spaced"),
        ('KEY="with # no comment"', "with # no comment"),
        ("KEY=value # a comment", "value"),
        ("KEY=va#lue", "va#lue"),
        (r'KEY="a \"quoted\" word"', 'a "quoted" word'),
        ("KEY=postgres://ada:p@db/shop?x=1", "postgres://ada:p@db/shop?x=1"),
        ("KEY=", ""),
        ("\ufeffKEY=x", None),
        ("# KEY=x", None),
        ("1KEY=x", None),
    ],
)
def test_how_a_line_of_an_env_file_is_read(line: str, value: str | None) -> None:
    assert envfiles.parse(line).get("KEY") == value


def test_the_environment_counts_more_than_the_file_and_only_what_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A", "shell")
    for name in ("B", "C"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("A=file\nB=file\nOTHER=file\n", encoding="utf-8")
    facts = make_facts(location=Location(root=tmp_path), settings={"variables": ("A", "B", "C")})
    assert envfiles.values(facts) == {"A": "shell", "B": "file"}


@given(st.binary(max_size=200))
def test_any_corrections_are_answered(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    state = tmp_path_factory.mktemp("state")
    (state / corrections.FILE).write_bytes(data)
    assert isinstance(corrections.read(state), Corrections)


def test_a_name_that_no_system_allows_is_no_file(tmp_path: Path) -> None:
    assert plainfiles.read(tmp_path / "a\0b", 10) == b""
    assert plainfiles.read(tmp_path / ("x" * 5000), 10) == b""


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_tables_of_any_shape_are_answered(data: object) -> None:
    for reader in (detect.pep621.read, detect.poetry.read, detect.pipenv.read):
        reader(data if isinstance(data, dict) else {"project": data, "tool": {"poetry": data}, "packages": data})
