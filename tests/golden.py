"""Golden trees: everything a platform's plan makes of the sample project, one text a platform, manager and layout.

``python -m tests.golden`` writes them again after a change that was meant; ``tests/platforms/test_golden.py``
compares. A new platform is one line in :data:`PLATFORMS`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import uv
from simple_deploy_flyio.plugin import FlyPlatform
from simple_deploy_heroku.plugin import HerokuPlatform
from simple_deploy_local.platform import LocalPlatform
from simple_deploy_upsun.plugin import UpsunPlatform

from simple_deploy.api import Database, ExportRequirements, GitFacts, ProjectFacts
from simple_deploy.core.facts import Host
from simple_deploy.core.plan import FileChange, Plan
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import dependencies
from simple_deploy.managers.base import Place
from simple_deploy.platforms.base import Platform, Remote
from simple_deploy.runs.asking import Ahead
from simple_deploy.system import process
from simple_deploy.testing import Shape, make_answers, write_shape
from simple_deploy.testkit.projects import Project, environment, fingerprint

#: Every manager and layout the product promises; ``poetry-tool`` is a ``[tool.poetry]`` table.
SHAPES = tuple(
    Shape(layout=layout, manager=manager)
    for manager in ("requirements", "pipenv", "poetry", "poetry-tool", "uv")
    for layout in ("flat", "nested")
)
PLATFORMS: Mapping[str, tuple[Platform, Mapping[str, object]]] = {
    "flyio": (FlyPlatform(), {"deployed_project_name": "slow-train", "database": "unmanaged-postgres"}),
    "heroku": (HerokuPlatform(), {"deployed_project_name": "slow-train"}),
    "local": (LocalPlatform(), {}),
    "upsun": (UpsunPlatform(), {}),
}
CELLS = tuple((slug, shape) for slug in PLATFORMS for shape in SHAPES)
FOLDER = Path(__file__).parent / "platforms" / "golden"

#: The same on every computer: what the texts show must not depend on who writes them.
HOST = Host(
    system="linux",
    python="3.13.7",
    python_executable="/project/.venv/bin/python",
    base_python="/usr/bin/python3.13",
    git="2.51",
)


@dataclass
class Samples:
    """The sample project in each shape, below *folder*, looked at once a layout."""

    folder: Path
    _facts: dict[Shape, ProjectFacts] = field(default_factory=dict)

    def facts(self, shape: Shape) -> ProjectFacts:
        """What inspection finds in it. Its lock, which takes a minute to make, is taken to be there and to fit."""
        if shape not in self._facts:
            self._facts[shape] = self._look(shape)
        return self._facts[shape]

    def _look(self, shape: Shape) -> ProjectFacts:
        root = self.folder / f"{shape.manager}-{shape.layout}"
        write_shape(root, shape, run=process.run)
        usual = Shape(layout=shape.layout)
        if shape == usual:
            found = self._inspect(root, shape)
        else:
            known = self.facts(usual)
            found = replace(known, location=replace(known.location, root=root))
        reading = dependencies.read(found.location)
        declared = reading.dependencies
        if shape.lock is not None:
            declared = replace(declared, lock=shape.lock, lock_state="fresh")
        return replace(found, dependencies=declared, python_range=reading.python)

    def _inspect(self, root: Path, shape: Shape) -> ProjectFacts:
        inner = shape.manage_folder(root).relative_to(root).as_posix()
        env = environment(self.folder / "state", cache=self.folder / "cache")
        project = Project(root=root, project_dir="" if inner == "." else inner, env=env)
        before = fingerprint(root)
        facts = project.facts()
        assert facts.settings is not None, facts.settings_problem
        assert fingerprint(root) == before, "looking at the project changed it"
        folder = facts.location.project_dir
        database = Database(
            alias="default", engine="django.db.backends.sqlite3", name=f"{folder}/db.sqlite3".lstrip("/")
        )
        return replace(
            facts,
            host=HOST,
            django="5.2.8",
            django_declared="5.2.8",
            django_python=">=3.10",
            git=GitFacts(head="0" * 40, branch="main", version=HOST.git),
            git_problem="",
            settings=replace(facts.settings, databases=(database,), has_data=False),
        )


@dataclass(frozen=True)
class Tree:
    """What a plan makes of a project.

    :param files: the folder that holds the project as the plan leaves it.
    """

    facts: ProjectFacts
    plan: Plan
    changes: tuple[FileChange, ...]
    files: Path

    def text(self, title: str) -> str:
        """The tree as a text to review: each new file, and the difference of each that is changed."""
        parts = [f"{title}\nWritten by `python -m tests.golden`. Lock files are left out.\n"]
        for change in sorted(self.changes, key=lambda each: each.path):
            if change.change == "create":
                content = (self.files / change.path).read_text(encoding="utf-8")
                parts.append(f"=== {change.path}: new\n{content}")
            else:
                parts.append(f"=== {change.path}: changed\n{change.diff}")
        return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def plan(platform: Platform, facts: ProjectFacts, given: Mapping[str, object]) -> Plan:
    """The plan of a first deployment, every question without an answer answered by its default."""
    return platform.plan(facts, Remote(), make_answers(platform, facts, **given))


def render(made: Plan, facts: ProjectFacts, folder: Path) -> Tree:
    """What the file steps of a plan make of the project, in the new *folder*.

    Nothing is installed and no manager is started: requirements are added, but not locked and not exported.
    """
    project = facts.location.root
    bench = Workbench(project=project, folder=folder, base="0" * 40)
    for path in project.rglob("*"):
        relative = path.relative_to(project)
        if path.is_file() and relative.parts[0] != ".git":
            bench.write(relative.as_posix(), path.read_bytes())
    renderer = Renderer(
        bench,
        facts.dependencies,
        asker=Ahead(given={}, use_defaults=True, otherwise=None),
        redact=str,
        written={},
        place=Place(root=folder, run=process.run, uv=str(uv.find_uv_bin()), python=sys.executable),
    )
    steps = [step for step in made.file_steps if not isinstance(step, ExportRequirements)]
    changes, met = renderer.render(steps)
    assert met == ()
    return Tree(facts, made, changes, folder)


def golden(slug: str, shape: Shape) -> Path:
    """Where the text of a cell is kept."""
    return FOLDER / slug / f"{shape.manager}-{shape.layout}.txt"


def text(slug: str, shape: Shape, samples: Samples, folder: Path) -> str:
    """The text of a cell as it is now."""
    platform, given = PLATFORMS[slug]
    facts = samples.facts(shape)
    tree = render(plan(platform, facts, given), facts, folder)
    return tree.text(f"What `deploy --platform {slug}` makes of the sample project: {shape.manager}, {shape.layout}.")


def main(slugs: list[str]) -> None:
    """Write the texts of these platforms, or of all."""
    with tempfile.TemporaryDirectory(prefix="golden-") as folder:
        samples = Samples(Path(folder) / "samples")
        for slug, shape in CELLS:
            if slug in slugs or not slugs:
                path = golden(slug, shape)
                path.parent.mkdir(parents=True, exist_ok=True)
                made = text(slug, shape, samples, Path(folder) / slug / path.stem)
                path.write_text(made, encoding="utf-8", newline="\n")
                print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main(sys.argv[1:])
