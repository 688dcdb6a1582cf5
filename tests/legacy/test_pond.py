"""A plugin that does what it is told, through this tool: what it asks, runs, hides and breaks, and what is left of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from simple_deploy import conf
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.browser.conftest import browser, visit
from tests.legacy.comparing import BOTH, COPIES, OURS, kept
from tests.legacy.plugins import Environment, folder_of, make, tree
from tests.legacy.pond import Pond, package
from tests.legacy.programs import Programs
from tests.support.repository import git
from tests.support.shared import once
from tests.support.waiting import waited
from tests.web.servers import serving

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.slow, pytest.mark.slice(2)]

CORE = "django-simple-deploy"


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Environment:
    """An environment with django-simple-deploy, made once for the whole run."""
    folder = once(tmp_path_factory, CORE, lambda there: Environment(there / "env", there, "pond").make(CORE))
    home = tmp_path / "home"
    home.mkdir()
    return Environment(folder / "env", home, "pond")


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path / "pond")


@pytest.fixture
def played(tmp_path: Path) -> Programs:
    """Programs of a platform that does all it is told."""
    programs = Programs(tmp_path / "programs")
    programs.answer({"pond": {"out": "done\n"}})
    return programs


Tell = Callable[..., dict[str, str]]


@pytest.fixture
def tell(pond: Pond, played: Programs) -> Tell:
    """The environment in which the plugin does what a test writes down."""

    def told(code: str) -> dict[str, str]:
        there = played.environment()
        return {**there, **pond.told(textwrap.dedent(code), there["PYTHONPATH"])}

    return told


def commands(project: Path, run: str) -> str:
    return (project / ".simple_deploy" / "runs" / run / "summary.md").read_text(encoding="utf-8")


def is_untouched(project: Path, before: dict[str, str]) -> bool:
    return tree(project) == before and git(project, "status", "--porcelain") == "" and git(project, "remote") == ""


# -- files --


@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_without_its_app_the_requirement_is_all_that_is_missing(
    environment: Environment, tell: Tell, layout: str, tmp_path: Path
) -> None:
    env = tell(
        'plugin_utils.add_packages(["gunicorn"]); plugin_utils.add_file(dsd_config.git_path / "Procfile", "web\\n")'
    )
    theirs = make(tmp_path / "theirs" / "site", layout=layout, apps=BOTH)
    ours = make(tmp_path / "ours" / "site", layout=layout, apps=OURS)
    assert environment.original(theirs, "--unit-testing", "--deployed-project-name", "blog", env=env) == 0
    assert environment.through(ours, "configure", env=env)["state"] == "succeeded"
    found, wanted = tree(ours), tree(theirs)
    settings = (folder_of(ours) / "blog" / "settings.py").relative_to(ours).as_posix()
    assert {path for path in {*found, *wanted} if found.get(path) != wanted.get(path)} == {"requirements.txt", settings}
    lines = (theirs / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith(CORE)] == [
        line for line in (ours / "requirements.txt").read_text(encoding="utf-8").splitlines() if line
    ]


@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_what_is_sent_is_the_whole_change(environment: Environment, tell: Tell, layout: str, tmp_path: Path) -> None:
    """The original adds what lies below manage.py, and leaves out a requirements.txt above it."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "app.git")], check=True)
    env = tell(f"""
        plugin_utils.add_packages(["gunicorn"])
        plugin_utils.add_file(dsd_config.project_root / "start.sh", "#!/bin/sh\\n")
        (dsd_config.project_root / "start.sh").chmod(0o755)
        if online:
            plugin_utils.commit_changes()
            subprocess.run(["git", "remote", "add", "pond", {str(tmp_path / "app.git")!r}], check=True)
            subprocess.run(["git", "push", "--quiet", "pond", "main"], check=True)
            config = Path.home() / ".pond" / "config.json"
            config.parent.mkdir()
            config.write_text(json.dumps({{"sites": {{str(Path.cwd()): "quiet"}}}}))
    """)
    config = environment.home / ".pond" / "config.json"
    project = make(tmp_path / "site", layout=layout, apps=OURS)
    before, head = tree(project), git(project, "rev-parse", "HEAD")
    done = environment.through(project, "deploy", env=env)
    assert done["state"] == "succeeded", done["error"]
    sent = git(tmp_path / "app.git", "diff", "--name-only", head, "main").split()
    start = (folder_of(project) / "start.sh").relative_to(project).as_posix()
    assert {"requirements.txt", start} <= {*sent}
    assert git(tmp_path / "app.git", "rev-parse", "main") == git(project, "rev-parse", "HEAD")
    assert git(project, "ls-tree", "HEAD", start).startswith("100755")
    assert json.loads(config.read_text(encoding="utf-8")) == {"sites": {str(folder_of(project)): "quiet"}}
    assert "~/.pond/config.json" in commands(project, done["id"])
    assert environment.through(project, "undo")["state"] == "succeeded"
    assert is_untouched(project, before)
    assert json.loads(config.read_text(encoding="utf-8")) == {"sites": {}}


@pytest.mark.parametrize(("answer", "state"), [("no", "cancelled"), ("yes", "succeeded")])
def test_files_that_differ_from_the_approved_ones_are_shown_and_not_sent_without_consent(
    environment: Environment, tell: Tell, answer: str, state: str, tmp_path: Path
) -> None:
    """Shown in the log too where the answer was given ahead: nobody has seen them before."""
    env = tell("""
        plugin_utils.add_file(dsd_config.git_path / "Procfile", f"web: {online}\\n")
        if online:
            plugin_utils.commit_changes()
            subprocess.run(["pond", "push"], check=True)
    """)
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", {"other_files": answer, "let_plugin_deploy": "yes"}, env, who="no")
    assert done["state"] == state
    assert state == "succeeded" or "What was run" in done["error"]["hint"]
    assert is_untouched(project, before) is (state == "cancelled")
    assert ("pond push" in commands(project, done["id"])) is (state == "succeeded")
    log = (project / ".simple_deploy" / "runs" / done["id"] / "deploy.log").read_text(encoding="utf-8")
    shown = log.split("Not as you approved: Procfile")[1]
    assert "-web: False" in shown and "+web: True" in shown and f"Continue with these files?: {answer}" in shown


def test_what_git_ignores_is_written_for_its_owner_alone_and_shown_to_nobody(
    environment: Environment, tell: Tell, tmp_path: Path
) -> None:
    env = tell("""
        from django.core.management.utils import get_random_secret_key
        ignored = dsd_config.git_path / ".gitignore"
        ignored.write_text(ignored.read_text() + "/.pond/\\n")
        key = get_random_secret_key()
        plugin_utils.add_dir(dsd_config.git_path / ".pond")
        (dsd_config.git_path / ".pond" / "key").write_text(key)
        print("The key is " + key)
        if online:
            plugin_utils.commit_changes()
    """)
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", env=env)
    assert done["state"] == "succeeded", done["error"]
    path = project / ".pond" / "key"
    key = path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    assert git(project, "ls-files", ".pond") == "" and git(project, "status", "--porcelain") == ""
    assert kept(project, [key]) == []
    assert environment.through(project, "undo")["state"] == "succeeded"
    assert is_untouched(project, before)


def test_what_the_original_writes_into_its_log_files_is_in_the_log_once(
    environment: Environment, tell: Tell, tmp_path: Path
) -> None:
    env = tell("""
        if online:
            plugin_utils.log_info("Only for the log.")
            plugin_utils.write_output("For both.")
            plugin_utils.write_output("Not on the console.", write_to_console=False)
            plugin_utils.run_quick_command("pond quick")
            plugin_utils.run_slow_command("pond slow")
    """)
    project = make(tmp_path / "site", apps=OURS)
    done = environment.through(project, "deploy", env=env)
    assert done["state"] == "succeeded", done["error"]
    log = (project / ".simple_deploy" / "runs" / done["id"] / "deploy.log").read_text(encoding="utf-8")
    for line in ("Only for the log.", "For both.", "Not on the console.", "pond quick", "pond slow"):
        assert log.count(line) == 1, log
    assert "dsd_config values" not in log


def test_of_a_setting_that_the_plugin_leaves_alone_the_plan_says_so(
    environment: Environment, tell: Tell, tmp_path: Path
) -> None:
    """The inspection says that the site gets a key of its own, which holds for this tool's own platforms."""
    env = tell("""
        with dsd_config.settings_path.open("a") as file:
            file.write("if 'ON_POND' in os.environ: DEBUG = False\\n")
    """)
    done = environment.through(make(tmp_path / "site", apps=OURS), "plan", env=env)
    assert done["findings"]["settings.debug"] == "DEBUG is on."
    assert "nothing that dsd-pond 1.2 shows changes that" in done["findings"]["settings.secret-key"]


# -- questions --

CREATING = """
    plugin_utils.add_file(dsd_config.git_path / "Procfile", "web\\n")
    if online:
        subprocess.run(["pond", "login"], check=True)
        subprocess.run(["pond", "create", "--token=t0ken-2f9c1b7a"], check=True)
        plugin_utils.commit_changes()
        subprocess.run(["pond", "push"], check=True)
"""

ASKING = """
    if online:
        app = plugin_utils.get_confirmation("Use the app that is there?")
        number = plugin_utils.get_numbered_choice("Which one?\\n  0: first\\n  1: second", [0, 1], "No app, no pond.")
        name = plugin_utils.get_user_info("Its name? ")
        password = getpass.getpass("Its password? ")
        plugin_utils.add_file(dsd_config.git_path / "answers.txt", f"{app} {number} {name} {len(password)}\\n")
        subprocess.run(["pond", "create"], check=True)
        print("The password is " + password)
"""
PASSWORD = "correct-horse-9Fm2"
ANSWERS = {"answer_1": "yes", "answer_2": "1", "answer_3": "lily", "answer_4": PASSWORD}


def test_each_kind_of_question_can_be_answered_ahead(environment: Environment, tell: Tell, tmp_path: Path) -> None:
    project = make(tmp_path / "site", apps=OURS)
    done = environment.through(project, "deploy", ANSWERS, tell(ASKING))
    assert done["state"] == "succeeded", done["error"]
    assert (project / "answers.txt").read_text(encoding="utf-8") == "True 1 lily 18\n"
    assert kept(project, [PASSWORD]) == []


@pytest.mark.browser
def test_each_kind_of_question_is_asked_on_the_page(
    environment: Environment, tell: Tell, visit: Callable[..., Page], tmp_path: Path
) -> None:
    project = make(tmp_path / "site", apps=OURS)
    env = environment.variables({**tell(ASKING), "SIMPLE_DEPLOY_WORKER_IDLE": "20"})
    with serving(project, env, python=str(environment.python)) as server:
        page = visit(server)
        page.get_by_role("link", name="dsd-pond").click()
        page.get_by_role("button", name="Make the plan").click()
        page.get_by_role("button", name=re.compile("^(Configure and deploy|Deploy)")).click()
        asked = page.locator("#run-question")
        expect(asked).to_contain_text("Use the app that is there?")
        asked.get_by_role("button", name="Yes").click()
        expect(asked).to_contain_text("Which one?")
        expect(asked.locator("input:checked")).to_have_count(0)
        asked.get_by_label("second").check()
        asked.get_by_role("button", name="Continue").click()
        expect(asked).to_contain_text("Its name?")
        asked.get_by_label("Your answer").fill("lily")
        asked.get_by_role("button", name="Continue").click()
        expect(asked).to_contain_text("Its password?")
        asked.locator("input[type=password]").fill(PASSWORD)
        asked.get_by_role("button", name="Continue").click()
        expect(asked).to_contain_text("answers.txt")  # it was in no plan
        asked.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("link", name="Summary and next steps")).to_be_visible()
    assert (project / "answers.txt").read_text(encoding="utf-8") == "True 1 lily 18\n"
    assert kept(project, [PASSWORD]) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_each_kind_of_question_is_asked_at_a_terminal(environment: Environment, tell: Tell, tmp_path: Path) -> None:
    from tests.project.command.console import Console

    project = make(tmp_path / "site", apps=OURS)
    words = ("manage.py", "deploy", "--platform", "dsd-pond", "--automate-all")
    with closing(
        Console(project, environment.variables(tell(ASKING)), *words, python=str(environment.python))
    ) as there:
        there.answer("Pond password: ", "")
        there.answer("Carry this out? [Y/n]: ", "")
        there.wait_for("? Use the app that is there?")
        there.answer("Yes [y/N]: ", "y")
        there.wait_for("? Which one?")
        there.wait_for("1. first")
        there.answer("Your answer: ", "")  # which proposes none of them
        there.answer("an answer is needed", "2")
        there.wait_for("? Its name?")
        there.answer("Your answer: ", "lily")
        there.wait_for("? Its password?")
        there.answer("Your answer: ", PASSWORD)
        there.answer("Continue with these files? [y/N]: ", "y")
        assert there.end() == 0
    assert PASSWORD not in there.raw and kept(project, [PASSWORD]) == []
    assert (project / "answers.txt").read_text(encoding="utf-8") == "True 1 lily 18\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_yes_at_a_terminal_leaves_lists_to_the_person(
    environment: Environment, tell: Tell, played: Programs, tmp_path: Path
) -> None:
    from tests.project.command.console import Console

    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    words = ("manage.py", "deploy", "--platform", "dsd-pond", "--automate-all", "--yes")
    with closing(
        Console(project, environment.variables(tell(ASKING)), *words, python=str(environment.python))
    ) as there:
        there.wait_for("? Which one?")
        there.answer("Your answer: ", "q")
        there.wait_for("No app, no pond.")
        assert there.end() == 1
    assert "Use the app that is there? [y/N]" not in there.screen
    assert played.calls == [] and is_untouched(project, before)


@pytest.mark.parametrize("missing", ["answer_2", "answer_3", "answer_4"])
def test_yes_answers_no_list_and_no_text(environment: Environment, tell: Tell, missing: str, tmp_path: Path) -> None:
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    answers = {name: value for name, value in ANSWERS.items() if name not in (missing, "answer_1")}
    done = environment.through(project, "deploy", answers, tell(ASKING))
    assert done["state"] in ("failed", "blocked") and missing in done["error"]["message"] + done["error"]["hint"]
    assert is_untouched(project, before)


def test_where_nobody_can_be_asked_nothing_is_begun(
    environment: Environment, tell: Tell, played: Programs, tmp_path: Path
) -> None:
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", env=tell(CREATING), who="no")
    assert done["state"] == "blocked" and "let_plugin_deploy" in done["error"]["message"] + done["error"]["hint"]
    assert played.calls == [] and is_untouched(project, before)


# -- secrets --

#: What the plugin is given, in every way that it can be, or makes up itself.
SECRETS = {
    "variable": "v4riable-Sentinel-one",
    "setting": "s3tting-Sentinel-two",
    "option": "0ption-Sentinel-three",
    "answer": "4nswer-Sentinel-four",
    "hidden answer": "h1dden-Sentinel-five",
    "assigned": "4ssigned-Sentinel-six",
    "flag": "fl4g-Sentinel-seven",
    "in a shell": "sh3ll-Sentinel-eight",
    "key": "k3y-Sentinel-nine",
    "random": "r4ndom-Sentinel-ten",
}

#: Prints all of it at once, into files that are sent too. Nothing of this text is a value itself.
TELLING = """
    import json, sys
    from django.conf import settings
    from django.core.management import utils as management
    from django.utils import crypto

    made = json.loads(os.environ["POND_MADE"])
    crypto.secrets.choice = lambda letters, left=[*made["key"], *made["random"]]: left.pop(0)
    told = {"variable": os.environ["POND_TOKEN"], "setting": settings.SECRET_KEY, "option": GIVEN["pond_password"]}
    told["key"] = crypto.get_random_string(len(made["key"]))
    print("key:", told["key"], "is new", flush=True)
    told["random"] = crypto.get_random_string(len(made["random"]))
    if online:
        plugin_utils.get_confirmation("Use the app that is there?")
        plugin_utils.get_numbered_choice("Which one?\\n  0: first\\n  1: second", [0, 1], "No app, no pond.")
        told["answer"] = plugin_utils.get_user_info("Its API token? ")
        told["hidden answer"] = getpass.getpass("Say the word: ")
        for name, words in {
            "assigned": ["pond", "set", "POND_TOKEN=" + made["assigned"]],
            "flag": ["pond", "login", "--token", made["flag"]],
            "in a shell": "pond set POND_PASSWORD='" + made["in a shell"] + "' --quiet",
        }.items():
            told[name] = made[name]
            subprocess.run(words, shell=isinstance(words, str), check=True)
    for name, value in told.items():
        print(f"{name}: {value} was told", flush=True)
        print(f"{name}: {value} was complained of", file=sys.stderr, flush=True)
        plugin_utils.log_info(f"{name}: {value} was logged")
    plugin_utils.add_file(dsd_config.git_path / "told.txt", json.dumps(told, indent=1) + "\\n")
    if online:
        plugin_utils.commit_changes()
        if os.environ["POND_ENDS"] == "badly":
            raise DSDCommandError("No water for " + " ".join(told.values()))
        webbrowser.open("https://ada:" + told["answer"] + "@pond.example/?key=" + told["key"])
"""


def test_no_secret_is_kept_or_shown(environment: Environment, tell: Tell, played: Programs, tmp_path: Path) -> None:
    """Whatever the plugin is told or makes up: in what the command prints, in each stored file, on each page."""
    played.answer({"pond": {"out": "done\n"}, "pond login": {"out": f"logged in with {SECRETS['flag']}\n"}})
    project = make(tmp_path / "site", apps=OURS)
    with (project / "blog" / "settings.py").open("a", encoding="utf-8") as file:
        file.write(f'SECRET_KEY = "{SECRETS["setting"]}"\n')
    git(project, "commit", "--quiet", "--all", "-m", "A key")
    made = {name: SECRETS[name] for name in ("assigned", "flag", "in a shell", "key", "random")}
    told = {**tell(TELLING), "POND_TOKEN": SECRETS["variable"], "POND_MADE": json.dumps(made)}
    answers = {"answer_2": "1", "answer_3": SECRETS["answer"], "answer_4": SECRETS["hidden answer"]}
    (tmp_path / "answers.json").write_text(
        json.dumps({**answers, "pond_password": SECRETS["option"], "other_files": True}), encoding="utf-8"
    )

    def deploy(*flags: str, ends: str = "well") -> tuple[int, str]:
        done = subprocess.run(
            (str(environment.python), "manage.py", "deploy", *flags),
            cwd=project,
            env=environment.variables({**told, "POND_ENDS": ends}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        return done.returncode, done.stdout + done.stderr

    whole = ("--platform", "dsd-pond", "--automate-all", "--yes", "--answers", str(tmp_path / "answers.json"))
    code, failed = deploy(*whole, ends="badly")
    assert code == 1 and "No water for •••" in failed, failed
    code, lines = deploy(*whole, "--json")
    lines = lines.replace(json.dumps("•••")[1:-1], "•••")
    result = json.loads(lines.splitlines()[-1])
    assert code == 0 and result["status"] == "succeeded", result
    for name in SECRETS:  # it was printed, and hidden
        for what in ("told", "complained of", "logged"):
            assert f"{name}: ••• was {what}" in failed
            assert f"{name}: ••• was {what}" in lines
    shown = {"terminal": failed, "--json": lines}
    for flags in (("--check", "--json"), ("--history", "--json"), ("--summary", result["run"])):
        shown[" ".join(flags)] = deploy(*flags)[1]
    assert deploy("--export-run", result["run"], "--to", str(tmp_path / "run.html"))[0] == 0
    shown["the export"] = (tmp_path / "run.html").read_text(encoding="utf-8")
    with serving(project, environment.variables(told), python=str(environment.python)) as server:
        server.enter()
        for run in {path.name for path in (project / ".simple_deploy" / "runs").iterdir()}:
            for page in (
                "",
                "stream/?after=0",
                "lines/",
                "summary/",
                "summary.md",
                "summary.html",
                "log.txt",
                "present/",
            ):
                answer = server.ask("GET", f"/simple-deploy/runs/{run}/{page}", Accept_Encoding="identity")
                shown[f"{run}/{page}"] = answer.text
    assert "was told" in shown[f"{result['run']}/stream/?after=0"] and "was told" in shown["the export"]
    found = [(where, name) for where, text in shown.items() for name, value in SECRETS.items() if value in text]
    assert found == [] and kept(project, [*SECRETS.values()], but=COPIES) == []


# -- trouble --


def test_where_git_knows_nobody_nothing_is_begun(
    environment: Environment, tell: Tell, played: Programs, tmp_path: Path
) -> None:
    """A plan says so and can be given a name; a deployment whose name is gone since ends before the plugin runs."""
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    (environment.home / "gitconfig").write_text("[user]\nuseConfigOnly = true\n", encoding="utf-8")
    nameless = replace(environment, identity={})
    deployed = nameless.through(project, "deploy", env={**tell(CREATING), "FORGOTTEN": "user.email"})
    assert deployed["planned"] and deployed["state"] == "failed"
    assert "does not know who you are" in deployed["error"]["message"] and "git config" in deployed["error"]["hint"]
    planned = nameless.through(project, "deploy", env=tell(CREATING))
    assert not planned["planned"] and planned["state"] == "blocked"
    assert "does not know who you are" in planned["error"]["message"]
    assert played.calls == [] and is_untouched(project, before)


CALLS = ("pond login", "pond create", "pond push")


@pytest.mark.parametrize("number", range(1, len(CALLS) + 1))
def test_whichever_program_fails_the_project_is_as_it_was(
    environment: Environment, tell: Tell, played: Programs, number: int, tmp_path: Path
) -> None:
    env = tell(CREATING)
    played.answer({"pond": {"out": "done\n"}, CALLS[number - 1]: {"err": "Error: no water\n", "code": 1}})
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = environment.through(project, "deploy", env=env)
    assert done["state"] == "failed" and "dsd-pond 1.2" in done["error"]["message"]
    assert len(played.calls) == number and is_untouched(project, before)
    listed = commands(project, done["id"])
    assert all((call in listed) is (place < number) for place, call in enumerate(CALLS))
    assert "t0ken-2f9c1b7a" not in listed


@pytest.mark.parametrize(
    ("code", "settings", "said"),
    [
        ('if online: (Path(os.environ["SITE"]) / "manage.py").write_text("")', "", "in the project itself"),
        ("", 'BASE_DIR = Path("/")\n', "outside the copy of the project"),
    ],
)
def test_what_reaches_beyond_the_copy_is_refused(
    environment: Environment, tell: Tell, code: str, settings: str, said: str, tmp_path: Path
) -> None:
    project = make(tmp_path / "site", apps=OURS)
    if settings:
        with (project / "blog" / "settings.py").open("a", encoding="utf-8") as file:
            file.write(settings)
        git(project, "commit", "--quiet", "--all", "-m", "Somewhere else")
    before = tree(project)
    done = environment.through(project, "deploy", env={**tell(code or "pass"), "SITE": str(project)})
    assert done["state"] in ("failed", "blocked")
    told = done["error"]["message"] + " ".join(done["details"].values())
    assert said in told and is_untouched(project, before)


def test_settings_of_another_copy_are_refused(environment: Environment, tell: Tell, pond: Pond, tmp_path: Path) -> None:
    """Such as those of a project that is installed editable from elsewhere: the plugin would change that one."""
    env = tell("pass")
    project = make(tmp_path / "site", apps=OURS)
    shutil.copytree(project / "blog", pond.folder / "afar")
    with (pond.folder / "afar" / "settings.py").open("a", encoding="utf-8") as file:
        file.write("BASE_DIR = Path.cwd()\n")
    manage = project / "manage.py"
    manage.write_text(manage.read_text(encoding="utf-8").replace("blog.settings", "afar.settings"), encoding="utf-8")
    git(project, "commit", "--quiet", "--all", "-m", "Settings from elsewhere")
    before = tree(project)
    done = environment.through(project, "deploy", env=env)
    assert done["state"] in ("failed", "blocked")
    told = done["error"]["message"] + " ".join(done["details"].values())
    assert "settings module afar.settings is not a file of this project" in told and is_untouched(project, before)


@pytest.mark.parametrize("how", ["killed", "cancelled"])
def test_a_run_that_ends_while_it_waits_leaves_nothing(
    environment: Environment, tell: Tell, how: str, tmp_path: Path
) -> None:
    project = make(tmp_path / "site", apps=OURS)
    before, env = tree(project), environment.variables(tell(ASKING))
    words = environment.words(project, "deploy", {"let_plugin_deploy": "yes"}, "page")
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run)
    service = Service(location, conf.load(env))
    run = subprocess.Popen(words, cwd=project, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        waited(lambda: (found := service.active()) and found.kind is RunKind.DEPLOY, "the deployment, after its plan")
        waited(lambda: (found := service.active()) and service.open_question(found.id), "the first question")
        children = psutil.Process(run.pid).children(recursive=True)
        assert any("driver.py" in " ".join(each.cmdline()) for each in children)
        if how == "cancelled" and (active := service.active()):
            service.cancel(active.id)
            run.wait()
    finally:
        run.kill()
        run.wait()
    waited(lambda: service.active() is None, "the end of the run")
    state = RunState.INTERRUPTED if how == "killed" else RunState.CANCELLED
    [ended] = [each for each in service.runs() if each.state is state]
    assert not ended.can_be_retried
    assert how == "cancelled" or (ended.error is not None and "created twice" in ended.error.hint)
    assert not [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    assert is_untouched(project, before)


def test_what_cannot_be_removed_is_said(environment: Environment, tell: Tell, tmp_path: Path) -> None:
    project = make(tmp_path / "site", apps=OURS)
    before = tree(project)
    done = subprocess.run(
        (str(environment.python), "manage.py", "deploy", "--destroy", "--platform", "dsd-pond", "--yes", "--no-input"),
        cwd=project,
        env=environment.variables(tell("pass")),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode != 0 and "cannot remove what it made" in done.stdout + done.stderr
    assert is_untouched(project, before)


# -- plugins that cannot be used --

BROKEN = {
    "dsd-grammar": ("def (:\n", "cannot read it, and it may need a newer one. SyntaxError: "),
    "dsd-exits": ("raise SystemExit('not today')\n", "not today"),
    "dsd-hookless": ("import django_simple_deploy\n", "dsd_get_plugin_config"),
    "dsd-endless": ("import time\n\ntime.sleep(100_000)\n", "within"),
    "dsd-newer": ("import nowhere_at_all\n", "nowhere_at_all"),
}
_DESCRIBED = """
import json, sys
from pathlib import Path
from simple_deploy.legacy import discover
from simple_deploy.legacy.describe import Descriptions
problems = {}
for each in discover.plugins():
    patience = 5 if each.name == "dsd-endless" else 300
    problems[each.name] = Descriptions([each], Path(sys.argv[1]), patience=patience).get(each).problem
print(json.dumps(problems))
"""


def test_a_plugin_that_cannot_be_used_says_why(environment: Environment, pond: Pond, tmp_path: Path) -> None:
    for name, (code, _) in BROKEN.items():
        package(pond.folder, name, code)
    package(pond.folder, "dsd-talks", "print('hello from the plugin')\n" + DEPLOY_ONLY)
    done = subprocess.run(
        (str(environment.python), "-c", _DESCRIBED, str(tmp_path / "cache")),
        env=environment.variables({"PYTHONPATH": str(pond.folder)}),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    problems = json.loads(done.stdout.splitlines()[-1])
    assert problems.pop("dsd-talks") == ""
    assert {*problems} == {*BROKEN}
    for name, (_, said) in BROKEN.items():
        assert said in problems[name], problems[name]
    assert "Traceback" not in " ".join(problems.values())


DEPLOY_ONLY = """
import django_simple_deploy


class Config:
    platform_name = "Talks"
    automate_all_supported = False


@django_simple_deploy.hookimpl
def dsd_get_plugin_config():
    return Config()
"""


# -- versions of the original --


@pytest.mark.slice(0)
@pytest.mark.parametrize("version", ["0.9.4", "1.0.0", "1.3.0"])
def test_older_versions_of_the_original_do_the_same(
    tell: Tell, version: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = once(
        tmp_path_factory,
        f"{CORE}-{version}",
        lambda there: Environment(there / "env", there, "pond").make(f"{CORE}=={version}"),
    )
    (tmp_path / "home").mkdir()
    environment = Environment(folder / "env", tmp_path / "home", "pond")
    env = tell(
        'plugin_utils.add_packages(["gunicorn"]); plugin_utils.add_file(dsd_config.git_path / "Procfile", "web\\n")'
    )
    ours = make(tmp_path / "ours" / "site", apps=BOTH)
    theirs = make(tmp_path / "theirs" / "site", apps=BOTH)
    assert environment.original(theirs, "--unit-testing", "--deployed-project-name", "blog", env=env) == 0
    assert environment.through(ours, "configure", {"deployed_project_name": "blog"}, env)["state"] == "succeeded"
    assert tree(ours) == tree(theirs)


# -- both tools at once --


@pytest.mark.parametrize("apps", [BOTH, BOTH[::-1]])
def test_which_app_comes_first_decides_whose_command_it_is(
    environment: Environment, apps: tuple[str, ...], tmp_path: Path
) -> None:
    project = make(tmp_path / "site", apps=apps)
    done = subprocess.run(
        (str(environment.python), "manage.py", "check"),
        cwd=project,
        env=environment.variables(),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ("simple_deploy.W003" in done.stderr) is (apps[0] != "simple_deploy")


def test_starting_loads_nothing_of_it(environment: Environment, pond: Pond, tmp_path: Path) -> None:
    project = make(tmp_path / "site", apps=OURS)
    code = (
        "import django, sys; django.setup(); print([each for each in sys.modules"
        " if each.startswith(('django_simple_deploy', 'dsd_', 'simple_deploy.legacy'))])"
    )
    done = subprocess.run(
        (str(environment.python), "-c", code),
        cwd=project,
        env=environment.variables({**pond.told("pass"), "DJANGO_SETTINGS_MODULE": "blog.settings"}),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.strip() == "[]"
