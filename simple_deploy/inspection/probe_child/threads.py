"""Threads of the project's own that are no daemons, so that no command of it ends before they do."""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType

from simple_deploy.inspection.probe_child.trouble import Project, relative


def endless(project: Project) -> list[str]:
    """Where those that still run were written, each as file and line."""
    frames = sys._current_frames()
    places = []
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            code = _called(thread, project) or _running(frames.get(thread.ident or 0), project)
            if code is not None:
                places.append(f"{relative(code.co_filename, project)}, line {code.co_firstlineno}")
    return sorted(set(places))


def _called(thread: threading.Thread, project: Project) -> CodeType | None:
    """What the thread was made to call: that of a timer is named differently."""
    function = getattr(thread, "function", None) or getattr(thread, "_target", None)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code if isinstance(code, CodeType) and project.owns(code.co_filename) else None


def _running(frame: FrameType | None, project: Project) -> CodeType | None:
    while frame is not None:
        if project.owns(frame.f_code.co_filename):
            return frame.f_code
        frame = frame.f_back
    return None
