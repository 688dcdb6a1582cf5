"""What a plan makes of a manager's file and its lock, on a real workbench."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import uv

from simple_deploy.core.facts import Location
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import FileChange
from simple_deploy.core.steps import AddRequirements, ExportRequirements, FileStep, RemoveRequirements, WriteFile
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import create
from simple_deploy.inspection.dependencies import read
from simple_deploy.managers.base import Place
from simple_deploy.system import process
from tests.support.repository import fingerprint, git, repository, write

ADD = AddRequirements(id="add", title="Add the server", why="It answers.", requirements=("gunicorn", "Django"))
DEPLOY = AddRequirements(id="add", title="…", why="…", requirements=("gunicorn",), group="deploy")
REMOVE = RemoveRequirements(id="remove", title="…", why="…", names=("django",))
EXPORT = ExportRequirements(id="export", title="Write a list for the platform", why="It reads nothing else.")
OTHER = WriteFile(id="other", title="…", why="…", path="notes.txt", text="x\n")


class Nobody:
    def ask(self, question: Question) -> Answers:
        pytest.fail(f"asked {question.title}")


class Keeping:
    """Somebody who keeps what is there."""

    def ask(self, question: Question) -> Answers:
        (field,) = question.fields
        return Answers(values={field.name: "keep"})


def rendered(
    root: Path, bench: Path, steps: Sequence[FileStep], *, allow_dirty: bool = False, asker: Asker | None = None
) -> tuple[dict[str, FileChange], tuple[Finding, ...]]:
    workbench = create(root, bench, run=process.run, allow_dirty=allow_dirty)
    renderer = Renderer(
        workbench,
        read(Location(root=root)).dependencies,
        asker=asker or Nobody(),
        redact=str,
        written={},
        place=Place(root=bench, run=process.run, uv=uv.find_uv_bin(), python=sys.executable),
    )
    changes, met = renderer.render(steps)
    return {change.path: change for change in changes}, met


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "bench"


@pytest.mark.parametrize("kind", ["uv"], indirect=True)
class TestUv:
    def test_the_lock_is_part_of_the_plan_and_the_project_is_not_touched(self, root: Path, bench: Path) -> None:
        before = fingerprint(root)
        changes, met = rendered(root, bench, [ADD])
        assert [*changes] == ["pyproject.toml", "uv.lock"]
        assert changes["uv.lock"].reasons == (("Add the server", "It answers."),)
        assert '+name = "gunicorn"' in changes["uv.lock"].diff
        assert '-version = "' not in changes["uv.lock"].diff, "what is locked stays"
        assert met == ()
        assert fingerprint(root) == before

    def test_a_group_goes_into_the_lock_too(self, root: Path, bench: Path) -> None:
        changes, _ = rendered(root, bench, [DEPLOY])
        assert "+[dependency-groups]" not in changes["pyproject.toml"].diff, "the project has some already"
        assert "+deploy = [" in changes["pyproject.toml"].diff
        assert "+deploy = [" in changes["uv.lock"].diff

    def test_a_list_for_a_platform_holds_what_was_added_and_locked(self, root: Path, bench: Path) -> None:
        changes, met = rendered(root, bench, [EXPORT, DEPLOY])
        assert [*changes] == ["pyproject.toml", "uv.lock", "requirements.txt"]
        assert met == ()
        notice, *lines = (bench / "requirements.txt").read_text(encoding="utf-8").splitlines()
        assert notice.startswith("# Generated from uv.lock by simple_deploy.")
        names = {line.partition("==")[0] for line in lines}
        assert {"django", "gunicorn"} <= names
        assert "iniconfig" not in names, "packages for development stay away"
        assert changes["requirements.txt"].reasons == (("Write a list for the platform", "It reads nothing else."),)

    def test_a_list_made_before_is_written_anew_and_is_no_manager(self, root: Path, bench: Path) -> None:
        write(root, {"requirements.txt": "# Generated from uv.lock by simple_deploy. Change …\ndjango==4.2\n"})
        git(root, "add", "requirements.txt")
        git(root, "commit", "--quiet", "-m", "Deployed before")
        found = read(Location(root=root)).dependencies
        assert (found.manager, found.others) == ("uv", ())
        changes, _ = rendered(root, bench, [EXPORT])
        assert "-django==4.2" in changes["requirements.txt"].diff

    def test_a_list_somebody_wrote_is_not_lost(self, root: Path, bench: Path) -> None:
        write(root, {"requirements.txt": "django==4.2  # mine\n"})
        git(root, "add", "requirements.txt")
        git(root, "commit", "--quiet", "-m", "By hand")
        changes, _ = rendered(root, bench, [EXPORT], asker=Keeping())
        assert "requirements.txt" not in changes

    def test_a_package_is_taken_out_of_both(self, root: Path, bench: Path) -> None:
        changes, _ = rendered(root, bench, [REMOVE])
        assert '-name = "django"' in changes["uv.lock"].diff

    def test_a_plan_for_other_files_leaves_a_lock_that_fits_alone(self, root: Path, bench: Path) -> None:
        subprocess.run([uv.find_uv_bin(), "lock", "--quiet", "--python", sys.executable], cwd=root, check=True)
        git(root, "commit", "--quiet", "--all", "-m", "Locked")
        assert [*rendered(root, bench, [OTHER])[0]] == ["notes.txt"]

    def test_a_lock_that_does_not_fit_is_brought_up_to_date(self, root: Path, bench: Path) -> None:
        changes, met = rendered(root, bench, [OTHER])
        assert [*changes] == ["notes.txt", "uv.lock"]
        assert met == ()

    def test_a_lock_that_git_does_not_hold_stays_away(self, root: Path, bench: Path) -> None:
        git(root, "rm", "--quiet", "--cached", "uv.lock")
        git(root, "commit", "--quiet", "-m", "Without a lock")
        assert [*rendered(root, bench, [ADD])[0]] == ["pyproject.toml"]

    def test_line_ends_of_the_project_stay(self, root: Path, bench: Path) -> None:
        for name in ("pyproject.toml", "uv.lock"):
            path = root / name
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        write(root, {".gitattributes": "* -text\n"})
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "-m", "From Windows")
        changes, _ = rendered(root, bench, [ADD])
        for name in ("pyproject.toml", "uv.lock"):
            data = (bench / name).read_bytes()
            assert data.count(b"\r\n") == data.count(b"\n")
            assert changes[name].added < 40, "the other lines are the same"

    def test_work_that_is_not_committed_goes_into_the_lock(self, root: Path, bench: Path) -> None:
        path = root / "pyproject.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"iniconfig', '"sqlparse",\n    "iniconfig'), encoding="utf-8")
        changes, met = rendered(root, bench, [ADD], allow_dirty=True)
        assert met == ()
        assert '{ name = "sqlparse" }' in changes["uv.lock"].diff

    @pytest.mark.slow
    def test_requirements_that_exclude_each_other_block(self, root: Path, bench: Path) -> None:
        wanted = AddRequirements(id="add", title="…", why="…", requirements=("sqlparse<0.1",))
        changes, (finding,) = rendered(root, bench, [wanted, EXPORT])
        assert "requirements.txt" not in changes
        assert finding.level is Level.BLOCKER
        assert "sqlparse<0.1" in finding.title
        assert finding.fix.endswith('uv add "sqlparse<0.1"')
        assert "pyproject.toml" in changes


@pytest.mark.slice(1)
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["poetry", "poetry 1", "pipenv", "pdm", "pip-tools"], indirect=True)
def test_other_locks_hold_a_new_group_too_and_a_list_says_what_they_pin(root: Path, bench: Path, kind: str) -> None:
    before = fingerprint(root)
    changes, met = rendered(root, bench, [DEPLOY, EXPORT])
    dependencies = read(Location(root=root)).dependencies
    own_list = kind == "pip-tools"
    assert [*changes] == [dependencies.file, dependencies.lock, *([] if own_list else ["requirements.txt"])]
    pinned = (bench / "requirements.txt").read_text(encoding="utf-8")
    assert "\ndjango==5.2.1" in pinned
    assert "\ngunicorn==" in pinned
    assert "iniconfig" not in pinned
    assert met == ()
    assert fingerprint(root) == before


def test_a_list_is_compiled_as_before_with_or_without_pip_tools(tmp_path: Path, bench: Path) -> None:
    root = repository(
        tmp_path / "site", {"requirements/base.in": "django>=5.2\n", "requirements/prod.in": "-r base.in\n"}
    )
    compile_it = (uv.find_uv_bin(), "pip", "compile", "--quiet", "--python", sys.executable)
    subprocess.run([*compile_it, "requirements/prod.in", "-o", "requirements/prod.txt"], cwd=root, check=True)
    head = "#\n# This file is autogenerated by pip-compile with Python 3.12\n# by the following command:\n#\n"
    head += "#    pip-compile --output-file=requirements/prod.txt requirements/prod.in\n#\n"
    list_file = root / "requirements" / "prod.txt"
    body = list_file.read_text(encoding="utf-8").split("\n", 2)[2]
    list_file.write_text(head + body.replace("django==", "django==5.2  # ").replace("asgiref==", "asgiref==3.8.1  # "))
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Compiled")
    changes, met = rendered(root, bench, [ADD])
    assert [*changes] == ["requirements/prod.in", "requirements/prod.txt"]
    after = (bench / "requirements" / "prod.txt").read_text(encoding="utf-8")
    assert "#    pip-compile --output-file=requirements/prod.txt requirements/prod.in" in after
    assert "\ngunicorn==" in after
    assert "\nasgiref==3.8.1" in after
    assert met == ()


def test_a_list_compiled_from_a_pyproject_is_compiled_anew(tmp_path: Path, bench: Path) -> None:
    project = '[project]\nname = "site"\nversion = "1"\ndependencies = [\n    "django>=5.2,<6",  # the framework\n]\n'
    root = repository(tmp_path / "site", {"pyproject.toml": project})
    command = (uv.find_uv_bin(), "pip", "compile", "--quiet", "--python", sys.executable)
    subprocess.run([*command, "pyproject.toml", "-o", "requirements.txt"], cwd=root, check=True)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Compiled")
    changes, met = rendered(root, bench, [DEPLOY, EXPORT])
    assert met == ()
    assert [*changes] == ["pyproject.toml", "requirements.txt"]
    assert (changes["pyproject.toml"].added, changes["pyproject.toml"].removed) == (1, 0)
    after = (bench / "requirements.txt").read_text(encoding="utf-8")
    assert "\ngunicorn==" in after
    assert after.startswith((root / "requirements.txt").read_text(encoding="utf-8").split("\n", 1)[0])
