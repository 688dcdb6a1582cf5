"""What is looked at before planning: Heroku's program, the account, and the repository by the buildpack's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from simple_deploy.api import Context, Finding, Level, ProjectFacts, ToolMissing
from simple_deploy_heroku import commands, pages, rules

_INSTALL = {
    "linux": "Install it with `curl https://cli-assets.heroku.com/install.sh | sh`",
    "darwin": "Install it with `brew install heroku/brew/heroku`",
    "windows": f"Install it with the 64-bit installer from {pages.CLI}",
}
_LATER = "Configuring needs no account; creating the app and deploying does."


def findings(ctx: Context) -> Iterator[Finding]:
    """Everything that can be said before there is a plan."""
    yield from repository(ctx)
    yield from program(ctx)


# -- the program and the account --


def program(ctx: Context) -> Iterator[Finding]:
    try:
        done = ctx.run(commands.version(), check=False, show=False, timeout=60)
    except ToolMissing:
        yield Finding(
            id="heroku.no-program",
            level=Level.WARNING,
            title="Heroku's program is not installed on this computer.",
            why=f"Apps are made and deployed with it. {_LATER}",
            fix=f"{_INSTALL[ctx.facts.host.system]}, open a new terminal, and run `heroku login`.",
            docs=pages.CLI,
        )
        return
    found = commands.parse_version(done.output)
    shown = ".".join(map(str, found)) or "of an unknown version"
    if found and found < commands.OLDEST:
        yield Finding(
            id="heroku.old-program",
            level=Level.WARNING,
            title=f"Heroku's program on this computer is old: {shown}.",
            why="Its output has changed since.",
            fix="Run `heroku update`, or install it again the way you did.",
            docs=pages.CLI,
        )
    else:
        yield Finding(id="heroku.program", level=Level.OK, title=f"Heroku's program is there: {shown}.")
    yield from account(ctx)


def account(ctx: Context) -> Iterator[Finding]:
    done = ctx.run(commands.whoami(), check=False, show=False, timeout=60)
    who = commands.parse_account(done.output) if done.ok else ""
    if done.ok:
        yield Finding(id="heroku.account", level=Level.OK, title=f"You are logged in to Heroku{who and ' as '}{who}.")
        yield from team(ctx)
    elif commands.is_logged_out(done.returncode, done.output):
        yield Finding(
            id="heroku.logged-out",
            level=Level.WARNING,
            title="You are not logged in to Heroku.",
            why=_LATER,
            fix="Run `heroku login` in a terminal; it opens the browser.",
            docs=pages.CLI,
        )
    else:
        yield Finding(
            id="heroku.no-answer",
            level=Level.WARNING,
            title="Heroku could not be asked who you are.",
            why=_LATER,
            fix="Look whether this computer is online, and at https://status.heroku.com.",
            details=tuple(map(commands.plain, done.tail(3))),
        )


def team(ctx: Context) -> Iterator[Finding]:
    wanted = ctx.answers.text("team")
    if not wanted:
        return
    done = ctx.run(commands.teams(), check=False, show=False, timeout=60)
    known = commands.parse_teams(done.output)
    if done.ok and wanted not in known:
        yield Finding(
            id="heroku.no-team",
            level=Level.BLOCKER,
            title=f"You are in no team of Heroku called {wanted}.",
            why="An app is made in a team by its members.",
            fix=f"Choose one of these: {', '.join(known)}." if known else "Leave the team empty: you are in none.",
        )
    elif done.ok:
        yield Finding(id="heroku.team", level=Level.OK, title=f"You are in the team {wanted}.")


# -- the repository --


def repository(ctx: Context) -> Iterator[Finding]:
    """What Heroku's buildpack would refuse, seen from the files that are committed."""
    facts = ctx.facts
    if facts.git is None:
        return
    done = ctx.run(commands.committed_files(), cwd=facts.location.root, check=False, show=False)
    files = commands.listed(done.output)
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
            details=refusal.details,
        )
    yield from _old_python_file(facts, files)
    yield from _manage_py(facts, files)
    yield from _misspelt(files)


def installs_natively(facts: ProjectFacts) -> bool:
    """Whether Heroku installs from the files the project's manager keeps."""
    found = facts.dependencies
    if found.manager == "requirements":
        return found.file == "requirements.txt"
    if found.manager == "pip-tools":
        return found.lock == "requirements.txt"
    own = {"pipenv": "Pipfile", "poetry": "pyproject.toml", "uv": "pyproject.toml"}
    return found.file == own.get(found.manager)


def _old_python_file(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    if rules.OLD_PYTHON_FILE not in files or "uv.lock" in files:
        return
    text = (facts.location.root / rules.OLD_PYTHON_FILE).read_text(encoding="utf-8", errors="replace").strip()
    asked = re.fullmatch(r"python-((\d+\.\d+)[\w.]*)", text)
    gone = asked is not None and asked[2] not in rules.PYTHONS
    yield Finding(
        id="heroku.runtime-txt",
        level=Level.BLOCKER if gone else Level.WARNING,
        title=f"{rules.OLD_PYTHON_FILE} asks for Python {asked[1]}, which Heroku does not have; it refuses to build."
        if asked and gone
        else f"{rules.OLD_PYTHON_FILE} decides which Python Heroku uses, and Heroku will stop reading it.",
        why=f"While it is there, {rules.PYTHON_FILE} does not count.",
        fix=f"Delete it: `git rm {rules.OLD_PYTHON_FILE}`, and commit.",
        docs=pages.PYTHON,
    )


def _manage_py(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    ours = str(PurePosixPath(facts.location.project_dir) / "manage.py")
    taken = rules.manage_py(files)
    if taken == ours or ours not in files:
        return
    if taken is None:
        title = f"{ours} is too deep for Heroku, which collects static files with a manage.py at most two folders down."
        fix = "Move the project up, or set the config var DISABLE_COLLECTSTATIC=1 and collect the files another way."
    else:
        title = f"Heroku would collect the static files of {taken}, and this project is {ours}."
        fix = f"Move the other project into a repository of its own, or below a folder that is deeper than {ours}."
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
                why="Heroku knows these files by their exact name only.",
                fix=f"Rename it: `git mv {name} {meant}`, and commit.",
            )
