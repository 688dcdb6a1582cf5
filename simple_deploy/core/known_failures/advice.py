"""What a known cause means for this project: sharper words, and no advice that cannot help. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from simple_deploy.core.known_failures import conflicts, freeze, libraries, running
from simple_deploy.core.known_failures.model import Absent, Evidence, Explanation
from simple_deploy.core.known_failures.tracebacks import Frame, Raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One explanation that may be made sharper.

    :param values: what the cause's pattern caught.
    :param line: the line it caught that in.
    :param lines: all that was printed.
    """

    values: tuple[str, ...]
    line: str
    lines: Sequence[str]
    evidence: Evidence
    raised: Raised | None

    def value(self, *numbers: int) -> str:
        """The first of the groups *numbers* that caught something."""
        return next((self.values[number] for number in numbers if self.values[number]), "")

    @property
    def building(self) -> str:
        """The package that was being built, or an empty text."""
        found = [match[1] for line in self.lines if (match := _BUILDING.search(line))]
        return found[-1] if found else ""


_INVALID = re.compile(r"\d+ validation errors? for (\w+)")
#: Lines of a traceback that runs through the standard library's handlers of logs.
_LOGGING = re.compile(r"logging[/\\](?:__init__|handlers|config)\.py|Unable to configure handler")
_BUILDING = re.compile(r"(?:Failed to build|Failed building wheel for|Building wheel for|Building) `?([A-Za-z][\w.-]*)")


def sharpened(
    told: Explanation,
    values: tuple[str, ...],
    line: str,
    lines: Sequence[str],
    evidence: Evidence,
    raised: Raised | None,
) -> Explanation:
    """*told* in the light of what is known about the project."""
    case = Case(values=values, line=line, lines=lines, evidence=evidence, raised=raised)
    if raised is not None and raised.is_of_database and raised.at_start is not None:
        return _query_at_start(told, case, raised.at_start)
    sharpen = _BY_CAUSE.get(told.id)
    return sharpen(told, case) if sharpen else told


def _query_at_start(told: Explanation, case: Case, frame: Frame) -> Explanation:
    """The answer of the database does not matter: one that is empty, or not there yet, is what every new site has."""
    imported = case.raised is not None and frame == case.raised.at_import
    when = "while it is imported" if imported else "while Django starts"
    return replace(
        told,
        id="query-at-import",
        title=f"{frame.place}, reads the database {when}. On a new site it is empty then, or does not exist yet.",
        fix="While a new site is built there is no database, and before its migrations have run it is empty; importing "
        "has to work without it. Ask the database when the value is used: "
        + (
            "give a function in its place (`choices=the_function`), or set it in the `__init__` of the form."
            if imported
            else "in the view or the command that needs it, not in `ready()`."
        ),
        url="https://docs.djangoproject.com/en/stable/ref/applications/#initialization-process",
    )


def _variable(told: Explanation, case: Case) -> Explanation:
    name, known = next(filter(None, case.values), ""), case.evidence.variables
    if known is None or name in known:
        return told
    return replace(
        told,
        fix=f"On this computer the settings do not read {name}. Where another variable decides whether they do, let "
        f"the site have that one's value (`--variable-… here`); otherwise give {name} a default.",
    )


def _fields(told: Explanation, case: Case) -> Explanation:
    kind = next((match[1] for line in case.lines if (match := _INVALID.search(line))), "")
    names = required_fields(case.lines)
    if not kind or not names:
        return told
    return replace(
        told,
        title=f"The class {kind} has fields without a value there: {', '.join(names)}.",
        fix="Set variables of these names on the platform, or give the fields a default. A .env file is not deployed.",
        shown=(*told.shown, *names),
    )


def required_fields(lines: Sequence[str]) -> tuple[str, ...]:
    """The fields that pydantic misses, each of which it names in the line above."""
    following = itertools.pairwise(lines)
    found = (above.strip() for above, line in following if re.match(running.FIELD_REQUIRED, line))
    return tuple(dict.fromkeys(found))


def _missing_table(told: Explanation, case: Case) -> Explanation:
    table = case.value(0, 1).strip("\"'`").removeprefix("main.").removeprefix("public.")
    apps = [app for app in case.evidence.migrations if table.startswith(f"{app}_")]
    if apps:
        app = max(apps, key=len)
        absent = case.evidence.migrations[app]
        return replace(
            told,
            title=f"The database has no table {table}, because the migrations of {app} are not in git: {absent.path} "
            f"is on this computer{_and_ignored(absent)}.",
            fix=_commit(absent),
        )
    return told


def _missing_file(told: Explanation, case: Case) -> Explanation:
    path = case.value(0, 1)
    if any(_LOGGING.search(line) for line in case.lines):
        folder = _absent(path, case.evidence, folder=True)
        return _folder_not_in_git(told, folder, f"The settings write the log to {_short(path, case)}") or told
    absent = _absent(path, case.evidence)
    if absent is None:
        return told
    where = case.raised.deepest if case.raised else None
    return replace(
        told,
        id="file-not-in-git",
        title=f"{absent.path} is missing{f', which {where.place}, needs' if where else ''}: it is on this computer"
        f"{_and_ignored(absent)}.",
        fix=_commit(absent),
    )


def _closed_database(told: Explanation, case: Case) -> Explanation:
    if "unable to open" not in case.line or not case.evidence.absent:
        return told
    folder = next((each for each in case.evidence.absent if each.path.endswith("/")), None)
    return _folder_not_in_git(told, folder, "The settings keep the SQLite database in a folder") or told


def _folder_not_in_git(told: Explanation, folder: Absent | None, what: str) -> Explanation | None:
    if folder is None:
        return None
    name = folder.path.rstrip("/")
    make = f'(BASE_DIR / "{name}").mkdir(parents=True, exist_ok=True)'
    log = ", or log to the console, where every platform collects what is logged" if "log" in what else ""
    ignored = f"; git ignores it ({folder.ignored})" if folder.ignored else ""
    keep = f"git add --force {_quoted(f'{name}/.gitkeep')}"
    return replace(
        told,
        id="folder-not-in-git",
        title=f"{what}, and the folder {name} is not in git, so it is missing there{ignored}.",
        fix=f"Create the folder in the settings (`{make}`), or commit an empty file in it (`{keep}`){log}.",
    )


def _short(path: str, case: Case) -> str:
    """*path* from the project's folder, where it is known to lie there."""
    for root in sorted(case.evidence.roots, key=len, reverse=True):
        if path.startswith(root):
            return path[len(root) :].lstrip("/\\").replace("\\", "/")
    return path


def _without_application(told: Explanation, module: str) -> Explanation:
    kind = module.rpartition(".")[2]
    return replace(
        told,
        title=f"The project has no module {module}, which a web server would start it with.",
        fix=f"Write one as startproject does, with get_{kind}_application() from django.core.{kind}; or name the one "
        f"that you have in {kind.upper()}_APPLICATION.",
        url=f"https://docs.djangoproject.com/en/stable/howto/deployment/{kind}/",
    )


def _missing_module(told: Explanation, case: Case) -> Explanation:
    module = case.value(0)
    path = module.replace(".", "/")
    ends = (f"/{path}.py", f"/{path}/")
    absent = next((each for each in case.evidence.absent if f"/{each.path}".endswith(ends)), None)
    if absent is not None:
        return replace(
            told,
            id="file-not-in-git",
            title=f"The module {module} is not there: {absent.path} is on this computer{_and_ignored(absent)}.",
            fix=_commit(absent),
        )
    top = module.partition(".")[0]
    listed = case.evidence.file or "the dependency file"
    if top not in case.evidence.packages:
        return _without_application(told, module) if module.endswith((".wsgi", ".asgi")) else told
    if module != top:  # Python names the part that is missing: the package around it is there
        return replace(
            told,
            id="name-gone",
            title=f"{top} has no module {module}: the version that is installed there is not the one that the project "
            "was written for.",
            fix=f"Pin a version that has it in {listed}, or change the import as the package's notes on releases say.",
        )
    missing = case.evidence.packages[top]
    declared_in = missing.declared
    if top in case.evidence.in_debug:
        only = f" and is declared in {declared_in} only" if declared_in else f" and is not in {listed}"
        return replace(
            told,
            id="package-in-debug",
            title=f"The settings add {top} where DEBUG is on. DEBUG is decided there before the part for the deployed "
            f"site turns it off, so {top} is asked for{only}.",
            fix="Read DEBUG from the environment above that `if`, so that it is off there: "
            '`DEBUG = os.environ.get("DEBUG", "") == "1"`. '
            f"Or add the package that provides {top} to {listed}.",
        )
    adding = f"{case.evidence.adding} {missing.name}" if case.evidence.adding and missing.name else ""
    if declared_in:
        return replace(
            told,
            id="package-not-declared",
            title=f"The project needs {top}, which is declared in {declared_in} only.",
            fix=(f"Add it to the main dependencies ({adding})" if adding else f"Move it to {listed}")
            + ", or import it only where DEBUG is on.",
        )
    if missing.brought:
        return replace(
            told,
            id="package-not-declared",
            title=f"The project needs {top}. Here {missing.brought} brings it, which is for development, so the site "
            "does not get it.",
            fix=f"Add {missing.name or top} to {listed} by itself{f': {adding}' if adding else '.'}",
        )
    return replace(
        told,
        id="package-not-declared",
        title=f"The project needs the package that provides {top}, and {listed} does not list it.",
        fix=f"Add it to {listed}{f' ({adding})' if adding else ''}, or import {top} only where DEBUG is on.",
    )


def _static(told: Explanation, case: Case) -> Explanation:
    name = case.value(0, 1)
    absent = next((each for each in case.evidence.absent if each.path.endswith(f"/{name}")), None)
    if absent is None and case.evidence.static_root:
        folder = case.evidence.static_root
        return replace(
            told,
            id="static-in-static-root",
            title=f"The static file {name} lies in {folder}/, which is STATIC_ROOT: Django collects files into that "
            "folder, and looks for none there.",
            fix=f'Name the folder in STATICFILES_DIRS, as in STATICFILES_DIRS = [BASE_DIR / "{folder}"], and let '
            'STATIC_ROOT be another one, such as BASE_DIR / "staticfiles".',
            url="https://docs.djangoproject.com/en/stable/howto/static-files/",
        )
    if absent is None:
        return told
    return replace(
        told,
        id="file-not-in-git",
        title=f"The static file {name} is not there: {absent.path} is on this computer{_and_ignored(absent)}.",
        fix=f"{_commit(absent)} If a program makes it (npm run build), let the platform run that program.",
    )


def _unknown_package(told: Explanation, case: Case) -> Explanation:
    name = case.value(0).lower()
    if name.partition("==")[0] in freeze.SYSTEM:
        name = name.partition("==")[0]
        return replace(
            told,
            id="freeze-line",
            title=f"{name} is part of {freeze.SYSTEM[name]}, not a package that can be installed. `pip freeze` listed "
            "it.",
            fix=f"Delete the line from {case.evidence.file or 'the requirements'}.",
        )
    return _windows(told, case)


def _windows(told: Explanation, case: Case) -> Explanation:
    name = case.value(0, *((2,) if len(case.values) > 2 else ())).lower().partition("==")[0]
    only = freeze.only_on(name)
    if only is None:
        return told
    system, marker = only
    line = re.search(rf"(?i){re.escape(name)}==[^\s,;]+", case.line)
    return replace(
        told,
        id="freeze-line",
        title=f"{name} exists for {system} only. `pip freeze` listed it there.",
        fix=f"Delete the line from {case.evidence.file or 'the requirements'}, or add a marker to it: "
        f"{line[0] if line else name} ; {marker}".replace('"', "'"),
    )


def _version(told: Explanation, case: Case) -> Explanation:
    name, version = case.value(0, 2), case.value(1, 3)
    text = "\n".join(case.lines)
    if re.search(rf"satisfies the requirement {re.escape(name)}\S* .*from versions: none", text):
        told = replace(
            told,
            id="package-unknown",
            title=f"The package index offers no {name} that could be installed here.",
            fix="Check its spelling. It may exist only for another system or another Python.",
        )
    elif python := re.search(rf"[ ;]{re.escape(version)} Requires-Python ([^\s;]+)", text):
        told = replace(
            told,
            id="python-version",
            title=f"{name} {version} needs Python {python[1]}, and another is used.",
            fix=f"Choose another Python version for the deployment, or a version of {name} that supports this one.",
        )
    return _unknown_package(told, replace(case, values=(name, "")))


def _bad_line(told: Explanation, case: Case) -> Explanation:
    """Where uv says which line it is, below what is wrong with it."""
    said = [index for index, line in enumerate(case.lines) if case.line.strip() in line]
    # Tracebacks have such marks as well, before it.
    after = range(said[-1] + 1 if said else 0, len(case.lines))
    marks = [index for index in after if case.lines[index].strip() and not set(case.lines[index].strip()) - {"^"}]
    if not marks or not marks[0]:
        return told
    text = case.lines[marks[0] - 1].strip()
    # uv calls what it reads from its input “-”.
    file = case.value(0).strip("-") or "the requirements"
    return replace(told, title=f"A line of {file} cannot be understood: {text}")


def _conflict(told: Explanation, case: Case) -> Explanation:
    said = conflicts.in_words(case.line) or conflicts.of_pip(case.lines)
    said = said.replace("The project", "the project", 1) if said.startswith("The") else said
    return replace(told, title=f"Two requirements exclude each other: {said}") if said else told


def _header(told: Explanation, case: Case) -> Explanation:
    header = case.value(0, 1)
    packages = libraries.HEADERS.get(header) or libraries.HEADERS.get(header.rsplit("/", 1)[-1], "")
    return _to_build(told, case, f"the C header {header}", packages)


def _program(told: Explanation, case: Case) -> Explanation:
    program = case.value(0, 1)
    return _to_build(told, case, program, libraries.PROGRAMS.get(program.lower(), ""))


def _to_build(told: Explanation, case: Case, lacks: str, packages: str) -> Explanation:
    name = case.building or "A package"
    fix = told.fix
    if packages:
        fix = (
            f"On Debian and Ubuntu: `apt install gcc {packages}`. "
            f"Or use a version of {name if case.building else 'the package'} that comes ready-made (a wheel) for this "
            "Python."
        )
    return replace(told, title=f"{name} has to be compiled, and {lacks} is not there.", fix=fix)


def _named_build(told: Explanation, case: Case) -> Explanation:
    if not case.building:
        return told
    python = f" {case.evidence.python}" if case.evidence.python else ""
    return replace(
        told,
        title=told.title.replace("A package ", f"{case.building} ", 1),
        fix=told.fix.replace("of the package", f"of {case.building}").replace("this Python", f"Python{python}"),
    )


def _shared_library(told: Explanation, case: Case) -> Explanation:
    packages = libraries.shared(case.value(0, 1, 2))
    if not packages:
        return told
    return replace(
        told,
        fix=f"On Debian and Ubuntu: `apt install {packages}`. The platform has to install it too; a package that `pip` "
        "installs does not include it.",
    )


def _commit(absent: Absent) -> str:
    name = absent.path
    if absent.ignored:
        return (
            f"Take it out of what git ignores ({absent.ignored}), then `git add {_quoted(name)}` and commit. "
            "What has to stay out of git has to come from a variable or be made there."
        )
    return f"Commit it: `git add {_quoted(name)}`, then `git commit`."


def _and_ignored(absent: Absent) -> str:
    return f", and git ignores it ({absent.ignored})" if absent.ignored else ", and git does not know it"


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


def _absent(path: str, evidence: Evidence, *, folder: bool = False) -> Absent | None:
    """What is not in the commit and is *path*, or the folder it lies in; with *folder*, only that."""
    plain = f"/{path.replace(chr(92), '/')}".replace("//", "/").rstrip("/")
    for each in evidence.absent:
        is_folder = each.path.endswith("/")
        if is_folder and f"/{each.path}" in plain + "/":
            return each
        if not is_folder and not folder and plain.endswith(f"/{each.path}"):
            return each
    return None


_Sharpen = Callable[[Explanation, Case], Explanation]

_BY_CAUSE: Mapping[str, _Sharpen] = MappingProxyType(
    {
        "bad-line": _bad_line,
        "build-program": _program,
        "conflict": _conflict,
        "field-required": _fields,
        "file-missing": _missing_file,
        "header-missing": _header,
        "module-missing": _missing_module,
        "no-compiler": _named_build,
        "no-matching-package": _unknown_package,
        "no-tables": _missing_table,
        "package-unknown": _unknown_package,
        "readonly-database": _closed_database,
        "package-version": _version,
        "shared-library": _shared_library,
        "static-missing": _static,
        "too-old-for-python": _named_build,
        running.VARIABLE: _variable,
        "wheel-for-another": _windows,
    }
)
