"""What the project's own Python says about a project, said again without asking: the same files give the same answer.

Kills are about what the tool writes, and most of the time of a run goes into programs that write nothing: the probe of
the project, and Django's check of a plan. Each is really run once for each content of the folder it looks at; from then on a
program of the same name that does nothing stands in for it, and its lines are passed on as they were. So each step, each
event and each point at which a run can be killed stays; "plan with a real probe" is killed while the real ones are at work.

A program that changes its folder is never replayed, and neither is one whose command line is code of its own (``-c``).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simple_deploy.core.interfaces import Completed
from simple_deploy.system import process
from tests.support.remembering import content

#: Names the folder of the answers, for processes that are to replay them.
FOLDER = "SIMPLE_DEPLOY_TESTS_ANSWERS"

_LOOKS = re.compile(r"python[\d.]* (-m simple_deploy\.|manage\.py check)")
_TOKEN = re.compile(r"\b[0-9a-f]{32}\b")  # which tells the lines of a program from those of the project


def install() -> None:
    """Replay from here on, in this process, where :data:`FOLDER` is set."""
    run = process.run
    if run.__module__ == process.__name__:
        process.run = lambda argv, **options: _run(run, tuple(map(str, argv)), **options)  # type: ignore[assignment]


def _run(
    run: Callable[..., Completed],
    argv: tuple[str, ...],
    *,
    cwd: Path | None = None,
    env: Mapping[str, Any] | None = None,
    stdin: Any = None,
    check: bool = True,
    on_line: Callable[[str], None] | None = None,
    **options: Any,
) -> Completed:
    kept = os.environ.get(FOLDER)
    name = Path(argv[0]).name
    if not kept or cwd is None or not _LOOKS.match(f"{name} {' '.join(argv[1:])}"):
        return run(argv, cwd=cwd, env=env, stdin=stdin, check=check, on_line=on_line, **options)
    tokens = _TOKEN.findall(stdin or "")
    seen = content(cwd)
    variables = sorted((name, str(value)) for name, value in (env or {}).items() if name != process.RUN)
    asked = repr((argv, str(cwd), variables, _TOKEN.sub("", stdin or ""), seen))
    answer = Path(kept) / hashlib.sha256(asked.encode()).hexdigest()
    if answer.exists():
        run((_idle(Path(kept), name), *argv[1:]), cwd=cwd, env=env, stdin=stdin, **options)
        found = json.loads(answer.read_text(encoding="utf-8"))
        lines = [_put(line, tokens) for line in found["lines"]]
        for line in lines if on_line else ():
            on_line(line)  # type: ignore[misc]
        done = Completed(argv=argv, returncode=found["returncode"], output="\n".join(lines))
    else:
        said: list[str] = []

        def hear(line: str) -> None:
            said.append(line)
            if on_line is not None:
                on_line(line)

        done = run(argv, cwd=cwd, env=env, stdin=stdin, check=False, on_line=hear, **options)
        if content(cwd) == seen:
            new = answer.with_suffix(f".{os.getpid()}")
            lines = [_taken(line, tokens) for line in said]
            new.write_text(json.dumps({"lines": lines, "returncode": done.returncode}), encoding="utf-8")
            new.rename(answer)
    if check and not done.ok:
        raise process._failed(done, " ".join(argv))
    return done


def _idle(kept: Path, name: str) -> str:
    """A program of that *name* that does nothing."""
    path = kept / "programs" / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o700)
    return str(path)


def _taken(line: str, tokens: list[str]) -> str:
    for number, token in enumerate(tokens):
        line = line.replace(token, f"<token {number}>")
    return line


def _put(line: str, tokens: list[str]) -> str:
    for number, token in enumerate(tokens):
        line = line.replace(f"<token {number}>", token)
    return line
