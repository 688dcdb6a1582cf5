"""What exists on Upsun for this project. Reads only.

A project on Upsun belongs to this one when its working copy is linked to it (``.upsun/local``, or a git remote), as
Upsun's own program does it; else when it has the title that the committed configuration names, or the title that a
first deployment from any clone would give it, which ends in the first commit of the repository.
"""

from __future__ import annotations

from collections.abc import Sequence

from simple_deploy.api import Context, Remote, Resource, StepError, project_id, quietly, read_text
from simple_deploy_upsun import commands, config, pages, questions
from simple_deploy_upsun.commands import Project, ask

LINK = ".upsun/local/project.yaml"
PATIENCE = 120.0  # seconds a question may take
PRICE = "About €30 a month at the default size, about €6 at the smallest, memory and disk besides (2026-09-20)"


def find(ctx: Context, *, must_know: bool = False) -> Remote:
    """The project on Upsun, and what planning needs to know.

    :param must_know: not to know is an error; for planning, which works without the program too, it is not.

    Values: ``title`` it has or is to have, ``branch`` the site is made from, and ``namesake``, the id of a project with
    the title that was asked for and nothing that says it is this one.

    :raises StepError: Upsun cannot be asked, and it must be known.
    """
    title = _title(ctx)
    try:
        there = projects(ctx)
    except StepError:
        if must_know or not ctx.answers.values:  # there are no answers when something is to be removed
            raise
        return Remote(values={"title": title})
    mine = choose(there, linked=_linked(ctx), title=title)
    if mine is None:
        namesake = next((each.id for each in there if each.title == _plain_title(ctx)), "")
        return Remote(values={"title": title, "namesake": namesake})
    return Remote(
        resources=(resource(mine),),
        values={"title": mine.title, "project": mine.id, "branch": _branch(ctx, mine.id)},
    )


def choose(there: Sequence[Project], *, linked: str | None, title: str) -> Project | None:
    """Which of the projects on Upsun is this one's."""
    by_link = next((each for each in there if each.id == linked), None)
    return by_link or next((each for each in there if each.title == title), None)


def projects(ctx: Context) -> tuple[Project, ...]:
    """All the projects one may see.

    :raises StepError: Upsun cannot be asked.
    """
    try:
        listed = ask(ctx, commands.projects(), timeout=PATIENCE)
    except StepError as error:
        if "--count" not in str(error):
            raise
        listed = ask(ctx, commands.projects(whole=False), timeout=PATIENCE)  # a program that always lists all
    return commands.read_projects(listed)


def resource(project: Project) -> Resource:
    """The project, as the ledger keeps it."""
    return Resource(
        kind="project",
        name=project.title,
        remote_id=project.id,
        url=f"{pages.CONSOLE}/projects/{project.id}",
        cost=PRICE,
        holds="Holds the database and uploads of the site, of every branch.",
    )


def _title(ctx: Context) -> str:
    """The title the project has or is to have."""
    named = ctx.answers.text(questions.TITLE) or config.title_in(read_text(ctx.facts.location.root / config.PATH))
    return named or questions.default_title(ctx.facts, project_id(ctx)[:6])


def _plain_title(ctx: Context) -> str:
    return ctx.answers.text(questions.TITLE) or questions.default_title(ctx.facts)


def _linked(ctx: Context) -> str | None:
    """The project that Upsun's program has linked the working copy to."""
    root = ctx.facts.location.root
    listed = ctx.run(commands.remotes(), cwd=root, check=False, show=False)
    return commands.linked_by_file(read_text(root / LINK)) or commands.linked_by_remote(listed.output)


def _branch(ctx: Context, project: str) -> str:
    """The branch the project's first site is made from; ``main`` where the program cannot tell."""
    try:
        done = quietly(ctx, commands.default_branch(project), timeout=PATIENCE)
    except StepError:
        return "main"
    return (commands.read_word(done.output) if done.ok else None) or "main"
