"""What a project needs beside its web process, for every platform. Pure.

Inspection finds it; a platform says in a :class:`Beside` what it does about each part, and gets the option, the
commands and the findings from here. Sources: Django's documentation on multiple databases and on ASGI
(docs.djangoproject.com), and the pages that the facts name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.core.facts import CELERY_BROKER, CELERY_RESULTS, Location, Process, ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level, slug
from simple_deploy.core.options import Answers, Option
from simple_deploy.core.quoting import not_an_option, quoted

#: The option that lets a platform run them too.
BACKGROUND = "background"
_KINDS = {"redis": "Redis", "memcached": "Memcached", "rabbitmq": "RabbitMQ", "search": "a search server"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a platform does about the parts of a project that are no web process.

    :param slug: of the platform. :param name: its name, for people.
    :param price: what another process costs, for example ``$7 a month each``.
    :param by_hand: how to run processes there without the option; ``{names}`` are their names.
    :param cron: how something is run at certain times there; empty where the plan does it.
    :param redis: how to get a Redis there, and what it costs; empty where the plan makes one.
    :param variable: how a variable is set there; ``{name}`` is its name.
    :param docs: page about processes.
    """

    slug: str
    name: str
    price: str
    by_hand: str
    cron: str
    redis: str
    variable: str
    docs: str

    def option(self, facts: ProjectFacts) -> tuple[Option, ...]:
        """The question whether to run them, for a project that has any."""
        found = running(facts.settings) if facts.settings is not None else ()
        if not found:
            return ()
        titles = ", ".join(dict.fromkeys(each.title for each in found))
        return (
            Option(
                name=BACKGROUND,
                label="Run background processes too",
                kind="flag",
                help=f"{titles}: {_counted(len(found))} in addition to the site, {self.price}.",
                default=False,
            ),
        )

    def findings(self, settings: Settings, answers: Answers) -> Iterator[Finding]:
        """What is done about it, and what is not."""
        yield from self._running(settings, answers)
        yield from self._cron(settings)
        yield from self._unknown(settings)
        yield from self._services(settings)
        yield from self._databases(settings)

    def _running(self, settings: Settings, answers: Answers) -> Iterator[Finding]:
        found = running(settings)
        if not found:
            return
        titles = ", ".join(dict.fromkeys(each.title for each in found))
        commands = tuple(f"{each.name}: {shlex.join(each.command)}" for each in found)
        if answers.flag(BACKGROUND):
            yield Finding(
                id=f"{self.slug}.background",
                level=Level.INFO,
                title=f"{self.name} runs {titles} in addition to the site: {_counted(len(found))} more.",
                why=f"Each costs {self.price}.",
                details=commands,
                docs=self.docs,
            )
            return
        names = " ".join(each.name for each in found)
        yield Finding(
            id=f"{self.slug}.background",
            level=Level.WARNING,
            title=f"Only the site itself runs: {titles} {'does' if ',' not in titles else 'do'} not.",
            why=f"Tasks would wait forever. Each process costs {self.price}, so none starts unless you ask for it.",
            fix=f"Choose --{BACKGROUND} to run {'it' if len(found) == 1 else 'them'} too. "
            + self.by_hand.format(names=names),
            details=commands,
            docs=self.docs,
        )

    def _cron(self, settings: Settings) -> Iterator[Finding]:
        found = timed(settings)
        if not found:
            return
        commands = tuple(f"{each.schedule}  {shlex.join(each.command)}" for each in found)
        titles = ", ".join(dict.fromkeys(each.title for each in found))
        yield Finding(
            id=f"{self.slug}.cron",
            level=Level.WARNING if self.cron else Level.INFO,
            title=f"Nothing runs {titles} on schedule yet." if self.cron else f"{self.name} runs {titles} on schedule.",
            why="A site has no crontab." if self.cron else "It runs in the site's own container at no extra cost.",
            fix=self.cron,
            details=commands,
            docs=self.docs,
        )

    def _unknown(self, settings: Settings) -> Iterator[Finding]:
        found = [each for each in settings.processes if not each.command]
        if found:
            titles = ", ".join(each.title for each in found)
            yield Finding(
                id=f"{self.slug}.background-unknown",
                level=Level.WARNING,
                title=f"The tool cannot tell how the project starts {titles}, so the plan does not start it.",
                why="If the site's own code starts it, it runs in each of the site's workers, and each job runs that "
                "many times. If a separate program starts it, that program has to run in addition to the site.",
                fix="Start it from a management command: the tool finds and runs that command. "
                + self.by_hand.format(names="NAME"),
                docs=self.docs,
            )

    def _services(self, settings: Settings) -> Iterator[Finding]:
        here = [each for each in settings.services if each.local]
        fitting = local_redis(settings)
        if fitting and self.redis:
            yield Finding(
                id=f"{self.slug}.redis",
                level=Level.WARNING,
                title=f"The site needs a Redis, which the plan does not make: {', '.join(fitting)}.",
                why="The settings name the one on this computer. On the site they take the address in REDIS_URL, once "
                "it is set; until then the cache is kept in memory, and tasks and channels find no server.",
                fix=self.redis,
                docs=self.docs,
            )
        others = [each for each in here if each.kind != "redis" or each.setting not in fitting]
        if others:
            names = ", ".join(dict.fromkeys(each.setting for each in others))
            kinds = ", ".join(dict.fromkeys(_KINDS.get(each.kind, "a server") for each in others))
            yield Finding(
                id=f"{self.slug}.services",
                level=Level.WARNING,
                title=f"The site cannot reach what {names} {'name' if ',' in names else 'names'}: {kinds} on this "
                "computer.",
                why="The plan does not create one, and pages that use it fail.",
                fix="Rent one and have the settings read its address from a variable: "
                + self.variable.format(name="NAME"),
                docs=self.docs,
            )

    def _databases(self, settings: Settings) -> Iterator[Finding]:
        found = [each for each in settings.further_databases if each.local]
        for each in found:
            name = url_variable(each.alias)
            yield Finding(
                id=f"{self.slug}.database-{slug(each.alias)}",
                level=Level.WARNING,
                title=f"The project has a second database, {each.alias}, and the plan does not create it.",
                why="It is on this computer, where the site cannot reach it. Pages that use it fail until the site "
                "has one of its own; its migrations run at each deployment from then on.",
                fix=f"Create one and give the site its address: {self.variable.format(name=name)}",
                docs="https://docs.djangoproject.com/en/stable/topics/db/multi-db/",
            )


def running(settings: Settings) -> tuple[Process, ...]:
    """What has to run all the time, as far as it is known how."""
    return tuple(each for each in settings.processes if each.kind != "cron" and each.command)


def timed(settings: Settings) -> tuple[Process, ...]:
    """What has to be started at certain times, as far as it is known how."""
    return tuple(each for each in settings.processes if each.kind == "cron" and each.command)


def command_in(process: Process, location: Location) -> str:
    """The command line of *process* for a shell in the git root."""
    program, *rest = process.command
    if not location.project_dir:
        return shlex.join(process.command)
    if rest[:1] == ["manage.py"]:
        return shlex.join((program, not_an_option(str(PurePosixPath(location.project_dir) / "manage.py")), *rest[1:]))
    return f"cd {shlex.quote(not_an_option(location.project_dir))} && exec {shlex.join(process.command)}"


def covers(command: str, process: Process) -> bool:
    """Whether *command*, one of the project's own, runs *process* already."""
    words = (
        process.command[1:3] if process.command[1:2] == ("manage.py",) else process.command[:1] + process.command[3:4]
    )
    return all(word in command for word in words)


def url_variable(alias: str) -> str:
    """The variable with the address of a further database, such as ``REPORTS_DATABASE_URL``."""
    return f"{re.sub('[^A-Z0-9]+', '_', alias.upper())}_DATABASE_URL"


def after_migrating(settings: Settings) -> tuple[tuple[str, ...], ...]:
    """Management commands that a site needs besides its migrations each time these have run."""
    return (("createcachetable",),) if settings.caches_in_database else ()


def migrating(settings: Settings, manage: str, *, then: str = " && ") -> str:
    """A shell's command line that brings the site's databases up to date: their migrations, and the tables of caches.

    A database that lives on this computer is migrated once the site has the address of its own.

    :param manage: the command line of ``manage.py``.
    :param then: what stands between two commands.
    """
    migrate = f"{manage} migrate --noinput"
    parts = [migrate]
    for each in settings.further_databases:
        command = f"{migrate} --database {shlex.quote(each.alias)}"
        name = url_variable(each.alias)
        parts.append(f'if [ -n "${name}" ]; then {command}; fi' if each.local else command)
    parts += [f"{manage} {shlex.join(words)}" for words in after_migrating(settings)]
    return then.join(parts)


def further_database_rows(settings: Settings) -> list[str]:
    """Further databases from variables; one whose variable is not set stays as the project has it."""
    found = [each.alias for each in settings.further_databases if each.local]
    if not found:
        return []
    names = ", ".join(f'{quoted(alias)}: "{url_variable(alias)}"' for alias in found)
    return [
        "# The other databases, where the site has their addresses.",
        f"for _alias, _name in {{{names}}}.items():",
        "    if _os.environ.get(_name):",
        "        DATABASES[_alias] = _Env.db_url_config(_os.environ[_name])",
    ]


#: Settings that can be given another Redis though they are more than its address, with the lines that do so;
#: ``_redis`` is that address.
_REWRITTEN = {
    # Celery asks these variables before what its app was told.
    CELERY_BROKER: ('_os.environ.setdefault("CELERY_BROKER_URL", _redis)',),
    CELERY_RESULTS: ('_os.environ.setdefault("CELERY_RESULT_BACKEND", _redis)',),
    "CHANNEL_LAYERS": (
        "CHANNEL_LAYERS = {",
        '    _name: {**_layer, "CONFIG": {**_layer.get("CONFIG", {}), "hosts": [_redis]}}',
        "    for _name, _layer in CHANNEL_LAYERS.items()",
        "}",
    ),
    "CACHES": (
        "CACHES = {",
        '    _name: {**_cache, "LOCATION": _redis} if "redis" in _cache["BACKEND"].lower() else _cache',
        "    for _name, _cache in CACHES.items()",
        "}",
    ),
    "RQ_QUEUES": ('RQ_QUEUES = {_name: {"URL": _redis} for _name in RQ_QUEUES}',),
    "Q_CLUSTER": ('Q_CLUSTER = {**Q_CLUSTER, "redis": _redis}',),
    "CONSTANCE_REDIS_CONNECTION": ("CONSTANCE_REDIS_CONNECTION = _redis",),
    "CACHEOPS_REDIS": ("CACHEOPS_REDIS = _redis",),
}
_WITHOUT = (
    "CACHES = {",
    '    _name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}',
    '    if "redis" in _cache["BACKEND"].lower()',
    "    else _cache",
    "    for _name, _cache in CACHES.items()",
    "}",
)


def local_redis(settings: Settings) -> tuple[str, ...]:
    """The settings that name a Redis on this computer and can be given another one."""
    named = (each for each in settings.services if each.local and each.kind == "redis")
    return tuple(dict.fromkeys(each.setting for each in named if each.is_address or each.setting in _REWRITTEN))


def redis_rows(settings: Settings) -> list[str]:
    """Lines of a settings block that let the site use its own Redis in the place of the one on this computer.

    In them ``_redis`` is its address: an empty text where the site has none, None where it uses that one.
    """
    names = local_redis(settings)
    if not names:
        return []
    rows = [
        "# The settings above name a Redis of another computer; the site takes its own where it has one.",
        "if _redis:",
        *(f"    {row}" for name in names for row in _REWRITTEN.get(name, (f"{name} = _redis",))),
    ]
    if "CACHES" in names:
        rows += [
            "elif _redis is not None:  # each process keeps a cache of its own",
            *(f"    {row}" for row in _WITHOUT),
        ]
    return rows


def _counted(number: int) -> str:
    return "1 process" if number == 1 else f"{number} processes"
