"""Small files by which this interpreter is called under another program's name.

On Windows a batch file is read in the code page of its console, which may lack the letters of a person's name, and so
of every folder of theirs. It therefore holds nothing but ASCII: the interpreter is named by a variable. Beside it lies
the same for the shell that git brings, which runs no batch files.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

#: Names the interpreter, in the environment of whoever calls a starter on Windows.
INTERPRETER = "SIMPLE_DEPLOY_INTERPRETER"

#: In the arguments: the folder that the starter is in.
HERE = "{here}"


def variables() -> dict[str, str]:
    """What has to be in the environment of a program that calls starters."""
    return {INTERPRETER: sys.executable}


def write(folder: Path, name: str, arguments: Sequence[str], *, without: Sequence[str] = ()) -> None:
    """Put a program *name* into *folder*: this interpreter with *arguments*, and those it is given behind them.

    :param arguments: in ASCII; ``{here}`` in one stands for *folder*.
    :param without: variables that the interpreter must not see.
    """
    if sys.platform == "win32":
        (folder / f"{name}.cmd").write_bytes(batch(arguments, without).encode("ascii"))
        words = git_shell_words(arguments)
    else:
        words = [shlex.quote(each.replace(HERE, str(folder))) for each in (sys.executable, *arguments)]
    starter = folder / name
    starter.write_bytes(os.fsencode(script(words, without)))
    starter.chmod(0o700)


def batch(arguments: Sequence[str], without: Sequence[str] = ()) -> str:
    """The text of a batch file, which leaves the shell's variables alone and ends with the interpreter's exit code."""
    words = " ".join(f'"{each.replace(HERE, "%~dp0.")}"' for each in arguments)
    removed = ["@setlocal", *(f"@set {name}=" for name in without)] if without else []
    return "\r\n".join([*removed, f'@"%{INTERPRETER}%" {words} %*', ""])


def git_shell_words(arguments: Sequence[str]) -> list[str]:
    """The interpreter and *arguments* as the shell that git brings to Windows reads them."""
    here = '$(dirname "$0")'
    quoted = (f'"{each.replace(HERE, here)}"' if HERE in each else shlex.quote(each) for each in arguments)
    return [f'"${INTERPRETER}"', *quoted]


def script(words: Sequence[str], without: Sequence[str] = ()) -> str:
    """The text of a shell's script that goes on as *words*, which are quoted already."""
    removed = ["env", *(word for name in without for word in ("-u", name))] if without else []
    return f'#!/bin/sh\nexec {" ".join([*removed, *words])} "$@"\n'
