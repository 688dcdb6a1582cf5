"""Runs a management command of a site as it is deployed. Copied into the site's folder as ``manage.py``::

    python manage.py createsuperuser

It uses the code, the environment and the settings of the release that serves, so it sees the site's own data.
"""

from __future__ import annotations

import json
import os
import subprocess  # noqa: TID251 - runs on its own, outside the tool
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    folder = Path(__file__).resolve().parent
    current = json.loads((folder / "site.json").read_text(encoding="utf-8"))["current"]
    release = json.loads((folder / "releases" / current / "release.json").read_text(encoding="utf-8"))
    variables = json.loads(Path(release["env_file"]).read_text(encoding="utf-8"))
    command = [release["argv"][0], "manage.py", *arguments]
    return subprocess.run(command, cwd=release["cwd"], env={**os.environ, **variables}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
