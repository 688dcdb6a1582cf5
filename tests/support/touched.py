"""Which tests the newest commits concern."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

#: So many commits count as new.
NEWEST = 20

#: Folders of the product, and where the tests are that they concern first of all. The nearest counts: the longest name.
CONCERNS: Mapping[str, Sequence[str]] = {
    "simple_deploy/core/": ("tests/unit/core/",),
    "simple_deploy/edits/": ("tests/unit/edits/", "tests/unit/managers/", "tests/shapes/"),
    "simple_deploy/inspection/": (
        "tests/unit/inspection/",
        "tests/project/inspection/",
        "tests/field/",
        "tests/shapes/",
    ),
    "simple_deploy/platforms/": ("tests/unit/platforms/", "tests/platforms/"),
    "simple_deploy/engine/": ("tests/unit/engine/", "tests/project/engine/", "tests/attacks/test_crashes.py"),
    "simple_deploy/managers/": ("tests/unit/managers/", "tests/project/managers/", "tests/shapes/"),
    "simple_deploy/system/": ("tests/unit/system/", "tests/project/system/"),
    "simple_deploy/runs/": ("tests/unit/runs/", "tests/project/runs/", "tests/attacks/test_state.py"),
    "simple_deploy/jobs/": ("tests/project/jobs/", "tests/attacks/test_boundaries.py", "tests/attacks/test_load.py"),
    "simple_deploy/web/": ("tests/web/", "tests/browser/", "tests/attacks/test_door.py"),
    "simple_deploy/cli/": ("tests/unit/cli/", "tests/project/command/"),
    "simple_deploy/management/": ("tests/unit/cli/", "tests/project/command/"),
    "simple_deploy/rehearsal/": ("tests/unit/rehearsal/", "tests/project/rehearsal/", "tests/rehearsal/"),
    "simple_deploy/present/": ("tests/unit/present/", "tests/web/test_share.py"),
    "simple_deploy/legacy/": ("tests/legacy/test_parts.py", "tests/legacy/test_pond.py"),
    "simple_deploy/testkit/": ("tests/unit/testkit/", "tests/docs/"),
    "simple_deploy/demo/": ("tests/unit/demo/", "tests/packaging/", "tests/project/test_sample_project.py"),
    "simple_deploy/": ("tests/web/", "tests/project/command/"),
    "plugins/simple_deploy_flyio/": ("tests/platforms/flyio/", "tests/rehearsal/"),
    "plugins/simple_deploy_heroku/": ("tests/platforms/heroku/", "tests/rehearsal/"),
    "plugins/simple_deploy_local/": ("tests/platforms/local/", "tests/attacks/test_local.py"),
    "plugins/simple_deploy_upsun/": ("tests/platforms/upsun/", "tests/rehearsal/"),
    "plugins/simple_deploy_vps/": ("tests/platforms/vps/",),
    "templates/": ("tests/web/", "tests/browser/"),
    "static/": ("tests/browser/",),
    "docs/": ("tests/docs/",),
    "sample_project/": ("tests/project/test_sample_project.py", "tests/platforms/"),
    "sample_polls/": ("tests/project/test_polls.py",),
    "bench/": ("tests/unit/test_bench.py",),
    "run.py": ("tests/packaging/test_run_py.py", "tests/packaging/test_classroom.py"),
    "pyproject.toml": ("tests/packaging/",),
}


def changed_files(folder: Path, commits: int = NEWEST) -> list[str]:
    """The files that the newest commits in *folder* changed, newest first; none where there is no history."""
    # Without the first commit: in a clone of the newest commits alone it would seem to have changed everything.
    argv = ["git", "-c", "log.showRoot=false", "log", f"--max-count={commits}"]
    argv += ["--name-only", "--format=", "-z", "--no-renames"]
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return []
    return [*dict.fromkeys(name for name in done.stdout.replace("\n", "\0").split("\0") if name)]


def concerned(files: Iterable[str]) -> list[str]:
    """Beginnings of the names of the tests that *files* concern, in their order."""
    return [*dict.fromkeys(name for file in files for name in _concerned_by(file))]


def rank(test: str, beginnings: Sequence[str]) -> int | None:
    """The place of the first of *beginnings* that a test's name has; None when it has none."""
    return next((place for place, start in enumerate(beginnings) if test.startswith(start)), None)


def _concerned_by(file: str) -> Iterator[str]:
    if file.startswith("tests/"):
        module = file.rpartition("/")
        # What helps the tests of a folder concerns all of them; what helps all of them would mean everything.
        if module[2].startswith("test_"):
            yield file
        elif module[0] not in ("tests", "tests/support"):
            yield f"{module[0]}/"
        return
    nearest = max((name for name in CONCERNS if file.startswith(name)), key=len, default=None)
    if nearest is not None:
        yield from CONCERNS[nearest]
