"""Which file a program's name means, and how that file is called, by the rules of Windows.

Elsewhere the system does both.
Windows finds ``.exe`` files alone by their bare name, and takes one in the current folder first, which may hold
somebody else's repository. A ``.cmd`` file, as npm writes them, is run by a shell, which reads its arguments once more.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath

#: Where Windows has none: https://learn.microsoft.com/windows-server/administration/windows-commands/start
ENDINGS = ".COM;.EXE;.BAT;.CMD"

_BATCH = (".cmd", ".bat")


def find(name: str, env: Mapping[str, str] | None = None) -> str | None:
    """The file of the program *name* on the PATH of *env* (by default this process's), or None."""
    known = os.environ if env is None else env
    if sys.platform != "win32":
        return shutil.which(name, path=known.get("PATH", ""))
    meant = candidates(name, path=known.get("PATH", ""), endings=known.get("PATHEXT") or ENDINGS)
    return next((file for file in meant if Path(file).is_file()), None)


def candidates(name: str, *, path: str, endings: str) -> Iterator[str]:
    """The files that *name* may mean on Windows, in the order in which they count.

    :param path: PATH. :param endings: PATHEXT.
    """
    known = tuple(each.lower() for each in endings.split(";") if each.startswith("."))
    whole = PureWindowsPath(name)
    named = [each.strip('"') for each in path.split(";")]
    folders = [""] if len(whole.parts) > 1 else [each for each in named if PureWindowsPath(each).is_absolute()]
    for folder in folders:
        file = str(PureWindowsPath(folder, whole))
        if whole.suffix.lower() in known:
            yield file
        yield from (file + ending for ending in known)


def called(file: str, arguments: Sequence[str], *, runner: str = "cmd.exe") -> str | tuple[str, ...]:
    """What starts *file* on Windows, so that it gets *arguments* as they are: for a batch file, the command line.

    :param runner: the program that runs batch files, from COMSPEC.
    :raises ValueError: *file* is a batch file, and an argument has several lines, which no such file can be given.
    """
    if not file.lower().endswith(_BATCH):
        return (file, *arguments)
    if any(mark in each for each in arguments for mark in "\r\n\0"):
        raise ValueError("a batch file cannot be given a text of several lines")
    words = " ".join([f'"{file}"', *map(_for_batch, arguments)])
    # /s: the outermost quotation marks are for the shell. /d: no AutoRun. /v:off: "!" is no sign of its own.
    return f'"{runner}" /d /s /e:on /v:off /c "{words}"'


def _for_batch(argument: str) -> str:
    """*argument* in quotation marks, within which a shell obeys nothing but them and the percent sign.

    A quotation mark is doubled. Behind each percent sign stands a part of a variable that is always empty: no name of a
    variable begins at the sign then. The program that the batch file starts reads backslashes before a quotation mark
    as CommandLineToArgvW does.
    """
    text, pending = "", 0
    for char in argument:
        if char == '"':
            text += "\\" * pending
        pending = pending + 1 if char == "\\" else 0
        text += {'"': '""', "%": "%%cd:~,%"}.get(char, char)
    return f'"{text}{chr(92) * pending}"'


def shown(argv: Sequence[str], *, windows: bool = sys.platform == "win32") -> str:
    """*argv* as somebody would type it: in PowerShell on Windows, in a shell elsewhere."""
    if not windows:
        return shlex.join(argv)
    words = [each if _PLAIN.fullmatch(each) else "'" + each.replace("'", "''") + "'" for each in argv]
    # PowerShell takes a text in quotation marks for a value, unless it is told to call it.
    return " ".join(["&", *words] if words[:1] != [*argv[:1]] else words)


#: A word that PowerShell reads as it is; about_Quoting_Rules and about_Parsing name what it does not.
_PLAIN = re.compile(r"(?!-\S*[.:])[\w./\\:+=*?-]+")
