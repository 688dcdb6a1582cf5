"""Facts about a project, as inspection found them. Paths are relative to the git root with ``/``, unless said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

#: Among the names of settings: it could be any.
ANY_NAME = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What the person chose in the place of a guess; None where the guess stands.

    :param project_dir: folder of manage.py relative to the git root, ``.`` for the root itself.
    :param settings_module: dotted name.
    :param manager: the dependency manager, as :attr:`Dependencies.manager` names it.
    """

    project_dir: str | None = None
    settings_module: str | None = None
    manager: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a project is.

    :param root: absolute; the git root. Where the project has no repository of its own: the folder of manage.py, or the
        one above it when the dependency file stands there.
    :param project_dir: folder of manage.py relative to *root*; ``""`` in a flat project.
    :param script: name of the file in that folder that runs management commands; ``""`` where there is none, and the
        project is run by django-admin or by a program of its own.
    :param settings_module: dotted name of the active settings module, or None when unknown.
    :param corrections: what of this the person chose.
    :param guess: what would be taken without the corrections, as far as that is known.
    """

    root: Path
    project_dir: str = ""
    script: str = "manage.py"
    settings_module: str | None = None
    corrections: Corrections = Corrections()
    guess: Corrections = Corrections()

    @property
    def folder(self) -> Path:
        """Absolute folder of manage.py."""
        return self.root / self.project_dir if self.project_dir else self.root

    @property
    def manage_py(self) -> Path:
        return self.folder / "manage.py"

    @property
    def manage(self) -> tuple[str, ...]:
        """What runs management commands on this computer, behind the interpreter and in :attr:`folder`."""
        return (self.script,) if self.script else ("-m", "django")

    @property
    def layout(self) -> Literal["flat", "nested"]:
        return "nested" if self.project_dir else "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitChange:
    """One entry of ``git status --porcelain=v2``.

    :param status: its two letters, ``.`` for unchanged; ``??`` for untracked.
    :param ours: the change is this tool's: it does nothing but add the tool to the project, or a run made it.
    :param inside: the path is a submodule, and what changed are files in it, which only its own repository can commit.
    """

    path: str
    status: str
    ours: bool = False
    inside: bool = False

    @property
    def untracked(self) -> bool:
        return self.status == "??"

    @property
    def staged(self) -> bool:
        return not self.untracked and self.status[0] != "."

    @property
    def conflict(self) -> bool:
        return "U" in self.status or self.status in {"AA", "DD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """State of the repository that holds the project.

    :param head: commit the project stands on, or None before the first commit.
    :param branch: current branch, or None when HEAD is detached.
    :param identity: whether git knows a name and an e-mail to commit with.
    :param in_progress: ``merge``, ``rebase``, ``cherry-pick`` … when one is under way, else None.
    :param sensitive: files in the index whose names say that they hold passwords, keys or a database.
    :param version: of the git program.
    :param shallow: whether older commits are missing here, as after ``git clone --depth 1``.
    :param signs: whether commits are signed.
    :param credentials: committed files in which an address with a password stands.
    :param windows_scripts: committed files that Linux runs, with line ends of Windows that may get there.
    :param compiled: folders in which compiled Python files are committed.
    :param environments: folders of virtual environments that are committed. What lies in them is in no other fact.
    :param databases: committed SQLite files: those the settings name, and others by their names.
    :param predecessor_logs: committed files in which django-simple-deploy logged what it did.
    """

    head: str | None
    branch: str | None
    changes: tuple[GitChange, ...] = ()
    identity: bool = True
    in_progress: str | None = None
    remotes: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    version: str = ""
    shallow: bool = False
    signs: bool = False
    credentials: tuple[str, ...] = ()
    windows_scripts: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    predecessor_logs: tuple[str, ...] = ()


GapRole = Literal["migration", "template", "static", "translation", "module", "file", "folder"]
GapCause = Literal["ignored", "untracked", "submodule", "link", "outside", "lfs", "filter", "case", "empty", "unmade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that Django uses on this computer and that the commit does not hold as it is here.

    :param path: the file or, with ``/`` at its end, the folder; absolute when it lies outside the git root.
    :param role: what it is used for; ``file`` is one that the settings open, ``folder`` one that they write to.
    :param cause: why the commit does not hold it: git ignores it, nobody added it, it belongs to a submodule, the way
        to it is a link that leads out of the repository, it lies outside, git keeps a pointer (Git LFS) or an encrypted
        text in its place, its name is committed in another spelling, git keeps no empty folders, or git ignores it and
        nobody made it here.
    :param by: what does that: the file and line of the pattern (``.gitignore:7``), the submodule, the link, the filter
        or the other spelling.
    :param detail: the pattern, the address of the submodule or where the link leads to.
    :param of: label of the app that a migration belongs to, the file that is written into a folder, or the page that
        names a static file which is not here.
    :param alone: whether that pattern keeps nothing else out.
    """

    path: str
    role: GapRole
    cause: GapCause
    by: str = ""
    detail: str = ""
    of: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingFile:
    """A file for a platform or a builder that the project already has, and what it says, as far as that can be read.

    :param reader: who reads it, for people; empty where nobody in particular does.
    :param manages: management commands that it runs, such as ``migrate``.
    :param applications: modules, or ``module:name``, that it tells a server to serve.
    :param servers: the programs that it serves them with.
    :param ports: numbers of the ports that they listen on.
    :param reads_port: whether one of them listens on the port that the variable PORT names.
    :param local_only: whether all of them listen to this computer only, as Django's own server does.
    :param configured: whether a server gets a configuration file of its own, which may say where it listens.
    :param installs: the requirements files it installs from.
    :param managers: dependency managers that it installs with.
    :param groups: named groups that it installs; ``*`` for all of them.
    :param packages: packages it installs by name.
    :param processes: name and command of each process, where it lists some.
    :param app: the name it gives to what is deployed.
    :param python: the Python version it asks for.
    :param keys: the keys of its sections and entries, where it has some.
    :param folders: folders it keeps between deployments.
    :param deploys_to: where it deploys the project to by itself, for people.
    """

    path: str
    reader: str = ""
    manages: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    reads_port: bool = False
    local_only: bool = False
    configured: bool = False
    installs: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    processes: tuple[tuple[str, str], ...] = ()
    app: str = ""
    python: str = ""
    keys: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    deploys_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """A package.json with a script ``build``.

    :param folder: that it lies in; empty for the git root.
    :param lock: the name of the lock beside it, or empty.
    :param install: the command that installs what it names, in its folder.
    :param absent: static files that the site uses and the commit does not hold, very likely made by it.
    :param manifest: the file of its configuration that has Vite write its manifest into a hidden folder, or empty.
    """

    folder: str = ""
    lock: str = ""
    install: tuple[str, ...] = ("npm", "install")
    absent: tuple[str, ...] = ()
    manifest: str = ""

    @property
    def program(self) -> str:
        return self.install[0]

    @property
    def comes_with_node(self) -> bool:
        """Whether an image with Node has the program; npm can fetch it elsewhere."""
        return self.program in {"npm", "yarn"}

    @property
    def is_needed(self) -> bool:
        """Whether a site made of the commit lacks what it builds."""
        return bool(self.absent)


LockState = Literal["none", "fresh", "stale", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One declared requirement.

    :param name: canonical name (PEP 503).
    :param text: the line of a requirements file that says it, without a comment.
    :param file: the file it stands in.
    :param group: the named group it belongs to (``dev``, ``deploy`` …); None for what is always installed.
    """

    name: str
    text: str
    file: str
    line: int = 0
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What the project says it needs.

    :param manager: ``requirements``, ``pipenv``, ``poetry``, ``uv`` …, or ``none``.
    :param file: the file that is edited and installed from, or None.
    :param files: every file that was read, includes too.
    :param lock: the lock file beside it, or None.
    :param lock_state: whether the lock fits the file; ``none`` where there is no lock.
    :param declared: what is installed on every deployment.
    :param grouped: what stands in named groups, which are installed only where they are asked for.
    :param constrained: what a constraints file limits, whether or not something brings it along.
    :param problems: what could not be read, as sentences.
    :param hashed: those of the files that are requirements files pinned with hashes.
    :param outside: lines of requirements files that install from a path of this computer outside the repository.
    :param folders: folders of the repository that packages are made from, and that an installation needs; ``.`` for all
        of it.
    :param builds_itself: the manager would build the project as a package on every platform, and finds none of its
        name.
    :param others: other managers that are present too.
    :param chosen: why this one is used, as a sentence; empty where there is no other.
    :param undeclared: packages the settings name and the environment has, but no declared requirement brings along.
    :param tool_only: declared packages that nothing but this tool needs.
    :param suggested: PEP 508 lines for what the project imports, where it declares nothing.
    :param unknown_imports: modules it imports that no installed package brings along, where it declares nothing.
    """

    manager: str
    file: str | None = None
    files: tuple[str, ...] = ()
    lock: str | None = None
    lock_state: LockState = "none"
    declared: tuple[Declared, ...] = ()
    grouped: tuple[Declared, ...] = ()
    constrained: tuple[Declared, ...] = ()
    problems: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    builds_itself: bool = False
    others: tuple[str, ...] = ()
    chosen: str = ""
    undeclared: tuple[str, ...] = ()
    tool_only: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    unknown_imports: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(entry.name for entry in self.declared)

    def entry(self, name: str) -> Declared | None:
        """What decides the version of the package *name*: the constraint where there is one, as it is the narrower."""
        return next((entry for entry in (*self.constrained, *self.declared) if entry.name == name), None)

    @property
    def groups(self) -> tuple[str, ...]:
        """The named groups that hold something."""
        return tuple(dict.fromkeys(entry.group for entry in self.grouped if entry.group))


POSTGRESQL, SQLITE = "django.db.backends.postgresql", "django.db.backends.sqlite3"
POSTGIS, SPATIALITE = "django.contrib.gis.db.backends.postgis", "django.contrib.gis.db.backends.spatialite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One entry of DATABASES, without its password.

    :param name: for SQLite the path of its file (absolute when it lies outside the git root), or ``:memory:``.
    :param local: it lives on this computer: a file, or a server whose name only this computer or its containers know.
    :param mirror: a second way to another one, as for tests and replicas: it has no tables of its own.
    :param vendor: what Django calls the databases of this engine, such as ``postgresql``; empty where its name alone
        can tell, since it could not be loaded.
    :param kept: what the entry says that does not depend on where the database is, by its keys: ``ATOMIC_REQUESTS``
        and the like, and for SQLite its OPTIONS.
    """

    alias: str
    engine: str
    name: str = ""
    local: bool = False
    mirror: bool = False
    vendor: str = ""
    kept: tuple[str, ...] = ()

    @property
    def is_sqlite(self) -> bool:
        return self.vendor == "sqlite" or "sqlite" in self.engine or "spatialite" in self.engine

    @property
    def is_postgresql(self) -> bool:
        return self.vendor == "postgresql" or "postgresql" in self.engine or "postgis" in self.engine

    @property
    def is_spatial(self) -> bool:
        """Whether it is one of GeoDjango's, which a plain database of the same kind cannot stand in for."""
        return "postgis" in self.engine or "spatialite" in self.engine or ".gis." in self.engine

    @property
    def own_engines(self) -> Mapping[str, str]:
        """By the names of Django's plain engines, those that have to take their place for this project."""
        kept = self.engine.rpartition("_psycopg2")[0] or self.engine
        postgresql = kept if self.is_postgresql else POSTGIS if self.is_spatial else POSTGRESQL
        sqlite = kept if self.is_sqlite else SPATIALITE if self.is_spatial else SQLITE
        return {plain: own for plain, own in ((POSTGRESQL, postgresql), (SQLITE, sqlite)) if plain != own}


ProcessKind = Literal["worker", "scheduler", "cron"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What has to run beside the web process, or part of what the project does never happens.

    :param name: lower-case letters, digits and dashes; unique in a project.
    :param title: what people call it.
    :param kind: ``worker`` runs all the time, in any number; ``scheduler`` runs all the time, exactly once; ``cron`` is
        started at certain times.
    :param command: program and arguments, run in the folder of manage.py. Empty where the project starts it in a way
        that cannot be told.
    :param schedule: of a ``cron``: minute, hour, day of the month, month and day of the week, as crontab has them.
    :param docs: page of the package's own documentation about running it.
    """

    name: str
    title: str
    kind: ProcessKind
    command: tuple[str, ...] = ()
    schedule: str = ""
    docs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A server that the settings name besides the databases. Without its address, which may hold a password.

    :param setting: where it is named, such as ``CACHES`` or ``CELERY_BROKER_URL``; or what Celery calls it, where
        its app is told by no setting.
    :param kind: ``redis``, ``memcached``, ``rabbitmq``, ``search``, or ``server`` where that cannot be told.
    :param local: it runs on this computer, or goes by a name that only this computer or its containers know.
    :param is_address: the setting is a text with the address and nothing else.
    """

    setting: str
    kind: Literal["redis", "memcached", "rabbitmq", "search", "server"]
    local: bool
    is_address: bool = False


#: What names the servers of Celery where its app is told by no setting, in the place of a setting's name.
CELERY_BROKER, CELERY_RESULTS = "broker_url of Celery", "result_backend of Celery"


#: The id of the message that says how far looking at the project got; it is none of Django's.
UNFINISHED = "probe.unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMessage:
    """One message of ``manage.py check``."""

    id: str
    level: Literal["error", "warning", "info"]
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableUse:
    """What the project's own code does with an environment variable.

    :param sets: the settings that it decides; empty where it is used for anything else too.
    :param insists: whether the project cannot be loaded without it.
    """

    name: str
    sets: tuple[str, ...] = ()
    insists: bool = False

    @property
    def is_another_key(self) -> bool:
        """Whether it decides the secret key and nothing else, under a name that no platform gives."""
        return self.sets == ("SECRET_KEY",) and self.name != "SECRET_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misnamed:
    """A template or a static file that is named in another spelling than it has.

    :param name: as it is written: with other capitals, or with backslashes.
    :param file: how it is called, below the folder where Django looks for it.
    :param by: the file that names it, relative to the git root.
    """

    name: str
    file: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The active settings, as Django loaded them in a child process. No value in here is a secret.

    :param file: settings file relative to the git root; None when it lies outside.
    :param made_by: what makes the settings where lines at the end of their file do not count, such as a class; empty
        where they are the names of a module.
    :param taken_over_by: the name that the settings module gives to the object which Django asks in its place, and
        which has to be told what lines at the end of the file change; empty where Django asks the module.
    :param unknown: the facts of this class that could not be read, by name; they hold what they hold by default.
    :param defined: names of upper-case settings the module really has.
    :param certain: those that it has wherever it is loaded.
    :param possible: those that it may have besides, where it is loaded on another computer; :data:`ANY_NAME` among them
        where its source does not tell.
    :param secret_key_in_source: the value of SECRET_KEY stands in the settings file or a module it is made from.
    :param secrets_in_source: other settings whose secret value stands there, such as EMAIL_HOST_PASSWORD; without those
        that a deployed site has its own of.
    :param variables: environment variables that the project's own code reads while it is loaded, in whatever way.
    :param variable_uses: what is done with each of them, as far as their source says it.
    :param env_files: files that variables of this computer are read from, relative to the git root.
    :param own_addresses: settings that hold the address of the project's own site, such as ``SITE_ROOT``, each with the
        part of its value that is the address here, such as ``http://localhost:8000``.
    :param misnamed: files that the project's pages and modules name in another spelling than they have.
    :param import_paths: folders that manage.py adds to the import path, relative to its own folder.
    :param debug_text: DEBUG, where it is a text; every text that is not empty counts as true.
    :param script_name: FORCE_SCRIPT_NAME, or empty.
    :param nowhere: what the settings name and that cannot be found here, each as ``SETTING: dotted.name``.
    :param mail_here: mail goes to a server that the settings name on this computer or in one of its containers.
    :param caches_in_database: a cache keeps what it holds in a table that no migration makes.
    :param in_one_process: settings that keep in one process's memory what the others need as well.
    :param debug_only: apps and middleware that the settings name only where DEBUG is on.
    :param debug_decides: settings that depend on DEBUG, and are made while it is on wherever nobody sets a variable.
    :param asks_database: places of the project that ask the database while they are imported, each as file and line.
    :param apps: the packages of the apps that are loaded, whatever INSTALLED_APPS calls them: it may name a class of
        the project's own for one of Django's apps. Ask :meth:`has_app`.
    :param own_check: the project has a management command of its own that is called ``check``.
    :param untaken: flags that the project's own ``migrate`` or ``collectstatic`` does not take and that a deployment
        gives it, each behind the command's name.
    :param vite_manifests: files below STATIC_ROOT that django-vite reads, where collectstatic leaves out names that
        begin with a dot.
    :param threads: places of functions that threads of the project run once it is loaded, each as file and line; no
        command ends before these threads do.
    :param processes: what has to run beside the web process.
    :param services: servers that the settings name besides the databases.
    :param websockets: the project's ASGI application answers web sockets.
    :param username_field: of the user model; None in a project without users.
    :param required_fields: of the user model, which ``createsuperuser`` asks for besides that one and the password.
    :param file_fields: ``app.Model.field`` of each FileField.
    :param file_defaults: ``app.Model.field: name`` of those whose default is a file that is among the uploads here.
    :param unapplied_model_changes: apps whose models changed without a migration.
    :param new_migrations: path and text of the files that ``makemigrations`` would write for these apps; none where it
        would ask something.
    :param pending_migrations: migrations not applied to the local database; None when it could not be asked.
    :param first_url: path of the first page that needs no argument and is not the admin, ``/`` where it answers.
    :param health_url: path of a page that answered 200 to a visitor without an account when a plan was tried; empty
        where none did, None before that.
    :param admin_url: path of the admin's start page, or None.
    :param postgres_app: whether Django asked for ``django.contrib.postgres`` when a plan was tried on PostgreSQL.
    :param build_values: variables that the settings insist on while static files are collected, as trying a plan has
        shown, each with a made-up value; only for a platform that has no values of the person's own then.
    :param unhashable_static: why static files cannot have names with a hash, as trying a plan has shown; else empty.
    :param uncompressed: whether pages name files that django-compressor would have to make with a command of its own,
        as trying a plan has shown.
    :param has_data: whether the local default database holds rows worth taking along; None when unknown.
    """

    module: str
    file: str | None
    debug: bool = False
    debug_text: str = ""
    allowed_hosts: tuple[str, ...] = ()
    secret_key_in_source: bool = False
    secrets_in_source: tuple[str, ...] = ()
    root_urlconf: str = ""
    wsgi_application: str | None = None
    asgi_application: str | None = None
    installed_apps: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    databases: tuple[Database, ...] = ()
    script_name: str = ""
    static_url: str | None = None
    static_root: str | None = None
    staticfiles_dirs: tuple[str, ...] = ()
    staticfiles_backend: str | None = None
    media_url: str = ""
    media_root: str = ""
    email_backend: str = ""
    mail_here: bool = False
    cache_backend: str = ""
    caches_in_database: bool = False
    in_one_process: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    services: tuple[Service, ...] = ()
    websockets: bool = False
    user_model: str = ""
    username_field: str | None = None
    required_fields: tuple[str, ...] = ("email",)
    made_by: str = ""
    taken_over_by: str = ""
    unknown: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()
    debug_only: tuple[str, ...] = ()
    debug_decides: tuple[str, ...] = ()
    asks_database: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    own_check: bool = False
    untaken: tuple[str, ...] = ()
    vite_manifests: tuple[str, ...] = ()
    defined: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset({ANY_NAME})
    variables: tuple[str, ...] = ()
    variable_uses: tuple[VariableUse, ...] = ()
    env_files: tuple[str, ...] = ()
    own_addresses: tuple[tuple[str, str], ...] = ()
    misnamed: tuple[Misnamed, ...] = ()
    import_paths: tuple[str, ...] = ()
    file_fields: tuple[str, ...] = ()
    file_defaults: tuple[str, ...] = ()
    unapplied_model_changes: tuple[str, ...] = ()
    new_migrations: tuple[tuple[str, str], ...] = ()
    pending_migrations: int | None = None
    has_data: bool | None = None
    first_url: str | None = None
    health_url: str | None = None
    admin_url: str | None = None
    postgres_app: bool = False
    build_values: tuple[tuple[str, str], ...] = ()
    unhashable_static: str = ""
    uncompressed: bool = False
    checks: tuple[CheckMessage, ...] = ()

    def knows(self, fact: str) -> bool:
        """Whether the fact of this name could be read."""
        return fact not in self.unknown

    def has_setting(self, name: str) -> bool | None:
        """Whether the module has this setting wherever it is loaded; None where that depends, or is not known."""
        if name in self.certain:
            return True
        return None if name in self.possible or ANY_NAME in self.possible else False

    @property
    def debug_modules(self) -> frozenset[str]:
        """Top-level modules that the settings name only where DEBUG is on, so that a deployed site needs them not."""
        named = (*self.installed_apps, *self.middleware)
        always = {name.partition(".")[0] for name in named if name not in self.debug_only}
        return frozenset(name.partition(".")[0] for name in self.debug_only) - always

    @property
    def app_packages(self) -> tuple[str, ...]:
        """The packages of all apps; where these could not be loaded, what INSTALLED_APPS says."""
        return self.apps or self.installed_apps

    def has_app(self, package: str) -> bool:
        """Whether an app of this package is installed."""
        return any(app == package or app.startswith(f"{package}.") for app in self.app_packages)

    @property
    def has_admin(self) -> bool:
        return self.has_app("django.contrib.admin")

    @property
    def has_sites(self) -> bool:
        """Whether the name of the site stands in its database: https://docs.djangoproject.com/en/stable/ref/contrib/sites/"""
        return self.has_app("django.contrib.sites")

    @property
    def has_wagtail(self) -> bool:
        return self.has_app("wagtail")

    @property
    def default_database(self) -> Database | None:
        return next((database for database in self.databases if database.alias == "default"), None)

    @property
    def further_databases(self) -> tuple[Database, ...]:
        """Those beside the default one that have tables of their own."""
        return tuple(each for each in self.databases if each.alias != "default" and each.engine and not each.mirror)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsProblem:
    """Why the settings could not be loaded: exception type, message, and where.

    :param settings_loaded: whether the settings themselves could be loaded, and what came after failed.
    :param missing: the module that could not be imported, when that is why and it is not one of the project's own.
    :param absent: the module that there is not, whoever's, when that is why.
    :param near: a module of the project that is spelled almost like that one.
    :param unset: the environment variable that has no value, when what failed names it.
    :param template: the file in the repository that lists this variable to be filled in, such as ``.env.example``.
    """

    kind: str
    message: str
    file: str | None = None
    line: int | None = None
    traceback: str = ""
    settings_loaded: bool = False
    missing: str | None = None
    absent: str = ""
    near: str = ""
    unset: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """A settings module that the deployed site has for itself, beside the active one.

    :param imports: what stands between ``from`` and ``import *`` to take over the active settings.
    :param exists: whether it is there; else it can be made.
    :param settings: what it holds; None when it is not there, or cannot be loaded: *problem* then says why.
    :param blocks: the blocks of platforms that stand in the active settings file.
    """

    module: str
    file: str
    imports: str
    exists: bool = False
    settings: Settings | None = None
    problem: SettingsProblem | None = None
    blocks: tuple[str, ...] = ()

    @property
    def usual(self) -> bool:
        """Whether the deployed site uses it unless the person says otherwise."""
        return self.settings is not None and not self.blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """This computer.

    :param git: version of the git program, empty when there is none.
    :param git_identity: whether git knows a name and an e-mail to commit with.
    :param services: what keeps programs of this user running and starts them at login: the user's own systemd, launchd,
        or the Task Scheduler; empty where there is nothing of the kind, as in most containers.
    """

    system: Literal["linux", "darwin", "windows"]
    python: str
    python_executable: str
    base_python: str
    git: str = ""
    git_identity: bool = True
    services: Literal["systemd", "launchd", "tasks", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """:param size: in bytes, as it is on the disk."""

    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """Everything inspection knows; passed as an argument, never changed.

    :param git: None when the project has no repository of its own, or git cannot read it; *git_problem* then says why.
    :param settings: of the deployed site. None when they could not be loaded; *settings_problem* then says why.
    :param development: the settings on this computer, where the deployed site has a module of its own.
    :param production: such a module, there already or to be made; None where the settings have no place for it.
    :param python_wanted: version or range the project asks for, as written.
    :param python_range: the range of versions the dependency file asks for, which installers insist on, or empty.
    :param django: version of the one that is installed here.
    :param django_declared: version, or only series, that the deployed site gets by what the project declares; empty
        where that is not known.
    :param django_python: the Python versions that the site's Django runs on, for example ``>=3.12``, or empty.
    :param outer_repository: absolute path of a repository far around the project that is not taken for its own.
    :param environments: folders of virtual environments inside the git root.
    :param projects: folders of the Django projects inside the git root, ``.`` for the root itself.
    :param settings_modules: modules of the project that look like settings, the active one too.
    :param gaps: what Django uses here and the commit does not hold.
    :param twins: committed paths that differ in upper and lower case only, so that not every computer can have both.
    :param large: committed files of a megabyte and more, the largest first.
    :param front_end: what a program builds of a package.json; None where there is none with such a script.
    :param unwritable: what may not be written of the git root and the files a plan edits.
    :param valued: variables that the settings read and that have a value on this computer.
    :param emptied: variables that the settings read and that are there on this computer, with nothing in them.
    :param existing: files for platforms and builders that are there already, in the order of their paths.
    :param earlier_blocks: settings files, each with a platform whose block in it is one that an earlier version of the
        tool wrote: it stands alone and has all that a site needs.
    :param digest: changes whenever something a plan builds on changes.
    """

    location: Location
    name: str
    host: Host
    django: str
    dependencies: Dependencies
    git: GitFacts | None
    settings: Settings | None
    settings_problem: SettingsProblem | None = None
    development: Settings | None = None
    production: Production | None = None
    git_problem: str = ""
    python_wanted: str | None = None
    python_range: str = ""
    django_python: str = ""
    outer_repository: str | None = None
    environments: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    settings_modules: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    twins: tuple[str, ...] = ()
    large: tuple[Large, ...] = ()
    unwritable: tuple[str, ...] = ()
    front_end: FrontEnd | None = None
    existing: tuple[ExistingFile, ...] = ()
    valued: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()
    earlier_blocks: tuple[tuple[str, str], ...] = ()
    digest: str = ""
    django_declared: str = ""

    @property
    def site_django(self) -> str:
        """Version, or only series, of the Django that the deployed site gets."""
        return self.django_declared or self.django

    def site_has_django(self, major: int, minor: int) -> bool:
        """Whether the deployed site gets that version of Django or a newer one; True where that is not known."""
        numbers = re.match(r"(\d+)(?:\.(\d+))?", self.site_django)
        return numbers is None or (int(numbers[1]), int(numbers[2] or 0)) >= (major, minor)

    @property
    def local_settings(self) -> Settings | None:
        """The settings on this computer."""
        return self.development or self.settings

    @property
    def settings_file(self) -> str | None:
        return self.settings.file if self.settings else None
