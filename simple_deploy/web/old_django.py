"""Stands in for the door beside a Django that is too old for the dashboard: its addresses explain, all others pass.

Imports nothing that an older Django, or what was installed with it, could lack.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import django
from django.http import HttpRequest, HttpResponse

from simple_deploy.core.versions import DJANGO_NEEDED, UPGRADE_DJANGO
from simple_deploy.web.host import PREFIX


def explain(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware. Django runs it in a thread where the chain is asynchronous."""

    def answer(request: HttpRequest) -> Any:
        if not (f"{request.path_info}/".startswith(PREFIX) and _is_local(request.META.get("REMOTE_ADDR", ""))):
            return get_response(request)
        return HttpResponse(
            f"{DJANGO_NEEDED}; this is {django.get_version()}.\n\n{UPGRADE_DJANGO}\n\n"
            "The rest of your site is untouched.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
        )

    return answer


def _is_local(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
