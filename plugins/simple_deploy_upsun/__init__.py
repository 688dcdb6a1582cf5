"""Deploys to Upsun."""

from __future__ import annotations

from collections.abc import Callable

from simple_deploy.api import Platform, hookimpl


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platform."""
    from simple_deploy_upsun.platform import UpsunPlatform

    register(UpsunPlatform())
