"""What the trial showed, in words for the person whose project it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from simple_deploy.core import known_failures
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.known_failures import Explanation
from simple_deploy.core.plan import Hosting
from simple_deploy.core.trials import Failure, Page, Phase, Report, Visit

_CONDITIONS: Mapping[Phase, str] = {
    "here": "with the settings of this computer",
    "build": "while the platform builds it",
    "release": "as the command that prepares a release, such as migrate",
    "site": "as the deployed site",
}
#: Needed on this computer alone, where it is installed: no reason not to deploy.
_FOR_DEVELOPMENT = frozenset({"package-in-debug", "package-not-declared"})
#: What the visit of a deployed site stops at as well.
_UNHEALTHY = frozenset({"trial.page", "trial.elsewhere", "trial.static"})


#: The known cause of what a program printed, or else its own last words; None where it printed nothing.
Explain = Callable[[Sequence[str]], Explanation | None]


def in_own_words(lines: Sequence[str]) -> Explanation | None:
    """An :data:`Explain` that knows nothing about the project."""
    return known_failures.explain(lines, known_only=False)


def findings(
    report: Report,
    hosting: Hosting,
    *,
    explained: Explain = in_own_words,
    works_here: bool = False,
) -> tuple[Finding, ...]:
    """Everything that *report* has to say, about a site with *hosting*.

    :param works_here: Django accepts the project on this computer.
    """
    visit = tuple(visited(report.visit, hosting, explained)) if report.visit is not None else ()
    return (*_untried(report), *_failed(report.failures, explained, works_here=works_here), *visit)


def _untried(report: Report) -> Iterator[Finding]:
    if report.uninstalled is not None:
        message, hint = report.uninstalled
        yield Finding(
            id="trial.not-installed",
            level=Level.WARNING,
            title=f"The result could not be tested here. {message}",
            why="The platform may have the libraries and programs that this computer lacks, so the plan is offered "
            "even though nobody knows whether the project works with it.",
            fix=hint or "Continue if you know that the platform can install it.",
        )


def foreseen(planned: Iterable[Finding]) -> Finding | None:
    """Of what was found when a plan was tried, what makes the deployed site count as unhealthy; None: nothing."""
    return next((finding for finding in planned if finding.id in _UNHEALTHY), None)


def _failed(failures: Iterable[Failure], explained: Explain, *, works_here: bool) -> tuple[Finding, ...]:
    """One finding for each cause of *failures*."""
    found: dict[str, Finding] = {}
    failing = list(failures)
    as_site = [failure for failure in failing if failure.phase != "here"]
    for failure in failing:
        told = explained(failure.tail)
        if told is None:
            told = Explanation(id=known_failures.UNKNOWN, title="It gave no reason.", fix="", url=None, line="")
        if failure.phase == "here" and told.id in _FOR_DEVELOPMENT and not as_site:
            continue
        found.setdefault(told.title, _finding(failure, told, works_here=works_here))
    return tuple(found.values())


def _finding(failure: Failure, told: Explanation, *, works_here: bool) -> Finding:
    command = f"`{' '.join(failure.command)}`"
    where = "in a copy of the commit, with only the packages that the project declares"
    name = told.id if told.is_known else "failed"
    title = told.title if told.is_known else f"Django refuses the project {_CONDITIONS[failure.phase]}: {told.title}"
    here = ". On this computer the project works." if works_here else "."
    return Finding(
        id=f"check.{name}",
        level=Level.BLOCKER,
        title=title,
        why=f"{command} failed {_CONDITIONS[failure.phase]}, {where}{here}",
        fix=_withheld(failure.withheld) or told.fix or _unknown(works_here),
        docs=told.url,
        details=tuple(line for line in told.shown if line.strip() not in title),
    )


def _withheld(names: tuple[str, ...]) -> str:
    """What to do about variables that have a value here and none there; empty where there are none."""
    if not names:
        return ""
    flags = " ".join(f"--variable-{name.lower().replace('_', '-')} here" for name in names)
    one = len(names) == 1
    return (
        f"{', '.join(names)} {'has a value' if one else 'have values'} on this computer, and the site does not get "
        f"{'it' if one else 'them'} unless you say so: {flags}"
    )


def _unknown(works_here: bool) -> str:
    if works_here:
        return (
            "Something that exists here is missing there: a file that is not in git, a package that is not declared, "
            "a variable, or DEBUG, which is off there. The lines below show what it was doing. Fix it, then plan "
            "again."
        )
    return "Fix what the lines below say, commit, then plan again."


def visited(visit: Visit, hosting: Hosting, explained: Explain) -> Iterator[Finding]:
    """What asking the planned site for its pages found out. None of it is certain enough to stop a deployment."""
    host = urlsplit(hosting.address).hostname or ""
    if visit.unknown:
        yield Finding(
            id="trial.unknown",
            level=Level.INFO,
            title="The site's pages could not be tested in advance.",
            why=f"The reason: {visit.unknown}. A trial has a fresh database and no connection to anything else.",
            fix="You don't need to do anything. The tool requests the deployed site's pages once it is up.",
            details=_answers(visit.pages),
        )
        return
    if visit.migration:
        yield _migration(visit.migration, visit.place, explained)
        return
    if visit.cookies:
        yield _cookies(visit.cookies, host)
    elif visit.form is not None and visit.refused:
        yield Finding(
            id="trial.login",
            level=Level.WARNING,
            title=f"Nobody can log in: Django refuses the login form at {visit.form.path}.",
            why=f"It was sent to the planned site as a browser would, and came back with 403: {visit.refused}",
            fix=f"Check that CSRF_TRUSTED_ORIGINS holds {hosting.address.rstrip('/')}, that CsrfViewMiddleware and the "
            "cookie settings are those of a site at that address, and plan again.",
            docs="https://docs.djangoproject.com/en/stable/ref/csrf/",
        )
    yield from _broken(visit, explained)
    yield from _elsewhere(visit, host)
    if visit.static is not None and visit.static.status != 200:
        yield Finding(
            id="trial.static",
            level=Level.WARNING,
            title=f"The static file {visit.static.path} answers {visit.static.status}, so pages have no style.",
            why="A page of the planned site names it.",
            fix="Check STATIC_URL, STATIC_ROOT and the order of MIDDLEWARE, and that the file is committed.",
            docs="https://docs.djangoproject.com/en/stable/howto/static-files/deployment/",
        )


def _cookies(found: tuple[tuple[str, str], ...], host: str) -> Finding:
    names = " and ".join(name for name, _ in found)
    return Finding(
        id="trial.cookies",
        level=Level.WARNING,
        title=f"Nobody can log in at {host}: {names} {'does' if len(found) == 1 else 'do'} not fit that address.",
        why="Browsers do not send a cookie whose domain is not the page's, or one that requires https if the site has "
        "none. Without its cookies, a login form is refused or the login is forgotten at once.",
        fix="Set the cookie domains only where visitors reach the site at that domain, for example from an "
        "environment variable. Without the setting, a cookie belongs to the site that sets it.",
        docs="https://docs.djangoproject.com/en/stable/ref/settings/#session-cookie-domain",
        details=tuple(f"{name} = {value}" for name, value in found),
    )


def _migration(raised: Sequence[str], place: str, explained: Explain) -> Finding:
    cause = _known(explained(raised))
    return Finding(
        id="trial.migration",
        level=Level.WARNING,
        title=cause.title if cause else f"A migration fails on an empty database: {raised[-1]}{_at(place)}",
        why="`manage.py migrate` failed on an empty database, which is what a new site has. If the site already "
        "exists and has run that migration, a deployment can still succeed; a first one fails.",
        fix=cause.fix if cause else "Make the migrations run one after the other on a new database, and commit them.",
        docs=cause.url if cause else None,
        details=(*raised[:-1], f"{raised[-1]}{_at(place)}"),
    )


def _at(place: str) -> str:
    return f" ({place})" if place else ""


def _known(told: Explanation | None) -> Explanation | None:
    return told if told is not None and told.is_known else None


def _broken(visit: Visit, explained: Explain) -> Iterator[Finding]:
    """The page that visitors see first, where it fails."""
    first = visit.pages[0] if visit.pages else None
    if first is not None and first.status >= 500:
        cause = _known(explained((*first.reasons, first.problem)))
        yield Finding(
            id="trial.page",
            level=Level.WARNING,
            title=cause.title
            if cause
            else f"The page {first.path} fails: {first.problem or 'it says no reason'}{_at(first.place)}",
            why=f"The planned site answered {first.path} with {first.status}. Its database was empty, as on a new "
            "site. A deployment that ends like this has failed.",
            fix=cause.fix if cause else "Make the page work without data as well.",
            docs=cause.url if cause else None,
            details=_answers(visit.pages),
        )


def _elsewhere(visit: Visit, host: str) -> Iterator[Finding]:
    """The page that visitors see first, where it is to be had at another host only."""
    first = visit.pages[0] if visit.pages else None
    if first is not None and first.insists_on_another_host:
        other = urlsplit(first.leads_to).netloc
        yield Finding(
            id="trial.elsewhere",
            level=Level.WARNING,
            title=f"The site sends every visitor from {host} to {other}.",
            why=f"The planned site answered {first.path} with {first.status} to {first.leads_to}. Unless that host is "
            "this site too, nobody gets to see a page of it, and the visit that ends a deployment fails.",
            fix="If PREPEND_WWW is on, turn it off. If a middleware insists on one name, have it take the name from a "
            "variable, which the site gets once it has that domain.",
            docs="https://docs.djangoproject.com/en/stable/ref/settings/#prepend-www",
            details=_answers(visit.pages),
        )


def _answers(pages: Iterable[Page]) -> tuple[str, ...]:
    return tuple(f"{page.path} answers {page.status} {page.problem}".strip() + _at(page.place) for page in pages)
