"""What is known of a package that a program misses: where it is declared, what brings it here, what would add it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.facts import Declared, Dependencies, Host, Location, ProjectFacts
from simple_deploy.engine import evidence
from simple_deploy.system import process

MISSED = ["ModuleNotFoundError: No module named 'courier'"]


def installed(folder: Path, name: str, *, modules: str = "", requires: str = "") -> None:
    """A package as pip leaves it in *folder*."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        "Version: 1.0",
        *([f"Requires-Dist: {requires}"] * bool(requires)),
    ]
    (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (info / "top_level.txt").write_text(modules, encoding="utf-8")


def told(project: Path, *, manager: str = "uv", grouped: tuple[str, ...] = ()) -> tuple[str, str]:
    """What is said of the missing module, and the way out."""
    file = "requirements.txt" if manager == "requirements" else "pyproject.toml"
    facts = ProjectFacts(
        location=Location(root=project, settings_module="shop.settings"),
        name="shop",
        host=Host(system="linux", python="3.12.4", python_executable="python", base_python="python", git="2.43.0"),
        django="5.2.1",
        git=None,
        settings=None,
        dependencies=Dependencies(
            manager=manager,
            file=file,
            grouped=tuple(Declared(name=name, text=f"{name}>=1", file=file, group="lint") for name in grouped),
        ),
    )
    explained = evidence.told(MISSED, facts, process.run)
    assert explained is not None and explained.id == "package-not-declared"
    return explained.title, explained.fix


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that this process finds."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    installed(folder, "parcel-courier", modules="courier\n")
    return folder


def test_a_package_that_only_one_for_development_brings_here(here: Path, tmp_path: Path) -> None:
    installed(here, "stamps", requires="parcel-courier>=1")
    title, fix = told(tmp_path, grouped=("envelopes", "stamps"))
    assert title.startswith("The project needs courier. Here stamps (pyproject.toml, group lint) brings it")
    assert fix == "Add parcel-courier to pyproject.toml by itself: uv add parcel-courier"


def test_a_package_that_a_group_declares(here: Path, tmp_path: Path) -> None:
    title, fix = told(tmp_path, manager="poetry", grouped=("parcel-courier",))
    assert title == "The project needs courier, which is declared in pyproject.toml (group lint) only."
    assert fix.startswith("Add it to the main dependencies (poetry add parcel-courier), or import it only where")


@pytest.mark.parametrize(
    ("manager", "way"),
    [("pdm", "Add it to pyproject.toml (pdm add parcel-courier),"), ("requirements", "Add it to requirements.txt,")],
)
def test_a_package_that_nothing_brings(manager: str, way: str, here: Path, tmp_path: Path) -> None:
    title, fix = told(tmp_path, manager=manager)
    assert title.endswith("does not list it.")
    assert fix.startswith(way)
