"""The dashboard's templates, rendered by an engine of our own, and its static files, served from memory.

No app, context processor, locale or staticfiles of the host takes part.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from simple_deploy import assets
from simple_deploy.core import ansi

#: By suffix and not by the system's table, which a Windows registry or a mailcap file may have changed.
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """:param version: changes with the content; part of its address. :param digest: SHA-256, in base64."""

    name: str
    type: str
    body: bytes
    version: str
    digest: str


def load(folder: Path) -> dict[str, StaticFile]:
    """Every file below *folder* that a browser is served, by its name relative to it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TYPES:
            body = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            digest = hashlib.sha256(body)
            found[name] = StaticFile(
                name=name,
                type=TYPES[path.suffix],
                body=body,
                version=digest.hexdigest()[:12],
                digest=base64.b64encode(digest.digest()).decode(),
            )
    return found


class Renderer:
    """Renders the dashboard's templates and knows its static files. Made once for a process."""

    def __init__(self) -> None:
        self.assets = load(assets.folder("static") / "simple_deploy")
        self._engine = Engine(
            dirs=[str(assets.folder("templates"))],
            builtins=["simple_deploy.web.tags"],
            debug=False,
        )

    def __call__(self, template: str, context: Mapping[str, object]) -> SafeString:
        """:param template: name below the dashboard's own folder."""
        values = {**context, "assets": self.assets, "met": set()}  # words of the glossary that the page has explained
        # Numbers and times look the same in every host: ids and sizes must not become "1.234".
        text = self._engine.get_template(f"simple_deploy/{template}").render(
            Context(values, use_l10n=False, use_tz=False)
        )
        # Names and texts come from anywhere, and what is on a page gets copied into terminals.
        # What was escaped stays so: the text may become part of another template.
        return mark_safe(ansi.harmless(text))
