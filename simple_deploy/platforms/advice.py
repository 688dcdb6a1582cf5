"""What a person can do next with a site of any platform: the commands of this tool, and of the platform's program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simple_deploy.core.options import Answers
from simple_deploy.platforms.base import Advice, FinishedRun
from simple_deploy.platforms.on_push import ON_PUSH, SECRETS, OnPush
from simple_deploy.platforms.production import has_database


def deploy_command(slug: str, *flags: str) -> str:
    """This tool's own command for the platform *slug*: without flags, the one that deploys."""
    return " ".join(("python manage.py deploy --platform", slug, *(flags or ("--automate-all",))))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCommands:
    """How the platform's program does what every site needs. They are the same in every shell, PowerShell too.

    :param manage: the command that runs a management command on the site, for example ``migrate``; it gives the
        management command a terminal. :param deploy: deploys a commit. :param logs: shows the log as it grows.
    :param variables: how variables are seen and set. :param destroy: removes the site.
    :param more: what else there is to do, after these. :param admin: what to know before an admin user is made.
    :param url: the site's address, where it is known before the site is there. :param own_deploy: deploys a site that
        this tool deployed too, where the platform's program can. :param docs: pages about ``migrate`` and ``logs``.
    """

    manage: Callable[[str], str]
    deploy: str
    logs: str
    variables: Advice
    destroy: Advice
    more: Sequence[Advice] = ()
    admin: str = "It asks for a password."
    where: str = ""
    url: str = ""
    own_deploy: str = ""
    docs: Mapping[str, str] = field(default_factory=dict)


def on_push_advice(push: OnPush, answers: Answers, *, app: str) -> tuple[Advice, ...]:
    """How to give GitHub the secret that it deploys with, where the workflow was asked for.

    :param app: the name of the app on the platform; empty where the platform has named none yet.
    """
    if not app or not answers.flag(ON_PUSH):
        return ()
    return (
        Advice(
            title=f"Give GitHub the secret {push.secret}",
            text=f"{push.console or f'The command prints a {push.name} token.'} Store it in the repository on "
            "GitHub: Settings, Secrets and variables, Actions. After that, GitHub deploys each push.",
            command=push.token_of(app),
            url=SECRETS,
        ),
    )


def standard_advice(run: FinishedRun, commands: SiteCommands) -> Iterator[Advice]:
    """What to do with the site of *run* once it is deployed. A site that this tool deployed is deployed
    again and destroyed by its own commands, others by the platform's program."""
    settings, deployed, where = run.facts.settings if run.facts else None, run.kind == "deploy", commands.where
    yield Advice(
        title="Deploy again after a change",
        text=f"Commit it first.{commands.own_deploy and f' `{commands.own_deploy}` does it too.' if deployed else ''}",
        command=deploy_command(run.platform) if deployed else commands.deploy,
        where="" if deployed else where,
    )
    if settings is not None and has_database(settings):
        yield Advice(
            title="Migrate by hand",
            text="Each deployment does this automatically.",
            command=commands.manage("migrate"),
            where=where,
            url=commands.docs.get("migrate"),
        )
    if settings is not None and settings.has_admin:
        site = (run.url or commands.url).rstrip("/")
        admin = f"{site}{settings.admin_url}" if site and settings.admin_url else None
        command = commands.manage("createsuperuser")
        yield Advice(title="Make an admin user", text=commands.admin, command=command, where=where, url=admin)
        if settings.has_sites:
            yield Advice(
                title="Give the site its own name",
                text="Links in its emails point to example.com until you change that in the admin, under Sites.",
                url=f"{admin.rstrip('/')}/sites/site/" if admin else None,
            )
    yield Advice(title="Read the log", command=commands.logs, where=where, url=commands.docs.get("logs"))
    yield Advice(title="Open a Python shell on the site", command=commands.manage("shell"), where=where)
    yield commands.variables
    yield from commands.more
    yield Advice(
        title="Undo the changes to your project",
        text="Your files go back to what they were. The site stays.",
        command="python manage.py deploy --undo",
    )
    if deployed:
        yield Advice(
            title=commands.destroy.title,
            text=commands.destroy.text,
            command=deploy_command(run.platform, "--destroy"),
            url=commands.destroy.url,
        )
    else:
        yield commands.destroy
