"""What trying a plan showed, as data: each failure says under which conditions which command printed what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

#: Under which conditions something was tried: as on this computer, while the platform builds, as the command that runs
#: before a release serves, as the deployed site.
Phase = Literal["here", "build", "release", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One command that failed on the workbench, in an environment that holds the planned packages.

    :param command: as a person would type it.
    :param tail: the last lines it printed, without secrets.
    :param withheld: variables that those lines name and that have a value on this computer only.
    """

    phase: Phase
    command: tuple[str, ...]
    tail: tuple[str, ...]
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one page answered.

    :param status: of the answer; 0 where the project's code raised an exception instead.
    :param problem: the exception, in one line.
    :param reasons: what it was raised because of, the same way, the first one first.
    :param place: file and line of the project's own code that it came through last; empty where it came through none.
    :param leads_to: the address on another host that it redirects to; empty where it does not.
    """

    path: str
    status: int
    problem: str = ""
    reasons: tuple[str, ...] = ()
    place: str = ""
    leads_to: str = ""

    @property
    def insists_on_another_host(self) -> bool:
        """Whether it is to be had at another host only: the redirect names the same page there."""
        target = urlsplit(self.leads_to)
        return bool(target.netloc) and target.path == urlsplit(self.path).path


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What asking the planned site for its pages showed, on a database of the trial's own.

    :param unknown: why something could not be found out; empty where all was.
    :param migration: what a migration raised, as :class:`Page` has it, what it came from first; empty where all ran.
    :param place: of what the migration raised, as :class:`Page` has it.
    :param health: path of a page that answers 200 to a visitor without an account; None when none is known.
    :param pages: each page that was asked for, in this order.
    :param form: the login form that was sent with wrong credentials, and what came back; None where there is none.
    :param refused: why Django refused that form, in its own words; empty where it did not.
    :param cookies: settings that make browsers keep cookies back from this site, with their values.
    :param static: a static file that a page names, and what it answered; None where no page names one.
    """

    unknown: str = ""
    migration: tuple[str, ...] = ()
    place: str = ""
    health: str | None = None
    pages: tuple[Page, ...] = ()
    form: Page | None = None
    refused: str = ""
    cookies: tuple[tuple[str, str], ...] = ()
    static: Page | None = None

    @property
    def health_url(self) -> str | None:
        """The page for health checks; empty where pages were asked for and none answers 200, None where that is not
        known. Where the first page fails, no check may overlook it."""
        asked = bool(self.pages) and not self.unknown and self.pages[0].status < 500
        return self.health or ("" if asked else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a trial showed.

    :param needed: variables without which static files cannot be collected while the platform builds, each with the
        made-up value that they could be collected with.
    :param visit: None where no page was asked for.
    :param uninstalled: why nothing was tried: the packages cannot be installed here. What happened, and what to do.
    """

    failures: tuple[Failure, ...] = ()
    needed: tuple[tuple[str, str], ...] = ()
    visit: Visit | None = None
    uninstalled: tuple[str, str] | None = None
