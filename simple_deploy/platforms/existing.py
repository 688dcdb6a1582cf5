"""The files that a platform reads and a project may have already: what one of them lacks for a deployment. Pure.

A plugin names its files in :attr:`~simple_deploy.api.Platform.files`, each with a function that yields what a kept one
would lack. Which files there are, what is asked about them and what becomes of the answers is the tool's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from simple_deploy.core.facts import ExistingFile, ProjectFacts, Settings
from simple_deploy.core.options import Answers
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import AddRequirements, WriteFile
from simple_deploy.edits import pythons
from simple_deploy.managers.pep621 import name_of
from simple_deploy.platforms.production import application_server, has_database, uses_static_files

_DEVELOPMENT = "runserver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that a deployment needs and a kept file does not do.

    :param what: a sentence, in which “it” is the file.
    :param stops: whether the site cannot start, or cannot answer, because of it.
    :param sure: whether that is certain; what cannot be read may be there nevertheless.
    """

    what: str
    stops: bool = True
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """A deployment that keeps some of the project's own files.

    :param kept: those files, by path.
    """

    plan: Plan
    facts: ProjectFacts
    answers: Answers
    kept: dict[str, ExistingFile]

    @property
    def settings(self) -> Settings:
        """Of the deployed site, which a plan with steps has."""
        assert self.facts.settings is not None
        return self.facts.settings

    @property
    def declared(self) -> frozenset[str]:
        """The packages that the site gets, by canonical name."""
        added = [step for step in self.plan.steps if isinstance(step, AddRequirements)]
        names = {name for step in added for text in step.requirements if (name := name_of(text))}
        return self.facts.dependencies.names | names

    def step(self, path: str) -> WriteFile | None:
        """The step that would write the file."""
        return next((step for step in self.plan.steps if isinstance(step, WriteFile) and step.path == path), None)


Lacks = Callable[[ExistingFile, Keeping], Iterable[Lack]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformFile:
    """A file that a platform reads.

    :param path: from the git root; ``*`` stands for any name. :param lacks: what a kept one lacks.
    """

    path: str
    lacks: Lacks = lambda file, keeping: ()

    def is_for(self, path: str) -> bool:
        """Whether this is about the file at *path*."""
        return fnmatchcase(path, self.path)


# -- what files of any platform may lack --


def lacks_server(file: ExistingFile, keeping: Keeping, *, port: int | None) -> Iterator[Lack]:
    """Whether *file* starts the project, so that the platform reaches it.

    :param port: where the platform expects the site to listen; None where the variable PORT says so.
    """
    wanted = application_server(keeping.settings).argv[-1].partition(":")[0]
    started = tuple(name.partition(":")[0] for name in file.applications)
    if not file.servers:
        yield Lack(what="The tool cannot tell from it what serves the site.", sure=False)
        return
    if started and not any(_same(name, wanted) for name in started):
        yield Lack(what=f"It serves {', '.join(started)}, and the project's module is {wanted}.")
    if _DEVELOPMENT in file.servers:
        yield Lack(what="It starts Django's development server, which is not made for a public site.", stops=False)
    missing = [
        each
        for each in file.servers
        if each not in (_DEVELOPMENT, *file.packages) and _package(each) not in keeping.declared
    ]
    if missing:
        yield Lack(what=f"It starts {', '.join(missing)}, which no declared package provides.")
    yield from _lacks_port(file, port)


def lacks_migration(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    """Whether *file* brings the database up to date."""
    if has_database(keeping.settings) and "migrate" not in file.manages:
        yield Lack(what="It does not migrate the database.", sure=bool(file.servers))


def lacks_static_files(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    """Whether *file* collects static files. Their names have hashes on the site, so pages fail where nobody does."""
    if uses_static_files(keeping.settings) and "collectstatic" not in file.manages:
        yield Lack(what="It does not collect the static files.", sure=bool(file.servers))


def lacks_packages(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    """Whether *file* installs what the site needs, as the plan declares it."""
    dependencies, groups = keeping.facts.dependencies, keeping.plan.groups
    manager = "pip" if dependencies.manager in {"requirements", "pip-tools"} else dependencies.manager
    exported = "pip" in file.managers and manager != "pip"
    if not file.managers:
        yield Lack(what="The tool cannot tell from it how the packages are installed.", sure=False)
    elif manager not in file.managers and not exported:
        yield Lack(what=f"It installs with {' and '.join(file.managers)}, and the project's packages are {manager}'s.")
    elif manager == "pip":
        wanted = (dependencies.lock if dependencies.manager == "pip-tools" else None) or dependencies.file or ""
        if file.installs and not any(_ends(wanted, each) for each in file.installs):
            yield Lack(
                what=f"It installs from {', '.join(file.installs)}, but the packages that the site needs are in "
                f"{wanted}."
            )
    elif not exported:
        missing = [group for group in groups if group not in file.groups and "*" not in file.groups]
        if missing:
            yield Lack(what=f"It does not install the group {', '.join(missing)}, which holds the site's packages.")


def lacks_python(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    """Whether the Python that *file* asks for suits the project."""
    facts = keeping.facts
    for range_, whose in ((facts.django_python, f"Django {facts.site_django}"), (facts.python_range, "the project")):
        if file.python and range_ and not pythons.allows_some(range_, file.python):
            yield Lack(what=f"It asks for Python {file.python}, and {whose} needs {range_}.")
            return


def _lacks_port(file: ExistingFile, port: int | None) -> Iterator[Lack]:
    if file.configured:
        return  # the server's own file may say it
    where = "the variable PORT" if port is None else f"port {port}"
    if file.local_only and not (port is None and file.reads_port):
        yield Lack(what="It listens only on its own computer, so nobody can reach it from outside.")
    elif port is None and not file.reads_port:
        named = ", ".join(map(str, file.ports)) or "of its own"
        yield Lack(what=f"It listens on a port {named}, and the platform asks at the one that {where} names.")
    elif port is not None and file.ports and port not in file.ports:
        yield Lack(what=f"It listens on port {', '.join(map(str, file.ports))}, and the platform asks at {where}.")
    elif port is not None and not file.ports and "PORT" not in file.keys:
        yield Lack(
            what=f"It listens where the variable PORT says, which nobody sets, and the platform asks at {where}."
        )


def _same(name: str, wanted: str) -> bool:
    """Whether a module named in *file* is the wanted one, which may be named from another folder."""
    return name == wanted or name.endswith(f".{wanted}") or wanted.endswith(f".{name}")


def _ends(path: str, named: str) -> bool:
    """Whether *named* may be the file *path*, copied to some folder."""
    return path == named or path.rpartition("/")[2] == named.rpartition("/")[2]


def _package(server: str) -> str:
    return "waitress" if server == "waitress-serve" else server
