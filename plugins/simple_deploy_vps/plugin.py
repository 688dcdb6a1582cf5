"""Servers of one's own as platforms. The package's entry point names this module."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from simple_deploy.api import (
    SERVER_DATABASES,
    SERVER_MANAGERS,
    SERVER_UNREHEARSED,
    Card,
    Platform,
    ServerPlatform,
    hookimpl,
)
from simple_deploy_vps import pages
from simple_deploy_vps.digitalocean import DigitalOceanPlatform
from simple_deploy_vps.hetzner import HetznerPlatform


class VpsPlatform(ServerPlatform):
    """Any server with Debian that is reached with ssh."""

    card = Card(
        slug="vps",
        name="A server of your own",
        in_sentence="your server",
        summary="A Debian server that you reach with ssh, without containers.",
        cost="What the server costs: the smallest ones rent for about €4 to €6 a month, including the database and "
        "backups on them. One server can run several sites.",
        price="About €5 a month",
        prices=(("The smallest servers", "about €4 to €6 a month"), ("Database and backups on it", "included")),
        checked=date(2026, 11, 21),
        status="experimental",
        status_note="The tests deploy to Debian 12 and 13, with a certificate from their own authority. The steps are "
        "also written for Ubuntu 24.04 and 26.04 but have not been tried there.",
        needs_account=True,
        needs_card=True,
        managers=SERVER_MANAGERS,
        databases=SERVER_DATABASES,
        unrehearsed=SERVER_UNREHEARSED,
        links=pages.READ_NEXT,
    )
    docs = pages.GUIDE


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platforms: a server that is there, and one that is rented first."""
    for platform in (VpsPlatform(), HetznerPlatform(), DigitalOceanPlatform()):
        register(platform)
