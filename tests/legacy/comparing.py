"""One plugin on one project, under its own tool and through this one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.legacy.outcomes import NO_PREVIEW, REFUSED, SAME, Outcome
from tests.legacy.plugins import NAME, Environment, make, tree
from tests.legacy.programs import Programs
from tests.project.managers.tools import Tools
from tests.support.repository import git

BOTH = ("django_simple_deploy", "simple_deploy")
OURS = ("simple_deploy",)

#: The plugins that run the project's own manager.
RUNS_MANAGER = {("heroku", "poetry")}

_STATES = {"?": "new", "!": "ignored", "D": "gone"}


def compare(environment: Environment, layout: str, manager: str, folder: Path) -> Outcome:
    """Let both configure the same project, made in *folder*, and undo what this tool did.

    :raises AssertionError: the files are other ones, or undo left something.
    """
    ours = make(folder / "ours" / "site", layout=layout, manager=manager, apps=BOTH)
    theirs = folder / "theirs" / "site"
    shutil.copytree(ours, theirs, symlinks=True)
    before = tree(ours)
    nothing = Programs(folder / "programs")
    nothing.answer()
    env = nothing.environment()
    if (environment.plugin, manager) in RUNS_MANAGER:
        env |= Tools(folder / "tools").environment(manager)
    code = environment.original(theirs, "--unit-testing", "--deployed-project-name", NAME, env=env)
    done = environment.through(ours, "configure", {"deployed_project_name": NAME}, env)
    files = written(theirs)
    if code:
        assert "legacy.no-preview" in done["findings"]
        assert tree(ours) == before
        return Outcome(came=NO_PREVIEW, why=_plain(done["details"]["legacy.no-preview"], folder), files=files)
    if not done["planned"]:  # the trial, or a manager, stopped what the original would have written
        assert done["error"]["message"]
        assert tree(ours) == before and git(ours, "status", "--porcelain") == ""
        return Outcome(came=REFUSED, why=_plain(done["error"]["message"], folder), files=files)
    assert tree(ours) == tree(theirs)
    assert environment.through(ours, "undo")["state"] == "succeeded"
    assert tree(ours) == before
    assert git(ours, "status", "--porcelain") == ""
    return Outcome(came=SAME, files=files)


def written(project: Path) -> dict[str, str]:
    """Each file that is not as it was committed, and what became of it."""
    status = git(project, "status", "--porcelain", "--untracked-files=all", "--ignored", "-z")
    lines = [line for line in status.split("\0") if line and "__pycache__" not in line]
    codes = [line.strip().partition(" ") for line in lines]
    return {path.strip(): _STATES.get(code[0], "changed") for code, _, path in codes}


def _plain(text: str, folder: Path) -> str:
    """*text* in one line, without the folders of this computer."""
    short = re.sub(r"[^\s']*/copy/site\b", "…", text.replace(str(folder), "…"))
    return re.sub(r"\s+", " ", short).strip()


#: Folders of a run that hold files of the project byte for byte.
COPIES = frozenset({"tree", "backup", "aside"})


def kept(project: Path, secrets: Sequence[str], *, but: frozenset[str] = frozenset()) -> list[Path]:
    """Files of this tool's own, except in folders named *but*, in which any of *secrets* stands."""
    state = project / ".simple_deploy"
    own = [each for each in state.rglob("*") if each.is_file() and not but & {*each.relative_to(state).parts}]
    return [each for each in own if any(secret.encode() in each.read_bytes() for secret in secrets)]
