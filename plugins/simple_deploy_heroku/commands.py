"""The command lines of Heroku's own program and of git, and what they print. Pure.

Source of every shape: heroku/cli v11.9 (2026-08-04), the command's own source file; what differs between versions, or
was never seen, is read in every variant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from simple_deploy_heroku import rules

PROGRAM = "heroku"
#: Older ones may lack what is used here; nobody tried.
OLDEST = (9,)
LOGGED_OUT = 100  # exit code of auth:whoami then (src/commands/auth/whoami.ts)

Standing = Literal["free", "taken", "unknown"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_VERSION = re.compile(r"heroku/(\d+(?:\.\d+)*)")


def version() -> tuple[str, ...]:
    return (PROGRAM, "--version")


def whoami() -> tuple[str, ...]:
    return (PROGRAM, "auth:whoami")


def teams() -> tuple[str, ...]:
    return (PROGRAM, "teams", "--json")


def app_info(app: str) -> tuple[str, ...]:
    return (PROGRAM, "apps:info", "--app", app, "--json")


def config(app: str) -> tuple[str, ...]:
    """Prints the values, secrets too: never show what it says."""
    return (PROGRAM, "config", "--app", app, "--json")


def create(app: str, *, region: str, team: str = "") -> tuple[str, ...]:
    """Prints the app as JSON. No remote is made: the clone it is run in is a scratch one."""
    owner = ("--team", team) if team else ()
    return (PROGRAM, "apps:create", app, "--json", "--no-remote", "--region", region, *owner)


def create_database(app: str, plan: str) -> tuple[str, ...]:
    """Ends when the database is there: without --wait it would come later, and restart the app."""
    return (PROGRAM, "addons:create", f"heroku-postgresql:{plan}", "--app", app, "--wait")


def wait_for_addon(app: str, addon: str) -> tuple[str, ...]:
    return (PROGRAM, "addons:wait", addon, "--app", app)


def token() -> tuple[str, ...]:
    """Prints the login's token: never show what it says."""
    return (PROGRAM, "auth:token")


def push(address: str, *, replace: bool = False) -> tuple[str, ...]:
    """Send the commit to the app's own repository; Heroku builds the branch main.

    :param replace: what is there, although the commit does not follow it.
    """
    helper = "credential.https://git.heroku.com.helper"
    login = ("-c", f"{helper}=", "-c", f"{helper}=!{PROGRAM} git:credentials")
    return ("git", *login, "push", *(("--force",) if replace else ()), address, "HEAD:refs/heads/main")


def does_not_follow(output: str) -> bool:
    """Whether git refused a push because the repository has commits that the one sent does not follow."""
    return re.search(r"! \[rejected\].*\((?:non-fast-forward|fetch first)\)", plain(output)) is not None


def releases(app: str) -> tuple[str, ...]:
    return (PROGRAM, "releases", "--app", app, "--json", "--num", "1")


def release_output(app: str) -> tuple[str, ...]:
    return (PROGRAM, "releases:output", "--app", app)


def retry_release(app: str) -> tuple[str, ...]:
    return (PROGRAM, "releases:retry", "--app", app)


def rollback(app: str, release: str = "") -> tuple[str, ...]:
    return (PROGRAM, "releases:rollback", *([release] if release else []), "--app", app)


def run(app: str, *command: str) -> tuple[str, ...]:
    """Run a command on a dyno of its own. Without --exit-code the program would say that all is well, always."""
    return (PROGRAM, "run", "--app", app, "--exit-code", "--no-tty", "--", *command)


def resize(app: str, size: str) -> tuple[str, ...]:
    return (PROGRAM, "ps:type", f"web={size}", "--app", app)


def scale(app: str, dynos: int) -> tuple[str, ...]:
    return (PROGRAM, "ps:scale", f"web={dynos}", "--app", app)


def logs(app: str, lines: int) -> tuple[str, ...]:
    return (PROGRAM, "logs", "--app", app, "--num", str(lines))


def destroy(app: str) -> tuple[str, ...]:
    """Destroys its add-ons too."""
    return (PROGRAM, "apps:destroy", "--app", app, "--confirm", app)


def remotes() -> tuple[str, ...]:
    return ("git", "remote", "--verbose")


def first_commits() -> tuple[str, ...]:
    return ("git", "rev-list", "--max-parents=0", "HEAD")


def committed_files() -> tuple[str, ...]:
    """Those the buildpack looks at, and no more: what is kept of a program's output is limited."""
    looked_at = (":(glob)*", ":(glob)**/manage.py", ":(glob)*/__init__.py", ":(glob)src/*/__init__.py")
    environments = tuple(f":(glob){folder}/*" for folder in rules.ENVIRONMENTS)
    return ("git", "-c", "core.quotePath=false", "ls-files", "--", *looked_at, *environments)


# -- what they print; both streams come in one text, so progress and warnings may stand around the answer --


def plain(output: str) -> str:
    """*output* without colours."""
    return _COLOURS.sub("", output)


def said(output: str) -> str:
    """*output* as one line: without colours, and without the sign that the program puts before each line of an error,
    which it breaks wherever it is full."""
    return " ".join(re.sub(r"^\s*[›!]\s?", " ", line) for line in plain(output).splitlines()).strip()


def parse_version(output: str) -> tuple[int, ...]:
    """The version in ``heroku/11.9.0 linux-x64 node-v22.23.2``; empty when there is none."""
    found = _VERSION.search(plain(output))
    return tuple(map(int, found[1].split("."))) if found else ()


def parse_account(output: str) -> str:
    """The e-mail address that ``auth:whoami`` prints; an empty text when there is none."""
    words = (line.strip() for line in plain(output).splitlines())
    return next((word for word in words if re.fullmatch(r"[^\s@]+@[^\s@]+", word)), "")


def parse_token(output: str) -> str:
    """The token that ``auth:token`` prints, below warnings about when it expires; an empty text when there is none."""
    words = (line.strip() for line in reversed(plain(output).splitlines()))
    return next((word for word in words if re.fullmatch(r"[\w.~+/=-]{16,}", word, re.ASCII)), "")


def parse_json(output: str) -> Any:
    """The JSON value that stands in *output*, from the beginning of a line; None when there is none."""
    text = plain(output)
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^[\[{]", text, re.MULTILINE):
        try:
            return decoder.raw_decode(text, start.start())[0]
        except ValueError:
            continue
    return None


def parse_object(output: str) -> Mapping[str, Any]:
    """The same, when it is an object; else an empty one."""
    value = parse_json(output)
    return value if isinstance(value, dict) else {}


def parse_teams(output: str) -> tuple[str, ...]:
    """The names in what ``teams --json`` prints."""
    value = parse_json(output)
    entries = value if isinstance(value, list) else []
    return tuple(str(entry["name"]) for entry in entries if isinstance(entry, dict) and "name" in entry)


def parse_release(output: str) -> tuple[int, str]:
    """Version and status (``succeeded``, ``failed``, ``pending``) of the newest release that ``releases --json`` lists;
    0 and an empty text when there is none."""
    value = parse_json(output)
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    newest = max(entries, key=lambda entry: _number(entry.get("version")), default={})
    return _number(newest.get("version")), str(newest.get("status") or "")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def parse_refusal(output: str) -> str:
    """What the buildpack called an error, in the output of a push; empty when it did not."""
    found = re.findall(r"^(?:remote:)?\s*!\s+Error: (.+?)\s*$", plain(output), re.MULTILINE)
    return str(found[-1]) if found else ""


def standing_of(output: str) -> Standing:
    """Whether a name is free, from the refusal of ``apps:info``.

    The API says not_found of a name nobody has and forbidden of somebody else's; the first was seen in the program's
    own tests, the second is not verified, so that its words count as well as its identifier.
    """
    text = _words(output)
    if "forbidden" in text or "do not have access" in text or "don't have access" in text:
        return "taken"
    if "not_found" in text or "couldn't find that app" in text:
        return "free"
    return "unknown"


def is_logged_out(returncode: int, output: str) -> bool:
    """Whether a command failed because nobody is logged in, or because the login is no longer good."""
    text = _words(output)
    # Other commands than auth:whoami offer to log in, and fail where nobody can press a key.
    words = ("not logged in", "invalid credentials", "to open up the browser to login")
    return returncode == LOGGED_OUT or any(each in text for each in words)


def _words(output: str) -> str:
    return " ".join(said(output).lower().split())


def listed(output: str) -> frozenset[str]:
    return frozenset(line for line in output.splitlines() if line)
