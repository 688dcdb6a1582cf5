"""Django's own system checks, as words behind ``manage.py``. Pure."""

from __future__ import annotations

from simple_deploy.core.facts import Settings

_OWN = (
    "from django.core.management import call_command; "
    "from django.core.management.commands.check import Command; call_command(Command(){})"
)


def django_check(settings: Settings | None, *, deploy: bool = False) -> tuple[str, ...]:
    """The words that run Django's own checks, also where the project calls a command of its own ``check``.

    Whoever has a ``migrate`` or ``collectstatic`` of their own wants a deployment to run that one, so it does. But a
    plan stands or falls by what Django thinks of the project, and a project's ``check`` may be about anything.

    :param deploy: those for deployed settings too.
    """
    if settings is None or not settings.own_check:
        return ("check", *(("--deploy", "--no-color") if deploy else ()))
    return ("shell", "--verbosity", "0", "--command", _OWN.format(", deploy=True, no_color=True" if deploy else ""))
