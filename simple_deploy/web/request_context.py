"""What a view works with: the service, the form it was sent, and ways to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.core.handlers.asgi import ASGIRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)

from simple_deploy.core import ansi
from simple_deploy.inspection.naming import project_name
from simple_deploy.web import formatting, routes
from simple_deploy.web.rehearsal import Rehearsal
from simple_deploy.web.render import Renderer

if TYPE_CHECKING:
    from simple_deploy.runs.model import Run
    from simple_deploy.runs.service import Service


class NotFound(Exception):
    """There is no such page."""


class WrongMethod(Exception):
    """The page exists, but not for this method."""


class Background(Protocol):
    """Gets runs executed outside this process."""

    def dispatch(self, service: Service, run: Run) -> None: ...

    def revive(self, service: Service, run: Run) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """Everything that belongs to one request.

    :param home: where the pages of the visitor's session begin.
    :param query: what follows the question mark in the address.
    :param form: what was posted; empty for other methods.
    :param token: goes into every form.
    :param end_sessions: makes a new access code.
    :param lasts: whether the session has not ended since the request came.
    :param threads: whether the server is known to answer several requests at a time.
    :param stage: the platform whose rehearsal this is about, with *service* that of the copy; empty for the project.
    """

    request: HttpRequest
    service: Service
    background: Background
    render: Renderer
    home: str
    query: QueryDict
    form: QueryDict
    token: str
    end_sessions: Callable[[], None]
    lasts: Callable[[], bool]
    threads: bool = True
    stage: str = ""

    def text(self, template: str, **context: object) -> str:
        values = {
            "home": self.home,
            "token": self.token,
            "project": project_name(self.service.location),
            "rehearsal": self.rehearsal,
        }
        return self.render(template, {**values, **context})

    @property
    def rehearsal(self) -> Rehearsal | None:
        """What the page has to say about its being a rehearsal."""
        if not self.stage or self.service.stage is None:
            return None
        return Rehearsal.of(self.service, self.service.stage)

    def page(self, template: str, *, status: int = 200, **context: object) -> HttpResponse:
        """A page, or a part of one, as HTML."""
        return HttpResponse(
            self.text(template, **context), status=status, headers={"Content-Type": "text/html; charset=utf-8"}
        )

    def start(self, run: Run) -> HttpResponse:
        """Have *run* executed, and show it."""
        self.background.dispatch(self.service, run)
        return self.go("run", run.id)

    def revive(self, run: Run) -> None:
        """Make sure that a queued run is going to be executed."""
        self.background.revive(self.service, run)

    def bring_back(self) -> None:
        """Have a deployed site started again that went down though nobody stopped it."""
        run = self.service.create_return() if self.request.method == "GET" else None
        if run is not None:
            self.background.dispatch(self.service, run)

    @property
    def posted(self) -> bool:
        """Whether this is a change. :raises WrongMethod: it is neither a look nor a change."""
        if self.request.method not in {"GET", "HEAD", "POST"}:
            raise WrongMethod
        return self.request.method == "POST"

    def must_be_posted(self) -> None:
        """:raises WrongMethod: this is only a look."""
        if not self.posted:
            raise WrongMethod

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page is wanted rather than a page."""
        return self.request.headers.get("HX-Request") == "true"

    def go(self, name: str, *arguments: str, query: str = "") -> HttpResponse:
        """Send the browser to another page, by GET."""
        where = routes.address(self.home, name, *arguments, stage=self.stage)
        response = HttpResponseRedirect(where + (f"?{query}" if query else ""))
        response.status_code = 303
        return response

    def part_or_page(self, name: str, *arguments: str) -> HttpResponse:
        """Nothing for a page that updates itself by its stream; elsewhere the page anew."""
        return HttpResponse(status=204) if self.by_htmx else self.go(name, *arguments)

    @property
    def one_at_a_time(self) -> bool:
        """Whether the server answers one request at a time, so that a stream would block all others."""
        return not self.threads or self.request.META.get("wsgi.multithread") is False

    @property
    def can_watch(self) -> bool:
        """Whether a stream may stay open while nothing happens; an asynchronous server could not reload meanwhile."""
        return not self.one_at_a_time and not isinstance(self.request, ASGIRequest)

    def download(self, body: str | None, name: str, type: str) -> HttpResponse:
        """*body* as a file that the browser stores. :raises NotFound: there is none."""
        if body is None:
            raise NotFound
        return HttpResponse(ansi.harmless(body), headers=_stored(name, type))

    def download_file(self, path: Path, name: str) -> HttpResponseBase:
        """:raises NotFound: there is no such file."""
        if not path.is_file():
            raise NotFound
        pieces = _pieces(path)
        # An asynchronous server would collect a synchronous iterator first, with a warning.
        body = _asynchronous(pieces) if isinstance(self.request, ASGIRequest) else pieces
        return StreamingHttpResponse(body, headers=_stored(name, "text/plain"))

    def send_file(self, path: Path, name: str) -> HttpResponseBase:
        """*path* byte for byte, as a file that the browser stores. :raises NotFound: there is no such file."""
        if not path.is_file():
            raise NotFound
        pieces = _bytes(path)
        body = _asynchronous(pieces) if isinstance(self.request, ASGIRequest) else pieces
        stored = _stored(name, "application/octet-stream")
        return StreamingHttpResponse(body, headers={**stored, "Content-Type": "application/octet-stream"})


#: Characters sent at once.
_PIECE = 262_144


def _stored(name: str, type: str) -> dict[str, str]:
    return {
        "Content-Type": f"{type}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }


def _pieces(path: Path) -> Iterator[bytes]:
    """The file in pieces of many lines, without anything a terminal would act upon."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while piece := file.read(_PIECE):
            lines = piece + file.readline(_PIECE)  # to the end of a line, unless it is none that was written here
            yield formatting.to_text(lines).encode("utf-8", "replace")


def _bytes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
