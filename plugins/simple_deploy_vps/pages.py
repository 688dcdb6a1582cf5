"""Pages that explain what is done on a server."""

from __future__ import annotations

from simple_deploy.api import Link

GUIDE = "https://github.com/django-simple-deploy/dashboard/blob/main/docs/how-to/deploy-to-vps.md"
CHECKLIST = "https://docs.djangoproject.com/en/stable/howto/deployment/checklist/"
CADDY = "https://caddyserver.com/docs/"
GUNICORN = "https://docs.gunicorn.org/"

READ_NEXT = (
    Link(title="What it changes on the server, and how to do each by hand", url=GUIDE),
    Link(title="Django's deployment checklist", url=CHECKLIST),
    Link(title="Caddy", url=CADDY),
    Link(title="gunicorn", url=GUNICORN),
)
