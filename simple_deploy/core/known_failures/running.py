"""Known causes of failures of a project that is built, started or visited, whatever platform it is on."""

from __future__ import annotations

from simple_deploy.core.known_failures.model import Cause

_DJANGO = "https://docs.djangoproject.com/en/stable/"
_START_IT = (
    "Start it, or give the settings the address of one that runs: a cache, a queue or a database has to be there for "
    "the site too. Names such as redis or db are known only among the containers of a compose file."
)

#: Of pydantic 2 and 1; the name of the field stands in the line above.
FIELD_REQUIRED = r"^\s*[Ff]ield required [\[(]type=(?:value_error\.)?missing\b"

VARIABLE = "variable"  # the id of the cause that a variable is missing

CAUSES: tuple[Cause, ...] = (
    Cause(
        id="secret-key",
        pattern=r"(?:Set the SECRET_KEY environment variable|SECRET_KEY setting must not be empty"
        r"|KeyError: 'SECRET_KEY'|SECRET_KEY not found|Environment variable \"SECRET_KEY\" not set)",
        title="The settings found no SECRET_KEY.",
        fix="Set the variable SECRET_KEY on the platform. During a build no variables may be there: a command that "
        "runs then needs a made-up one on its own line.",
        url=f"{_DJANGO}ref/settings/#secret-key",
    ),
    Cause(
        id=VARIABLE,
        pattern=r"(?:Set the (\w+) environment variable|(?:KeyError|UndefinedValueError): '?([A-Z][A-Z0-9_]{2,})\b"
        r"|Environment variable \"(\w+)\" not set|(\w+) is required in env \w+)",
        title="The project needs the variable {0}{1}{2}{3}, which is not set there.",
        fix="Set {0}{1}{2}{3} on the platform, or give it a default.",
    ),
    Cause(
        id="field-required",
        pattern=FIELD_REQUIRED,
        title="A class of the settings has a field without a value there.",
        fix="Set a variable of that name on the platform, or give the field a default.",
        url="https://docs.pydantic.dev/latest/concepts/pydantic_settings/",
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
        id="static-not-compressed",
        pattern=r"OfflineGenerationError: You have offline compression enabled",
        title="Pages name files that django-compressor has not made: COMPRESS_OFFLINE is on.",
        fix="Set COMPRESS_ENABLED = False in the settings of the deployed site, and pages name the files as they are. "
        "Or let the platform run `python manage.py compress` after collectstatic.",
        url="https://django-compressor.readthedocs.io/en/stable/scenarios.html#offline-compression",
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
        title="A migration wants to create the table {0}{1}, which the database already has.",
        fix="A migration was changed after it had run there, or created again. Compare `python manage.py "
        "showmigrations` there and here. If the table is what the migration would create, `python manage.py migrate "
        "APP NUMBER --fake` records it as done.",
        url=f"{_DJANGO}ref/django-admin/#cmdoption-migrate-fake",
    ),
    Cause(
        id="sql-of-another-database",
        pattern=r"OperationalError: near \"([^\"]+)\": syntax error",
        title="SQLite does not understand SQL of the project, near {0}: it is for another database.",
        fix="Give the site a database of the kind that the project has here, where the platform offers one; fields "
        "such as ArrayField are for PostgreSQL only. Or let the migration run such SQL only where "
        "schema_editor.connection.vendor is the database it was written for.",
        url=f"{_DJANGO}ref/migration-operations/#runsql",
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
        id="postgres-app",
        pattern=r"(\S+): \(postgres\.E005\).* in order to use (\w+)",
        title="{0} is a {1}, which needs the app django.contrib.postgres on PostgreSQL.",
        fix='Add "django.contrib.postgres" to INSTALLED_APPS in the settings of the deployed site, and psycopg to the '
        "requirements.",
        url=f"{_DJANGO}ref/contrib/postgres/",
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
        fix="Check that it exists, is running, and is attached to the app. A new one needs a minute; then retry.",
    ),
    Cause(
        id="server-away",
        pattern=r"(?:Error -?\d+ connecting to ([^\s,]+?)\.(?:\s|$)|Can't connect to (?:MySQL )?server on '([^']+)'"
        r"|Can't connect to local (?:MySQL )?server through socket '([^']+)'"
        r"|ConnectionPool\(host='([^']+)', port=\d+\): Max retries exceeded)",
        title="Nothing answers at {0}{1}{2}{3}, which the project uses.",
        fix=_START_IT,
    ),
    Cause(
        id="connection-refused",
        pattern=r"(?:OperationalError: \[(?:Errno|WinError) \d+\] [Cc]onnection refused|ConnectionRefusedError: )",
        title="A server that the project uses does not answer.",
        fix=_START_IT,
    ),
    Cause(
        id="database-driver",
        pattern=r"Error loading (?:psycopg2 or psycopg|psycopg2|psycopg) module",
        title="The driver for PostgreSQL is not installed there.",
        fix="Add psycopg[binary] to the packages the platform installs, and refresh the lock file.",
        url=f"{_DJANGO}ref/databases/#postgresql-notes",
    ),
    Cause(
        id="readonly-database",
        pattern=r"attempt to write a readonly database|unable to open database file",
        title="The SQLite database is in a place that cannot be written to.",
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
        id="setuptools-missing",
        pattern=r"ModuleNotFoundError: No module named '(pkg_resources|setuptools)'",
        title="A package needs setuptools, which newer Pythons do not include.",
        fix="Add setuptools to the dependency file (`setuptools<81`, since later ones have no pkg_resources), or ask "
        "for a newer version of that package.",
    ),
    Cause(
        id="too-old-for-python",
        pattern=r"ModuleNotFoundError: No module named '(distutils|imp|asyncore|asynchat|smtpd|cgi|pipes|telnetlib)'",
        title="A package is older than the Python that is used: {0} is no longer part of it.",
        fix="Ask for a newer version of it, or use an older Python.",
    ),
    Cause(
        id="module-missing",
        pattern=r"ModuleNotFoundError: No module named '([^']+)'",
        title="The module {0} is not there.",
        fix="The package that provides it is missing from those the platform installs, or the file is not committed. "
        "Packages in a group for development are not installed.",
    ),
    Cause(
        id="name-gone",
        pattern=r"ImportError: cannot import name '([^']+)' from '([^']+)'",
        title="{1} has no {0}: the version that is installed there is not the one that the project was written for.",
        fix="Pin the version that works here in the dependency file.",
    ),
    Cause(
        id="shared-library",
        pattern=r"(?:cannot load library '([^']+)'|ImportError: (lib[\w+.-]+): cannot open shared object file"
        r"|Could not find (?:the )?(GDAL|GEOS|libmagic|SpatiaLite) library|(?:failed to find|Unable to find) "
        r"(lib\w+|ffmpeg)\.)",
        title="The library {0}{1}{2}{3} of the system is not there.",
        fix="Install it on the platform; a package that `pip` installs does not include it.",
    ),
    Cause(
        id="no-spatialite",
        pattern=r"(?:SpatiaLite requires SQLite to be configured|Unable to load the SpatiaLite library)",
        title="GeoDjango needs a SQLite that loads SpatiaLite, and that of this Python does not.",
        fix="Give the site a PostgreSQL database with PostGIS. Or install SpatiaLite (on Debian and Ubuntu: "
        "libsqlite3-mod-spatialite) and use a Python whose SQLite loads extensions, as that of Debian does.",
        url=f"{_DJANGO}ref/contrib/gis/install/spatialite/",
    ),
    Cause(
        id="database-extension",
        pattern=r"(?:permission denied to create extension \"(\w+)\"|extension \"(\w+)\" is not available)",
        title="The database has no extension {0}{1}, and the migrations could not make it.",
        fix="Let whoever runs the database server install it where it is missing, and run once in this database: "
        "CREATE EXTENSION {0}{1};",
        url=f"{_DJANGO}ref/contrib/gis/install/postgis/",
    ),
    Cause(
        id="no-repository",
        pattern=r"(?:Command '?\[?'?git\b[^\n]*\b(?:describe|rev-parse|rev-list|log|show|name-rev|symbolic-ref|tag)\b"
        r".* returned non-zero exit status 128|No such file or directory: 'git'"
        r"|fatal: not a git repository|InvalidGitRepository(?:Error)?\b|FileNotFoundError: .*[/\\]\.git[/\\])",
        title="The project asks git for its version, and the deployed copy has no repository.",
        fix="Read the version from a variable that may be empty, or let the project continue without one if git fails.",
    ),
    Cause(
        id="never-ends",
        pattern=r"manage\.py \w+ did not end within \d+ seconds",
        title="A command of the project did not end in time: this computer is busy, or something keeps the command.",
        fix="If the computer was just busy, plan again. A thread that starts while the project is loaded keeps every "
        "command from ending: start it with daemon=True, or only in the process that serves the site. "
        "Give everything that waits for another computer a time limit.",
        url="https://docs.python.org/3/library/threading.html#thread-objects",
    ),
    Cause(
        id="program-missing",
        pattern=r"No such file or directory: '(pdftoppm|pdfinfo|ffmpeg|ffprobe|wkhtmltopdf|tesseract|pandoc|dot|convert"
        r"|soffice|msgfmt|npm|node)'|(?:Is (poppler) installed)|(wkhtmltopdf|tesseract|ffmpeg) is not installed",
        title="The program {0}{1}{2}, which the project calls, is not there.",
        fix="Install it on the platform; a package that `pip` installs does not include it.",
    ),
    Cause(
        id="file-missing",
        pattern=r"(?:FileNotFoundError: \[(?:Errno|WinError) \d+\] [^:]*: '([^']+)'"
        r"|(?:NotADirectoryError|IsADirectoryError): [^:]*: '([^']+)')",
        title="The file {0}{1} is not there.",
        fix="If it is part of the project, commit it; otherwise let the project do without it, or create it on start.",
    ),
    Cause(
        id="permission",
        pattern=r"(?:PermissionError: \[Errno 13\] [^:]*: '([^']+)'|(?:^|: )([\w./-]+): Permission denied)",
        title="{0}{1} cannot be read or written there.",
        fix="On a platform a site may write to few folders. Write to one of those, or to the log.",
    ),
    Cause(
        id="port-taken",
        pattern=r"(?:[Aa]ddress already in use|That port is already in use|WinError 10048)",
        title="Another program already uses the port.",
        fix="Stop that program, or choose another port.",
    ),
    Cause(
        id="memory",
        pattern=r"(?:Out of memory|oom[-_ ]?kill|Memory quota exceeded|Error R1[45]\b|Worker .* was sent SIGKILL"
        r"|exit(?:ed with)? (?:code|status) 137)",
        title="There was not enough memory.",
        fix="Choose a larger size, or fewer workers.",
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
        fix="Look in the log for what it was doing; long work belongs in a background task.",
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
        id="network",
        pattern=r"(?:Could not resolve host:? (\S+)|Temporary failure in name resolution|Name or service not known"
        r"|Network is unreachable|Connection reset by peer|unexpected disconnect|getaddrinfo failed)",
        title="The connection is lost.",
        fix="Check that this computer is online, then try again.",
        general=True,
    ),
    Cause(
        id="settings-module",
        pattern=r"(?:environment variable DJANGO_SETTINGS_MODULE|settings are not configured)",
        title="Django does not know which settings to use there.",
        fix="Set the variable DJANGO_SETTINGS_MODULE on the platform.",
        url=f"{_DJANGO}topics/settings/",
    ),
)
