"""A known cause, what is known about the project that it is looked for in, and what both come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A known cause.

    :param pattern: regular expression that a line is searched with; *title* and *fix* can use its groups as ``{0}``.
    :param title: what is wrong.
    :param fix: what to do.
    :param url: a page that explains it, or None.
    :param general: it says that something failed more than why: any other cause comes before it.
    """

    id: str
    pattern: str
    title: str
    fix: str
    url: str | None = None
    general: bool = False


#: The id of an explanation that repeats a program's own words, since no known cause is in them.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a program's output means.

    :param title: what is wrong, a sentence.
    :param fix: what to do; empty when nobody knows.
    :param line: the line that said so.
    :param shown: the lines worth reading, a traceback cut to the project's own code.
    """

    id: str
    title: str
    fix: str
    url: str | None
    line: str
    shown: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it names a known cause."""
        return self.id != UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A file or folder that is on this computer and not in the commit.

    :param path: relative to the git root, with ``/``.
    :param ignored: the line that makes git ignore it, such as ``.gitignore, line 3 (logs/)``; empty where git only
        does not know it.
    """

    path: str
    ignored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A package that is missing where the project was tried.

    :param name: its name on the index, where it is installed here; else empty.
    :param declared: the file that declares it for development only, with the group; empty where nothing does.
    :param brought: where nothing declares it: a package for development that brings it here, and what declares that.
    """

    name: str = ""
    declared: str = ""
    brought: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about a project when its output is explained.

    :param roots: folders that the copies of the project lie in, which are left out of paths that are shown.
    :param absent: of what the output may be about: what is here and not in the commit.
    :param migrations: apps with migrations that are here and not in the commit, with one of these files.
    :param packages: by module that the output misses: what is known of the package that brings it.
    :param in_debug: modules that the settings name only where DEBUG is on.
    :param variables: those that the settings read on this computer; None where that is not known.
    :param file: the dependency file, as people here know it.
    :param adding: the command that adds a package to it, without the package's name; empty where people write the file.
    :param python: version that the packages are installed for, such as ``3.13``; empty when unknown.
    :param static_root: the folder STATIC_ROOT, where static files that the output misses are committed to it.
    """

    roots: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
    migrations: Mapping[str, Absent] = field(default_factory=dict)
    packages: Mapping[str, Missing] = field(default_factory=dict)
    in_debug: frozenset[str] = frozenset()
    variables: frozenset[str] | None = None
    file: str = ""
    adding: str = ""
    python: str = ""
    static_root: str = ""


NOTHING = Evidence()
