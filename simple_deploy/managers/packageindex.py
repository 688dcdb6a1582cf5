"""Whether a package index can be reached, as uv says it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simple_deploy.core.interfaces import Runner

#: What uv says when an index does not answer, or when it was told not to ask one.
UNREACHABLE = ("network was disabled", "Failed to fetch", "error sending request", "dns error", "operation timed out")


def is_unreachable(lines: Iterable[str]) -> bool:
    """Whether uv, which printed *lines*, could not reach an index."""
    return any(words in line for line in lines for words in UNREACHABLE)


def answers(run: Runner, uv: str, *, folder: Path, root: Path) -> bool:
    """Whether the index that uv asks in *folder* can be reached now; takes a moment, whatever the answer.

    :param root: of the project, or of a copy of it; *folder* is it or below it.
    """
    from simple_deploy.managers import uvsettings  # reads TOML: too much for who only wants the words above

    settings = uvsettings.arguments(folder, root)
    done = run(
        (uv, "pip", "compile", *settings, "--quiet", "--no-cache", "--no-deps", "--no-header", "-"),
        cwd=folder,
        stdin="pip\n",
        env={"UV_HTTP_RETRIES": "0", "VIRTUAL_ENV": "", "UV_FIND_LINKS": ""},  # a folder of packages is no index
        check=False,
        timeout=60,
    )
    return done.ok or not is_unreachable(done.output.splitlines())
