"""Doing what the plan's calls say: make the app, its database and its config vars, send the commit, see it through.

Every call looks first at what is there, so that it can be repeated, by the same run or another one, on this computer
or another one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from simple_deploy.api import Blocked, Completed, Context, Level, Remote, StepError
from simple_deploy_heroku import account, checks, commands, pages, platform_api, procfile, rules, variables

LONG = 1800.0  # seconds a build, or the making of a database, may take
PATIENCE = 600.0  # seconds a release command may take after the push has ended
POLL = 2.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment to the app *app*.

    :param params: of the plan's call: ``region``, ``team``, ``plan`` of the database, ``size``.
    """

    ctx: Context
    app: str
    params: Mapping[str, str]

    def ask(self) -> None:
        """See that somebody is logged in, before anything is done.

        :raises Blocked: saying what to do.
        """
        for finding in checks.program(self.ctx):
            if finding.level in (Level.WARNING, Level.BLOCKER) and finding.id != "heroku.old-program":
                raise Blocked(finding.title, hint=finding.fix, docs=finding.docs)

    def create(self) -> Mapping[str, str]:
        """The app, made unless it is there; returns its address.

        :raises StepError: it cannot be made, or belongs to something else.
        """
        found = self._look()
        if found.values["standing"] == "another":
            raise Blocked(
                f"You have an app {self.app} already, and nothing says that it is this project's.",
                hint=f"Say so with `heroku git:remote --app {self.app}`, or choose another name.",
            )
        if found.values["standing"] != "ours":
            argv = commands.create(self.app, region=self.params["region"], team=self.params.get("team", ""))
            self.ctx.note(f"$ {' '.join(argv)}")
            done = self.ctx.run(argv, check=False, show=False, timeout=120)
            if not done.ok:
                raise _not_created(self.app, done)
            app = commands.parse_object(done.output)
            account.remember(self.ctx, self.app)
            self.ctx.created(account.app_resource(app))
            self.ctx.note(f"Made {self.app}: {app.get('web_url', '')}")
            host, address = account.host_of(app), str(app.get("git_url") or "")
        else:
            account.remember(self.ctx, self.app)
            self.ctx.created(found.resources[0], reused=True)
            host, address = found.values["host"], found.values["git"]
        return {
            "app": self.app,
            "host": host or f"{self.app}.herokuapp.com",
            "url": f"https://{host or f'{self.app}.herokuapp.com'}/",
            "git": address or f"https://git.heroku.com/{self.app}.git",
        }

    def variables(self) -> None:
        """The config vars that are missing, among them what the project's own settings read and has a value here. What
        somebody set stays."""
        there = account.read_config(self.ctx, self.app)
        host, here = self.ctx.results["host"], self.ctx.variables()
        own = {name: here[name] for name in variables.read_by(self.ctx.facts.settings) if here.get(name)}
        self.ctx.hide(*own.values())
        wanted = {
            **own,
            **variables.open_variables(self.ctx.facts),
            variables.PROJECT: account.project_id(self.ctx),
            variables.HOSTS: host,
        }
        missing = {name: value for name, value in wanted.items() if value and name not in there}
        # A project may have got other settings; and a site that has lost its own name cannot be visited.
        module = wanted.get("DJANGO_SETTINGS_MODULE", "")
        if module and there.get("DJANGO_SETTINGS_MODULE") != module:
            missing["DJANGO_SETTINGS_MODULE"] = module
        hosts = [name.strip() for name in there.get(variables.HOSTS, "").split(",") if name.strip()]
        if hosts and host not in hosts and "*" not in hosts and ".herokuapp.com" not in hosts:
            missing[variables.HOSTS] = ",".join([*hosts, host])
        if variables.SECRET_KEY not in there:
            missing[variables.SECRET_KEY] = secrets.token_urlsafe(50)
            self.ctx.hide(missing[variables.SECRET_KEY])
        if not missing:
            self.ctx.note("All config vars are there.")
            return
        self.ctx.note(f"Setting {', '.join(missing)}")
        platform_api.set_config(self.ctx, self.app, missing)

    def database(self) -> None:
        """The database, made unless the app has the address of one."""
        found = self._look_inside()
        for addon in found.values.get("waiting", "").split():
            self.ctx.run(commands.wait_for_addon(self.app, addon), timeout=LONG)
        found = self._look_inside() if found.values.get("waiting") else found
        databases = [each for each in found.resources if each.kind == "database"]
        for each in databases:
            self.ctx.created(each, reused=True)
        if databases or found.values.get("database") == "yes":
            self.ctx.note("The app has a database already.")
            return
        done = self.ctx.run(commands.create_database(self.app, self.params["plan"]), check=False, timeout=LONG)
        if not done.ok:
            raise _failed("The database could not be made", done)
        for each in self._look_inside().resources:
            if each.kind == "database":
                self.ctx.created(each)

    def push(self) -> None:
        """Send the commit; Heroku builds it, and runs the release command.

        :raises StepError: the push was refused, or the release command failed.
        """
        before, _ = self._release()
        done = self._send()
        if commands.does_not_follow(done.output):
            self.ctx.note(
                "Heroku has commits that this one does not follow: of a deployment that failed later, or that was made "
                "from another copy of the project. They are replaced there."
            )
            done = self._send(replace=True)
        if not done.ok:
            raise _not_pushed(done)
        version, status = self._settled()
        if status == "failed" and version == before and "up-to-date" in commands.plain(done.output):
            self.ctx.note("Heroku has this commit already, and its release command failed: trying that once more.")
            self.ctx.run(commands.retry_release(self.app), check=False, timeout=LONG)
            _, status = self._settled()
        if status == "failed":
            self.ctx.run(commands.release_output(self.app), check=False, timeout=120)
            raise StepError(
                "The release command failed, so this version does not serve; the one before goes on.",
                hint="What it printed is above, and in `heroku releases:output --app "
                f"{self.app}`. Fix the migration, commit, and deploy again.",
                docs=pages.RELEASE,
            )

    def _send(self, *, replace: bool = False) -> Completed:
        argv = commands.push(self.ctx.results["git"], replace=replace)
        return self.ctx.run(argv, env={"GIT_TERMINAL_PROMPT": "0"}, check=False, timeout=LONG)

    def migrate(self) -> None:
        """Migrate where no release command does it."""
        if "release" in self._processes():
            self.ctx.note("The release command in Procfile has done it.")
            return
        manage = procfile.manage_words(self.ctx.facts.location, "migrate", "--noinput")
        self.ctx.run(commands.run(self.app, *manage), timeout=LONG)

    def resize(self) -> None:
        """Let the site run on dynos of the wanted size."""
        size = self.params["size"]
        if self._look().values.get("size") == size:
            self.ctx.note(f"The dynos are {size} already.")
            return
        done = self.ctx.run(commands.resize(self.app, size), check=False, timeout=120)
        if not done.ok:
            raise _failed(f"The dynos could not be made {size}", done, hint=_SUBSCRIBE if size == "eco" else "")

    # -- parts --

    def _processes(self) -> Mapping[str, str]:
        file = self.ctx.workbench / rules.PROCFILE
        return rules.processes(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def _look(self) -> Remote:
        return account.look(self.ctx, self.app, account.linked_app(self.ctx))

    def _look_inside(self) -> Remote:
        """What the app has. Without an answer nothing is taken to be missing: it would be made twice.

        :raises StepError: Heroku does not say.
        """
        found = self._look()
        if found.values["standing"] != "ours":
            raise StepError(
                f"Heroku does not say what the app {self.app} has.", hint="Try again; it goes on from here."
            )
        return found

    def _release(self) -> tuple[int, str]:
        done = self.ctx.run(commands.releases(self.app), check=False, show=False, timeout=60)
        return commands.parse_release(done.output) if done.ok else (0, "")

    def _settled(self) -> tuple[int, str]:
        """The newest release, once its release command has ended."""
        waited = 0.0
        while True:
            version, status = self._release()
            if status != "pending" or waited >= PATIENCE:
                return version, status
            self.ctx.pause(POLL)
            waited += POLL


_SUBSCRIBE = "Eco dynos need a subscription: https://dashboard.heroku.com/account/billing. Or choose another size."


def _not_created(app: str, done: Completed) -> StepError:
    """Why an app was not made. How Heroku words it was never seen, so several words count."""
    said = " ".join(commands.said(done.output).lower().split())
    if re.search(r"\btaken\b|already exists|not available", said):
        return StepError(
            f"The name {app} is taken: no two apps of Heroku have the same name.",
            hint="Choose another one with --deployed-project-name NAME.",
        )
    if "verif" in said:
        return StepError(
            "Heroku wants your account confirmed with a payment card before it makes an app.",
            hint=f"Do that at {pages.VERIFY}, then try again.",
            docs=pages.VERIFY,
        )
    return _failed(f"The app {app} could not be made", done)


def _not_pushed(done: Completed) -> StepError:
    """Why a push did not go well."""
    said = commands.plain(done.output)
    again = "Then deploy again: the app and the database that are there are used."
    reason = commands.parse_refusal(said)
    if reason or "pre-receive hook declined" in said:
        return StepError(
            f"Heroku did not build the commit. {reason}".strip(),
            hint=f"What it printed is above. Fix that, and commit. {again}",
            docs=pages.DEPLOYING,
        )
    if "Authentication failed" in said or "could not read Username" in said or "not logged in" in said:
        return StepError("Heroku's git server did not take your login.", hint=f"Run `heroku login`. {again}")
    if "hung up" in said or "Could not resolve host" in said or "unable to access" in said:
        return StepError(
            "The connection to Heroku broke while the commit was sent.",
            hint=f"Look whether this computer is online, and at https://status.heroku.com. {again}",
        )
    return _failed("The commit could not be sent", done, hint=again)


def _failed(what: str, done: Completed, *, hint: str = "") -> StepError:
    said = " ".join(commands.said("\n".join(done.tail(6))).split())
    return StepError(f"{what}. Heroku says: {said or f'nothing, with exit code {done.returncode}'}", hint=hint)
