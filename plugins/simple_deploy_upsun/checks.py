"""What has to be there before a site can be deployed to Upsun: the program, a login, an organization. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import Completed, Context, Finding, Level, StepError, ToolMissing
from simple_deploy_upsun import commands, config, pages, questions
from simple_deploy_upsun.asking import INSTALL
from simple_deploy_upsun.commands import Organization

PATIENCE = 60.0  # seconds
OLD_FILES = (".platform.app.yaml", ".platform/applications.yaml", ".platform/services.yaml", ".platform/routes.yaml")


def findings(ctx: Context) -> Iterator[Finding]:
    """All of them, in the order in which they are fixed."""
    yield from _old_files(ctx)
    told = _ask(ctx, commands.version())
    if told is None:
        yield Finding(
            id="upsun.cli",
            level=Level.WARNING,
            title="The program `upsun` is not installed.",
            why="The project can be configured without it. To create the site and to send the project you need it.",
            fix=INSTALL[ctx.facts.host.system],
            docs=pages.CLI,
        )
        return
    yield _version(told)
    yield from _account(ctx)


def _old_files(ctx: Context) -> Iterator[Finding]:
    inner = ctx.facts.location.project_dir
    paths = [*OLD_FILES, *([f"{inner}/{OLD_FILES[0]}"] if inner else [])]
    there = tuple(path for path in paths if (ctx.workbench / path).is_file())
    if there:
        yield Finding(
            id="upsun.fixed",
            level=Level.WARNING,
            title="The project is configured for Upsun Fixed, the former Platform.sh.",
            why=f"New customers get Upsun Flex, which reads {config.PATH} and none of these files. Both do not go "
            "together in one project on Upsun.",
            fix="If the site runs on Fixed, go on deploying it as before. For a new site on Flex, remove the files, or "
            "let `upsun project:convert` turn them into the new one.",
            docs=pages.FIXED,
            details=there,
        )


def _version(told: Completed) -> Finding:
    version = commands.read_version(told.output)
    if version is None or version < commands.TRIED:
        shown = ".".join(map(str, version)) if version else "an unknown version"
        return Finding(
            id="upsun.cli",
            level=Level.WARNING,
            title=f"The program `upsun` is {shown}.",
            why=f"What is shown here was tried with version {commands.TRIED[0]} and later.",
            fix="Update it with the program you installed it with.",
            docs=pages.CLI,
        )
    shown = ".".join(map(str, version))
    return Finding(id="upsun.cli", level=Level.OK, title=f"The program `upsun` is installed: {shown}.")


def _account(ctx: Context) -> Iterator[Finding]:
    asked = _ask(ctx, commands.email())
    address = commands.read_email(asked.output) if asked is not None and asked.ok else None
    if address is not None:
        yield Finding(id="upsun.login", level=Level.OK, title=f"You are logged in to Upsun as {address}.")
        yield from _organization(ctx)
    elif asked is not None and asked.returncode in (0, commands.NOT_LOGGED_IN):
        yield Finding(
            id="upsun.login",
            level=Level.WARNING,
            title="You are not logged in to Upsun.",
            why="The project can be configured anyway. To create the site and to send the project you need an account.",
            fix="Log in: `upsun login`. It opens the browser, where you can also make an account.",
            docs=pages.CLI,
        )
    else:
        yield _no_answer(asked)


def _no_answer(asked: Completed | None) -> Finding:
    return Finding(
        id="upsun.login",
        level=Level.WARNING,
        title="Upsun could not be asked whether you are logged in.",
        why="The project can be configured anyway.",
        fix="Look whether this computer is online, and try `upsun auth:info`.",
        details=asked.tail(5) if asked else (),
    )


def _organization(ctx: Context) -> Iterator[Finding]:
    asked = _ask(ctx, commands.organizations())
    if asked is None or not asked.ok:
        return
    mine = commands.read_organizations(asked.output)
    wanted = ctx.answers.text(questions.ORGANIZATION)
    chosen = [each for each in mine if each.name == wanted] if wanted else list(mine)
    names = ", ".join(each.name for each in mine) or "none"
    if wanted and not chosen:
        yield _trouble(f"You do not belong to the organization “{wanted}” on Upsun.", f"Choose one of yours: {names}.")
    elif not chosen:
        yield _trouble("You have no organization on Upsun yet.", f"Make one, with its billing address: {pages.CONSOLE}")
    elif len(chosen) > 1:
        yield _trouble("You belong to several organizations on Upsun.", f"Choose with --organization: {names}.")
    else:
        yield _kind(chosen[0])


def _kind(organization: Organization) -> Finding:
    if organization.type == "fixed":
        return _trouble(
            f"The organization {organization.name} has Upsun Fixed, and this configures Upsun Flex.",
            "Use an organization with Flex. A site that runs on Fixed goes on being deployed as before.",
        )
    title = f"The site will belong to the organization {organization.label or organization.name}."
    return Finding(id="upsun.organization", level=Level.OK, title=title)


def _trouble(title: str, fix: str) -> Finding:
    return Finding(
        id="upsun.organization",
        level=Level.WARNING,
        title=title,
        why="A project on Upsun belongs to an organization, which pays for it.",
        fix=fix,
        docs=pages.ORGANIZATIONS,
    )


def _ask(ctx: Context, argv: commands.Argv) -> Completed | None:
    """What the program says; None when there is no such program, or no answer in time."""
    try:
        return ctx.run(argv, timeout=PATIENCE, check=False, show=False)
    except ToolMissing:
        return None
    except StepError as error:
        return Completed(argv=argv, returncode=commands.NO_CONNECTION, output=str(error))
