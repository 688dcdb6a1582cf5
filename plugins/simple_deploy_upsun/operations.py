"""Looking after the site that is deployed: how it is, and what it logs."""

from __future__ import annotations

from simple_deploy.api import Context, Operation, Resource, SiteState, StepError
from simple_deploy_upsun import account, commands
from simple_deploy_upsun.asking import ask

_DEPLOY = "python manage.py deploy --platform upsun --automate-all"


def operate(operation: Operation, ctx: Context) -> SiteState:
    """Do it, and say how the site is.

    :raises StepError: the project has no site, or Upsun cannot be asked.
    """
    found = account.find(ctx, must_know=True)
    if not found.resources:
        raise StepError("This project has no site on Upsun.", hint=f"Deploy it: {_DEPLOY}")
    project, branch = found.values["project"], found.values["branch"]
    if operation == "logs":
        ask(ctx, commands.app_log(project, branch), show=True, timeout=120)
    return _state(ctx, found.resources[0], project, branch)


def _state(ctx: Context, project: Resource, id_: str, branch: str) -> SiteState:
    url = commands.read_url(ask(ctx, commands.url(id_, branch), timeout=120))
    details = [("Project", f"{project.name} ({id_})"), ("Branch", branch), ("Console", project.url or "")]
    if url is None:
        return SiteState(running=None, headline=f"{project.name} has no address yet", details=tuple(details))
    try:
        status = ctx.fetch(url, timeout=30).status
    except StepError as error:
        return SiteState(running=False, headline=f"{url} does not answer: {error}", url=url, details=tuple(details))
    running = status < 500
    headline = f"{url} answers" if running else f"{url} answers with an error (status {status})"
    return SiteState(running=running, headline=headline, url=url, details=tuple(details))
