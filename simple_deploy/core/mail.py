"""What Django's own mail backends for development do with mail, and how the mail server of a deployed site is named.

Sources of the addresses: the pages of each provider on sending by SMTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from simple_deploy.core.errors import InvalidAnswer

_BACKENDS = "django.core.mail.backends"
SMTP = f"{_BACKENDS}.smtp.EmailBackend"

#: The backends that send nothing, and what becomes of a mail instead. Django's check ``mail.E001`` names the same four.
UNSENT: Mapping[str, str] = {
    f"{_BACKENDS}.console.EmailBackend": "is written to the log",
    f"{_BACKENDS}.filebased.EmailBackend": "is written to files",
    f"{_BACKENDS}.locmem.EmailBackend": "stays in memory",
    f"{_BACKENDS}.dummy.EmailBackend": "is thrown away",
}
#: The variable that names a deployed site's mail server, in the form that django-environ reads.
VARIABLE = "EMAIL_URL"
EXAMPLE = "smtp+tls://mail.example.com:587, with user:password@ before the name"
#: The variable that names the sender of what the site sends.
SENDER = "DEFAULT_FROM_EMAIL"

#: A mail server is spoken to in TLS from the start on this port, and on every other one after a first word.
_TLS = 465
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Somebody who sends mail for others.

    :param user: what its user name is, in words.
    """

    name: str
    host: str
    user: str
    port: int = 587


PROVIDERS: Mapping[str, Provider] = {
    "brevo": Provider(name="Brevo", host="smtp-relay.brevo.com", user="your login, an address"),
    "fastmail": Provider(
        name="Fastmail", host="smtp.fastmail.com", port=465, user="your address, with an app password"
    ),
    "gmail": Provider(name="Gmail", host="smtp.gmail.com", user="your address, with an app password"),
    "mailgun": Provider(name="Mailgun", host="smtp.mailgun.org", user="the login of your domain there"),
    "mailgun-eu": Provider(name="Mailgun in the EU", host="smtp.eu.mailgun.org", user="the login of your domain there"),
    "postmark": Provider(
        name="Postmark", host="smtp.postmarkapp.com", user="the server’s token, which is its password too"
    ),
    "sendgrid": Provider(name="SendGrid", host="smtp.sendgrid.net", user="the word apikey, with a key as password"),
}


def address(host: str, user: str, password: str, *, port: int = 587) -> str:
    """A mail server as the variable :data:`VARIABLE` names it. It holds the password.

    :raises InvalidAnswer: *host* is no name, or the port no number of one.
    """
    if not _HOST.fullmatch(host):
        raise InvalidAnswer("That is no name of a mail server.", hint="It looks like mail.example.com.")
    if not 0 < port < 65536:
        raise InvalidAnswer("That is no port.", hint="Most mail servers take mail on port 587 or 465.")
    scheme = "smtp+ssl" if port == _TLS else "smtp+tls"
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}"
