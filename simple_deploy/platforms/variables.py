"""The environment variables that a project's settings read, and its site may need.

Of those only what still counts with the settings block in force is asked about: a variable that decides nothing but
what the block sets anew has no effect on the site. A value of this computer is offered by the variable's name, and
never sent unasked; where the name says that any random value will do, a new one is offered. Where the settings insist
on a variable and the block decides all that it is for, any value will do, and a made-up one is given; also where it
names the secret key in other words, since many settings refuse the default of that once DEBUG is off.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from simple_deploy.core import placeholders
from simple_deploy.core.facts import ProjectFacts, Settings, VariableUse
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Context
from simple_deploy.core.options import Answers, Choice, Option

#: Those that the settings block or every platform decides; a value of this computer would be the wrong one there.
GIVEN = frozenset(
    {"SECRET_KEY", "DJANGO_SECRET_KEY", "DEBUG", "DJANGO_DEBUG", "ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"}
    | {"CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PORT", "SIMPLE_DEPLOY_PROJECT"}
)
#: The settings that the blocks of :meth:`~simple_deploy.api.Steps.settings` set anew on every platform.
BLOCK = frozenset(
    {"ALLOWED_HOSTS", "CSRF_COOKIE_SECURE", "CSRF_TRUSTED_ORIGINS", "DATABASES", "DEBUG", "SECRET_KEY"}
    | {"SECURE_PROXY_SSL_HEADER", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "STATIC_ROOT"}
)
NOT_NOW, HERE, NEW = "not-now", "here", "new"

_MADE = re.compile(r"(?i)((secret|signing|encryption|fernet|hash|session|jwt)_?(secret_?)?key|secret|salt)$")
#: Somebody else gives these, and knows them.
_OF_SOMEBODY = re.compile(r"(?i)(client|consumer|api|app|access|account|bot|webhook|aws|stripe|google|github|oauth|s3)")
_ENCRYPTS = re.compile(r"(?i)(fernet|encryption)")


def own_variables(
    settings: Settings | None, *, given: Collection[str] = (), prefixes: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The variables that the settings read, that still count with the block in force, and that nobody else gives.

    :param given: names that the platform gives. :param prefixes: beginnings of such names.
    """
    names = settings.variables if settings is not None else ()
    return tuple(
        name
        for name in names
        if name not in given
        and not (prefixes and name.upper().startswith(prefixes))
        and _counts(name, _use(settings, name))
    )


def insisted(settings: Settings | None, names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* without which the settings cannot be loaded."""
    return tuple(name for name in names if _use(settings, name).insists)


def variable_options(facts: ProjectFacts, names: Iterable[str]) -> tuple[Option, ...]:
    """What is asked about the variables *names*, where there is something to choose."""
    options = []
    for name in names:
        if _any_will_do(facts.settings, name):
            continue
        needed, made = _use(facts.settings, name).insists, _is_made(name)
        choices = [Choice(value=NOT_NOW, label="Do not set it", help="What is set there already stays.")]
        if name in facts.valued:
            choices.append(Choice(value=HERE, label="The value it has on this computer"))
        elif name in facts.emptied:
            choices.append(Choice(value=HERE, label="Nothing: it is there and empty, as on this computer"))
        if made:
            choices.append(Choice(value=NEW, label="A new random value", help="Nobody sees it."))
        if len(choices) > 1 and _option(name).isidentifier():
            options.append(
                Option(
                    name=_option(name),
                    label=f"Variable {name}",
                    kind="choice",
                    help="The settings cannot be loaded without it." if needed else "The settings read it.",
                    default=NEW if made and needed else NOT_NOW,
                    choices=tuple(choices),
                    advanced=not needed,
                )
            )
    return tuple(options)


def chosen_variables(answers: Answers, names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that the site is to get a value for."""
    return tuple(name for name in names if answers.text(_option(name), NOT_NOW) != NOT_NOW)


def sent_variables(settings: Settings | None, answers: Answers, names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that the site gets a value for, chosen or made up."""
    names = tuple(names)
    chosen = chosen_variables(answers, names)
    return tuple(name for name in names if name in chosen or _is_debug(name) or _any_will_do(settings, name))


def debug_off(names: Iterable[str]) -> dict[str, str]:
    """The value of those of *names* that say whether DEBUG is on: the settings insist on them, and the block decides
    it."""
    return {name: "False" for name in names if _is_debug(name)}


def expected_variables(
    settings: Settings | None, answers: Answers, names: Iterable[str], *, there: Collection[str] = ()
) -> tuple[str, ...]:
    """Those of *names* that the site has once it is deployed: they were chosen, or are there, or nothing is deployed
    without them."""
    names = tuple(names)
    return tuple(dict.fromkeys((*sent_variables(settings, answers, names), *there, *insisted(settings, names))))


def site_variables(ctx: Context, names: Iterable[str]) -> dict[str, str]:
    """The values of those that were chosen. What is secret of them is hidden."""
    names = tuple(names)
    here: Mapping[str, str] | None = None
    found = {}
    for name in names:
        choice = ctx.answers.text(_option(name), NOT_NOW)
        if choice == HERE:
            here = ctx.variables() if here is None else here
            found.update({name: here[name]} if name in here else {})
        elif choice == NEW:
            found[name] = _new(name)
        elif not _is_debug(name) and _any_will_do(ctx.facts.settings, name):
            here = ctx.variables() if here is None else here
            insists = _use(ctx.facts.settings, name).insists
            found[name] = placeholders.like(here.get(name, "")) if insists else _new(name)
    found = {**debug_off(names), **found}
    ctx.hide(*found.values())
    return found


def variable_findings(
    platform: str,
    facts: ProjectFacts,
    answers: Answers,
    names: Iterable[str],
    *,
    there: Collection[str],
    how: str,
    exists: bool = True,
) -> Iterator[Finding]:
    """What the site lacks.

    :param platform: its slug, which the findings begin with.
    :param there: variables that the site has already. :param how: what sets one, a command.
    :param exists: whether that can be done before the site is deployed.
    """
    names = tuple(names)
    without = [
        name for name in names if name not in (*there, *chosen_variables(answers, names)) and not _is_debug(name)
    ]
    made_up = [name for name in without if _any_will_do(facts.settings, name)]
    if made_up:
        yield Finding(
            id=f"{platform}.variables-made-up",
            level=Level.INFO,
            title=f"The site gets placeholder values for {_listed(made_up)}.",
            why="The settings cannot be loaded without them, or may refuse their default there, and the plan's block "
            "decides everything that they are for.",
            details=tuple(made_up),
        )
    without = [name for name in without if name not in made_up]
    needed = insisted(facts.settings, without)
    if needed:
        offered = [
            f"--{_option(name).replace('_', '-')} {HERE}" for name in needed if name in facts.valued | facts.emptied
        ]
        yield Finding(
            id=f"{platform}.variables-missing",
            level=Level.DEPLOY_BLOCKER,
            title=f"The settings cannot be loaded without {_listed(needed)}, and the site does not have "
            + ("it." if len(needed) == 1 else "them."),
            why="Values from this computer are sent only if you choose that.",
            fix=_ways(offered, how if exists else ""),
            details=needed,
        )
    others = tuple(name for name in without if name not in needed)
    if others:
        yield Finding(
            id=f"{platform}.variables",
            level=Level.INFO,
            title=f"The settings read variables that the site does not have: {_listed(others)}",
            why="The settings use their own defaults for these.",
            fix=f"Set the ones that the site needs: `{how}`. Before a plan, the tool offers to copy those that have a "
            "value here.",
            details=others,
        )


def _ways(offered: Sequence[str], how: str) -> str:
    """How the site gets variables that it cannot do without."""
    if offered:
        ways = [f"To send their values from this computer: {' '.join(offered)}."]
    elif how:
        ways = []
    else:
        ways = ["Give them values on this computer, in .env for example, and choose to send those."]
    ways += [f"Set them on the site: `{how}`."] if how else []
    ways += ["Give them a default in the settings."]
    first, *others = ways
    return " ".join((first, *(f"Or {each[0].lower()}{each[1:]}" for each in others)))


def missing_variables(names: Collection[str], here: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """Those of *names* that are set on this computer and not on the site: what somebody set there stays."""
    return {name: here[name] for name in names if name in here and name not in there}


def _counts(name: str, use: VariableUse) -> bool:
    if use.insists or use.is_another_key:
        return True
    return name not in GIVEN and not (use.sets and BLOCK.issuperset(use.sets))


def _use(settings: Settings | None, name: str) -> VariableUse:
    uses = settings.variable_uses if settings is not None else ()
    return next((use for use in uses if use.name == name), VariableUse(name=name))


def _any_will_do(settings: Settings | None, name: str) -> bool:
    """Whether the settings insist on the variable *name*, and what they make of it is replaced by the block."""
    use = _use(settings, name)
    if use.is_another_key and not use.insists:
        return True
    if settings is None or not use.insists or not use.sets or not BLOCK.issuperset(use.sets) or _is_made(name):
        return False
    # The block leaves further databases as they are.
    return "DATABASES" not in use.sets or not settings.further_databases


def _option(name: str) -> str:
    return f"variable_{name.lower()}"


def _is_made(name: str) -> bool:
    return bool(_MADE.search(name)) and not _OF_SOMEBODY.search(name.removeprefix("DJANGO_"))


def _is_debug(name: str) -> bool:
    return name in {"DEBUG", "DJANGO_DEBUG"}


def _new(name: str) -> str:
    if _ENCRYPTS.search(name):
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")  # as Fernet wants its keys
    return secrets.token_urlsafe(50)


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:4])
    return f"{shown} …" if len(names) > 4 else shown
