"""Which files a ``.dockerignore`` keeps out of a build. Pure.

Source: docs.docker.com/build/concepts/context: patterns are matched from the root of the context, the last that matches
decides, ``**`` is any number of folders, ``!`` takes back; what stands in a folder that is kept out is kept out too.
"""

from __future__ import annotations

import re
from collections.abc import Callable


def matcher(text: str) -> Callable[[str], bool]:
    """A function that says of a path below the context, with ``/``, whether it is kept out."""
    rules = []
    for line in text.splitlines():
        word = line.strip()
        if word and not word.startswith("#"):
            taken_back = word.startswith("!")
            rules.append((not taken_back, _pattern(word.lstrip("!").strip().strip("/"))))

    def is_out(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[: length + 1]) for length in range(len(parts))]
        out = False
        for keeps_out, pattern in rules:
            if any(pattern.fullmatch(each) for each in above):
                out = keeps_out
        return out

    return is_out


_ESCAPED = re.compile(r"\\[^\w\s]")
_ONE_OF = re.compile(r"\[[^\]\\]+\]")


def _pattern(word: str) -> re.Pattern[str]:
    found = []
    position = 0
    while position < len(word):
        if word.startswith("**/", position):
            found.append("(?:.*/)?")
            position += 3
        elif word.startswith("**", position):
            found.append(".*")
            position += 2
        elif special := _ESCAPED.match(word, position) or _ONE_OF.match(word, position):
            found.append(special[0])  # as it is: these mean the same in a regular expression
            position = special.end()
        else:
            char = word[position]
            found.append({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)))
            position += 1
    return re.compile("".join(found))
