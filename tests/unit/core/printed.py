"""Lines that programs print when they fail, by the known cause.

Those of uv 0.13, pip 26, Poetry 2, PDM 2, gcc 14, setuptools and hatchling were made by running them; those of Visual C++, Cargo, CMake
and of platforms' routers and kernels are taken from public reports, since they cannot run here.
"""

from __future__ import annotations

PRINTED = {
    "secret-key": (
        "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable",
        "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
        "KeyError: 'SECRET_KEY'",
    ),
    "variable": (
        "django.core.exceptions.ImproperlyConfigured: Set the MAPS_TOKEN environment variable",
        "KeyError: 'MAPS_TOKEN'",
        "decouple.UndefinedValueError: MAPS_TOKEN not found. Declare it as envvar or define a default value.",
        'environs.exceptions.EnvError: Environment variable "MAPS_TOKEN" not set',
        "dynaconf.validator.ValidationError: MAPS_TOKEN is required in env main",
    ),
    "field-required": (
        "  Field required [type=missing, input_value={}, input_type=dict]",
        "  field required (type=value_error.missing)",
    ),
    "static-root": (
        "django.core.exceptions.ImproperlyConfigured: You're using the staticfiles app without having set the "
        "STATIC_ROOT setting to a filesystem path.",
    ),
    "static-missing": (
        "whitenoise.storage.MissingFileError: The file 'css/missing.png' could not be found with "
        "<whitenoise.storage.CompressedManifestStaticFilesStorage object at 0x7f>.",
        "ValueError: Missing staticfiles manifest entry for 'css/site.css'",
    ),
    "static-folder": ("?: (staticfiles.W004) The directory '/code/static' in the STATICFILES_DIRS setting does not exist.",),
    "allowed-hosts": (
        "django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'notes.example'. You may need to add "
        "'notes.example' to ALLOWED_HOSTS.",
    ),
    "static-not-compressed": (
        "compressor.exceptions.OfflineGenerationError: You have offline compression enabled but key "
        '"6a05d6e2" is missing from offline manifest. You may need to run "python manage.py compress".',
    ),
    "never-ends": ("manage.py check did not end within 120 seconds",),
    "no-repository": (
        "subprocess.CalledProcessError: Command '['git', 'rev-parse', 'HEAD']' returned non-zero exit status 128.",
        "subprocess.CalledProcessError: Command 'git describe --always' returned non-zero exit status 128.",
        "FileNotFoundError: [Errno 2] No such file or directory: 'git'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/app/.git/HEAD'",
        "raven.exceptions.InvalidGitRepository: Cannot identify HEAD for git repository at /app",
        "git.exc.InvalidGitRepositoryError: /app",
    ),
    "csrf-origin": ("Forbidden (Origin checking failed - https://notes.example does not match any trusted origins.): /login/",),
    "migration-conflict": (
        "CommandError: Conflicting migrations detected; multiple leaf nodes in the migration graph: (0002_a, 0002_b in notes).",
    ),
    "migration-history": (
        "django.db.migrations.exceptions.InconsistentMigrationHistory: Migration admin.0001_initial is applied before its "
        "dependency users.0001_initial on database 'default'.",
    ),
    "table-exists": (
        'django.db.utils.ProgrammingError: relation "notes_note" already exists',
        'django.db.utils.OperationalError: table "notes_note" already exists',
    ),
    "sql-of-another-database": (
        'django.db.utils.OperationalError: near "CASCADE": syntax error',
        'django.db.utils.OperationalError: near "[]": syntax error',  # an ArrayField
    ),
    "no-tables": (
        'django.db.utils.ProgrammingError: relation "notes_note" does not exist',
        "django.db.utils.OperationalError: no such table: notes_note",
    ),
    "postgres-app": (
        "wagtailsearch.IndexEntry.title: (postgres.E005) 'django.contrib.postgres' must be in INSTALLED_APPS in order "
        "to use SearchVectorField.",
    ),
    "database-password": ('FATAL:  password authentication failed for user "app"',),
    "server-away": (
        "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379. Connection refused.",
        "redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.",
        "django.db.utils.OperationalError: (2003, \"Can't connect to MySQL server on 'db:3306' (111)\")",
        "django.db.utils.OperationalError: (2002, \"Can't connect to local MySQL server through socket "
        "'/run/mysqld/mysqld.sock' (2)\")",
        "urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='localhost', port=9200): Max retries exceeded with "
        "url: /posts/_search",
    ),
    "connection-refused": (
        "kombu.exceptions.OperationalError: [Errno 111] Connection refused",
        "ConnectionRefusedError: [WinError 10061] No connection could be made because the target machine actively "
        "refused it",
    ),
    "database-away": (
        'psycopg.OperationalError: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        'could not translate host name "db.internal" to address',
    ),
    "database-driver": ("django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg module",),
    "pg-config": ("Error: pg_config executable not found.",),
    "readonly-database": ("django.db.utils.OperationalError: attempt to write a readonly database",),
    "server-missing": ("bash: line 1: gunicorn: command not found", "sh: 1: gunicorn: not found"),
    "module-missing": ("ModuleNotFoundError: No module named 'whitenoise'",),
    "python-version": (
        "cause: Because the current Python version (3.10.13) does not satisfy Python>=3.12 and django>=6.1 depends on "
        "Python>=3.12, we can conclude that django>=6.1 cannot be used.",
        "ERROR: Package 'django' requires a different Python: 3.10.4 not in '>=3.12'",
        "The current Python version (3.10.4) is not allowed by the project (>=3.12).",
    ),
    "lock-stale": (
        "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        "pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry lock` to fix the lock file.",
        "Your Pipfile.lock (a1b2c3) out of date. Expected: (d4e5f6).",
    ),
    "no-matching-package": ("ERROR: No matching distribution found for django>=9",),
    "memory": ("2026-11-21T07:00:00 heroku[web.1]: Error R14 (Memory quota exceeded)", "Out of memory: Killed process 123"),
    "port": ("Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch",),
    "worker-timeout": ("[2026-11-21 07:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:8)",),
    "disk": ("OSError: [Errno 28] No space left on device",),
    "ssh-key": ("git@git.example: Permission denied (publickey).",),
    "push-rejected": (" ! [rejected]        HEAD -> main (fetch first)",),
    "certificate": (
        "  cause: invalid peer certificate: UnknownIssuer",
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
        "certificate in certificate chain (_ssl.c:1006)'))",
    ),
    "network": ("fatal: unable to access 'https://git.example/': Could not resolve host: git.example",),
    "settings-module": (
        "django.core.exceptions.ImproperlyConfigured: Requested setting DEBUG, but settings are not configured.",
    ),
    "package-unknown": (
        "cause: Because djang0 was not found in the package registry and you require djang0==5.2, we can conclude that "
        "your requirements are unsatisfiable.",
        "ERROR: Could not find a version that satisfies the requirement djang0==5.2 (from versions: none)",
    ),
    "package-version": (
        "cause: Because there is no version of django==5.99 and you require django==5.99, we can conclude that your "
        "requirements are unsatisfiable.",
        "ERROR: No matching distribution found for django==5.99",
    ),
    "package-limited": (
        "cause: Because only django<=5.2 is available and your project depends on django>6, we can conclude that your "
        "project's requirements are unsatisfiable.",
    ),
    "package-yanked": ("cause: Because django==5.0.5 was yanked (reason: packaged wrongly) and you require django==5.0.5",),
    "wheel-for-another": (
        "cause: Because numpy==1.19.5 has no usable wheels and you require numpy==1.19.5, we can conclude that your "
        "requirements are unsatisfiable.",
        "cause: Because tensorflow==2.3 has no wheels with a matching Python ABI tag (e.g., `cp313`) and you require it",
    ),
    "no-interpreter": (
        "error: No interpreter found for Python 3.16 in managed installations or search path",
        "error: No interpreter found at path `/nowhere/python3`",
    ),
    "package-unmatched": (
        "Because mysite depends on no-such-package (*) which doesn't match any versions, version solving failed.",
        "Because mysite depends on django (99.1) which doesn't match any versions, version solving failed.",
        "[CandidateNotFound]: Unable to find candidates for no-such-package. There may exist some issues with the "
        "package name or network condition.",
        "ERROR: Unable to find a resolution for django",
    ),
    "python-range": (
        "Because mysite depends on django (6.0) which requires Python >=3.12, version solving failed.",
        "  python>=3.12 (from <Candidate django@6.0 from https://index.example/simple/django/>)",
    ),
    "versions-exclude": (
        "So, because mysite depends on asgiref (<3.8), version solving failed.",
        "  asgiref<3.8 (from project)",
    ),
    "conflict": ("ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/",),
    "bad-line": (
        'The requirement is invalid: invalid version constraint ">>5"',
        "[RequirementError]: django>>5: Expected semicolon (after name with no version specifier) or end",
        "'django>>5': Expected semicolon (after name with no version specifier) or end",
        "error: Couldn't parse requirement in `requirements.txt` at position 0",
        "ERROR: Invalid requirement: 'django = 5': Expected semicolon (after name with no version specifier) or end",
        "error: Unexpected '=', expected '-c', '-e', '-r' or the start of a requirement: requirements.txt:1:1",
    ),
    "include-missing": (
        "  cause: failed to read from file `/home/ada/missing.txt`: No such file or directory (os error 2)",
        "ERROR: Could not open requirements file: [Errno 2] No such file or directory: '/home/ada/missing.txt'",
    ),
    "local-package": (
        "error: Distribution not found at: file:///home/ada/nothere",
        "ERROR: ./nothere is not a valid editable requirement. It should either be a path to a local project or a VCS URL",
    ),
    "no-package-there": (
        "error: `/home/ada/shop` does not appear to be a Python project, as neither `pyproject.toml` nor `setup.py` are present in the directory",
        "ERROR: file:///home/ada/shop does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found.",
    ),
    "hashes": ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "error: Hash mismatch for `django==5.2`"),
    "no-package-of-its-own": (
        "The most likely cause of this is that there is no directory that matches the name of your project (goods_online).",
        "error: Multiple top-level packages discovered in a flat-layout: ['shop', 'goods'].",
        "No file/folder found for package goods-online",
    ),
    "no-compiler": (
        "error: [Errno 2] No such file or directory: 'gcc'",
        "error: command 'gcc' failed: No such file or directory",
        'error: Microsoft Visual C++ 14.0 or greater is required. Get it with "Microsoft C++ Build Tools"',
    ),
    "too-old-for-python": (
        "src/lxml/etree.c:289:12: fatal error: longintrepr.h: No such file or directory",
        "ModuleNotFoundError: No module named 'distutils'",
        "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'",
    ),
    "header-missing": (
        "Modules/common.h:15:10: fatal error: lber.h: No such file or directory",
        "fatal error C1083: Cannot open include file: 'mysql.h': No such file or directory",
    ),
    "library-missing": ("/usr/bin/ld: cannot find -lpq: No such file or directory",),
    "mysql-config": ("Exception: Can not find valid pkg-config name.", "/bin/sh: 1: mysql_config: not found"),
    "build-program": (
        "FileNotFoundError: [Errno 2] No such file or directory: 'gdal-config'",
        "error: can't find Rust compiler",
        "Cargo, the Rust package manager, is not installed or is not on PATH.",
    ),
    "build-failed": ("error: Failed to build `uwsgi==2.0.31`", "ERROR: Failed building wheel for uwsgi"),
    "index-refuses": ("  cause: HTTP status client error (401 Unauthorized) for url (https://index.example/simple/shop/)",),
    "index-away": (
        "All attempts to connect to index.example failed.",
        "[ConnectError]: [Errno 111] Connection refused",
        "error: Failed to fetch: https://index.example/simple/django/",
        "cause: Because django was not found in the cache and you require django, we can conclude that your requirements "
        "are unsatisfiable.",
    ),
    "package-damaged": (
        "  cause: Because asgiref==3.13.0 has an invalid package format and you require asgiref==3.13.0, we can conclude "
        "that your requirements are unsatisfiable.",
        "error: Failed to unzip wheel: asgiref-3.13.0-py3-none-any.whl",
        "ERROR: Wheel 'asgiref' located at /tmp/pip-unpack/asgiref-3.13.0-py3-none-any.whl is invalid.",
    ),
    "git-package": ("  cause: Git operation failed",),
    "setuptools-missing": ("ModuleNotFoundError: No module named 'pkg_resources'",),
    "name-gone": ("ImportError: cannot import name 'url' from 'django.conf.urls' (/venv/django/conf/urls/__init__.py)",),
    "shared-library": (
        "OSError: cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open shared object file",
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        'django.core.exceptions.ImproperlyConfigured: Could not find the GDAL library (tried "gdal", "GDAL").',
        "ImportError: failed to find libmagic.  Check your installation",
    ),
    "no-spatialite": (
        "django.core.exceptions.ImproperlyConfigured: SpatiaLite requires SQLite to be configured to allow extension loading.",
        'django.core.exceptions.ImproperlyConfigured: Unable to load the SpatiaLite library extension. Library names tried: '
        "mod_spatialite.so, mod_spatialite",
    ),
    "database-extension": (
        'django.db.utils.ProgrammingError: permission denied to create extension "postgis"',
        'django.db.utils.NotSupportedError: extension "postgis" is not available',
    ),
    "program-missing": (
        "FileNotFoundError: [Errno 2] No such file or directory: 'pdftoppm'",
        "pdf2image.exceptions.PDFInfoNotInstalledError: Unable to get page count. Is poppler installed and in PATH?",
    ),
    "file-missing": ("FileNotFoundError: [Errno 2] No such file or directory: '/app/logs/shop.log'",),
    "permission": ("PermissionError: [Errno 13] Permission denied: '/app/media/photo.png'",),
    "port-taken": ("OSError: [Errno 98] Address already in use", "Error: That port is already in use."),
}  # fmt: skip
