"""The Django app. It adds nothing to the host but one middleware, and that only to a development server."""

from __future__ import annotations

import os
import sys

import django
from django.apps import AppConfig
from django.conf import settings

from simple_deploy.core.versions import OLDEST_DJANGO
from simple_deploy.web.host import MIDDLEWARE, OLD_DJANGO, development_server, opens


class SimpleDeployConfig(AppConfig):
    name = "simple_deploy"
    verbose_name = "Simple Deploy"

    def ready(self) -> None:
        from simple_deploy import checks

        checks.register_all()
        enabled = getattr(settings, "SIMPLE_DEPLOY_ENABLED", os.environ.get("SIMPLE_DEPLOY_ENABLED"))
        server = development_server(sys.argv, os.environ)
        if opens(debug=settings.DEBUG, enabled=enabled, server=server) and MIDDLEWARE not in settings.MIDDLEWARE:
            ours = MIDDLEWARE if django.VERSION[:2] >= OLDEST_DJANGO else OLD_DJANGO
            settings.MIDDLEWARE = [ours, *settings.MIDDLEWARE]
