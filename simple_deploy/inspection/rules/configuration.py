"""Findings about the settings as Django loaded them, and what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simple_deploy.core import mail
from simple_deploy.core.facts import UNFINISHED, CheckMessage, ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection.packages import package_for
from simple_deploy.inspection.rules import unloadable
from simple_deploy.inspection.rules.unloadable import ASK_LATER, installing, with_its_django

MAKE_MIGRATIONS = "make-migrations"

_DOCS = "https://docs.djangoproject.com/en/stable/"
_SHOWN = 12  # lines listed in one finding
#: What the block of a plan decides whatever is above it, is told of elsewhere, or is for tools of development.
_DECIDED_ANYWAY = re.compile(
    r".*DEBUG.*|SECRET_KEY|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|(?:CSRF|SESSION)_COOKIE_SECURE|SECURE_\w+|DATABASES|STORAGES"
    r"|STATIC_ROOT|STATICFILES_STORAGE|INSTALLED_APPS|MIDDLEWARE|TEMPLATES|LOGGING|EMAIL_\w+|MAILERS|INTERNAL_IPS"
)
_NO = frozenset({"false", "0", "no", "off", "n", "f", "none"})
_DJANGOS = {
    "collectstatic": "django.contrib.staticfiles.management.commands.collectstatic",
    "migrate": "django.core.management.commands.migrate",
}
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w+)'")


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    if facts.settings is None:
        yield unloadable.finding(facts)
        return
    settings = facts.settings
    yield from _made_otherwise(settings)
    yield from _checks(facts, settings)
    yield from _unfinished(settings)
    yield from _unknown(settings)
    yield from _security(settings)
    yield from _variables(settings)
    yield from _application(settings)
    yield from _nowhere(settings)
    yield from _script_name(settings)
    yield from _migrations(settings)
    yield from _database(settings)
    yield from _asks_database(settings)
    yield from _threads(settings)
    yield from _own_commands(settings)
    yield from _in_one_process(settings)
    yield from _files(settings)
    yield from _storages(facts, settings)
    yield from _vite(facts, settings)
    yield from _sites(settings)
    yield from _services(settings)


#: What drivers of databases say of a server that does not answer.
_AWAY = re.compile(
    r"Can't connect to (?:local )?(?:MySQL )?server|Unknown (?:MySQL )?server host|[Cc]onnection refused"
    r"|could not (?:connect to server|translate host name)|failed to resolve host"
)
_START_IT = (
    "Django asks the database while it checks the project, and its server does not answer here. Start it, with "
    "`docker compose up` for example, or let the settings of this computer name one that runs; then check again."
)


def _checks(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    errors = [message for message in settings.checks if message.level == "error"]
    others = [message for message in settings.checks if message.level == "warning" and message.id != UNFINISHED]
    if errors:
        yield Finding(
            id="settings.check-errors",
            level=Level.BLOCKER,
            title=f"Django refuses to run the project: {errors[0].text.splitlines()[0] if errors[0].text else ''}",
            why="manage.py check reports errors, and neither migrate nor the site itself starts while they remain.",
            fix=errors[0].hint
            or (installing(facts, missing[1]) if (missing := _NO_MODULE.search(errors[0].text)) else "")
            or (_START_IT if _AWAY.search(errors[0].text) else "")
            or with_its_django(facts)
            or "Fix what is listed here until python manage.py check reports nothing.",
            docs=_DOCS + "ref/checks/",
            details=_shown(errors),
        )
    if others:
        number = "a warning" if len(others) == 1 else f"{len(others)} warnings"
        yield Finding(
            id="settings.check-warnings",
            level=Level.WARNING,
            title=f"manage.py check has {number}.",
            why="The project runs, but Django sees something that often leads to trouble later.",
            fix=others[0].hint or "Read the list and fix what applies.",
            docs=_DOCS + "ref/checks/",
            details=_shown(others),
        )


def _unfinished(settings: Settings) -> Iterator[Finding]:
    for message in settings.checks:
        if message.id == UNFINISHED and message.level == "warning":
            yield Finding(
                id="settings.unfinished",
                level=Level.WARNING,
                title=message.text,
                why="The tool did not see everything: models with uploads, migrations and packages that the project "
                "uses may be missing here and in a plan. A busy computer can also be the reason.",
                fix="Check again. If it takes that long every time, find out what an app waits for while it loads: "
                "python -X importtime manage.py check",
            )


def _made_otherwise(settings: Settings) -> Iterator[Finding]:
    if not settings.made_by:
        return
    yield Finding(
        id="settings.not-a-module",
        level=Level.BLOCKER,
        title=f"The settings are {settings.made_by}.",
        why="A deployment adds plain names at the end of the settings file. With these settings they would change "
        "nothing: the site would run with your computer's DEBUG and secret key.",
        fix="Give the site a settings module with plain names that sets the same values. manage.py, wsgi.py and "
        "asgi.py name it in DJANGO_SETTINGS_MODULE, and import from django.core what they import from elsewhere.",
        details=_plain_module(settings),
    )


def _plain_module(settings: Settings) -> tuple[str, ...]:
    """A module of plain names that holds what a class of django-configurations or a module's function gives."""
    package = settings.module.rpartition(".")[0]
    plain = f"{package}.plain_settings" if package else "plain_settings"
    path = f"# {plain.replace('.', '/')}.py"
    if settings.made_by.startswith("handed out "):
        return (
            path,
            "from importlib import import_module",
            f'_given = import_module("{settings.module}")',
            "globals().update({name: getattr(_given, name) for name in dir(_given) if name.isupper()})",
        )
    if not settings.made_by.startswith("the class "):
        return ()
    return (
        path,
        "import os",
        f'os.environ.setdefault("DJANGO_CONFIGURATION", "{settings.made_by.rpartition(" ")[2]}")',
        f'os.environ["DJANGO_SETTINGS_MODULE"] = "{settings.module}"',
        "from configurations import importer",
        "importer.install()",
        f"from {settings.module} import *",
        f'os.environ["DJANGO_SETTINGS_MODULE"] = "{plain}"',
    )


def _unknown(settings: Settings) -> Iterator[Finding]:
    unread = [message for message in settings.checks if message.id == "probe.unknown"]
    if unread:
        number = "One thing" if len(unread) == 1 else f"{len(unread)} things"
        yield Finding(
            id="settings.unknown",
            level=Level.INFO,
            title=f"The tool could not find out {number} about the project.",
            why="It looked at everything else, and none of this stops a deployment. Anything that depends on it is "
            "left open.",
            details=tuple(message.text for message in unread[:_SHOWN]),
        )


def _asks_database(settings: Settings) -> Iterator[Finding]:
    if not settings.asks_database:
        return
    places = settings.asks_database
    yield Finding(
        id="settings.asks-database",
        level=Level.WARNING,
        title=f"The project queries the database while it loads: {places[0]}"
        + (f" and {len(places) - 1} more" if len(places) > 1 else ""),
        why="A new site has no tables when it first loads, so `migrate`, which would create them, fails with “no such "
        "table”.",
        fix=ASK_LATER,
        docs=_DOCS + "ref/applications/#django.apps.AppConfig.ready",
        details=places[:_SHOWN],
    )


#: What becomes of what is kept in one process, and what to write instead.
_IN_ONE_PROCESS = {
    "SESSION_ENGINE": (
        "visitors are logged out at random",
        'SESSION_ENGINE = "django.contrib.sessions.backends.db", the default in Django.',
    ),
    "CHANNEL_LAYERS": (
        "a message reaches only some of its recipients",
        'CHANNEL_LAYERS with "channels_redis.core.RedisChannelLayer" and a Redis.',
    ),
}


def _in_one_process(settings: Settings) -> Iterator[Finding]:
    kept = [name for name in settings.in_one_process if name in _IN_ONE_PROCESS]
    if kept:
        yield Finding(
            id="settings.in-one-process",
            level=Level.WARNING,
            title=f"Kept in one process's memory: {' and '.join(kept)}",
            why="Several processes serve a deployed site, while runserver is only one: "
            + ", and ".join(_IN_ONE_PROCESS[name][0] for name in kept)
            + ".",
            fix="Write " + " And ".join(_IN_ONE_PROCESS[name][1] for name in kept),
        )


def _threads(settings: Settings) -> Iterator[Finding]:
    if settings.threads:
        yield Finding(
            id="settings.threads",
            level=Level.WARNING,
            title=f"A thread keeps every command of the project from ending: {', '.join(settings.threads[:_SHOWN])}",
            why="It starts while the project loads. A deployment runs `migrate` and `collectstatic`, which wait for "
            "the thread once their work is done, so the deployment never continues.",
            fix="Start it with daemon=True, or only in the process that serves the site.",
            docs="https://docs.python.org/3/library/threading.html#thread-objects",
        )


def _own_commands(settings: Settings) -> Iterator[Finding]:
    for command, _, flag in (each.partition(" ") for each in settings.untaken):
        module = _DJANGOS[command]
        yield Finding(
            id=f"settings.command-{command}",
            level=Level.DEPLOY_BLOCKER,
            title=f"The command `{command}` of this project is not Django's, and does not take {flag}.",
            why=f"A deployment runs `manage.py {command} {flag}`, so that nobody has to answer a question. Your "
            "command takes the place of Django's, and would end with “unrecognized arguments”.",
            fix=f"Derive it from Django's command: `from {module} import Command as DjangoCommand`. If it has an "
            "`add_arguments`, call `super().add_arguments(parser)` there.",
            docs=f"{_DOCS}howto/custom-management-commands/#overriding-commands",
        )


def _vite(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    configured = facts.front_end.manifest if facts.front_end is not None else ""
    hidden = [name for name in settings.vite_manifests if "/." in f"/{name}"]
    if not settings.vite_manifests or not (hidden or configured):
        return
    moved = " In DJANGO_VITE, take out `manifest_path`, or name the file there without `.vite`." if hidden else ""
    yield Finding(
        id="settings.vite-manifest",
        level=Level.WARNING,
        title="The deployed site will not have the manifest of Vite.",
        why="Vite writes it into the folder `.vite`, and collectstatic leaves out every name that begins with a dot. "
        "Without it, each page that uses django-vite's tags fails.",
        fix=f'Write `manifest: "manifest.json"` into `build` of {configured or "vite.config"}, and build it again.'
        + moved,
        docs=f"{_DOCS}ref/contrib/staticfiles/#cmdoption-collectstatic-no-default-ignore",
        details=tuple(f"STATIC_ROOT/{name}" for name in settings.vite_manifests),
    )


def _shown(messages: list[CheckMessage]) -> tuple[str, ...]:
    lines = [
        (f"{message.id}: " if message.id else "") + message.text + (f" ({message.hint})" if message.hint else "")
        for message in messages[:_SHOWN]
    ]
    return tuple([*lines, f"and {len(messages) - _SHOWN} more"] if len(messages) > _SHOWN else lines)


def _security(settings: Settings) -> Iterator[Finding]:
    if settings.file is None:
        yield Finding(
            id="settings.outside",
            level=Level.BLOCKER,
            title=f"The settings module {settings.module} is not a file of this project.",
            why="A deployment adds a block to the settings file, and commits it with the project.",
            fix="Use a settings module inside the project: check DJANGO_SETTINGS_MODULE.",
        )
    if settings.debug:
        yield Finding(
            id="settings.debug",
            level=Level.INFO,
            title="DEBUG is on.",
            why="This is right on your computer. On a public site, it would show your code to everyone, so the plan "
            "turns it off there.",
        )
    if settings.debug_text.strip().lower() in _NO:
        yield Finding(
            id="settings.debug-text",
            level=Level.WARNING,
            title=f"DEBUG is the text “{settings.debug_text}”, which counts as true.",
            why="An environment variable is always text, and only an empty text counts as false. The plan turns DEBUG "
            "off at the end of the settings; any code above that still sees it on.",
            fix='Compare it: DEBUG = os.environ.get("DEBUG", "") == "True"',
            docs=_DOCS + "ref/settings/#debug",
        )
    if settings.debug_only:
        yield Finding(
            id="settings.debug-only",
            level=Level.INFO,
            title="Only when DEBUG is on: " + ", ".join(settings.debug_only[:3]),
            why="DEBUG is still on when the settings ask for it, and the plan turns it off at their end. So the plan "
            "takes these out there; the deployed site does not need the packages they come from.",
            fix="If the settings import one of them, read DEBUG from a variable above the `if`.",
            details=settings.debug_only[:_SHOWN],
        )
    decided = [name for name in settings.debug_decides if not _DECIDED_ANYWAY.fullmatch(name)]
    if decided:
        yield Finding(
            id="settings.debug-decides",
            level=Level.WARNING,
            title="The deployed site gets what these settings are with DEBUG on: "
            + ", ".join(decided[:4])
            + (" …" if len(decided) > 4 else ""),
            why="They depend on DEBUG, which is still on at that point; the plan turns it off at the end of the "
            "settings.",
            fix='Turn DEBUG on only when a variable says so: DEBUG = os.environ.get("DEBUG", "") == "True", and '
            "set DEBUG=True on this computer. Or make these settings independent of it.",
            details=tuple(decided[:_SHOWN]),
        )
    if settings.secret_key_in_source:
        yield Finding(
            id="settings.secret-key",
            level=Level.INFO,
            title="SECRET_KEY is hard-coded.",
            why="Anyone who knows it can forge logins. The deployed site gets its own key, which is not in any "
            "project file; your computer still uses the one in the source.",
        )
    if settings.secrets_in_source:
        named = settings.secrets_in_source
        yield Finding(
            id="settings.secrets",
            level=Level.WARNING,
            title=f"Secrets are hard-coded: {', '.join(named[:_SHOWN])}",
            why="Everyone with a copy of the repository can read them, even after you delete them, because the "
            "history keeps them. The deployed site uses them as they are.",
            fix=f'Read each from a variable, as in {named[0]} = os.environ.get("{named[0]}", ""), give the site that '
            "variable, and replace the value with a new one.",
        )
    if "*" in settings.allowed_hosts:
        yield Finding(
            id="settings.allowed-hosts",
            level=Level.WARNING,
            title="ALLOWED_HOSTS accepts every host name.",
            why="A site that answers to any name can be tricked into sending links to another site, in password reset "
            "emails for example.",
            fix="Remove the “*”; while DEBUG is on, localhost works without it. The plan adds the site's own address.",
            docs=_DOCS + "ref/settings/#allowed-hosts",
        )
    elif not any(settings.allowed_hosts) and settings.knows("allowed_hosts"):
        yield Finding(
            id="settings.allowed-hosts",
            level=Level.INFO,
            title="ALLOWED_HOSTS is empty.",
            why="With DEBUG off Django answers only to the names in it; the plan adds the deployed site's own.",
        )


def _variables(settings: Settings) -> Iterator[Finding]:
    if settings.variables:
        yield Finding(
            id="settings.variables",
            level=Level.INFO,
            title=f"The settings read {len(settings.variables)} environment "
            + ("variable: " if len(settings.variables) == 1 else "variables: ")
            + ", ".join(settings.variables[:4])
            + (" …" if len(settings.variables) > 4 else ""),
            why="Their values belong to this computer, and a .env file is not deployed. If the site has no value for "
            "one, the settings use their default or refuse to load.",
            fix="Make sure that the deployed site gets those it needs; the plan says which are set for you.",
            details=settings.variables,
        )


def _application(settings: Settings) -> Iterator[Finding]:
    known = settings.knows("wsgi_application") and settings.knows("asgi_application")
    if known and not settings.wsgi_application and not settings.asgi_application:
        yield Finding(
            id="settings.no-application",
            level=Level.WARNING,
            title="No WSGI or ASGI application was found.",
            why="A web server starts the project through a file like wsgi.py, which startproject creates next to the "
            "settings.",
            fix="Add a wsgi.py and set WSGI_APPLICATION.",
            docs=_DOCS + "howto/deployment/wsgi/",
        )


def _nowhere(settings: Settings) -> Iterator[Finding]:
    server = "WSGI_APPLICATION" if settings.wsgi_application else "ASGI_APPLICATION"  # which a plan starts
    missing = [entry.partition(": ")[::2] for entry in settings.nowhere]
    for setting, name in (entry for entry in missing if entry[0] == server):
        yield Finding(
            id="settings.application-missing",
            level=Level.BLOCKER,
            title=f"{setting} names {name}, but there is no module {name.rpartition('.')[0]}.",
            why="A web server uses it to start the site, and finds nothing to start.",
            fix=f"Correct the name in {settings.file or 'the settings'}, or restore the file: startproject creates one "
            "next to the settings.",
            docs=_DOCS + "howto/deployment/",
        )
    others = [f"{setting}: {name}" for setting, name in missing if setting != server]
    if others:
        first = others[0].partition(": ")[2].partition(".")[0]
        yield Finding(
            id="settings.nowhere",
            level=Level.WARNING,
            title=f"The settings name something that is not here: {others[0]}"
            + (f" and {len(others) - 1} more" if len(others) > 1 else ""),
            why="Django looks for it only when needed, and then a page, an upload or a login fails. This was not "
            "tested here.",
            fix=f"Correct the name. If it is from a package, install that package ({package_for(first)}?) and declare "
            "it.",
            details=tuple(others[:_SHOWN]),
        )


def _script_name(settings: Settings) -> Iterator[Finding]:
    if settings.script_name.strip("/"):
        yield Finding(
            id="settings.script-name",
            level=Level.WARNING,
            title=f"FORCE_SCRIPT_NAME puts {settings.script_name} in front of every address.",
            why="That suits a site under another site's path. A platform serves a site from /, so every link and form "
            "would lead to a page that does not exist.",
            fix='Take it from a variable that only that server sets: FORCE_SCRIPT_NAME = os.environ.get("SCRIPT_NAME")',
            docs=_DOCS + "ref/settings/#force-script-name",
        )


def _migrations(settings: Settings) -> Iterator[Finding]:
    if settings.unapplied_model_changes:
        apps = settings.unapplied_model_changes
        yield Finding(
            id="settings.model-changes",
            level=Level.WARNING,
            title=f"Models changed without a migration: {', '.join(apps)}",
            why="The migrations create the deployed database, so it would lack your changes.",
            fix=f"Run: python manage.py makemigrations {' '.join(apps)}  Then commit the new files.",
            fix_name=MAKE_MIGRATIONS if settings.new_migrations else None,
            docs=_DOCS + "topics/migrations/",
            details=apps,
        )
    if settings.pending_migrations and settings.has_data:
        number = settings.pending_migrations
        yield Finding(
            id="settings.pending-migrations",
            level=Level.WARNING,
            title=("One migration is" if number == 1 else f"{number} migrations are")
            + " not applied to your local database.",
            why="You may not have tested the project as it will be deployed, and local data cannot be copied as it is.",
            fix="Run: python manage.py migrate",
        )


def _database(settings: Settings) -> Iterator[Finding]:
    if not settings.knows("databases"):
        return
    database = settings.default_database
    others = [each.alias for each in settings.further_databases]
    if others:
        yield Finding(
            id="settings.databases",
            level=Level.WARNING,
            title=f"There is more than one database: default and {', '.join(others)}",
            why="A platform gives the site one database, which becomes default. The site cannot reach a database on "
            "this computer: pages that query it fail.",
            fix="The plan says which variable takes the address of each one, and migrates all that the site has. For "
            "sites on this computer, the plan takes care of SQLite files.",
            docs=_DOCS + "topics/db/multi-db/",
        )
    if database is None or not database.engine or database.engine.endswith(".dummy"):
        yield Finding(
            id="settings.no-database",
            level=Level.INFO,
            title="The project uses no database.",
        )
    elif database.is_sqlite and _in_memory(database.name):
        yield Finding(
            id="settings.database",
            level=Level.INFO,
            title="The database is SQLite in memory, so it is empty after each start.",
            why="The deployed site has its own database, which keeps its data.",
        )
    elif database.is_sqlite:
        yield Finding(
            id="settings.database",
            level=Level.INFO if settings.has_data else Level.OK,
            title=f"The database is a SQLite file, {database.name}."
            + (" It holds data of yours." if settings.has_data else ""),
            why="The file belongs to this computer; the deployed site has its own database. If the platform can copy "
            "your data, the tool asks you.",
        )
    else:
        engine = database.engine.rsplit(".", 1)[-1]
        yield Finding(id="settings.database", level=Level.OK, title=f"The database is {engine}.")


def _in_memory(name: str) -> bool:
    """Whether SQLite keeps the database *name* in no file: https://sqlite.org/inmemorydb.html"""
    return name in {"", ":memory:"} or (name.startswith("file:") and ("memory:" in name or "mode=memory" in name))


def _files(settings: Settings) -> Iterator[Finding]:
    if not settings.has_app("django.contrib.staticfiles"):
        yield Finding(
            id="settings.no-staticfiles",
            level=Level.INFO,
            title="django.contrib.staticfiles is not in INSTALLED_APPS.",
            why="It collects style sheets, scripts and images for the deployed site, which has none without it.",
            fix="Add it if the site has static files; the admin needs them.",
            docs=_DOCS + "howto/static-files/",
        )
    elif not settings.static_root and settings.knows("static_root"):
        yield Finding(
            id="settings.static-root",
            level=Level.INFO,
            title="STATIC_ROOT is not set.",
            why="With DEBUG off, Django does not serve static files itself. They are collected into this folder, "
            "which the plan sets.",
        )
    if settings.file_fields and not settings.media_root and settings.knows("media_root"):
        yield Finding(
            id="settings.no-media-root",
            level=Level.WARNING,
            title="Models accept uploads, but MEDIA_ROOT is not set.",
            why="Uploaded files go into the folder that the site was started from and are lost at the next deployment.",
            fix='Add to the settings: MEDIA_ROOT = BASE_DIR / "media" and MEDIA_URL = "media/"',
            docs=_DOCS + "topics/files/",
            details=settings.file_fields[:_SHOWN],
        )
    elif settings.file_fields:
        yield Finding(
            id="settings.media",
            level=Level.INFO,
            title="The site takes uploads: " + ", ".join(settings.file_fields[:3]),
            why="Uploaded files have to outlive a deployment and have to be served. Read what the platform does with "
            "them.",
            details=settings.file_fields[:_SHOWN],
        )
    if settings.file_defaults:
        yield Finding(
            id="settings.upload-defaults",
            level=Level.WARNING,
            title="A field's default is a file among the uploads: " + ", ".join(settings.file_defaults[:3]),
            why="The deployed site keeps its uploads in its own folder, which is empty at first. Where nobody has "
            "uploaded anything, its pages name a file that does not exist.",
            fix="Keep such a file with the static files, and have templates use it when there is no upload. Or add it "
            "to the site's uploads.",
            docs=_DOCS + "topics/files/",
            details=settings.file_defaults[:_SHOWN],
        )


#: What STORAGES took the place of: https://docs.djangoproject.com/en/5.1/releases/5.1/#features-removed-in-5-1
_BEFORE_STORAGES = ("DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE")


def _storages(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    ignored = [name for name in _BEFORE_STORAGES if name in settings.defined]
    if not ignored or "STORAGES" in settings.defined or not facts.site_has_django(5, 1):
        return
    yield Finding(
        id="settings.storages",
        level=Level.WARNING,
        title=f"Django {facts.site_django} no longer reads {' and '.join(ignored)}.",
        why="STORAGES has replaced them, and Django 5.1 removed them without a warning: uploads go to the folder "
        "MEDIA_ROOT, and static files are stored the way Django stores them by default.",
        fix='Name the same classes in STORAGES = {"default": {"BACKEND": "…"}, "staticfiles": {"BACKEND": "…"}}, and '
        "delete the old settings.",
        docs=_DOCS + "ref/settings/#storages",
    )


def _sites(settings: Settings) -> Iterator[Finding]:
    if settings.has_sites:
        yield Finding(
            id="settings.sites",
            level=Level.INFO,
            title="Links in emails point to example.com on a new site.",
            why="django.contrib.sites keeps the site's name in the database, where a new site is called example.com. "
            "Password resets and address confirmations take the name from there.",
            fix="Once the site is deployed, change the name in its admin, under Sites.",
            docs=_DOCS + "ref/contrib/sites/",
        )


def _services(settings: Settings) -> Iterator[Finding]:
    backend = settings.email_backend
    if backend in mail.UNSENT:
        yield Finding(
            id="settings.email",
            level=Level.INFO,
            title="E-mail is not sent: it " + mail.UNSENT[backend],
            why="This is fine for testing. The deployed site does the same until it has a mail server, so nobody "
            "would receive a password reset link.",
            fix=f"If the site sends mail, set the variable {mail.VARIABLE} there: {mail.EXAMPLE}.",
            docs=_DOCS + "topics/email/",
        )
    elif settings.mail_here:
        variables = [use.name for use in settings.variable_uses if {"EMAIL_HOST", "MAILERS"}.intersection(use.sets)]
        yield Finding(
            id="settings.mail-here",
            level=Level.WARNING,
            title="Mail goes to a server on this computer or in its containers.",
            why="A deployed site cannot reach it: pages that send mail, such as a password reset, fail there.",
            fix=f"Set the variable {mail.VARIABLE} on the site: {mail.EXAMPLE}."
            + (f" Or set what the settings read: {', '.join(variables)}." if variables else ""),
            docs=_DOCS + "topics/email/",
        )
    elif backend == mail.SMTP and settings.defined.isdisjoint({"EMAIL_HOST", "MAILERS"}):
        yield Finding(
            id="settings.email",
            level=Level.INFO,
            title="No mail server is set.",
            why="If the site sends email (password resets, for example), sending fails until it has a mail server.",
            fix=f"Set the variable {mail.VARIABLE} on the site: {mail.EXAMPLE}.",
            docs=_DOCS + "topics/email/",
        )
