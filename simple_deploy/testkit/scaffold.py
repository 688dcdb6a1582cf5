"""Writes the package of a new plugin: the tutorial's Pond under another name."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from simple_deploy import assets
from simple_deploy.core.errors import SimpleDeployError

_NAME = re.compile(r"[a-z][a-z0-9]{1,29}")
_DATE = re.compile(r"datetime\.date\(\d+, \d+, \d+\)")


def new_plugin(name: str, into: Path) -> Path:
    """Write the package of a plugin for the platform *name* into the folder *into*.

    :param name: small letters and digits, the platform's slug; it can be deployed to under this name at once.
    :returns: the package's folder.
    :raises SimpleDeployError: the name does not fit, or there is such a folder already.
    """
    if not _NAME.fullmatch(name) or name == "pond":
        raise SimpleDeployError(
            f"A plugin cannot be called “{name}”.",
            hint="Use 2 to 30 small letters and digits, beginning with a letter, for example: acme",
        )
    target = into / f"simple-deploy-{name}"
    if target.exists():
        raise SimpleDeployError(f"{target} exists already.", hint="Choose another name, or another folder with --into.")
    template = assets.folder("plugin_template")
    for source in sorted(template.rglob("*")):
        inner = source.relative_to(template)
        if source.is_file() and source.suffix in {".py", ".toml", ".md"}:
            file = target / renamed(inner.as_posix(), name)
            file.parent.mkdir(parents=True, exist_ok=True)
            text = renamed(source.read_text(encoding="utf-8"), name)
            file.write_text(_DATE.sub(_today(), text), encoding="utf-8", newline="\n")
    return target


def renamed(text: str, name: str) -> str:
    """*text* about the platform *name* in the place of Pond."""
    for word, new in (("pond", name), ("Pond", name.capitalize()), ("POND", name.upper())):
        text = text.replace(word, new)
    return text


def _today() -> str:
    today = date.today()
    return f"datetime.date({today.year}, {today.month}, {today.day})"
