"""The trial: the planned project on the workbench, in an environment with the planned packages, as it will be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.core.errors import CommandFailed
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.plan import Plan
from simple_deploy.core.secret import secrets_in_environment
from simple_deploy.core.trials import Failure, Phase
from simple_deploy.engine.context import Ports
from simple_deploy.engine.environments import Environments, compiled
from simple_deploy.engine.files import remove_tree
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import envfiles

CHECK = ("manage.py", "check")


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries one plan.

    :param facts: as the platform sees them.
    """

    facts: ProjectFacts
    plan: Plan
    ports: Ports
    environments: Environments

    def run(self, bench: Workbench) -> tuple[Failure, ...]:
        """What fails of the plan whose files are on *bench*.

        :raises StepError: the requirements cannot be installed at all.
        """
        if self.facts.dependencies.file is None:
            return ()
        python = self.environments.ensure(
            dependencies=self.facts.dependencies,
            root=bench.folder,
            python=self.facts.host.base_python,
            run=self.ports.shown_runner,
            groups=self.plan.groups,
        )
        failures = tuple(self._check(python, bench.folder / self.facts.location.project_dir))
        # What was compiled of the packages serves the next plan; the workbench is another one then.
        remove_tree(compiled(python).joinpath(*bench.folder.resolve().parts[1:]))
        return failures

    def _check(self, python: Path, folder: Path) -> Iterator[Failure]:
        phases: list[tuple[Phase, Mapping[str, str]]] = [("site", dict(self.plan.check_env))]
        if self.facts.development is None:
            phases.insert(0, ("here", {}))
        for phase, env in phases:
            try:
                self.ports.shown_runner(
                    (str(python), *CHECK), cwd=folder, env=self._environment(python, env), timeout=120
                )
            except CommandFailed as error:
                yield Failure(phase=phase, command=CHECK, tail=error.tail)

    def _environment(self, python: Path, env: Mapping[str, str]) -> dict[str, str]:
        settings = self.facts.settings
        module = {"DJANGO_SETTINGS_MODULE": settings.module} if settings else {}
        # A .env file is not on the workbench, since it is in no commit.
        variables = envfiles.values(self.facts)
        self.ports.redactor.add(*secrets_in_environment(variables))
        return {
            **variables,
            # What the person's own shell adds to the import path is not there once it is deployed.
            "PYTHONPATH": "",
            "PYTHONHOME": "",
            "SIMPLE_DEPLOY_ENABLED": "",
            **module,
            **env,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(compiled(python)),
        }
