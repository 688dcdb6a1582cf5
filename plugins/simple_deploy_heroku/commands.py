"""Heroku's own program and git: their command lines, and what they print. Pure.

Source of every shape: heroku/cli v11.9 (2026-08-04), the command's own source file; what differs between versions, or
was never seen, is read in every variant.
"""

from __future__ import annotations

import re
from typing import Literal

from simple_deploy.api import (
    Argv,
    Completed,
    Domain,
    Login,
    Organizations,
    Program,
    Release,
    VariableChange,
    leading_to,
    objects_in,
    plain,
    said,
)
from simple_deploy_heroku import pages

PROGRAM = "heroku"
LOGGED_OUT = 100  # exit code of auth:whoami then (src/commands/auth/whoami.ts)

Standing = Literal["free", "taken", "unknown"]


def version() -> Argv:
    return (PROGRAM, "--version")


def whoami() -> Argv:
    return (PROGRAM, "auth:whoami")


def teams() -> Argv:
    return (PROGRAM, "teams", "--json")


def app_info(app: str) -> Argv:
    return (PROGRAM, "apps:info", "--app", app, "--json")


def config(app: str) -> Argv:
    """Prints the values, secrets too: never show what it says."""
    return (PROGRAM, "config", "--app", app, "--json")


def create(app: str, *, region: str, team: str = "") -> Argv:
    """Prints the app as JSON. No remote is made: the clone it is run in is a scratch one."""
    owner = ("--team", team) if team else ()
    return (PROGRAM, "apps:create", app, "--json", "--no-remote", "--region", region, *owner)


def buildpacks(app: str) -> Argv:
    return (PROGRAM, "buildpacks", "--app", app)


def add_buildpack(app: str, buildpack: str, place: int) -> Argv:
    """:param place: from 1; what is there moves down."""
    return (PROGRAM, "buildpacks:add", "--app", app, "--index", str(place), buildpack)


def create_database(app: str, plan: str) -> Argv:
    """Ends when the database is there: without --wait it would come later, and restart the app."""
    return (PROGRAM, "addons:create", f"heroku-postgresql:{plan}", "--app", app, "--wait")


def wait_for_addon(app: str, addon: str) -> Argv:
    return (PROGRAM, "addons:wait", addon, "--app", app)


def token() -> Argv:
    """Prints the login's token: never show what it says."""
    return (PROGRAM, "auth:token")


def send(address: str, *, replace: bool = False) -> Argv:
    """Send the commit to the app's own repository; Heroku builds the branch main.

    :param replace: what is there, although the commit does not follow it.
    """
    helper = "credential.https://git.heroku.com.helper"
    login = ("-c", f"{helper}=", "-c", f"{helper}=!{PROGRAM} git:credentials")
    return ("git", *login, "push", *(("--force",) if replace else ()), address, "HEAD:refs/heads/main")


def releases(app: str) -> Argv:
    return (PROGRAM, "releases", "--app", app, "--json", "--num", "1")


def list_releases(app: str) -> Argv:
    """The newest fifteen, which the program lists by itself."""
    return (PROGRAM, "releases", "--app", app, "--json")


def release_output(app: str) -> Argv:
    return (PROGRAM, "releases:output", "--app", app)


def retry_release(app: str) -> Argv:
    return (PROGRAM, "releases:retry", "--app", app)


def rollback(app: str, release: str = "") -> Argv:
    return (PROGRAM, "releases:rollback", *([release] if release else []), "--app", app)


def run(app: str, *command: str) -> Argv:
    """Run a command on a dyno of its own. Without --exit-code the program would say that all is well, always."""
    return (PROGRAM, "run", "--app", app, "--exit-code", "--no-tty", "--", *command)


def resize(app: str, size: str) -> Argv:
    return (PROGRAM, "ps:type", f"web={size}", "--app", app)


def scale(app: str, dynos: int) -> Argv:
    return (PROGRAM, "ps:scale", f"web={dynos}", "--app", app)


def run_on(app: str, size: str, dynos: int) -> Argv:
    """Size and number of the web dynos at once."""
    return (PROGRAM, "ps:scale", f"web={dynos}:{size}", "--app", app)


def schedules(app: str) -> Argv:
    """src/commands/pg/backups/schedules.ts"""
    return (PROGRAM, "pg:backups:schedules", "--app", app)


def schedule(app: str) -> Argv:
    """Back the database up each day. src/commands/pg/backups/schedule.ts"""
    return (PROGRAM, "pg:backups:schedule", "DATABASE_URL", "--at", "02:00 UTC", "--app", app)


def unschedule(app: str) -> Argv:
    """src/commands/pg/backups/unschedule.ts"""
    return (PROGRAM, "pg:backups:unschedule", "DATABASE_URL", "--app", app)


def restart(app: str) -> Argv:
    """Every dyno of the app."""
    return (PROGRAM, "ps:restart", "--app", app)


def domains(app: str) -> Argv:
    return (PROGRAM, "domains", "--app", app, "--json")


def add_domain(app: str, name: str) -> Argv:
    return (PROGRAM, "domains:add", name, "--app", app, "--json")


def remove_domain(app: str, name: str) -> Argv:
    return (PROGRAM, "domains:remove", name, "--app", app)


def certificates(app: str) -> Argv:
    """Let Heroku make certificates for all of the app's domains, and renew them."""
    return (PROGRAM, "certs:auto:enable", "--app", app)


def start(app: str, *names: str, size: str = "") -> Argv:
    """One dyno for each of these processes."""
    kind = f":{size}" if size else ""
    return (PROGRAM, "ps:scale", *(f"{name}=1{kind}" for name in names), "--app", app)


def logs(app: str, lines: int) -> Argv:
    return (PROGRAM, "logs", "--app", app, "--num", str(lines))


def destroy(app: str) -> Argv:
    """Destroys its add-ons too."""
    return (PROGRAM, "apps:destroy", "--app", app, "--confirm", app)


# -- what they print --


def parse_version(output: str) -> tuple[int, ...]:
    """The version in ``heroku/11.9.0 linux-x64 node-v22.23.2``; empty when there is none."""
    found = re.search(r"heroku/(\d+(?:\.\d+)*)", plain(output))
    return tuple(map(int, found[1].split("."))) if found else ()


def parse_account(output: str) -> str:
    """The e-mail address that ``auth:whoami`` prints; an empty text when there is none."""
    words = (line.strip() for line in plain(output).splitlines())
    return next((word for word in words if re.fullmatch(r"[^\s@]+@[^\s@]+", word)), "")


def parse_login(done: Completed) -> Login:
    """What the answer of ``auth:whoami`` means."""
    if done.ok:
        return Login(state="in", name=parse_account(done.output))
    return Login(state="out" if is_logged_out(done.returncode, done.output) else "unclear")


def is_logged_out(returncode: int, output: str) -> bool:
    """Whether a command failed because nobody is logged in, or because the login is no longer good."""
    # Other commands than auth:whoami offer to log in, and fail where nobody can press a key.
    words = ("not logged in", "invalid credentials", "to open up the browser to login")
    return returncode == LOGGED_OUT or any(each in said(output).lower() for each in words)


def parse_token(output: str) -> str:
    """The token that ``auth:token`` prints, below warnings about when it expires; an empty text when there is none."""
    words = (line.strip() for line in reversed(plain(output).splitlines()))
    return next((word for word in words if re.fullmatch(r"[\w.~+/=-]{16,}", word, re.ASCII)), "")


def parse_buildpacks(output: str) -> tuple[str, ...]:
    """Those that ``buildpacks`` lists, in their order: a number before each where there are several."""
    rows = (re.fullmatch(r"(?:\d+\.\s+)?(\S+/\S+)", line.strip()) for line in plain(output).splitlines())
    return tuple(row[1] for row in rows if row)


def parse_teams(output: str) -> tuple[str, ...]:
    """The names in what ``teams --json`` prints."""
    return tuple(str(entry["name"]) for entry in objects_in(output) if "name" in entry)


def parse_release(output: str) -> tuple[int, str]:
    """Version and status (``succeeded``, ``failed``, ``pending``) of the newest release that ``releases --json`` lists;
    0 and an empty text when there is none."""
    versions = {entry["version"]: entry for entry in objects_in(output) if isinstance(entry.get("version"), int)}
    newest = max(versions, default=0)
    return newest, str(versions.get(newest, {}).get("status") or "")


def parse_releases(output: str) -> tuple[Release, ...]:
    """All releases that ``releases --json`` lists, the newest first. Heroku names the commit where one was pushed."""
    found = [entry for entry in objects_in(output) if isinstance(entry.get("version"), int)]
    return tuple(
        Release(
            name=f"v{entry['version']}",
            status=" ".join(filter(None, (str(entry.get("status") or ""), "serves" if entry.get("current") else ""))),
            commit=next(iter(re.findall(r"^Deploy ([0-9a-f]{7,40})$", str(entry.get("description") or ""))), ""),
            created=str(entry.get("created_at") or ""),
        )
        for entry in sorted(found, key=lambda entry: int(entry["version"]), reverse=True)
    )


#: How Heroku describes a release that only changes config vars: devcenter.heroku.com, "Releases".
_CONFIG = re.compile(r"(Set|Remove) (.+) config vars?")
_MADE = re.compile(r"(Deploy|Rollback to|Promote|Initial release)\b")


def parse_changes(output: str) -> tuple[VariableChange, ...]:
    """The config vars that were set or removed since code was deployed, rolled back or promoted, by what
    ``releases --json`` lists."""
    found: dict[str, VariableChange] = {}
    entries = [entry for entry in objects_in(output) if isinstance(entry.get("version"), int)]
    for entry in sorted(entries, key=lambda entry: int(entry["version"]), reverse=True):
        description = str(entry.get("description") or "")
        if _MADE.match(description):
            break
        config = _CONFIG.fullmatch(description)
        for name in re.findall(r"\w+", config[2]) if config and entry.get("status") != "failed" else ():
            how: Literal["set", "unset"] = "set" if config and config[1] == "Set" else "unset"
            found.setdefault(name, VariableChange(name=name, how=how, when=str(entry.get("created_at") or "")))
    return tuple(found[name] for name in sorted(found))


def parse_schedule(output: str) -> str:
    """When ``pg:backups:schedules`` says that the database is backed up, such as ``daily at 2:00 UTC``; empty where it
    is not."""
    found = re.search(r"^\s*\S+: (daily at .+?)\s*$", plain(output), re.MULTILINE)
    return found[1] if found else ""


def parse_domains(output: str) -> tuple[Domain, ...]:
    """The domains of the app's owner in what ``domains --json`` prints. Heroku names for each the host it must lead to,
    and how its certificate is doing: ``cert issued``, or words such as ``pending`` and ``failing`` (Platform API,
    Domain; ``acm_status`` is null where Heroku makes none).
    """
    return tuple(
        Domain(
            name=str(entry["hostname"]),
            records=leading_to(str(entry["hostname"]), str(entry["cname"])) if entry.get("cname") else (),
            certificate=": ".join(str(entry[key]) for key in ("acm_status", "acm_status_reason") if entry.get(key)),
            is_secure=entry["acm_status"] == "cert issued" if entry.get("acm_status") else None,
        )
        for entry in objects_in(output)
        if entry.get("kind") == "custom" and entry.get("hostname")
    )


def parse_refusal(output: str) -> str:
    """What the buildpack called an error, in the output of a push; empty when it did not."""
    found = re.findall(r"^(?:remote:)?\s*!\s+Error: (.+?)\s*$", plain(output), re.MULTILINE)
    return str(found[-1]) if found else ""


def standing_of(output: str) -> Standing:
    """Whether a name is free, from the refusal of ``apps:info``.

    The API says not_found of a name nobody has and forbidden of somebody else's; the first was seen in the program's
    own tests, the second is not verified, so that its words count as well as its identifier.
    """
    text = said(output).lower()
    if any(words in text for words in ("forbidden", "do not have access", "don't have access")):
        return "taken"
    return "free" if "not_found" in text or "couldn't find that app" in text else "unknown"


HEROKU = Program(
    name=PROGRAM,
    slug="heroku",
    platform="Heroku",
    install={
        "linux": "Install it with `curl https://cli-assets.heroku.com/install.sh | sh`",
        "darwin": "Install it with `brew install heroku/brew/heroku`",
        "windows": f"Install it with the 64-bit installer from {pages.CLI}",
    },
    login="heroku login",
    docs=pages.CLI,
    signup="It opens the browser.",
    status="https://status.heroku.com",
    version=version(),
    read_version=parse_version,
    oldest=(9,),  # older ones may lack what is used here; nobody tried
    update="Run `heroku update`, or install it again the way you did.",
    who=whoami(),
    read_login=parse_login,
    organizations=Organizations(option="team", noun="team", command=teams(), read=parse_teams),
)
