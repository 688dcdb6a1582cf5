"""Doing what the plan's calls say: make the project, give it its variables, send the commit, see that it migrated.

Every call looks first at what is there, so that it can be repeated, by the same run or another one, on this computer
or another one.
"""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.api import (
    Calls,
    Cause,
    Context,
    StepError,
    missing_variables,
    push,
    quietly,
    site_variables,
)
from simple_deploy_upsun import account, commands, config, hosting, pages, place
from simple_deploy_upsun.commands import ask, problem
from simple_deploy_upsun.variables import give, in_one_line

LONG = 3600.0  # seconds that a project may take to be made, and a push to be built and deployed
PATIENCE = 300.0  # seconds a project may take to disappear
POLL = 3.0
NO_SSH = 255  # ssh's own exit code when it did not get through


#: Known causes of failures that are particular to Upsun.
CAUSES: tuple[Cause, ...] = (
    Cause(
        id="upsun-read-only",
        pattern=r"(?:Read-only file system: ?'?([^'\s]+)|(\S+): Read-only file system)",
        title="The site tried to write {0}{1}, but it can only write to its mounts.",
        fix="Write to the uploads folder or to the log, or add a mount to .upsun/config.yaml.",
        url=pages.APP,
    ),
    Cause(
        id="upsun-ssh-key",
        pattern=r"Permission denied \(publickey",
        title="Upsun did not accept this computer's SSH connection.",
        fix="Log in again to get a new certificate: `upsun login --force`.",
        url=pages.CLI,
    ),
    Cause(
        id="upsun-configuration",
        pattern=r"(?:Invalid configuration|Error parsing configuration files)[^:]*:?\s*(.*)",
        title="Upsun does not accept .upsun/config.yaml: {0}",
        fix="Undo your own changes to that file, or compare it with the page that describes it.",
        url=pages.APP,
    ),
)


class Deployment(Calls):
    """One deployment. Every call has the params ``title``, ``region``, ``organization``, ``branch``, ``resources``."""

    def create(self) -> Mapping[str, str]:
        """The project, made unless it is there."""
        found = account.find(self.ctx, must_know=True)
        if found.resources:
            self.ctx.created(found.resources[0], reused=True)
            self.ctx.note(f"{found.values['title']} is there already: {found.values['project']}")
            return {"project": found.values["project"], "branch": found.values["branch"]}
        given = self.params
        # Found again by its title when the run ends in the middle of this.
        argv = commands.create(**{name: given[name] for name in ("title", "region", "organization", "branch")})
        answer = ask(self.ctx, argv, show=True, timeout=LONG)
        project = commands.read_id(answer)
        if project is None:
            raise StepError(
                "The project was made, but the output of `upsun project:create` does not contain its id.",
                hint="See `upsun project:list`, and try again: it is found by its title.",
            )
        made = commands.Project(id=project, title=given["title"], region=given["region"])
        self.ctx.created(account.resource(made))
        return {"project": project, "branch": given["branch"]}

    def variables(self) -> None:
        """The variables that were chosen. What somebody set there stays, and what is empty stands in the configuration.

        :raises StepError: one is refused.
        """
        there = commands.read_variables(quietly(self.ctx, commands.variables(self.project), timeout=120).output)
        wanted = site_variables(self.ctx, hosting.read_by(self.ctx.facts.settings))
        fresh = missing_variables([name for name in wanted if wanted[name]], wanted, there)
        for name, value in fresh.items():
            self.ctx.hide(value)
            if in_one_line(value):
                give(self.ctx, self.project, name, value)
            else:
                by_hand = f"{commands.by_hand(self.project, name)} --value VALUE"
                self.ctx.note(f"{name} has several lines or spaces around it. Set it yourself: {by_hand}")
        if not fresh:
            self.ctx.note("Every variable is there already.")

    def push(self) -> None:
        """Send the commit; Upsun builds it and runs the deploy hook.

        :raises StepError: it was refused, or the build failed.
        """
        to = (self.project, self.branch, self.params["resources"])
        argv = commands.send(*to)
        done = push(self.ctx, argv, commands.send(*to, replace=True), platform="Upsun", timeout=LONG)
        if done.ok:
            return
        if done.returncode in commands.KNOWN_CODES:
            raise problem(argv, done)
        raise StepError(
            f"The site was not deployed: {' '.join(done.tail(3))}",
            hint="The build's output is above. Fix the problem, commit, and deploy again. The previous release keeps "
            "serving.",
            docs=pages.HOOKS,
        )

    def migrated(self) -> None:
        """See that the deploy hook went well: Upsun goes on when it fails.

        :raises StepError: migrations are missing.
        """
        log = self.ctx.run(commands.deploy_log(self.project, self.branch), check=False, timeout=120)
        check = config.manage(self.ctx.facts, place.packages(self.ctx.facts), "migrate", "--check")
        asked = self.ctx.run(commands.ssh(self.project, self.branch, check), check=False, show=False, timeout=300)
        if asked.ok or (asked.returncode in {NO_SSH, *commands.KNOWN_CODES} and not commands.has_traceback(log.output)):
            self.ctx.note("Every migration is applied." if asked.ok else "The deploy log shows no error.")
            return
        raise StepError(
            "The migrations failed, but Upsun continued anyway: the site runs on an older database.",
            hint="The deploy log above says why. Fix the migration, commit, and deploy again.",
            docs=pages.HOOKS,
        )

    def address(self) -> Mapping[str, str]:
        """Where the site is."""
        found = commands.read_url(ask(self.ctx, commands.url(self.project, self.branch), timeout=120))
        if found is None:
            raise StepError(
                "Upsun does not report where the site is.",
                hint="See `upsun url --primary`, and the console.",
                docs=pages.CONSOLE,
            )
        return {"url": found.replace("http://", "https://", 1)}

    @property
    def project(self) -> str:
        return self.ctx.results["project"]

    @property
    def branch(self) -> str:
        return self.ctx.results["branch"]


def delete(ctx: Context, project: str) -> None:
    """Delete the project, and wait until it is gone.

    :raises StepError: it cannot be deleted.
    """
    argv = commands.delete(project)
    done = ctx.run(argv, check=False, timeout=LONG)
    if not done.ok and done.returncode != commands.NO_PROJECT:
        raise problem(argv, done)
    waited = 0.0
    while waited < PATIENCE and any(each.id == project for each in account.projects(ctx)):
        ctx.pause(POLL)
        waited += POLL
