"""What Heroku's buildpack would refuse or not see of this project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from simple_deploy.api import Context, Finding, Level, ProjectFacts, read_text, uses_static_files
from simple_deploy_heroku import pages, rules

#: Those the buildpack looks at, and no more: what is kept of a program's output is limited.
_COMMITTED = (
    *("git", "-c", "core.quotePath=false", "ls-files", "--"),
    *(":(glob)*", ":(glob)**/manage.py", ":(glob)*/__init__.py", ":(glob)src/*/__init__.py"),
    *(f":(glob){folder}/*" for folder in rules.ENVIRONMENTS),
)


def findings(ctx: Context) -> Iterator[Finding]:
    """What the buildpack would refuse or not see, from the files that are committed."""
    facts = ctx.facts
    if facts.git is None:
        return
    done = ctx.run(_COMMITTED, cwd=facts.location.root, check=False, show=False)
    files = frozenset(line for line in done.output.splitlines() if line)
    if not done.ok or not files:
        return
    planned = {rules.PROCFILE, rules.PYTHON_FILE, *(() if installs_natively(facts) else ("requirements.txt",))}
    for refusal in rules.refusals(files | planned):
        yield Finding(
            id=f"heroku.{refusal.id}",
            level=Level.BLOCKER,
            title=refusal.title,
            why=f"The build would end there{refusal.since and f' (buildpack {refusal.since})'}.",
            fix=refusal.fix,
            docs=pages.PACKAGES,
        )
    yield from _old_python_file(facts, files)
    yield from _python_file(facts, files)
    yield from _manage_py(facts, files)
    yield from _misspelt(files)


def installs_natively(facts: ProjectFacts) -> bool:
    """Whether Heroku installs from the files the project's manager keeps."""
    found = facts.dependencies
    if found.manager == "pip-tools":
        return found.lock == "requirements.txt"
    own = {"requirements": "requirements.txt", "pipenv": "Pipfile", "poetry": "pyproject.toml", "uv": "pyproject.toml"}
    return found.manager in own and found.file == own[found.manager]


def _old_python_file(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    if rules.OLD_PYTHON_FILE not in files or "uv.lock" in files:
        return
    text = read_text(facts.location.root / rules.OLD_PYTHON_FILE)
    asked = re.fullmatch(r"python-((\d+\.\d+)[\w.]*)", text.strip())
    gone = asked is not None and asked[2] not in rules.PYTHONS
    yield Finding(
        id="heroku.runtime-txt",
        level=Level.BLOCKER if gone else Level.WARNING,
        title=f"{rules.OLD_PYTHON_FILE} asks for Python {asked[1]}, which Heroku does not have; it refuses to build."
        if asked and gone
        else f"{rules.OLD_PYTHON_FILE} decides which Python Heroku uses, but Heroku will stop reading it.",
        why=f"While it exists, Heroku ignores {rules.PYTHON_FILE}.",
        fix=f"Delete it: `git rm {rules.OLD_PYTHON_FILE}`, and commit.",
        docs=pages.PYTHON,
    )


def _python_file(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    """The project's own file stays, so Heroku has to be able to read it."""
    if rules.PYTHON_FILE not in files or rules.OLD_PYTHON_FILE in files:
        return
    try:
        text = (facts.location.root / rules.PYTHON_FILE).read_bytes().decode("utf-8", "replace")
    except OSError:
        return
    if not rules.names_python(text):
        yield Finding(
            id="heroku.python-version",
            level=Level.BLOCKER,
            title=f"{rules.PYTHON_FILE} does not name one version of Python in a way that Heroku can read.",
            why="Heroku reads one version, such as 3.13 or 3.13.2: not the name of an environment, not several "
            "versions, not `python-3.13`, and only plain text (PowerShell's `>` writes UTF-16). The build would end "
            "there.",
            fix=f"Write the version alone into it, for example {rules.PYTHONS[-2]}, and commit it.",
            docs=pages.PYTHON,
            details=tuple(row for row in text.splitlines()[:5] if row.isprintable()),
        )


def _manage_py(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    ours, taken = _own(facts), rules.manage_py(files)
    if taken == ours or ours not in files:
        return
    if not collects(facts):
        if facts.settings is None or uses_static_files(facts.settings):
            yield Finding(
                id="heroku.manage-py",
                level=Level.INFO,
                title=f"Heroku would collect the static files of {taken or 'no project'}, but this project is {ours}.",
                why=f"So {rules.HOOK} collects them at the end of each build, and Heroku's own collection is turned "
                "off.",
                docs=pages.STATIC,
            )
        return
    if taken is None:
        title = f"{ours} is too deep for Heroku, which collects static files with a manage.py at most two folders down."
        fix = "Move the project up, or set the config var DISABLE_COLLECTSTATIC=1 and collect the files some other way."
    else:
        title = f"Heroku would collect the static files of {taken}, and this project is {ours}."
        fix = f"Move the other project into its own repository, or into a folder that is deeper than {ours}."
    yield Finding(id="heroku.manage-py", level=Level.WARNING, title=title, fix=fix, docs=pages.STATIC)


def _misspelt(files: frozenset[str]) -> Iterator[Finding]:
    """Names that are nearly right. Heroku refuses some and does not see the others."""
    right = {name.lower(): name for name in (rules.PROCFILE, rules.PYTHON_FILE, *rules.MANAGER_FILES)}
    right |= {"procfile.txt": rules.PROCFILE, ".python_version": rules.PYTHON_FILE, "python-version": rules.PYTHON_FILE}
    for name in sorted(files):
        meant = right.get(name.lower())
        if meant is not None and meant != name and meant not in files:
            yield Finding(
                id="heroku.misspelt",
                level=Level.WARNING,
                title=f"{name} is probably meant to be {meant}.",
                why="Heroku recognizes these files only by their exact names.",
                fix=f"Rename it: `git mv {name} {meant}`, and commit.",
            )


def collects(facts: ProjectFacts) -> bool:
    """Whether the buildpack collects the static files of this project: of several it takes the one least deep."""
    folders = {facts.location.project_dir, *facts.projects}
    return rules.manage_py([str(PurePosixPath(folder, "manage.py")) for folder in folders]) == _own(facts)


def _own(facts: ProjectFacts) -> str:
    return str(PurePosixPath(facts.location.project_dir, "manage.py"))
