"""The pages for authors of plugins: every hook and every name, and examples that are the tested files."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import logging
import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import tomlkit

from simple_deploy import __main__ as program
from simple_deploy import api, testing
from simple_deploy.api import Answers, FinishedRun, Platform
from simple_deploy.platforms import hookspecs, registry
from simple_deploy.testing import make_facts, platform_contract
from tests.docs.pages import DOCS, EXAMPLE, text

HOOKS = {name: function for name, function in vars(hookspecs).items() if name.startswith("simple_deploy_")}
NAMES = [name for name in vars(api) if not name.startswith("_")]
POND = EXAMPLE / "simple-deploy-pond"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.rglob("*")) if path.suffix in {".py", ".toml"}
)
METHODS = [name for name, value in vars(Platform).items() if inspect.isfunction(value)]


def blocks(page: str) -> list[str]:
    """The code on a page that is Python or TOML."""
    return re.findall(r"^```(?:python|toml)\n(.*?)^```", text("plugins", page), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_arguments(name: str) -> None:
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)

    assert f"## `{name}({arguments})`" in text("plugins", "hooks.md")


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_used_in_an_example(name: str) -> None:
    assert f"@hookimpl\ndef {name}(" in SOURCES
    assert any(f"@hookimpl\ndef {name}(" in block for block in blocks("hooks.md"))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_api_is_documented(name: str) -> None:
    assert re.search(rf"`{name}\b", text("plugins", "api.md"))


@pytest.mark.parametrize("name", [name for name in NAMES if dataclasses.is_dataclass(getattr(api, name))])
def test_every_field_of_the_apis_data_is_documented(name: str) -> None:
    page = text("plugins", "api.md")

    missing = [field.name for field in dataclasses.fields(getattr(api, name)) if f"`{field.name}`" not in page]
    assert missing == []


@pytest.mark.parametrize("name", [name for name in vars(api.Context) if not name.startswith("_")])
def test_everything_a_context_offers_is_documented_with_its_arguments(name: str) -> None:
    offered = getattr(api.Context, name)
    written = f"`{name}`"
    if inspect.isfunction(offered):
        parameters = [*inspect.signature(offered).parameters.values()][1:]
        names = [f"*{each.name}" if each.kind is each.VAR_POSITIONAL else each.name for each in parameters]
        written = f"`{name}({', '.join(names)})`"
    assert written in text("plugins", "api.md")


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_a_platform_is_documented_with_its_arguments(name: str) -> None:
    parameters = inspect.signature(getattr(Platform, name)).parameters.values()
    given = [str(each.name) for each in parameters if each.kind is not each.KEYWORD_ONLY][1:]
    keywords = [str(each.name) for each in parameters if each.kind is each.KEYWORD_ONLY]

    assert f"`{name}({', '.join([*given, *(['*', *keywords] if keywords else [])])})`" in text("plugins", "api.md")


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_for_tests_is_documented(name: str) -> None:
    if name.startswith("simple_deploy_"):  # fixtures that only other fixtures use
        return
    assert re.search(rf"`{name}\b", text("plugins", "testing.md"))


@pytest.mark.parametrize("page", sorted(path.name for path in (DOCS / "plugins").glob("*.md")))
def test_code_on_the_pages_is_the_code_of_the_examples(page: str) -> None:
    for block in blocks(page):
        assert block in SOURCES, f"not in docs/plugins/example: {block}"


def test_the_hooks_of_the_example_do_what_the_page_says(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    plugins = registry.load([EntryPoint(name="team", value="simple_deploy_team", group=registry.GROUP)])
    facts = make_facts()
    assert facts.git is not None

    assert plugins.failures == ()
    assert plugins.inspect(facts) == ()
    found = plugins.inspect(replace(facts, git=replace(facts.git, branch="try")))
    assert [finding.id for finding in found] == ["team.branch"]

    with caplog.at_level(logging.INFO):
        finished = FinishedRun(
            id="1", kind="deploy", platform="local", state="failed", url=None, facts=facts, answers=Answers(values={})
        )
        assert plugins.run_finished(finished) == ()
    assert caplog.messages == ["deploy to local: failed "]


def test_a_provider_takes_less_than_100_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    plugins = registry.load([EntryPoint(name="lagoon", value="simple_deploy_lagoon", group=registry.GROUP)])

    assert plugins.failures == ()
    (platform,) = plugins.platforms
    assert platform_contract(platform, make_facts()).creates[0].kind == "server"
    assert len((EXAMPLE / "simple_deploy_lagoon.py").read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_new_plugin_has_green_tests_at_once_and_can_be_rehearsed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["new-plugin", "acme", "--into", str(tmp_path)]) == 0
    folder = tmp_path / "simple-deploy-acme"
    assert f'python -m pytest "{folder}"' in capsys.readouterr().out
    project = tomlkit.parse((folder / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["project"]
    install(tmp_path, project["name"], project["version"], project["entry-points"]["simple_deploy"])

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", str(folder), "-c", os.devnull, "--rootdir", str(folder)),
            *("--basetemp", str(tmp_path / "tests"), "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:randomly"),
        ],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))},
            "PYTHONPATH": os.pathsep.join([str(folder), str(tmp_path)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert done.returncode == 0, done.stdout + done.stderr


def install(folder: Path, name: str, version: str, points: dict[str, str]) -> None:
    """Make a package known as an installer would, without its files."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    rows = "".join(f"{point} = {value}\n" for point, value in points.items())
    (info / "entry_points.txt").write_text(f"[simple_deploy]\n{rows}", encoding="utf-8")


def test_the_example_imports_the_api_the_rehearsal_kit_and_nothing_else() -> None:
    modules = re.findall(r"^(?:from|import) (simple_deploy[\w.]*)", SOURCES, re.MULTILINE)

    of_the_kit = {module for module in modules if module.startswith("simple_deploy.rehearsal")}
    assert {*modules} - of_the_kit <= {"simple_deploy.api", "simple_deploy.testing", "simple_deploy_pond.plugin"}


def test_a_plugin_holds_less_than_150_lines_of_its_own() -> None:
    """Without imports and what is data about the platform on one's own: what somebody has to understand."""
    tree = ast.parse((POND / "simple_deploy_pond" / "plugin.py").read_text(encoding="utf-8"))
    own = [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert sum((node.end_lineno or 0) - node.lineno + 1 for node in own) < 150
