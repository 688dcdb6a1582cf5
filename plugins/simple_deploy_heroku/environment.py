"""What Heroku sets where a site runs.

Source: the Python buildpack's own scripts in ``vendor/``.
"""

from __future__ import annotations

#: What the Python buildpack sets in every dyno.
ON_DYNOS = {
    "FORWARDED_ALLOW_IPS": "*",
    "GUNICORN_CMD_ARGS": "--access-logfile -",
    "WEB_CONCURRENCY": "2",
    "WEB_CONCURRENCY_SET_BY": "heroku/python",
    "DYNO_RAM": "512",
    "PYTHONUNBUFFERED": "true",
}
