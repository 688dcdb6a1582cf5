"""The finding about settings that cannot be loaded: why, and the way out."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from simple_deploy.core.facts import ProjectFacts, SettingsProblem
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection.packages import package_for
from simple_deploy.inspection.rules.needs import ADDING
from simple_deploy.inspection.rules.project import going_back, installing_all

ASK_LATER = (
    "Ask later: give the field a function (`choices=function`, `queryset` in the form's `__init__`), or ask inside the "
    "view that needs it."
)


def finding(facts: ProjectFacts) -> Finding:
    problem = facts.settings_problem
    module = facts.location.settings_module
    what = f"The settings module {module}" if module else "The project's settings module"
    if problem is None:
        return Finding(id="settings.not-importable", level=Level.BLOCKER, title=f"{what} cannot be loaded.")
    where = f" ({problem.file}, line {problem.line})" if problem.file and problem.line else ""
    if problem.settings_loaded:
        title = f"Django cannot load the project: {_reason(problem)}{where}"
        why = (
            "The settings themselves load. What fails comes after them: an app that they name, or what it needs. So "
            "the site would not start anywhere."
        )
    else:
        title = f"{what} cannot be loaded: {_reason(problem)}{where}"
        why = (
            "Without its settings, the tool can find out nothing about the project, and the site would not start "
            "anywhere."
        )
    return Finding(
        id="settings.not-importable",
        level=Level.BLOCKER,
        title=title,
        why=why,
        fix=_way_out(facts, problem),
        details=tuple(problem.traceback.splitlines()),
    )


def _reason(problem: SettingsProblem) -> str:
    if problem.kind in {"TimedOut", "Ended", "SystemExit"}:
        return problem.message.rstrip(".")
    return f"{problem.kind}: {problem.message}" if problem.message else problem.kind


def _way_out(facts: ProjectFacts, problem: SettingsProblem) -> str:
    if problem.near:
        return (
            f"Did you mean {problem.near}? That is a module of the project. Correct the name where {problem.absent} is "
            f"written{_naming(facts, problem)}."
        )
    if problem.missing:
        return installing(facts, problem.missing)
    if where := _naming(facts, problem):
        others = f" These look like its settings: {', '.join(facts.settings_modules)}." * bool(facts.settings_modules)
        return f"The project has no such module. Correct the name where it is written{where}.{others}"
    if not facts.location.settings_module:
        return "Set the environment variable DJANGO_SETTINGS_MODULE, for example to mysite.settings, or use --settings."
    if problem.kind == "TimedOut":
        return (
            "Find out what the settings wait for: a network, a database, or keyboard input? python -X importtime "
            "manage.py check shows what takes long. If this computer was only busy, check again."
        )
    if problem.kind in {"OperationalError", "ProgrammingError"}:
        return ASK_LATER
    if problem.unset:
        return _setting(problem.unset, problem.template)
    return with_its_django(facts) or "Fix it until this runs without an error: python manage.py check"


def _naming(facts: ProjectFacts, problem: SettingsProblem) -> str:
    """Where the settings are named, if it is their own module that there is not; else empty."""
    named = facts.location.settings_module or ""
    if not problem.absent or not f"{named}.".startswith(f"{problem.absent}."):
        return ""
    return f": in {facts.location.script or 'your command'}, or in the variable DJANGO_SETTINGS_MODULE"


def installing(facts: ProjectFacts, module: str) -> str:
    told = f"The package that provides “{module}” is not installed in the environment that this runs in. "
    package = package_for(module)
    listed = next((each for each in facts.dependencies.declared if each.name == canonicalize_name(package)), None)
    command = installing_all(facts)
    if listed is not None and command:
        return f"{told}{listed.file} lists {package}. Run: {command}"
    adding = ADDING.get(facts.dependencies.manager)
    if adding:
        return f"{told}Run: {adding} {package}"
    return (
        f"{told}Run: python -m pip install {package}  Then add it to the project's requirements, if it is "
        "not there yet."
    )


def _setting(variable: str, template: str) -> str:
    listed = f" ({template} lists what belongs in it)" if template else ""
    return (
        f"The environment variable {variable} has no value here. Set it before you start the server, or in the file "
        f".env if the settings read one{listed}; with settings meant for the deployed site, choose those of this "
        "computer: --settings-module auto"
    )


def with_its_django(facts: ProjectFacts) -> str:
    """What comes first where the project does not run with the Django that it was written for; else empty."""
    if not facts.django or facts.site_django == facts.django:
        return ""
    return (
        f"It asks for Django {facts.site_django} but runs on {facts.django} here. Install the version it asks for, and "
        f"check again: {going_back(facts)}"
    )
