"""What the trial showed, in words for the person whose project it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from simple_deploy.core import causes
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import Hosting
from simple_deploy.core.trials import Failure, Page, Phase, Report, Visit

_CONDITIONS: Mapping[Phase, str] = {
    "here": "as it is on your computer",
    "build": "while the platform builds it",
    "site": "as it will be deployed",
}


def findings(report: Report, hosting: Hosting) -> tuple[Finding, ...]:
    """Everything that *report* has to say, about a site with *hosting*."""
    visit = tuple(visited(report.visit, hosting)) if report.visit is not None else ()
    return (*map(finding, report.failures), *visit)


def finding(failure: Failure) -> Finding:
    """The finding for *failure*."""
    label = _CONDITIONS[failure.phase]
    missing = next((line for line in reversed(failure.tail) if "ModuleNotFoundError: No module named" in line), None)
    if missing:
        name = missing.rsplit("No module named", 1)[1].strip().strip("'\"")
        return Finding(
            id=f"check.missing-module.{name}",
            level=Level.BLOCKER,
            title=f"The settings need the package that brings “{name}”, and your dependency file does not list it.",
            why=f"In an environment with just the declared packages, the project does not start {label}.",
            fix=f"Add the package that brings “{name}” to your dependency file, or import it only where DEBUG is on.",
            details=failure.tail[-6:],
        )
    return Finding(
        id="check.failed",
        level=Level.BLOCKER,
        title=f"Django refuses the project {label}: {failure.tail[-1] if failure.tail else 'no reason given'}",
        why=f"`{' '.join(failure.command)}` was run with the planned files in an environment that holds the planned "
        "packages.",
        fix="Fix what the last lines say, then plan again.",
        details=failure.tail[-12:],
    )


def visited(visit: Visit, hosting: Hosting) -> Iterator[Finding]:
    """What asking the planned site for its pages found out. None of it is certain enough to stop a deployment."""
    host = urlsplit(hosting.address).hostname or ""
    if visit.unknown:
        yield Finding(
            id="trial.unknown",
            level=Level.INFO,
            title="The site's pages could not be tried ahead.",
            why=f"The reason: {visit.unknown}. A trial has a fresh database and no connection to anything else.",
            fix="Nothing has to be done. The deployed site is asked for its pages when it is up.",
            details=_answers(visit.pages),
        )
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
    yield from _broken(visit)
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
        why="Browsers keep a cookie back where its domain is not that of the page, or where it asks for https and the "
        "site has none. Without its cookies a login form is refused, or forgotten at once.",
        fix="Set the cookie domains only where the site is reached at that domain, for example from an environment "
        "variable; without the setting a cookie belongs to the site that sets it.",
        docs="https://docs.djangoproject.com/en/stable/ref/settings/#session-cookie-domain",
        details=tuple(f"{name} = {value}" for name, value in found),
    )


def _broken(visit: Visit) -> Iterator[Finding]:
    """The page that visitors see first, where it fails."""
    first = visit.pages[0] if visit.pages else None
    if first is not None and first.status >= 500:
        cause = causes.explain((first.problem,))
        yield Finding(
            id="trial.page",
            level=Level.WARNING if cause else Level.INFO,
            title=cause.title if cause else f"The page {first.path} fails on an empty database.",
            why=f"The planned site was asked for {first.path} and failed: {first.problem or 'it says no reason'}",
            fix=cause.fix if cause else "Nothing has to be done if the page needs data that the site will have.",
            docs=cause.url if cause else None,
            details=_answers(visit.pages),
        )


def _answers(pages: Iterable[Page]) -> tuple[str, ...]:
    return tuple(f"{page.path} answers {page.status} {page.problem}".strip() for page in pages)
