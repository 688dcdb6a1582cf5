"""Each kind of project is configured, committed, built, deployed and served as Upsun does it, on a read-only disk."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv
import yaml
from simple_deploy_upsun.simulator.container import App, Container, Environment, Told

from simple_deploy.rehearsal.front import make_server
from simple_deploy.testing import Shape
from tests.platforms.table import proves
from tests.platforms.upsun.sandbox import Sandbox
from tests.support.edge import Edge, bare_environment, serving, visit
from tests.support.postgres import Postgres
from tests.support.shapes import Shapes, lay_out

HOST = "main-bvxea6i-abcdefghij.eu-5.platformsh.site"
ENTROPY = "of-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDE"
ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
    "DJANGO_SUPERUSER_PASSWORD": "a-long-password-9",
}
#: One page of Upsun's documentation has the database's address, another only what it is made of; some projects get
#: that.
TOLD: dict[tuple[str, str], Told] = {
    ("requirements", "flat"): "parts",
    ("uv", "nested"): "parts",
}
WITHOUT = {
    "pip-tools": "pip installs the compiled requirements.txt, as in the first row.",
    **dict.fromkeys(("pdm", "hatch", "pep621"), "A requirements.txt is exported, and installed as in the first row."),
}


@dataclass
class Site:
    """A site on Upsun."""

    container: Container
    sandbox: Sandbox
    tools: Path

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run manage.py as ``upsun ssh`` would; returns what it printed."""
        deploy = next(line for line in self.container.app.hook("deploy").splitlines() if " migrate " in line)
        command = f"{deploy.partition(' migrate ')[0]} {' '.join(arguments)}"
        return "\n".join(self.sandbox.must(lambda: self.container.run(command, self.tools, **variables)))


def put_together(root: Path, folder: Path, database: str, told: Told, base: dict[str, str]) -> Site:
    """The last commit of the project in *root*, as Upsun takes it; not built yet."""
    commit = lay_out(root, folder / "commit")
    config = yaml.safe_load((commit / ".upsun" / "config.yaml").read_text(encoding="utf-8"))
    ((name, described),) = config["applications"].items()
    # What is outside of source.root does not exist on the site.
    moved = (commit / described["source"]["root"].strip("/")).rename(folder / "app")
    app = App(name=name, folder=moved, described=described)
    sandbox = Sandbox(moved, folder / "storage")
    short = Path(tempfile.mkdtemp(prefix="upsun-"))  # a socket's path is short
    container = Container(
        app=app,
        environment=Environment(
            project="abcdefghij", branch="main", host=HOST, entropy=ENTROPY, database=database, told=told
        ),
        base=base,
        uv=uv.find_uv_bin(),
        python=sys.executable,
        execute=sandbox.execute,
        sealed=sandbox.sealed,
        socket=str(short / "app.sock"),
        storage=sandbox.storage,
    )
    return Site(container, sandbox, folder / "tools")


@contextmanager
def served(site: Site, folder: Path) -> Iterator[Edge]:
    """The site started, behind its router; the port is the router's."""
    app = site.container.app
    router = make_server(app.folder, app.described["web"]["locations"], site.container.socket)
    thread = threading.Thread(target=router.serve_forever, daemon=True)
    thread.start()
    argv = site.sandbox.seal(site.container.start_argv())
    env = site.container.run_variables(site.tools)
    try:
        with serving(argv, cwd=app.folder, env=env, port=Path(site.container.socket), log=folder / "app.log"):
            yield Edge(router.server_port, HOST)
    finally:
        router.shutdown()
        router.server_close()
        thread.join()
        shutil.rmtree(Path(site.container.socket).parent)


@pytest.mark.postgres
@proves(
    "upsun",
    ("requirements", "pipenv", "poetry", "poetry-tool", "uv"),
    without=WITHOUT,
)
def test_a_project_is_built_deployed_and_served(
    manager: str, layout: str, shapes: Shapes, postgres: Postgres, tmp_path: Path
) -> None:
    shape = Shape(layout=layout, manager=manager)
    project = shapes.project(shape, tmp_path / "my site")
    configured = project.deploy("--platform", "upsun", "--no-input")
    assert configured.exit_code == 0, configured
    project.commit("Configure deployment to Upsun")
    again = project.deploy("--platform", "upsun", "--no-input")
    assert again.exit_code == 0, again
    assert project.git("status", "--porcelain") == "", "a second time changes something"

    tools = {name: value for name, value in shapes.variables(shape).items() if value}
    base = {**bare_environment(HOME=str(tmp_path)), **tools}
    site = put_together(project.root, tmp_path, postgres.database(), TOLD.get((manager, layout), "url"), base)
    site.sandbox.must(lambda: site.container.build(site.tools))
    deployed = site.sandbox.must(lambda: site.container.deploy(site.tools))
    assert any("Applying posts.0001_initial" in line for line in deployed)
    assert "no issues" in site.manage("check", "--deploy", "--fail-level", "WARNING")
    site.manage("createsuperuser", "--noinput", **ADMIN)

    with served(site, tmp_path) as edge:
        visit(edge, user="ada", password=ADMIN["DJANGO_SUPERUSER_PASSWORD"])
        (site.sandbox.storage / "media" / "a.txt").write_text("uploaded", encoding="utf-8")
        assert edge.get("/media/a.txt").text == "uploaded"
    log = (tmp_path / "app.log").read_text(encoding="utf-8")
    assert "Control server error" not in log
    assert "Read-only file system" not in log
