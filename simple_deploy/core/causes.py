"""Known causes of failed deployments, recognised by what programs print. Pure.

Most failures of a first deployment are one of a few dozen. Each is told from a line that Django, a dependency manager,
a server or the operating system prints, whatever platform it was printed on; a platform may add its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simple_deploy.core import ansi

READ = 400  # last lines that are looked at
_DJANGO = "https://docs.djangoproject.com/en/stable/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A known cause.

    :param pattern: regular expression that a line is searched with; *title* and *fix* can use its groups as ``{0}``.
    :param title: what is wrong.
    :param fix: what to do.
    :param url: a page that explains it, or None.
    """

    id: str
    pattern: str
    title: str
    fix: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a line of output means.

    :param line: the line that said so.
    """

    id: str
    title: str
    fix: str
    url: str | None
    line: str


def explain(lines: Sequence[str], more: Iterable[Cause] = ()) -> Explanation | None:
    """What most likely went wrong in a program that printed *lines*, or None when nothing known is among them.

    Of several the last is taken, since programs print what ended them at the end. Causes in *more* go first.
    """
    causes = [(re.compile(cause.pattern), cause) for cause in (*more, *CAUSES)]
    for line in reversed(lines[-READ:]):
        text = ansi.plain(line)[:2000]
        for pattern, cause in causes:
            if found := pattern.search(text):
                return _explanation(cause, found, text)
    return None


def _explanation(cause: Cause, found: re.Match[str], line: str) -> Explanation:
    values = tuple(value or "" for value in found.groups())
    return Explanation(
        id=cause.id,
        title=cause.title.format(*values),
        fix=cause.fix.format(*values),
        url=cause.url,
        line=line.strip(),
    )


CAUSES: tuple[Cause, ...] = (
    Cause(
        id="secret-key",
        pattern=r"(?:Set the SECRET_KEY environment variable|SECRET_KEY setting must not be empty"
        r"|KeyError: 'SECRET_KEY'|SECRET_KEY not found)",
        title="The settings found no SECRET_KEY.",
        fix="Set the variable SECRET_KEY on the platform. During a build no variables may be there: a command that "
        "runs then needs a made-up one on its own line.",
        url=f"{_DJANGO}ref/settings/#secret-key",
    ),
    Cause(
        id="variable",
        pattern=r"(?:Set the (\w+) environment variable|(?:KeyError|UndefinedValueError): '?([A-Z][A-Z0-9_]{2,})\b)",
        title="The settings need the variable {0}{1}, which is not set there.",
        fix="Set {0}{1} on the platform, or give it a default in the settings.",
    ),
    Cause(
        id="static-root",
        pattern=r"without having set the STATIC_ROOT setting",
        title="collectstatic does not know where to put the files.",
        fix="Set STATIC_ROOT in the settings that are used there.",
        url=f"{_DJANGO}howto/static-files/deployment/",
    ),
    Cause(
        id="static-missing",
        pattern=r"(?:The file '([^']+)' could not be found with|Missing staticfiles manifest entry for '([^']+)')",
        title="A page or a stylesheet names the static file {0}{1}, which does not exist.",
        fix="Add the file or remove the reference; with hashed names every file that is named has to be there. Look at "
        "the spelling too: upper and lower case count on servers.",
        url="https://whitenoise.readthedocs.io/en/stable/django.html",
    ),
    Cause(
        id="static-folder",
        pattern=r"staticfiles\.W004\).*'([^']+)' in the STATICFILES_DIRS",
        title="The folder {0} in STATICFILES_DIRS does not exist there.",
        fix="Git keeps no empty folders: put a file into it and commit that, or take it out of STATICFILES_DIRS.",
    ),
    Cause(
        id="allowed-hosts",
        pattern=r"Invalid HTTP_HOST header: '([^']+)'",
        title="Django refuses the address {0}.",
        fix="Add it to ALLOWED_HOSTS in the settings of the deployed site.",
        url=f"{_DJANGO}ref/settings/#allowed-hosts",
    ),
    Cause(
        id="csrf-origin",
        pattern=r"Origin checking failed - (\S+) does not match",
        title="Forms sent from {0} are refused.",
        fix="Add that address, with https://, to CSRF_TRUSTED_ORIGINS.",
        url=f"{_DJANGO}ref/settings/#csrf-trusted-origins",
    ),
    Cause(
        id="migration-conflict",
        pattern=r"Conflicting migrations detected",
        title="Two migrations were made from the same point.",
        fix="Run `python manage.py makemigrations --merge`, look at the result and commit it.",
        url=f"{_DJANGO}topics/migrations/#version-control",
    ),
    Cause(
        id="migration-history",
        pattern=r"InconsistentMigrationHistory: Migration (\S+) is applied before its dependency (\S+)",
        title="The database has migration {0} without {1}, on which it depends.",
        fix="That happens when AUTH_USER_MODEL or old migrations were changed later. With no data worth keeping, begin "
        "with an empty database.",
        url=f"{_DJANGO}topics/auth/customizing/#changing-to-a-custom-user-model-mid-project",
    ),
    Cause(
        id="table-exists",
        pattern=r'(?:relation "([^"]+)" already exists|table "?([\w.]+)"? already exists)',
        title="A migration wants to make the table {0}{1}, which the database has already.",
        fix="A migration was changed after it had run there, or made anew. Compare `python manage.py showmigrations` "
        "there and here. If the table is what the migration would make, `python manage.py migrate APP NUMBER --fake` "
        "notes it as done.",
        url=f"{_DJANGO}ref/django-admin/#cmdoption-migrate-fake",
    ),
    Cause(
        id="no-tables",
        pattern=r'(?:relation "([^"]+)" does not exist|no such table: (\S+))',
        title="The database has no table {0}{1}.",
        fix="The migrations have not run there, or one is missing: run `python manage.py makemigrations`, commit, and "
        "deploy again.",
        url=f"{_DJANGO}topics/migrations/",
    ),
    Cause(
        id="database-password",
        pattern=r"password authentication failed for user \"?([^\"\s]+)",
        title="The database refuses the password of {0}.",
        fix="Its address on the platform is not the one of this database; set DATABASE_URL again.",
    ),
    Cause(
        id="database-away",
        pattern=r"(?:could not (?:connect to server|translate host name)|connection to server at"
        r"|Connection refused.*5432|the database system is starting up)",
        title="The database does not answer.",
        fix="Look whether it exists, runs, and is attached to the app. One that is new needs a minute; then retry.",
    ),
    Cause(
        id="database-driver",
        pattern=r"Error loading (?:psycopg2 or psycopg|psycopg2|psycopg) module",
        title="The driver for PostgreSQL is not installed there.",
        fix="Add psycopg[binary] to the packages the platform installs, and refresh the lock file.",
        url=f"{_DJANGO}ref/databases/#postgresql-notes",
    ),
    Cause(
        id="pg-config",
        pattern=r"pg_config executable not found",
        title="psycopg2 is built from source, and what that takes is not there.",
        fix="Use psycopg2-binary, or psycopg[binary], in its place.",
        url="https://www.psycopg.org/docs/install.html",
    ),
    Cause(
        id="readonly-database",
        pattern=r"attempt to write a readonly database|unable to open database file",
        title="The SQLite database lies where nothing may be written.",
        fix="Put it on a volume or a mount that keeps its files, or use PostgreSQL.",
    ),
    Cause(
        id="server-missing",
        pattern=r"(?:gunicorn|uvicorn|daphne|waitress-serve)"
        r"(?:['\"]?: (?:command )?not found|.*No such file or directory)",
        title="The program that serves the site is not installed there.",
        fix="Add it to the packages the platform installs. Packages in a group for development are not installed.",
    ),
    Cause(
        id="module-missing",
        pattern=r"ModuleNotFoundError: No module named '([^']+)'",
        title="The module {0} is not there.",
        fix="A package that brings it is missing among those the platform installs, or the file is not committed. "
        "Packages in a group for development are not installed.",
    ),
    Cause(
        id="python-version",
        pattern=r"(?:requires a different Python|Requires-Python|is not compatible with the locked|"
        r"current Python version \(([\d.]+)\) is not allowed|the requested Python version|No interpreter found for)",
        title="A package does not work with the Python that is used there.",
        fix="Choose another Python version for the deployment, or packages that support it.",
    ),
    Cause(
        id="lock-stale",
        pattern=r"(?:lock ?file (?:at `?([^`]+)`? )?needs to be updated|changed significantly since poetry\.lock"
        r"|Pipfile\.lock \([^)]*\) out of date|poetry\.lock is not up to date|lock file is out of date)",
        title="The lock file does not fit the project's dependency file.",
        fix="Refresh it with the manager's own command (`uv lock`, `poetry lock`, `pipenv lock`), and commit it.",
    ),
    Cause(
        id="no-matching-package",
        pattern=r"No matching distribution found for (\S+)",
        title="There is no version of {0} that fits.",
        fix="Look at its name and version, and at the Python version: it may support others only.",
    ),
    Cause(
        id="memory",
        pattern=r"(?:Out of memory|oom[-_ ]?kill|Memory quota exceeded|Error R1[45]\b|Worker .* was sent SIGKILL"
        r"|exit(?:ed with)? (?:code|status) 137)",
        title="There was not enough memory.",
        fix="Take a bigger size, or fewer workers.",
    ),
    Cause(
        id="port",
        pattern=r"(?:Error R10|failed to bind to \$PORT|is not listening on the expected address)",
        title="The site does not listen where the platform looks for it.",
        fix="Let it listen on 0.0.0.0 and the port the platform names in PORT.",
    ),
    Cause(
        id="worker-timeout",
        pattern=r"WORKER TIMEOUT|Error H12",
        title="A page took longer than the server waits.",
        fix="Look in the log for what it was doing; long work belongs into a background task.",
    ),
    Cause(
        id="disk",
        pattern=r"No space left on device|Out of diskspace|not enough space on the disk",
        title="The disk is full.",
        fix="Free some space, here or on the platform, and try again.",
    ),
    Cause(
        id="ssh-key",
        pattern=r"Permission denied \(publickey",
        title="The platform does not know your SSH key.",
        fix="Add one with the platform's program, or log in again, which makes a certificate.",
    ),
    Cause(
        id="push-rejected",
        pattern=r"! \[rejected\].*\((?:non-fast-forward|fetch first)\)",
        title="The platform has commits that the project does not have.",
        fix="Somebody deployed from another copy. Bring these commits in (`git pull`), or deploy from there.",
    ),
    Cause(
        id="certificate",
        pattern=r"(?:invalid peer certificate|CERTIFICATE_VERIFY_FAILED|self[- ]signed certificate in)",
        title="The connection is not trusted: something between this computer and the internet, such as the proxy of a "
        "school or a company, shows a certificate of its own.",
        fix="Where that is meant to be: set the variable UV_SYSTEM_CERTS to 1 in the terminal, so that uv trusts what "
        "this computer trusts, and try again.",
        url="https://docs.astral.sh/uv/reference/environment/",
    ),
    Cause(
        id="network",
        pattern=r"(?:Could not resolve host:? (\S+)|Temporary failure in name resolution|Name or service not known"
        r"|Network is unreachable|Connection reset by peer|unexpected disconnect|getaddrinfo failed)",
        title="The connection is lost.",
        fix="Look whether this computer is online, then retry: it goes on from here.",
    ),
    Cause(
        id="settings-module",
        pattern=r"(?:environment variable DJANGO_SETTINGS_MODULE|settings are not configured)",
        title="Django does not know which settings to use there.",
        fix="Set the variable DJANGO_SETTINGS_MODULE on the platform.",
        url=f"{_DJANGO}topics/settings/",
    ),
)
