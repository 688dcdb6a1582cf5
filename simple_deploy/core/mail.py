"""What Django's own mail backends for development do with mail, in words."""

from __future__ import annotations

from collections.abc import Mapping

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
