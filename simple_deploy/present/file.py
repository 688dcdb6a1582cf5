"""A recording as one HTML file that needs no server and no network: it may hold nothing else, and load nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any

from simple_deploy import assets
from simple_deploy.core.errors import WrongUsage
from simple_deploy.present.recording import Recorder
from simple_deploy.runs.reading import Reading
from simple_deploy.system import files

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript><p>A script within this file plays the recording. Allow it, or use another browser.</p></noscript>
{stage}
<script type="application/json" id="recording">{recording}</script>
<script>{script}</script>
</body>
</html>
"""


def replay(service: Reading, run_id: str) -> str:
    """The file that plays a run again.

    :raises NoSuchRun:
    :raises WrongUsage: the run is still under way.
    """
    if service.run(run_id).is_active:
        raise WrongUsage(f"Run {run_id} is still under way.", hint="Save its replay when it is over.")
    return to_html(Recorder.of(service).whole(run_id))


def export(service: Reading, run_id: str, file: Path) -> None:
    """Write that file.

    :raises NoSuchRun:
    :raises WrongUsage: the run is still under way, or *file* cannot be written.
    """
    text = replay(service, run_id)
    try:
        files.write_atomic(file, text, mode=0o644)
    except OSError as error:
        raise WrongUsage(
            f"{file} cannot be written: {error.strerror or error}.", hint="Name a file in a folder of yours."
        ) from error


def to_html(recording: dict[str, Any]) -> str:
    """*recording* with its player."""
    own = assets.folder("static") / "simple_deploy"
    style = (own / "present.css").read_text(encoding="utf-8")
    script = (own / "present.js").read_text(encoding="utf-8")
    stage = (assets.folder("templates") / "simple_deploy" / "present-stage.html").read_text(encoding="utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return _PAGE.format(
        policy=policy,
        title=escape(recording["title"]),
        style=style,
        stage=stage.strip(),
        recording=within_script(recording),
        script=script,
    )


def within_script(data: Any) -> str:
    """*data* as JSON that cannot end the element it stands in, and has no character that is not ASCII."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
