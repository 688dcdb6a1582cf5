"""Findings about the folder, Python and Django."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.edits import pythons

#: https://www.djangoproject.com/download/#supported-versions
OLDEST_DJANGO = (5, 2)


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    if facts.unwritable:
        yield Finding(
            id="project.not-writable",
            level=Level.BLOCKER,
            title="The project cannot be changed: no permission to write " + ", ".join(facts.unwritable),
            why="A deployment adds files to the project and edits its settings; all of it is shown to you before.",
            fix=_write_permission(facts),
            details=facts.unwritable,
        )
    if facts.location.project_dir:
        yield Finding(
            id="project.nested",
            level=Level.OK,
            title=f"The project is in the folder {facts.location.project_dir} of the repository {facts.location.root}.",
            why="Commands are run in that folder, and files that belong to the whole repository go to its top.",
        )
    yield from _python(facts)
    yield from _django(facts)


def _write_permission(facts: ProjectFacts) -> str:
    folder = facts.location.root
    if facts.host.system == "windows":
        return f'In the properties of the folder, clear "Read-only"; or run: attrib -r "{folder}\\*" /s'
    return f'Make the files yours again: sudo chown -R "$USER" "{folder}"  Or copy the project to a folder of your own.'


def _python(facts: ProjectFacts) -> Iterator[Finding]:
    wanted = facts.python_wanted
    if not wanted:
        return
    exact = re.fullmatch(r"\d+\.\d+(\.\d+)?", wanted)
    if exact and facts.django_python and not pythons.contains(facts.django_python, wanted):
        yield Finding(
            id="python.too-old-for-django",
            level=Level.BLOCKER,
            title=f"The project asks for Python {wanted}, but Django {facts.django} needs {facts.django_python}.",
            why="The platform installs the Python the project asks for, and Django would not install there.",
            fix="Change the version in .python-version or runtime.txt, or use an older Django.",
        )
    elif not pythons.allows(wanted, facts.host.python):
        yield Finding(
            id="python.differs",
            level=Level.WARNING,
            title=f"The project asks for Python {wanted}; here it runs on {facts.host.python}.",
            why="What works here may not work on the version that is used there.",
            fix=f"Try the project with Python {wanted}, or change the version it asks for.",
        )


def _django(facts: ProjectFacts) -> Iterator[Finding]:
    numbers = tuple(int(number) for number in re.findall(r"\d+", facts.django)[:2])
    if numbers and numbers < OLDEST_DJANGO:
        yield Finding(
            id="django.too-old",
            level=Level.BLOCKER,
            title=f"Django {facts.django} is too old for this tool, which needs "
            f"{'.'.join(map(str, OLDEST_DJANGO))} or newer.",
            why="Versions that old get no security fixes any more, so a public site should not run on them.",
            fix="Upgrade one version after the other, running your tests in between.",
            docs="https://docs.djangoproject.com/en/stable/howto/upgrade-version/",
        )
        return
    declared = next((entry for entry in facts.dependencies.declared if entry.name == "django"), None)
    specifier = re.search(r"[=<>!~].*", declared.text.partition(";")[0]) if declared else None
    if declared and specifier and facts.django and not pythons.contains(specifier[0], facts.django):
        yield Finding(
            id="django.differs",
            level=Level.WARNING,
            title=f"{declared.file} asks for {declared.text}; here the project runs on Django {facts.django}.",
            why="The deployed site gets the version from the file, which is not the one you have tried.",
            fix=f"Install that version here and try the project, or write Django=={facts.django} into {declared.file}.",
        )
