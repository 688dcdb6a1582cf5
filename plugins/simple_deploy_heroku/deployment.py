"""Doing what the plan's calls say: make the app, its database and its config vars, send the commit, see it through.

Every call looks first at what is there, so that it can be repeated, by the same run or another one, on this computer
or another one.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping

from simple_deploy.api import (
    PROJECT_VARIABLE,
    Blocked,
    Calls,
    Completed,
    Context,
    Remote,
    Response,
    Secret,
    StepError,
    after_migrating,
    missing_variables,
    object_in,
    plain,
    project_id,
    push,
    quietly,
    read_text,
    remember,
    said,
    site_variables,
)
from simple_deploy_heroku import account, commands, files, hosting, pages, rules
from simple_deploy_heroku.commands import HEROKU

LONG = 1800.0  # seconds a build, or the making of a database, may take
PATIENCE = 600.0  # seconds a release command may take after the push has ended
POLL = 2.0


class Deployment(Calls):
    """One deployment to the app ``params["app"]``; ``region``, ``team``, ``plan`` of the database and ``size`` are
    params of the calls that need them."""

    @property
    def app(self) -> str:
        return self.params["app"]

    def create(self) -> Mapping[str, str]:
        """The app, made unless it is there; returns its address.

        :raises StepError: it cannot be made, or belongs to something else.
        """
        found = self._look()
        if found.values["standing"] == "another":
            raise Blocked(
                f"You already have an app {self.app}, and nothing shows that it belongs to this project.",
                hint=f"If it does, run `heroku git:remote --app {self.app}`. If not, choose another name.",
            )
        ours = found.values["standing"] == "ours"
        if ours:
            resource, host, address = found.resources[0], found.values["host"], found.values["git"]
        else:
            argv = commands.create(self.app, region=self.params["region"], team=self.params.get("team", ""))
            self.ctx.note(f"$ {' '.join(argv)}")
            done = quietly(self.ctx, argv, timeout=120)
            if not done.ok:
                raise _not_created(self.app, done)
            app = object_in(done.output)
            self.ctx.note(f"Made {self.app}: {app.get('web_url', '')}")
            resource = account.app_resource(app, self.ctx.answers.text("size"))
            host, address = account.host_of(app), str(app.get("git_url") or "")
        remember(self.ctx, self.app)
        self.ctx.created(resource, reused=ours)
        host = host or f"{self.app}.herokuapp.com"
        git = address or f"https://git.heroku.com/{self.app}.git"
        return {"app": self.app, "host": host, "url": f"https://{host}/", "git": git}

    def buildpacks(self) -> None:
        """Those the app lacks, each before what has to find what it installs."""
        wanted = self.params["buildpacks"].split()
        there = list(commands.parse_buildpacks(quietly(self.ctx, commands.buildpacks(self.app)).output))
        for place, each in enumerate(wanted):
            if each in there:
                continue
            after = [there.index(later) for later in wanted[place + 1 :] if later in there]
            index = min(after, default=len(there))
            self.ctx.run(commands.add_buildpack(self.app, each, index + 1), timeout=60)
            there.insert(index, each)

    def variables(self) -> None:
        """The config vars that are missing, among them those that the project's own settings read and that were chosen.
        What somebody set stays."""
        there = account.read_config(self.ctx, self.app)
        host = self.ctx.results["host"]
        wanted = {
            **site_variables(self.ctx, hosting.read_by(self.ctx.facts.settings)),
            **hosting.open_variables(self.ctx.facts),
            PROJECT_VARIABLE: project_id(self.ctx),
            hosting.HOSTS: host,
        }
        missing = missing_variables(wanted, wanted, there)
        # A project may have got other settings; and a site that has lost its own name cannot be visited.
        module = wanted.get("DJANGO_SETTINGS_MODULE", "")
        if module and there.get("DJANGO_SETTINGS_MODULE") != module:
            missing["DJANGO_SETTINGS_MODULE"] = module
        hosts = [name.strip() for name in there.get(hosting.HOSTS, "").split(",") if name.strip()]
        if hosts and host not in hosts and "*" not in hosts and ".herokuapp.com" not in hosts:
            missing[hosting.HOSTS] = ",".join([*hosts, host])
        if hosting.SECRET_KEY not in there:
            missing[hosting.SECRET_KEY] = secrets.token_urlsafe(50)
            self.ctx.hide(missing[hosting.SECRET_KEY])
        if not missing:
            self.ctx.note("All config vars are there.")
            return
        self.ctx.note(f"Setting {', '.join(missing)}")
        set_config(self.ctx, self.app, missing)

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
            self.ctx.note("The app already has a database.")
            return
        done = self.ctx.run(commands.create_database(self.app, self.params["plan"]), check=False, timeout=LONG)
        if not done.ok:
            raise HEROKU.failed("The database could not be made", done)
        for each in self._look_inside().resources:
            if each.kind == "database":
                self.ctx.created(each)

    def push(self) -> None:
        """Send the commit; Heroku builds it, and runs the release command.

        :raises StepError: the push was refused, or the release command failed.
        """
        before, _ = self._release()
        address = self.ctx.results["git"]
        done = push(
            self.ctx,
            commands.send(address),
            commands.send(address, replace=True),
            platform="Heroku",
            env={"GIT_TERMINAL_PROMPT": "0"},
            timeout=LONG,
        )
        if not done.ok:
            raise _not_pushed(done)
        version, status = self._settled()
        if status == "failed" and version == before and "up-to-date" in plain(done.output):
            self.ctx.note("Heroku already has this commit, but its release command failed: running that command again.")
            self.ctx.run(commands.retry_release(self.app), check=False, timeout=LONG)
            _, status = self._settled()
        if status == "failed":
            self.ctx.run(commands.release_output(self.app), check=False, timeout=120)
            raise StepError(
                "The release command failed, so this version does not serve; the previous one keeps serving.",
                hint=f"Its output is above and in `heroku releases:output --app {self.app}`. Fix the migration, "
                "commit, and deploy again.",
                docs=pages.RELEASE,
            )

    def migrate(self) -> None:
        """Migrate where no release command does it."""
        if "release" in rules.processes(read_text(self.ctx.workbench / rules.PROCFILE)):
            self.ctx.note("The release command in Procfile has done it.")
            return
        settings = self.ctx.facts.settings
        for words in (("migrate", "--noinput"), *(after_migrating(settings) if settings else ())):
            manage = files.manage_words(self.ctx.facts.location, *words)
            self.ctx.run(commands.run(self.app, *manage), timeout=LONG)

    def resize(self) -> None:
        """Let the site run on dynos of the wanted size."""
        size = self.params["size"]
        if self._look().values.get("size") == size:
            self.ctx.note(f"The dynos are already {size}.")
            return
        done = self.ctx.run(commands.resize(self.app, size), check=False, timeout=120)
        if not done.ok:
            raise HEROKU.failed(
                f"The dynos could not be changed to {size}", done, hint=SUBSCRIBE if size == "eco" else ""
            )

    def background(self) -> None:
        """Start what the Procfile names besides the site."""
        there = rules.processes(read_text(self.ctx.workbench / rules.PROCFILE))
        names = [name for name in self.params["names"].split() if name in there]
        if not names:
            self.ctx.note("The Procfile names none of them, so there is nothing to start.")
            return
        done = self.ctx.run(commands.start(self.app, *names, size=self.params["size"]), check=False, timeout=120)
        if not done.ok:
            raise HEROKU.failed(f"These could not be started: {', '.join(names)}", done)

    # -- parts --

    def _look(self) -> Remote:
        return account.look(self.ctx, self.app, account.linked_app(self.ctx))

    def _look_inside(self) -> Remote:
        """What the app has. Without an answer nothing is taken to be missing: it would be made twice.

        :raises StepError: Heroku does not say.
        """
        found = self._look()
        if found.values["standing"] != "ours":
            raise StepError(
                f"Heroku does not report what the app {self.app} has.", hint="Try again; it goes on from here."
            )
        return found

    def _release(self) -> tuple[int, str]:
        done = quietly(self.ctx, commands.releases(self.app))
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


SUBSCRIBE = "Eco dynos need a subscription: https://dashboard.heroku.com/account/billing. Or choose another size."


def _not_created(app: str, done: Completed) -> StepError:
    """Why an app was not made. How Heroku words it was never seen, so several words count."""
    words = said(done.output).lower()
    if re.search(r"\btaken\b|already exists|not available", words):
        return StepError(
            f"The name {app} is taken: no two apps on Heroku have the same name.",
            hint="Choose another one with --deployed-project-name NAME.",
        )
    if "verif" in words:
        return StepError(
            "Heroku requires a payment card on your account before it makes an app.",
            hint=f"Do that at {pages.VERIFY}, then try again.",
            docs=pages.VERIFY,
        )
    return HEROKU.failed(f"The app {app} could not be made", done)


def _not_pushed(done: Completed) -> StepError:
    """Why a push did not go well."""
    words = plain(done.output)
    again = "Then deploy again: the existing app and database are used."
    reason = commands.parse_refusal(words)
    if reason or "pre-receive hook declined" in words:
        return StepError(
            f"Heroku did not build the commit. {reason}".strip(),
            hint=f"What it printed is above. Fix that, and commit. {again}",
            docs=pages.DEPLOYING,
        )
    if "Authentication failed" in words or "could not read Username" in words or "not logged in" in words:
        return StepError("Heroku's git server did not accept your login.", hint=f"Run `heroku login`. {again}")
    if "hung up" in words or "Could not resolve host" in words or "unable to access" in words:
        return StepError(
            "The connection to Heroku broke while the commit was being sent.",
            hint=f"Check that this computer is online, and look at https://status.heroku.com. {again}",
        )
    return HEROKU.failed("The commit could not be sent", done, hint=again)


# -- Heroku's Platform API, for what its program takes on its command line only, where every user of the computer can
# -- read it: the values of config vars --

ADDRESS = "https://api.heroku.com"
#: The version of the API (@heroku-cli/command, src/api-client.ts).
ACCEPT = "application/vnd.heroku+json; version=3"


def set_config(ctx: Context, app: str, variables: Mapping[str, str | None]) -> None:
    """Set config vars, as one release: what ``heroku config:set`` asks for (heroku/cli v11.10.0). One that is None is
    removed, as by ``config:unset``.

    :raises StepError: Heroku does not answer, or refuses.
    """
    answer = ctx.fetch(
        f"{ADDRESS}/apps/{app}/config-vars",
        method="PATCH",
        headers={
            "Accept": ACCEPT,
            "Content-Type": "application/json",
            "Authorization": Secret(f"Bearer {_token(ctx)}"),
        },
        body=Secret(json.dumps(variables)),
        timeout=60,
    )
    if answer.status >= 300:
        raise _refused(answer)


def _token(ctx: Context) -> str:
    done = quietly(ctx, commands.token())
    found = commands.parse_token(done.output) if done.ok else ""
    if not found:
        raise StepError("Heroku's program does not report who you are.", hint="Run `heroku login`, then try again.")
    ctx.hide(found)
    return found


def _refused(answer: Response) -> StepError:
    reason = str(object_in(answer.text).get("message") or f"nothing, with status {answer.status}")
    hints = {
        401: "Run `heroku login`, then try again.",
        403: "This login may not change the app; `heroku auth:whoami` shows whose login it is.",
        429: "Heroku received too many requests in the last hour. Wait a few minutes, then try again.",
    }
    return StepError(
        f"The config vars could not be set. Heroku says: {reason}",
        hint=hints.get(answer.status, "Try again; it goes on from here."),
        docs=pages.VARIABLES,
    )
