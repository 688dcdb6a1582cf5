"""Presenter mode and what a class takes home: a run on a wall, and as a file that plays it again."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from simple_deploy.present import file
from simple_deploy.present.recording import Frames, Recorder
from simple_deploy.web.request_context import NotFound, RequestContext


def present(context: RequestContext, run_id: str) -> HttpResponse:
    context.revive(context.service.run(run_id))
    return context.page("present.html", run_id=run_id)


def feed(context: RequestContext, run_id: str) -> HttpResponse:
    """What happened after an event, and the run as it is now."""
    after = str(context.query.get("after", "0"))
    if not after.isascii() or not after.isdigit():
        raise NotFound
    recorder = Recorder.of(context.service)
    about = recorder.about(run_id)  # before reading, so that its end is not told too early
    frames = recorder.frames(Frames(), context.service.events(run_id, int(after)))
    return JsonResponse({**about, "frames": frames})


def replay(context: RequestContext, run_id: str) -> HttpResponse:
    text = file.replay(context.service, run_id)
    return context.download(text, f"simple-deploy-{run_id}-replay.html", "text/html")
