"""``pip`` and ``uv`` inside a simulated container: both are uv, which works without a network after ``--prepare``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from simple_deploy.rehearsal import build

SELF = "simple_deploy_upsun.simulator.shim"


def install(folder: Path) -> Path:
    """Put both programs into *folder*; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pip", "uv"):
        if sys.platform == "win32":
            text = f'@"{sys.executable}" -m {SELF} {name} %*\n'
            (folder / f"{name}.cmd").write_text(text, encoding="utf-8")
        else:
            starter = folder / name
            # The app's own variables for Python are not for the program that plays its pip.
            text = f'#!/bin/sh\nexec env -u PYTHONHOME "{sys.executable}" -m {SELF} {name} "$@"\n'
            starter.write_text(text, encoding="utf-8")
            starter.chmod(0o700)
    return folder


def main(arguments: Sequence[str]) -> int:
    """:param arguments: the program that is played, and what it is given."""
    name, *given = arguments
    if name == "pip":
        python = Path(os.environ["PLATFORM_APP_DIR"]) / ".local"
        given = ["pip", *given, "--python", str(python)]
    return build.uv(*given, cwd=Path.cwd(), env=dict(os.environ), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
