"""Templates to text with an engine of our own: no app, context processor or locale of the host takes part."""

from __future__ import annotations

from collections.abc import Mapping

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from simple_deploy import assets
from simple_deploy.core import ansi
from simple_deploy.web import files


class Renderer:
    """Renders the dashboard's templates and knows its static files. Made once for a process."""

    def __init__(self) -> None:
        self.assets = files.load(assets.folder("static") / "simple_deploy")
        self._engine = Engine(
            dirs=[str(assets.folder("templates"))],
            builtins=["simple_deploy.web.tags"],
            debug=False,
        )

    def __call__(self, template: str, context: Mapping[str, object]) -> SafeString:
        """:param template: name below the dashboard's own folder."""
        values = {**context, "assets": self.assets}
        # Numbers and times look the same in every host: ids and sizes must not become "1.234".
        text = self._engine.get_template(f"simple_deploy/{template}").render(
            Context(values, use_l10n=False, use_tz=False)
        )
        # Names and texts come from anywhere, and what is on a page gets copied into terminals.
        # What was escaped stays so: the text may become part of another template.
        return mark_safe(ansi.harmless(text))
