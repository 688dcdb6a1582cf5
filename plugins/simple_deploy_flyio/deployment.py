"""Doing what the plan's calls say: make the app, its database and its secrets, send the commit, see it through.

Every call looks first at what is there, so that it can be repeated, by the same run or another one, on this computer
or another one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from simple_deploy.api import Blocked, Calls, Completed, Secret, StepError, as_committed, remember, site_variables
from simple_deploy_flyio import account, commands, names, pages
from simple_deploy_flyio.account import Found
from simple_deploy_flyio.hosting import read_by

_SERVES = "A release that served before keeps serving."
#: What each end of `fly deploy` means, and what to do then.
_ENDED: Mapping[str, tuple[str, str]] = {
    commands.UNREACHABLE: (
        f"The connection to Fly.io broke before the project arrived. {_SERVES}",
        "Check that this computer is online, then deploy again: the app and its database are used again.",
    ),
    commands.NOT_BUILT: (
        f"The image could not be built from the Dockerfile. {_SERVES}",
        "The lines before the error say which step failed and why. Fix that, commit it, and deploy again.",
    ),
    commands.NOT_RELEASED: (
        f"The command that runs before a release failed, which updates the database. {_SERVES}",
        "What it printed says why. Fix that, commit it, and deploy again.",
    ),
    commands.UNHEALTHY: (
        f"The new release did not pass the health check in fly.toml. {_SERVES}",
        "`fly logs -a {app}` shows what the site said. Fix that, commit it, and deploy again.",
    ),
}

LONG = 1800.0  # seconds a build, or the making of a database, may take
POLL = 5.0
_BEING_MADE = frozenset({"creating", "initializing", "pending", "provisioning"})


class Deployment(Calls):
    """One deployment to the app ``params["app"]``, in the ``organization`` and ``region`` of the params."""

    @property
    def app(self) -> str:
        return self.params["app"]

    def create(self) -> Mapping[str, str]:
        """The app, made unless it is there; returns its address.

        :raises StepError: it cannot be made. :raises Blocked: it belongs to something else.
        """
        found = self._look()
        if found.standing == "another":
            raise Blocked(
                f"You already have an app {self.app}, and nothing shows that it belongs to this project.",
                hint="Choose another name with --deployed-project-name. If it belongs to this project, commit its "
                "fly.toml.",
            )
        if found.standing == "unknown":
            raise StepError("fly could not list your apps.", hint="See what `fly apps list` says, then try again.")
        if found.standing != "ours":
            done = self.ctx.run(
                commands.create_app(self.app, self.params["organization"]), check=False, show=False, timeout=120
            )
            if not done.ok:
                raise _not_created(self.app, done)
            self.ctx.note(f"Made the app {self.app} in the organization {self.params['organization']}.")
        remember(self.ctx, self.app)
        self.ctx.created(account.app_resource(self.app), reused=found.standing == "ours")
        return {"app": self.app, "url": names.url(self.app)}

    def secrets(self) -> None:
        """The secrets that are missing. What somebody set stays."""
        there = self._look().secrets
        own = site_variables(self.ctx, read_by(self.ctx.facts.settings))
        wanted = {**own, "SECRET_KEY": secrets.token_urlsafe(50), account.mark(self.ctx): "yes"}
        missing = {name: value for name, value in wanted.items() if name and name not in there}
        if not missing:
            self.ctx.note("All secrets are there.")
            return
        if "SECRET_KEY" in missing:
            self.ctx.hide(missing["SECRET_KEY"])
        lines = Secret("".join(map(commands.secret_line, missing, missing.values())))
        self._do(commands.import_secrets(self.app), "The secrets could not be set", stdin=lines)

    def volume(self) -> None:
        """The volume, made unless it is there: a second one would be another, empty database."""
        resource = account.volume_resource(names.VOLUME)
        there = names.VOLUME in self._look().volumes
        if not there:
            argv = commands.create_volume(self.app, names.VOLUME, self.params["region"])
            self._do(argv, "The volume could not be made")
        self.ctx.created(resource, reused=there)

    def postgres(self) -> None:
        """A database server that the person looks after, made unless it is there, and its address as a secret."""
        found, name = self._look(), names.database(self.app)
        if not found.postgres:
            if self._has_another(found):
                return
            argv = commands.create_postgres(name, self.params["organization"], self.params["region"])
            self._do(argv, "The database could not be made", private=True, timeout=LONG)
        self.ctx.created(account.postgres_resource(name), reused=found.postgres)
        if self._knows_its_database(found, name, reused=found.postgres):
            return
        done = self._attach(commands.attach_postgres(name, self.app))
        if not done.ok and "already exists" in done.output and "user" in done.output:
            # An attachment that was cut short left its user, whose password nobody knows any more.
            user = f"site_{secrets.token_hex(4)}"
            done = self._attach(commands.attach_postgres(name, self.app, user=user))
        self._attached(done)

    def managed(self) -> None:
        """Managed Postgres, made unless it is there, and its address as a secret."""
        found, name = self._look(), names.database(self.app)
        cluster = found.cluster
        if cluster is None:
            if self._has_another(found):
                return
            argv = commands.create_cluster(name, self.params["organization"], self.params["region"])
            done = self._do(argv, "The database could not be made", private=True, timeout=LONG)
            made = commands.cluster_id(done.output)
            cluster = commands.Cluster(id=made, name=name) if made else self._look().cluster
        if cluster is None:
            raise StepError(
                f"The database {name} was made, but it is not among yours.",
                hint=f"See what `fly mpg list -o {self.params['organization']}` says, then try again.",
            )
        self.ctx.created(account.cluster_resource(cluster), reused=found.cluster is not None)
        if self._knows_its_database(found, name, reused=found.cluster is not None):
            return
        self._wait_for(cluster)
        self._attached(self._attach(commands.attach_cluster(cluster.id, self.app)))

    def deploy(self) -> Mapping[str, str]:
        """Send the commit; Fly.io builds it, runs the release command, and lets it serve when the checks pass.

        :raises StepError: one of these failed; it says which.
        """
        with as_committed(self.ctx) as folder:
            done = self.ctx.run(commands.DEPLOY, cwd=folder, check=False, timeout=LONG)
        if not done.ok:
            raise self._not_deployed(done)
        return {"url": names.url(self.app)}

    # -- parts --

    def _not_deployed(self, done: Completed) -> StepError:
        ended = commands.ended_at(done.output)
        if ended == commands.UNHEALTHY:
            # What the site itself said is not among what the program printed.
            self.ctx.run(commands.logs(self.app), check=False, timeout=120)
        known = _ENDED.get(ended)
        if known is None:
            return _failed("The site could not be deployed", done)
        what, now = known
        return StepError(f"{what} `fly` says: {commands.reason(done.output)}", hint=now.format(app=self.app))

    def _look(self) -> Found:
        return account.look(self.ctx, self.app, linked=True) if self._is_ours() else account.find(self.ctx)

    def _is_ours(self) -> bool:
        return self.ctx.results.get("app") == self.app

    def _has_another(self, found: Found) -> bool:
        """Whether the site has a database that is not its own: somebody set the address of another one."""
        if "DATABASE_URL" not in found.secrets:
            return False
        self.ctx.note("DATABASE_URL is set already, so no database is made.")
        return True

    def _knows_its_database(self, found: Found, name: str, *, reused: bool) -> bool:
        if "DATABASE_URL" in found.secrets:
            self.ctx.note("The site knows its database already.")
            return True
        if reused:
            self.ctx.note(f"Your account already has {name}, so no second one is made. Its data stays.")
        return False

    def _wait_for(self, cluster: commands.Cluster) -> None:
        """Until a cluster that is being made is ready; one that was just made is."""
        waited = 0.0
        while waited < LONG and self._status(cluster) in _BEING_MADE:
            self.ctx.pause(POLL)
            waited += POLL

    def _status(self, cluster: commands.Cluster) -> str:
        found = account.clusters(self.ctx, self.params["organization"])
        return next((each.status.lower() for each in found if each.id == cluster.id), "")

    def _attach(self, argv: tuple[str, ...]) -> Completed:
        self.ctx.note(f"$ {' '.join(argv)}")
        done = self.ctx.run(argv, check=False, show=False, timeout=300)
        self.ctx.hide(*commands.secrets_in(done.output))
        return done

    def _attached(self, done: Completed) -> None:
        # "already contains a secret", "already has DATABASE_URL set": another run was faster.
        if not done.ok and "DATABASE_URL" not in self._look().secrets:
            raise _failed("The database could not be connected to the site", done)
        self.ctx.note("The site has the address of its database, as the secret DATABASE_URL.")

    def _do(
        self,
        argv: tuple[str, ...],
        what: str,
        *,
        stdin: Secret | None = None,
        private: bool = False,
        timeout: float = 120.0,
    ) -> Completed:
        """Run it and show what it says, unless that is *private*.

        :raises StepError: it failed; *what* says what that means.
        """
        if private:
            self.ctx.note(f"$ {' '.join(argv)}")
        done = self.ctx.run(argv, stdin=stdin, check=False, show=not private, timeout=timeout)
        self.ctx.hide(*commands.secrets_in(done.output))
        if not done.ok:
            raise _failed(what, done)
        return done


def _not_created(app: str, done: Completed) -> StepError:
    if commands.is_name_taken(done.output):
        return StepError(
            f"The name {app} is taken: no two apps on Fly.io share a name.",
            hint="Choose another one with --deployed-project-name NAME.",
        )
    return _failed(f"The app {app} could not be made", done)


def _failed(what: str, done: Completed) -> StepError:
    said = commands.reason(done.output)
    if commands.needs_card(done.output):
        return StepError(
            f"{what}: Fly.io wants a payment card. It says: {said}",
            hint=f"Add one at {pages.BILLING}, then try again.",
            docs=pages.PRICES,
        )
    if commands.is_logged_out(done.output):
        return StepError(f"{what}: nobody is logged in any more.", hint="Log in: fly auth login. Then try again.")
    return StepError(f"{what}. Fly.io says: {said or f'nothing, with exit code {done.returncode}'}")
