"""A small platform with every kind of step, shaped like a third party's: its "cloud" is a folder.

What goes wrong is asked for by variables: TOY_FAIL names a call that fails, TOY_SLOW one that takes a minute,
TOY_LINES how much the build prints.
"""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from simple_deploy.api import (
    AddRequirements,
    Advice,
    Answers,
    Call,
    Card,
    Choice,
    Commit,
    Context,
    EditBlock,
    Finding,
    FinishedRun,
    Hosting,
    Level,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Question,
    Remote,
    Resource,
    RunCommand,
    SiteState,
    StepError,
    WriteFile,
    hookimpl,
)

GREETING = Question(
    id="greeting",
    title="What should the site say?",
    help="Shown on its first page.",
    fields=(
        Option(name="greeting", label="Greeting", default="Hello"),
        Option(name="pin", label="PIN of the door", kind="secret", required=False, default=""),
    ),
)


class Toy(Platform):
    card = Card(
        slug="toy",
        name="Toy cloud",
        summary="A folder that plays a platform.",
        cost="Nothing",
        checked=datetime.date(2026, 11, 1),
        needs_account=False,
        needs_card=False,
    )
    operations = ("status", "stop")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(
                name="app_name",
                label="Name",
                default=facts.name.replace("_", "-"),
                pattern="[a-z][a-z0-9-]*",
                pattern_help="It is made of a-z, 0-9 and dashes.",
            ),
            Option(
                name="size",
                label="Size",
                kind="choice",
                default="small",
                choices=(Choice(value="small", label="Small"), Choice(value="big", label="Big")),
            ),
            Option(name="api_token", label="Token", kind="secret", required=False, default=""),
        )

    def check(self, ctx: Context) -> Iterable[Finding]:
        if os.environ.get("TOY_LOGGED_OUT"):
            yield Finding(
                id="toy.logged-out",
                level=Level.BLOCKER,
                title="You are not logged in to the toy cloud.",
                fix="Unset TOY_LOGGED_OUT.",
            )

        if os.environ.get("TOY_UNPAID"):
            yield Finding(
                id="toy.unpaid",
                level=Level.DEPLOY_BLOCKER,
                title="The toy cloud wants a payment card.",
                fix="Unset TOY_UNPAID.",
            )

    def probe(self, ctx: Context) -> Remote:
        if not ctx.home.is_dir():
            return Remote()
        return Remote(
            resources=tuple(
                Resource(kind="app", name=path.stem, holds="Its page.") for path in sorted(ctx.home.glob("*.app"))
            )
        )

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        name = answers.text("app_name")
        return Plan(
            platform="toy",
            steps=(
                WriteFile(
                    id="toyfile", title="Write toy.toml", why="The cloud reads it.", path="toy.toml",
                    text=f'app = "{name}"\nsize = "{answers.text("size")}"\n',
                ),
                EditBlock(
                    id="settings", title="Add a settings block", why="Production differs.",
                    path=facts.settings_file or "settings.py", block_id="toy",
                    text='import os\n\nif os.environ.get("TOY"):\n    DEBUG = False\n    ALLOWED_HOSTS = ["toy.localhost"]\n',
                ),
                AddRequirements(
                    id="requirements", title="Add whitenoise", why="Something small.", requirements=("whitenoise",)
                ),
                Commit(id="commit", title="Commit", why="The cloud takes commits.", message="Configure for the toy cloud"),
                Call(id="create", title="Create the app", why="It needs a place.", name="create", params={"name": name}),
                RunCommand(
                    id="build", title="Build", why="Make it ready.", argv=(sys.executable, "-c", BUILD), timeout=120
                ),
                Call(id="release", title="Release", why="Make it live.", name="release", params={"name": name}),
            ),
            creates=() if remote.resources else (Resource(kind="app", name=name, cost="Nothing"),),
            questions=(GREETING,),
            notes=("This is a toy.",),
            hosting=Hosting(site=(("TOY", "1"),)),
        )  # fmt: skip

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        if os.environ.get("TOY_SLOW") == call:
            ctx.run((sys.executable, "-c", "import time; print('waiting', flush=True); time.sleep(3600)"))
        if os.environ.get("TOY_FAIL") == call:
            raise StepError(f"The toy cloud refused to {call}.", hint="Unset TOY_FAIL.")
        path = ctx.home / f"{params['name']}.app"
        if call == "create":
            ctx.created(Resource(kind="app", name=params["name"]), reused=path.exists())
            if not path.exists():
                ctx.write(path, "")
            return {}
        answers = ctx.ask(GREETING)
        ctx.write(path, f"{answers.text('greeting')}\n{ctx.results['commit']}\n")
        return {"url": f"http://toy.localhost/{params['name']}"}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        ctx.remove(ctx.home / f"{resource.name}.app")

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        found = self.probe(ctx).resources
        return SiteState(running=bool(found), headline=f"{len(found)} app", details=(("operation", operation),))

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return (Advice(title="Deploy again", command="python manage.py deploy --platform toy --automate-all"),)


BUILD = """
import os
for number in range(int(os.environ.get("TOY_LINES", "3"))):
    print(f"\\x1b[32mline\\x1b[0m {number}", flush=True)
"""


@hookimpl
def simple_deploy_register(register):  # type: ignore[no-untyped-def]
    register(Toy())
