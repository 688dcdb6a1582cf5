"""What the project's own configuration for Upsun lacks, where it is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import (
    ExistingFile,
    Finding,
    Keeping,
    Lack,
    Level,
    PlatformFile,
    ProjectFacts,
    application_server,
    has_database,
    insisted,
    lacks_migration,
    lacks_python,
    lacks_static_files,
)
from simple_deploy_upsun import config, hosting, pages


def lacks_of_configuration(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    wanted = application_server(keeping.settings).argv[-1].partition(":")[0]
    started = tuple(name.partition(":")[0] for name in file.applications)
    if "commands" not in file.keys:
        yield Lack(what="It has no command that starts the site.")
    elif started and wanted not in started:
        yield Lack(what=f"It serves {', '.join(started)}, and the project's module is {wanted}.")
    if has_database(keeping.settings) and "relationships" not in file.keys:
        yield Lack(what="It gives the site no database.")
    unset = tuple(name for name in hosting.emptied(keeping.facts, keeping.answers) if name not in file.keys)
    if unset:
        needed = insisted(keeping.settings, unset)
        rows = ", ".join(f'`{name}: ""`' for name in unset)
        yield Lack(
            what="It does not set what you chose to be there and empty, and Upsun's program takes no empty value. Add "
            f"{rows} to it, below `variables:` and `env:` of the app.",
            stops=bool(needed),
        )
    yield from lacks_python(file, keeping)
    yield from lacks_static_files(file, keeping)
    yield from lacks_migration(file, keeping)


def beside(facts: ProjectFacts) -> Iterator[Finding]:
    """Other files that Upsun reads together with the one the plan writes."""
    found = [file.path for file in facts.existing if _is_read(file.path) and file.path != config.PATH]
    if found:
        yield Finding(
            id="upsun.other-configuration",
            level=Level.BLOCKER,
            title=f"Upsun reads {', '.join(found)} together with {config.PATH}.",
            why="It combines all YAML files in that folder into one configuration, so there would be two apps.",
            fix=f"Move what you need to {config.PATH}, delete the rest, commit, and plan again.",
            docs=pages.APP,
        )


FILES = (
    PlatformFile(path=config.PATH, lacks=lacks_of_configuration),
    PlatformFile(path=".upsun/*"),
)


def _is_read(path: str) -> bool:
    return path.startswith(".upsun/") and path.endswith((".yaml", ".yml"))
