"""What the lines mean that a plan adds to settings, a sentence for each statement: for the page and the docs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

#: By what a statement begins with, or holds: the first that fits explains it.
EXPLANATIONS: Mapping[str, str] = {
    "import os": "Reads the variables of the deployed site. The underscore keeps the name out of your settings.",
    "from importlib": "Checks whether a package is installed without importing it.",
    "from pathlib": "Builds folder paths on the deployed site.",
    "from environ": "django-environ parses the addresses of databases and mail servers.",
    "_env = ": "Reads a variable. If it is missing and has no default, the site does not start.",
    "_site = _http": "The values that the platforms' blocks below can set. Until one of them does, these settings do "
    "not run a site.",
    "_site, _http = ": "The site runs on this platform, and whether visitors come over plain http.",
    "_site, _secret_key = ": "The site runs on this platform, and where the secret key is there.",
    "_site = ": "The site runs on this platform, so what every site needs counts too.",
    "_database = ": "The address of the site's database. Without it the site does not start.",
    "_static, MEDIA_ROOT = ": "Folders for static and uploaded files. Both stay from one release to the next.",
    "_static = ": "Where static files are gathered, if that is outside the project.",
    "if _site": "True only on a deployed site: on your own computer, nothing below applies.",
    "if _database": "Only on a platform that passes the database's address to the site.",
    "if _os.environ": "True only on the deployed site: on your own computer, nothing below applies.",
    "if _": "True only where the condition holds; elsewhere these lines do nothing.",
    'if "': "True only where that variable is set; elsewhere these lines do nothing.",
    'if DATABASES["': "True only for that kind of database.",
    "for _address in ": "The first address whose forms are accepted is the site's own.",
    "else:": "Otherwise.",
    "DEBUG = ": "Visitors must never see debug pages: they show your code and your settings.",
    "SECRET_KEY = ": "Signs sessions and links to reset passwords. It comes from a variable, so it is in no commit.",
    "ALLOWED_HOSTS = ": "The names the site answers to. Requests with another Host header are refused.",
    "CSRF_TRUSTED_ORIGINS = ": "The addresses whose forms are accepted. Behind a proxy Django cannot tell them.",
    "SECURE_PROXY_SSL_HEADER = ": "Tells Django that a request came over https, although the proxy passes it on over "
    "http.",
    "SECURE_SSL_REDIRECT = ": "Whether http is redirected to https, and whether cookies are sent only over https.",
    "SECURE_HSTS_SECONDS = ": "How long browsers remember to use only https. It starts with a short time.",
    "SILENCED_SYSTEM_CHECKS": "Warnings from check --deploy that are dealt with here and do not need to be repeated.",
    "SESSION_COOKIE_NAME = ": "Keeps the site's login separate from that of runserver, which shares its cookies.",
    "INSTALLED_APPS = ": "Your apps, with what the deployed site needs or without what only debugging needs.",
    "MIDDLEWARE = ": "Your middleware, with what the deployed site needs or without what only debugging needs.",
    "MIDDLEWARE.insert": "WhiteNoise serves static files. It comes right after the security middleware.",
    "_security = ": "The middleware that WhiteNoise has to come after.",
    "_place = ": "Where WhiteNoise goes: after the security middleware, or first if there is none.",
    "DATABASES = ": "The site's own database, at the address in a variable. Your other databases stay.",
    "DATABASES[": "Where this database is on the deployed site, and how Django uses it.",
    "_options = ": "Options of the database. Options that your settings already have stay.",
    "_data = ": "A folder that stays from one release to the next, so the next deployment does not lose any data.",
    "STATIC_URL = ": "What the addresses of static files begin with.",
    "STATIC_ROOT = ": "Where `collectstatic` gathers the static files of all apps.",
    "COMPRESS_ENABLED = ": "django-compressor leaves styles and scripts as they are, since nothing combines them on "
    "the site.",
    "STORAGES": "Static files get a hash in their names, so browsers cache them until they change.",
    "MEDIA_URL = ": "What the addresses of uploaded files begin with.",
    "MEDIA_ROOT = ": "Where uploaded files are kept: outside the release, so they stay when it is replaced.",
    "LOGGING": "Errors go to the site's log. With DEBUG off, Django would only email them to ADMINS.",
    "EMAIL": "How the site sends mail: through the server that a variable names.",
    "DEFAULT_FROM_EMAIL = ": "The sender of the site's mail. Providers refuse senders that they do not know.",
    "MAILERS = ": "How the site sends mail: through the server that a variable names.",
    "_mail = ": "The parts of the mail server's address.",
    "_server": "What Django needs to know about the mail server.",
    "CACHES = ": "The cache, in the Redis whose address a variable holds.",
    "CELERY": "Where background tasks wait, in the Redis whose address a variable holds.",
    "CHANNEL_LAYERS = ": "How processes exchange WebSocket messages, through the Redis whose address a variable holds.",
    "_redis = ": "The address of the site's Redis, or nothing if there is none.",
}

_NONE: Mapping[str, str] = {}
_OPENING, _CLOSING = re.compile(r"[(\[{]"), re.compile(r"[)\]}]")


def explained(lines: Iterable[str], more: Mapping[str, str] = _NONE) -> Iterator[str]:
    """For each of *lines* what it means; empty for comments, which speak for themselves, and for what nobody explains.

    A line within a statement, or within a function, means what that does.

    :param more: explanations besides :data:`EXPLANATIONS`, which they go before.
    """
    known = {**more, **{start: text for start, text in EXPLANATIONS.items() if start not in more}}
    depth, meaning, function = 0, "", -1  # how deep in brackets; the indentation of the function that goes on, or -1
    for line in lines:
        code = line.strip()
        if not code or code.startswith("#"):
            yield ""
            continue
        indent = len(line) - len(line.lstrip())
        if function >= 0 and indent <= function:
            function = -1
        if depth == 0 and function < 0:
            meaning = next((text for start, text in known.items() if code.startswith(start)), "")
            function = indent if code.startswith("def ") else -1
        yield meaning
        bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", code)
        depth = max(depth + len(_OPENING.findall(bare)) - len(_CLOSING.findall(bare)), 0)
