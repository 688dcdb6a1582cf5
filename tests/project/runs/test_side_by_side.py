"""Several platforms configured on one project: undoing one leaves exactly what the others alone would have made."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from simple_deploy import conf
from simple_deploy.core.facts import Location
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.steps import AddRequirements, EditBlock, FileStep, PlaceFile, RemoveRequirements, WriteFile
from simple_deploy.engine import workbench
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.render import Renderer
from simple_deploy.inspection import dependencies
from simple_deploy.managers.base import Place
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import new_run_id
from simple_deploy.system import process
from tests.support.repository import fingerprint, git, repository, write

SETTINGS = 'DEBUG = True\nINSTALLED_APPS = ["simple_deploy"]'  # no newline at the end
UV = (
    '[project]\nname = "site"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["sqlparse"]\n\n'
    "[tool.uv]\npackage = false\n"
)


def steps(name: str, *packages: str) -> tuple[FileStep, ...]:
    """What a platform *name* does: a block that all of them need, one of its own, packages, files."""
    why: dict[str, Any] = {"title": name, "why": "because"}
    return (
        EditBlock(id="guard", path="settings.py", block_id="guard", text="GUARD = True\n", **why),
        EditBlock(id="first", path="settings.py", block_id="site.begin", text="SITE = None\n", before=name, **why),
        EditBlock(id="block", path="settings.py", block_id=name, text=f'SITE = "{name}"\n', before="site.end", **why),
        EditBlock(id="last", path="settings.py", block_id="site.end", text="SITES = SITE\n", **why),
        AddRequirements(id="packages", requirements=packages, **why),
        WriteFile(id="own", path=f"{name}/{name}.toml", text=f"app = {name}\n", **why),
        WriteFile(id="shared", path="Procfile", text="web: gunicorn\n", **why),
        EditBlock(id="ignored", path=".gitignore", block_id=name, text=f"{name}.log\n", **why),
    )


#: What is in no plan.
PLACED = {"logo.png": b"\x89PNG\r\n\x00\xff"}

PLATFORMS: dict[str, tuple[FileStep, ...]] = {
    "alpha": steps("alpha", "gunicorn", "whitenoise"),
    "beta": (*steps("beta", "gunicorn", "psycopg[binary]"), RemoveRequirements(id="less", title="", why="", names=("tool",))),
    "gamma": (*steps("gamma", "whitenoise", "django-environ", "gunicorn"), PlaceFile(id="logo", title="", why="", path="logo.png")),
}  # fmt: skip


class Bench:
    """A project, and runs in it that configure or deploy without what surrounds a plan."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.location = Location(root=root)
        folders = {"SIMPLE_DEPLOY_DATA_DIR": str(home / "data"), "SIMPLE_DEPLOY_CACHE_DIR": str(home / "cache")}
        self.service = Service(self.location, conf.load(folders))
        self.service.store.prepare()

    def run(self, platform: str, *, commit: bool = False) -> Run:
        store, now = self.service.store, time.time()
        run_id = new_run_id(now)
        kind = RunKind.DEPLOY if commit else RunKind.CONFIGURE
        run = Run(id=run_id, kind=kind, created=now, platform=platform, plan_run=run_id, state=RunState.SUCCEEDED)
        store.create(run)
        bench = workbench.create(self.root, store.tree(run_id), run=process.run)
        declared = dependencies.read(self.location).dependencies
        place = Place(root=bench.folder, run=process.run, uv=self.service.uv, python="")
        renderer = Renderer(bench, declared, asker=_Nobody(), redact=str, written={}, place=place, files=PLACED)
        plan = Plan(platform=platform, steps=PLATFORMS[platform])
        changes, met = renderer.render(plan.file_steps, configured=self.uncommitted() if commit else ())
        assert met == ()
        store.save_plan(
            run_id,
            RenderedPlan(plan=plan, base=bench.base, snapshot=False, changes=changes, answers_digest=""),
        )
        made = bench.commit(platform, [each.path for each in changes], process.run) if commit else None
        if not commit:
            changes = tuple(each for each in changes if each.before != each.after)
        lander = lander_of(self.service, run_id)
        lander.land(bench, changes, commit=made, on_file=lambda path, change: None)
        done = replace(run, applied=True, commit=made)
        store.save(done)
        return done

    def uncommitted(self) -> list[str]:
        lines = git(self.root, "status", "--porcelain", "--untracked-files=all").splitlines()
        return [line[3:] for line in lines]

    def undo(self, run: Run) -> Run:
        return self.service.execute(self.service.create_undo(run.id).id)


class _Nobody:
    def ask(self, question: object) -> Any:
        raise AssertionError(question)


def lander_of(service: Service, run_id: str) -> Lander:
    return Lander(project=service.location.root, folder=service.store.folder(run_id), run=process.run)


@pytest.fixture(autouse=True)
def _git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    yield


def project(folder: Path, files: dict[str, str | bytes] | None = None) -> Bench:
    root = repository(
        folder / "site",
        {"settings.py": SETTINGS, "requirements.txt": b"Django\r\ntool\r\n", **(files or {})},
    )
    return Bench(root, folder)


Alone = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """What some platforms alone make of a project."""
    known: dict[object, dict[str, str]] = {}

    def tree(platforms: Sequence[str], files: dict[str, str | bytes] | None = None) -> dict[str, str]:
        key = (*platforms, files is None)
        if key not in known:
            bench = project(tmp_path_factory.mktemp("alone"), files)
            for platform in platforms:
                bench.run(platform)
            known[key] = fingerprint(bench.root)
        return known[key]

    return tree


ORDERS = list(itertools.permutations(PLATFORMS))


@pytest.mark.slice(1)
@pytest.mark.parametrize(
    "order", [ORDERS[1], *(pytest.param(each, marks=pytest.mark.slow) for each in ORDERS if each != ORDERS[1])]
)
def test_each_is_taken_out_alone_in_any_order(order: tuple[str, ...], alone: Alone, tmp_path: Path) -> None:
    bench = project(tmp_path)
    before = fingerprint(bench.root)
    runs = {platform: bench.run(platform) for platform in PLATFORMS}
    left = list(PLATFORMS)
    for platform in order:
        done = bench.undo(runs[platform])
        assert done.state is RunState.SUCCEEDED, done.error
        left.remove(platform)
        assert fingerprint(bench.root) == (alone(left) if left else before), platform
    assert git(bench.root, "status", "--porcelain", "--untracked-files=all") == ""
    assert not (bench.root / "alpha").exists()


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS[1:4:2])
def test_a_lock_fits_what_stays(order: tuple[str, ...], alone: Alone, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"pyproject.toml": UV, "requirements.txt": "-r other.txt\n", "other.txt": ""}
    source = project(tmp_path / "source", files)
    process.run((find_uv_bin(), "lock", "--quiet"), cwd=source.root)
    files["uv.lock"] = (source.root / "uv.lock").read_bytes()
    bench = project(tmp_path, files)
    before = fingerprint(bench.root)
    runs = {platform: bench.run(platform) for platform in PLATFORMS}
    left = list(PLATFORMS)
    for platform in order:
        done = bench.undo(runs[platform])
        assert done.state is RunState.SUCCEEDED, done.error
        left.remove(platform)
        assert process.run((find_uv_bin(), "lock", "--check"), cwd=bench.root).ok
        assert fingerprint(bench.root) == (alone(left, files) if left else before), platform


@pytest.mark.slice(3)
@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("committed", [("beta",), ("alpha", "gamma"), tuple(PLATFORMS)])
def test_what_was_committed_is_reverted_by_commits(
    order: tuple[str, ...], committed: tuple[str, ...], alone: Alone, tmp_path: Path
) -> None:
    bench = project(tmp_path)
    before, tree = fingerprint(bench.root), git(bench.root, "rev-parse", "HEAD^{tree}")
    runs = {platform: bench.run(platform, commit=platform in committed) for platform in PLATFORMS}
    left = list(PLATFORMS)
    for platform in order:
        done = bench.undo(runs[platform])
        assert done.state is RunState.SUCCEEDED, done.error
        left.remove(platform)
        assert fingerprint(bench.root) == (alone(left) if left else before), platform
    assert git(bench.root, "status", "--porcelain", "--untracked-files=all") == ""
    assert git(bench.root, "rev-parse", "HEAD^{tree}") == tree


def test_it_is_said_before_and_after_what_stays(tmp_path: Path) -> None:
    bench = project(tmp_path)
    first = bench.run("alpha")
    bench.run("beta")
    said = dict(bench.service.preview_undo(first.id).files)
    assert said == {
        **dict.fromkeys(("settings.py", "requirements.txt", ".gitignore", "Procfile"), "part"),
        "alpha/alpha.toml": "remove",
    }
    made = bench.service.summary(bench.undo(first).id)
    assert made is not None and made.lead.startswith("Everything that run added is gone.")


def test_a_file_edited_by_hand_is_named_and_nothing_is_touched(tmp_path: Path) -> None:
    bench = project(tmp_path)
    first = bench.run("alpha")
    bench.run("beta")
    write(bench.root, {"settings.py": (bench.root / "settings.py").read_text(encoding="utf-8") + "\nMINE = 1\n"})
    before = fingerprint(bench.root)
    done = bench.undo(first)
    assert done.state is RunState.FAILED
    assert done.error is not None and "Edited since that run: settings.py" in done.error.message
    assert fingerprint(bench.root) == before


def test_a_file_edited_between_two_is_named(tmp_path: Path) -> None:
    bench = project(tmp_path)
    first = bench.run("alpha")
    write(bench.root, {"settings.py": "# mine\n" + (bench.root / "settings.py").read_text(encoding="utf-8")})
    git(bench.root, "commit", "--quiet", "-am", "Mine")
    second = bench.run("beta")
    done = bench.undo(first)
    assert done.error is not None and "settings.py" in done.error.message
    assert bench.undo(second).state is RunState.SUCCEEDED


def test_a_file_of_another_platform_may_be_edited(tmp_path: Path) -> None:
    bench = project(tmp_path)
    first = bench.run("alpha")
    bench.run("beta")
    write(bench.root, {"beta/beta.toml": "app = mine\n"})
    assert bench.undo(first).state is RunState.SUCCEEDED
    assert (bench.root / "beta/beta.toml").read_text(encoding="utf-8") == "app = mine\n"


@pytest.mark.slow
def test_what_was_undone_can_be_configured_and_undone_again(alone: Alone, tmp_path: Path) -> None:
    bench = project(tmp_path)
    before = fingerprint(bench.root)
    first, second = bench.run("alpha"), bench.run("beta")
    bench.undo(first)
    again = bench.run("alpha")
    bench.undo(second)
    assert fingerprint(bench.root) == alone(["alpha"])
    bench.undo(again)
    assert fingerprint(bench.root) == before


def test_a_platform_that_cannot_be_edited_away_is_said(tmp_path: Path) -> None:
    bench = project(tmp_path)
    first, second = bench.run("alpha"), bench.run("beta")
    (bench.service.store.folder(second.id) / "plan.json").unlink()
    before = fingerprint(bench.root)
    done = bench.undo(first)
    assert done.error is not None and f"python -m simple_deploy undo {second.id}" in done.error.hint
    assert fingerprint(bench.root) == before
