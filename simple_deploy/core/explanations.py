"""What the lines mean that a plan adds to settings, a sentence for each statement: for the page and the docs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

#: By what a statement begins with, or holds: the first that fits explains it.
EXPLANATIONS: Mapping[str, str] = {
    "import os": "Reads the variables of the deployed site. The underscore keeps the name out of your settings.",
    "from importlib": "Can say whether a package is installed, without importing it.",
    "from pathlib": "For paths of folders on the deployed site.",
    "from environ": "django-environ takes addresses of databases and mail servers apart.",
    "_env = ": "Reads a variable, and refuses to start the site where one is missing that has no default.",
    "_site = _http": "What the blocks of platforms below may say. Until one does, the site runs nowhere.",
    "_site, _http = ": "The site runs on this platform, and whether visitors come over plain http.",
    "_site, _secret_key = ": "The site runs on this platform, and where the secret key is there.",
    "_site = ": "The site runs on this platform, so what every site needs counts too.",
    "_database = ": "The address of the site's database. Without it the site does not start.",
    "_static, MEDIA_ROOT = ": "Folders for static and for uploaded files. Both outlive releases.",
    "_static = ": "Where static files are gathered, when that is no folder of the project.",
    "if _site": "Only true on a deployed site: on your own computer nothing below counts.",
    "if _database": "Only on a platform that gives the database by its address.",
    "if _os.environ": "Only true on the deployed site: on your own computer nothing below counts.",
    "if _": "Only true where the condition holds; elsewhere these lines do nothing.",
    'if "': "Only true where that variable is set; elsewhere these lines do nothing.",
    'if DATABASES["': "Only true where the database is of that kind.",
    "for _address in ": "The first address whose forms are accepted is the site's own.",
    "else:": "Otherwise.",
    "DEBUG = ": "Visitors must never see debug pages: they show your code and your settings.",
    "SECRET_KEY = ": "Signs sessions and links to reset passwords. It comes from a variable, so it is in no commit.",
    "ALLOWED_HOSTS = ": "The names the site answers to. Requests with another Host header are refused.",
    "CSRF_TRUSTED_ORIGINS = ": "The addresses whose forms are accepted. Behind a proxy Django cannot tell them.",
    "SECURE_PROXY_SSL_HEADER = ": "Says that a request came over https, though the proxy hands it on over http.",
    "SECURE_SSL_REDIRECT = ": "Whether http is sent on to https, and whether cookies travel over https only.",
    "SECURE_HSTS_SECONDS = ": "How long browsers remember to use https only. It begins small.",
    "SILENCED_SYSTEM_CHECKS": "Warnings of check --deploy that are settled here and need not be repeated.",
    "SESSION_COOKIE_NAME = ": "Keeps the login of the site apart from that of runserver, which shares its cookies.",
    "INSTALLED_APPS = ": "Your apps, with what the deployed site needs or without what only debugging needs.",
    "MIDDLEWARE = ": "Your middleware, with what the deployed site needs or without what only debugging needs.",
    "MIDDLEWARE.insert": "WhiteNoise serves static files. It stands right behind the security middleware.",
    "_security = ": "The middleware that WhiteNoise has to stand behind.",
    "_place = ": "Where WhiteNoise goes: behind the security middleware, or first where there is none.",
    "DATABASES = ": "The site's own database, at the address that a variable holds. Others of yours stay.",
    "DATABASES[": "Where this database is on the deployed site, and how Django uses it.",
    "_options = ": "Options of the database. Those that your settings have already stay.",
    "_data = ": "A folder that outlives releases, so that data are not lost with the next deployment.",
    "STATIC_URL = ": "Where the addresses of static files begin.",
    "STATIC_ROOT = ": "Where `collectstatic` gathers the static files of all apps.",
    "COMPRESS_ENABLED = ": "django-compressor leaves styles and scripts as they are, since nothing joins them there.",
    "STORAGES": "Static files get a hash in their names, so that browsers keep them until they change.",
    "MEDIA_URL = ": "Where the addresses of uploaded files begin.",
    "MEDIA_ROOT = ": "Where uploaded files are kept: outside the release, so that they outlive it.",
    "LOGGING": "Errors go to the site's log. With DEBUG off, Django would only send them by mail to ADMINS.",
    "EMAIL": "How the site sends mail: by the server that a variable names.",
    "DEFAULT_FROM_EMAIL = ": "Who the sender of the site's mail is. Providers refuse senders that they do not know.",
    "MAILERS = ": "How the site sends mail: by the server that a variable names.",
    "_mail = ": "The address of the mail server, taken apart.",
    "_server": "What Django needs to know of the mail server.",
    "CACHES = ": "What Django keeps for a while, in the Redis whose address a variable holds.",
    "CELERY": "Where background tasks wait, in the Redis whose address a variable holds.",
    "CHANNEL_LAYERS = ": "How processes tell each other about WebSockets, by the Redis whose address a variable holds.",
    "_redis = ": "The address of the site's Redis, or nothing where there is none.",
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
