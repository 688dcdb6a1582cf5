"""The same on a real platform: this computer. One deployment full of secrets, and runs that are killed while it happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from simple_deploy.engine import executor
from simple_deploy.runs.model import RunKind, RunState
from tests.attacks.claims import proves
from tests.attacks.test_secrets import SENTINELS, SETTINGS, holds, scan, scan_state
from tests.platforms.local.conftest import cache, notes, nothing_runs, owner
from tests.platforms.local.projects import Owner, commit
from tests.support.processes import CommandLines
from tests.support.repository import fingerprint, git

__all__ = ["cache", "notes", "owner"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


#: What a site prints that means no harm: its key, in colours and over two lines.
PRINTS = """
import sys
from django.conf import settings
print("".join(f"\\x1b[3{at % 8}m{char}" for at, char in enumerate(settings.SECRET_KEY)), file=sys.stderr)
print("key", settings.SECRET_KEY[:9], settings.SECRET_KEY[9:], sep="\\n", file=sys.stderr, flush=True)
"""


@proves(
    "A project full of secrets, whose site prints its key in colours and over two lines, is planned, deployed to this computer with an admin user"
    " and its password, asked for its state and its log, broken, deployed again, destroyed and undone",
    "None of the project's secrets, none that was typed, and not the key made for the site appears in anything "
    "that is stored or committed, nor on any command line during the deployment",
    number=21,
    closes=(5,),
)
def test_secret_in_plain_sight_on_this_computer(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PW", SENTINELS["password of the database"])
    monkeypatch.setenv("CLOUD_TOKEN", SENTINELS["token of the platform"])
    settings = owner.folder / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + SETTINGS.replace('DATABASES["other"]', "OTHER"))
    urls = owner.folder / "mysite" / "urls.py"
    urls.write_text(urls.read_text() + PRINTS)
    commit(owner.root, "Secrets")
    before = git(owner.root, "rev-parse", "HEAD")
    password = SENTINELS["secret answer"]
    with CommandLines() as command_lines:
        owner.deployed(create_admin="yes", admin_username="grace", admin_password=password)
    key = owner.variables()["SECRET_KEY"]
    shown = "\n".join(command_lines.seen).encode()
    assert b"supervisor" in shown
    assert not scan("command lines", shown) and not holds(shown, key)
    assert holds((owner.site.server / "site.log").read_bytes(), key), "the site did print"
    for operation in ("status", "logs"):
        run = owner.operate(operation)
        assert run.state is RunState.SUCCEEDED
    assert "key" in owner.output(run)
    found = scan("commits", git(owner.root, "log", "-p", "-U0", f"{before}..HEAD").encode())
    urls.write_text(urls.read_text() + f"\nraise RuntimeError({SENTINELS['SECRET_KEY']!r})\n")
    commit(owner.root, "Break it")
    assert owner.deploy().state in {RunState.FAILED, RunState.BLOCKED}
    assert owner.destroy().state is RunState.SUCCEEDED
    found += scan_state(owner.service.store.root)
    for path in owner.service.store.root.rglob("*"):
        if path.is_file() and not {"backup", "tree"} & set(path.relative_to(owner.service.store.root).parts):
            found += [f"the site's key in {path}"] if holds(path.read_bytes(), key) else []
    assert not found


KILLED = """
import sys
from pathlib import Path
from simple_deploy.conf import load
from simple_deploy.core.events import StepStarted
from simple_deploy.core.facts import Location
from simple_deploy.runs.service import Service
import os, signal

root, run_id, at = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
service = Service(Location(root=root, project_dir="", settings_module="mysite.settings"), load(os.environ))

def listen(event):
    if isinstance(event.payload, StepStarted) and event.step == at:
        os.kill(os.getpid(), signal.SIGKILL)

service.execute(run_id, use_defaults=True, nobody=True, listeners=[listen])
"""


@proves(
    "A deployment to this computer is killed at the beginning of each of its steps",
    "The project is either exactly as before or entirely changed, and the run is interrupted; continuing from "
    "there ends with a site that answers; after undo and removal every byte is as it was and nothing is left over",
)
def test_killed_at_every_step_on_this_computer(owner: Owner) -> None:
    original = fingerprint(owner.root)
    planned = owner.plan()
    service = owner.service
    rendered = service.plan_of(planned.id)
    assert rendered is not None, planned.error
    env = {**os.environ, **owner.conf.as_environment()}
    run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY)
    steps = [head.id for head in executor.heads(rendered, configure_only=False)]
    assert len(steps) > 5
    for step in steps:
        argv = [sys.executable, "-c", KILLED, str(owner.root), run.id, step]
        struck = subprocess.run(argv, cwd=owner.root, env=env, capture_output=True, text=True)
        assert struck.returncode == -signal.SIGKILL, (step, struck)
        assert owner.service.run(run.id).state is RunState.INTERRUPTED
        assert fingerprint(owner.root) == original
        run = owner.service.create_retry(run.id)
    done = owner.service.execute(run.id, use_defaults=True, nobody=True)
    assert done.state is RunState.SUCCEEDED, done.error
    assert owner.operate("status").state is RunState.SUCCEEDED
    assert owner.destroy().state is RunState.SUCCEEDED
    assert owner.service.execute(owner.service.create_undo().id).state is RunState.SUCCEEDED
    assert fingerprint(owner.root) == original
    nothing_runs(owner.home)
