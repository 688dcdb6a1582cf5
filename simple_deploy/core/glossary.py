"""Words that somebody may meet here for the first time, each in a sentence or two: for the page and the docs. Pure.

Words of one platform are that platform's own; see :attr:`~simple_deploy.api.Platform.words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

WORDS: Mapping[str, str] = {
    "backup": "A copy of a site's data, to go back to when something is lost.",
    "build": "Making a release from a commit: installing packages, collecting static files.",
    "certificate": "What lets browsers reach a site over https and know that it is the right one.",
    "commit": "A state of your project that git remembers, with a line that says what changed.",
    "container": "A running copy of an image, kept apart from everything else on the computer.",
    "environment variable": "A name with a value that a program finds when it starts, such as a secret that no code "
    "may hold.",
    "health check": "Asking a site for a page to see whether it works.",
    "image": "Everything a program needs to run, packed into one file: code, packages, system.",
    "lock file": "A list of the exact versions of all packages, which your dependency manager writes.",
    "migration": "A change to the tables of the database. Django writes it when models change; `migrate` applies it.",
    "proxy": "A program that takes visitors' requests and hands them on to your site.",
    "release": "One version of a site, made from one commit.",
    "resource": "Something that exists on a platform for your site: an app, a database, a server.",
    "static file": "A file that is sent to browsers as it is: style sheets, scripts, pictures of your design.",
    "virtual environment": "A folder with a Python of its own and the packages of one project.",
    "volume": "A disk that stays when a site is deployed again.",
    "web server": "The program that answers the requests of browsers; here gunicorn or waitress.",
}


def found(text: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """*text* in pieces, each with the word of *words* that it is, or empty. A word may stand in the plural."""
    if not words:
        yield text, ""
        return
    names = sorted(map(re.escape, words), key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(names)})s?\b", re.IGNORECASE)
    position = 0
    for match in pattern.finditer(text):
        yield text[position : match.start()], ""
        yield match[0], match[1].lower()
        position = match.end()
    yield text[position:], ""
