"""What Heroku's own program said to each call of the plugin, kept in a file, so that it need not be installed each time.

``python -m tests.platforms.heroku.recording`` installs the program, asks it everything again and writes the file.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.platforms.heroku.programs import APP, CALLS, PACKAGE, Real, Said, an_app, install, real

FILE = Path(__file__).with_name("recorded.json")

#: Config vars that are set by hand, and what of the request is kept.
VARIABLES = {"ALLOWED_HOSTS": "a.example", "B": "with = and blanks"}
HEADERS = ("authorization", "content-type", "accept")


def read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def answer(name: str) -> Said:
    """What the real program said to one of :data:`CALLS`."""
    return Said(**read()["answers"][name]["said"])


def answered(program: Real, name: str) -> dict[str, Any]:
    """The call of this name and what the program says to it now, as the file keeps them."""
    call = CALLS[name]
    return {"call": [*call.argv], "said": asdict(program.asked(call))}


def setting(program: Real) -> dict[str, Any]:
    """The request by which the program sets :data:`VARIABLES`, and what the app has afterwards."""
    known: dict[str, Any] = {}
    an_app(known)
    program.begin(known)
    argv = ("heroku", "config:set", *(f"{name}={value}" for name, value in VARIABLES.items()), "--app", APP)
    said = program.run(argv)
    assert said.exit_code == 0, said
    request = next(each for each in program.api.asked if each.method == "PATCH")
    headers = {name: request.headers[name] for name in HEADERS}
    after = program.api.state["apps"][APP]["config"]
    return {"path": request.path, "data": request.data, "headers": headers, "after": after}


def recorded(program: Real) -> dict[str, Any]:
    """Everything that the file keeps, asked again."""
    answers = {name: answered(program, name) for name in CALLS}
    return {"program": PACKAGE, "answers": answers, "setting": setting(program)}


def text(data: Mapping[str, Any]) -> str:
    """*data* as the file has it."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed, or not on PATH: the program comes from there.")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with real(folder, install(npm, folder)) as program:
            FILE.write_text(text(recorded(program)), encoding="utf-8", newline="\n")
    print(FILE.name)


if __name__ == "__main__":
    main()
