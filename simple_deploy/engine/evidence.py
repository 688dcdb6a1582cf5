"""What this computer and git know about what a program's output misses, gathered for the known causes."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import Dependencies, ProjectFacts
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.known_failures import NOTHING, READ, Absent, Cause, Evidence, Explanation, Missing, explain
from simple_deploy.inspection.ignoring import Index, Rule, rules
from simple_deploy.inspection.packages import Distribution, Environment
from simple_deploy.inspection.rules.needs import ADDING
from simple_deploy.system import plainfiles
from simple_deploy.system.git import Git
from simple_deploy.system.git_text import unquote

_QUOTED = re.compile(r"""'([^'\n]{2,400})'|"([^"\n]{2,400})\"""")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_STATIC = re.compile(r"(?:The file|manifest entry for) '([^'*?]+)'")
_REQUIREMENTS = re.compile(r"(?i)requirements[^/]*$|(^|/)requirements/[^/]*$|(^|/)dev[^/]*\.txt$")
_LARGEST = 512 * 1024  # bytes of a file that is read
_MOST = 60  # names that are looked up


def told(
    lines: Sequence[str],
    facts: ProjectFacts | None,
    run: Runner,
    *,
    copies: Iterable[Path] = (),
    more: Iterable[Cause] = (),
    known_only: bool = True,
) -> Explanation | None:
    """What went wrong in a program that printed *lines*: the door to the known causes for whoever may ask git.

    :param facts: of the project it worked with, as far as they are known.
    :param copies: folders in which copies of it lie.
    :param more: causes of the platform.
    :param known_only: see :func:`simple_deploy.core.known_failures.explain`.
    """
    evidence = NOTHING
    if facts is not None:
        try:
            evidence = gather(lines[-READ:], facts, run, copies=copies)
        except (SimpleDeployError, OSError):  # no git, or a folder that went away: the causes are known all the same
            evidence = NOTHING
    return explain(lines, evidence, more, known_only=known_only)


def gather(lines: Sequence[str], facts: ProjectFacts, run: Runner, *, copies: Iterable[Path] = ()) -> Evidence:
    """What is known about the files and modules that *lines* name.

    :raises SimpleDeployError: git cannot be asked. :raises OSError: a folder cannot be read.
    """
    root = facts.location.root
    roots = tuple(dict.fromkeys(str(each) for copy in (*copies, root) for each in (copy, copy.resolve())))
    text = "\n".join(lines)
    modules = tuple(dict.fromkeys(_MODULE.findall(text)))
    look = _Look(root, Git(root, run) if facts.git is not None else None)
    named = [next(filter(None, match)) for match in _QUOTED.findall(text)]
    names = [name for name in dict.fromkeys(named) if "/" in name or "\\" in name or "." in name]
    databases = facts.local_settings.databases if facts.local_settings and "unable to open database" in text else ()
    files = (database.name for database in databases if database.is_sqlite)
    paths = [*_paths([*names[-_MOST:], *files], roots), *_module_paths(modules, facts)]
    return Evidence(
        roots=roots,
        absent=tuple(look.absent(paths, _STATIC.findall(text))),
        migrations=look.migrations() if "no such table" in text or "does not exist" in text else {},
        packages=_packages(modules, facts, look),
        in_debug=facts.local_settings.debug_modules if facts.local_settings else frozenset(),
        variables=frozenset(facts.settings.variables) if facts.settings else None,
        file=PurePosixPath(facts.dependencies.file or "").name,
        adding=ADDING.get(facts.dependencies.manager, ""),
        python=".".join(facts.host.python.split(".")[:2]),
        static_root=look.static_root(facts, _STATIC.findall(text)),
    )


class _Look:
    """:param git: the project's repository, or None where it has none."""

    def __init__(self, root: Path, git: Git | None) -> None:
        self.root = root
        self._git = git
        self._index = Index.read(git) if git is not None else Index({})

    def absent(self, paths: Iterable[str], ends: Iterable[str]) -> Iterator[Absent]:
        """What is here and not in the commit.

        :param paths: of files that a program missed, or could not write.
        :param ends: how paths end of files that it missed, as finders name static files and templates.
        """
        if self._git is None:
            return
        found = [name for path in paths for name in self._untracked(path)]
        for end in ends:
            found += self._others(f":(glob)**/{end}")[:1]
        named = [path for path in dict.fromkeys(found) if path]
        by = rules(self._git, named, of_tracked=True)
        for path in named:
            yield _absent(path, by.get(path))

    def static_root(self, facts: ProjectFacts, names: Iterable[str]) -> str:
        """The folder STATIC_ROOT, where one of the static files *names* is committed to it."""
        folder = (facts.settings.static_root if facts.settings else None) or ""
        return folder if folder and any(self._index.holds(f"{folder}/{name}") for name in names) else ""

    def _untracked(self, path: str) -> Iterator[str]:
        """*path* and the folder it lies in, where they are here and nothing of them is in git.

        Of a path of another computer its end counts. A folder comes with a slash behind it.
        """
        parts = PurePosixPath(path.replace("\\", "/")).parts
        for start in range(len(parts)):
            rest = PurePosixPath(*parts[start:])
            if rest.is_absolute() or ".." in rest.parts:
                continue
            folder = rest.parent
            is_here = (self.root / rest).exists()
            if is_here and not self._index.holds(str(rest)):
                yield f"{rest}/" if (self.root / rest).is_dir() else str(rest)
            if folder.parts and (self.root / folder).is_dir() and not self._index.holds(str(folder)):
                yield f"{folder}/"
            if is_here or (folder.parts and (self.root / folder).is_dir()):
                return

    def migrations(self) -> Mapping[str, Absent]:
        """By the name of an app's folder."""
        if self._git is None:
            return {}
        found: dict[str, str] = {}
        for path in sorted(self._others(":(glob)**/migrations/*.py", ":(glob)migrations/*.py")):
            folder = PurePosixPath(path).parent.parent.name
            if folder and not path.endswith("__init__.py") and "site-packages" not in path:
                found.setdefault(folder, path)
        by = rules(self._git, list(found.values()), of_tracked=True)
        return {folder: _absent(path, by.get(path)) for folder, path in found.items()}

    def requirement_files(self, besides: Iterable[str]) -> Iterator[str]:
        """Files in git that list packages, besides those that a deployment installs."""
        known = set(besides)
        yield from (path for path in self._index if path not in known and _REQUIREMENTS.search(path))

    def _others(self, *patterns: str) -> list[str]:
        """Files that are here and not in the index."""
        assert self._git is not None
        return [unquote(line) for line in self._git.ask("ls-files", "--others", "--", *patterns).lines if line]


def _absent(path: str, rule: Rule | None) -> Absent:
    return Absent(path=path, ignored=f"{rule.source}, line {rule.line} ({rule.pattern})" if rule else "")


def _paths(names: Iterable[str], roots: Sequence[str]) -> Iterator[str]:
    for name in names:
        for root in roots:
            if name.startswith(root):
                yield name[len(root) :].lstrip("/\\")
                break
        else:
            yield name


def _module_paths(modules: Iterable[str], facts: ProjectFacts) -> Iterator[str]:
    for module in modules:
        path = module.replace(".", "/")
        base = facts.location.project_dir
        for folder in dict.fromkeys((base, "")):
            yield f"{folder}/{path}.py".lstrip("/")
            yield f"{folder}/{path}".lstrip("/")


def _packages(modules: Iterable[str], facts: ProjectFacts, look: _Look) -> dict[str, Missing]:
    tops = {module.partition(".")[0] for module in modules}
    own = {path.stem for folder in {facts.location.root, facts.location.folder} for path in folder.iterdir()}
    return {top: _missing(top, facts.dependencies, look) for top in sorted(tops - own)}


def _missing(module: str, dependencies: Dependencies, look: _Look) -> Missing:
    here = importlib.metadata.packages_distributions().get(module, [])
    names = _distributions(module, here)
    declared = _declared_in(names, dependencies, look)
    return Missing(
        name=here[0] if here else "",
        declared=declared,
        brought="" if declared else _brought_by(names, dependencies),
    )


def _distributions(module: str, here: Iterable[str]) -> frozenset[str]:
    """Canonical names that the package that brings *module* may have, besides those that bring it *here*."""
    plain = module.replace("_", "-")
    return frozenset(map(canonicalize_name, (*here, plain, f"django-{plain}", f"python-{plain}")))


def _brought_by(names: frozenset[str], dependencies: Dependencies) -> str:
    """What is declared in a group and brings one of *names* here."""
    installed = Environment(
        tuple(
            Distribution(
                name=canonicalize_name(each.name), title=each.name, version="", requires=tuple(each.requires or ())
            )
            for each in importlib.metadata.distributions()
        )
    )
    return next(
        (
            f"{entry.name} ({entry.file}, group {entry.group})"
            for entry in dependencies.grouped
            if names & installed.needed_by([entry.text])
        ),
        "",
    )


def _declared_in(names: frozenset[str], dependencies: Dependencies, look: _Look) -> str:
    for entry in dependencies.grouped:
        if entry.name in names:
            return f"{entry.file} (group {entry.group})"
    for file in look.requirement_files((*dependencies.files, dependencies.file or "", dependencies.lock or "")):
        text = plainfiles.read(look.root / file, _LARGEST).decode("utf-8", "replace")
        declared = (re.match(r"\s*([A-Za-z0-9][\w.-]*)", line) for line in text.splitlines())
        if names & {canonicalize_name(match[1]) for match in declared if match}:
            return file
    return ""
