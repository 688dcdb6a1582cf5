"""The bridge's parts, without any plugin: what is found, what is asked, what becomes of a preview."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from simple_deploy.api import Answers, PlaceFile, ProjectFacts, Remote, RemoveFile, Secret, WriteFile
from simple_deploy.core.errors import MissingAnswers, PluginBroken
from simple_deploy.core.facts import Declared, GitChange, GitFacts
from simple_deploy.core.findings import Level
from simple_deploy.engine import fixing
from simple_deploy.engine.landing import Lander
from simple_deploy.inspection import fixes
from simple_deploy.legacy import discover, preview, traces
from simple_deploy.legacy.describe import DescribedOption, Description, Descriptions
from simple_deploy.legacy.found import Found
from simple_deploy.legacy.platform import GO_ON, LegacyPlatform
from simple_deploy.legacy.talk import question, secrets_among
from simple_deploy.platforms import registry
from simple_deploy.runs import recovery
from simple_deploy.runs.asking import Ahead
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.system import process
from simple_deploy.testkit.context import RecordingContext
from simple_deploy.testkit.facts import make_facts
from tests.support.checkout import CHECKOUT
from tests.support.repository import fingerprint, git, repository

PLUGIN = Found(module="dsd_pond", name="dsd-pond", version="1.2", author="Ada", core="1.4.1", native="")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path with two packages, one of which is a plugin."""
    for name, needs in (("dsd_pond", "django-simple-deploy>=1"), ("dsd_lake", "django")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('imported')\n")
        info = tmp_path / f"{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.2\nSummary: A pond.\n"
            f"Author-email: Ada Example <ada@example.com>\nRequires-Dist: {needs}\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def platform(tmp_path: Path, said: Description, plugin: Found = PLUGIN) -> LegacyPlatform:
    descriptions = Descriptions((plugin,), tmp_path)
    descriptions._keep(plugin, said)
    return LegacyPlatform(plugin, descriptions)


def test_plugins_are_found_by_what_they_need_and_none_is_imported(installed: Path) -> None:
    [found] = [each for each in discover.plugins() if each.name in ("dsd-pond", "dsd-lake")]
    assert (found.slug, found.version, found.author, found.module) == ("dsd-pond", "1.2", "Ada Example", "dsd_pond")
    assert "dsd_pond" not in sys.modules


def test_one_that_is_installed_from_elsewhere_is_found_and_asked_again_when_it_changes(
    installed: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an editable installation is: its metadata are on the import path, and its files where its author has them."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (installed / "dsd_pond").rename(elsewhere / "dsd_pond")

    class Elsewhere:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
            return PathFinder.find_spec(name, [str(elsewhere)]) if name.startswith("dsd_") else None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Elsewhere])
    [found] = [each for each in discover.plugins() if each.name == "dsd-pond"]
    Descriptions((found,), installed)._keep(found, Description(name="Pond"))
    assert Descriptions((found,), installed).kept(found) == Description(name="Pond")
    (elsewhere / "dsd_pond" / "__init__.py").write_text("raise SystemExit('imported later')\n", encoding="utf-8")
    assert Descriptions((found,), installed).kept(found) is None


def test_a_plugin_that_cannot_be_loaded_is_a_card_with_the_cause(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPLE_DEPLOY_CACHE_DIR", str(tmp_path / "cache"))
    point = EntryPoint(name="legacy", value="simple_deploy.legacy.discover", group=registry.GROUP)
    plugins = registry.load([point])
    assert [each.card.slug for each in plugins.platforms] == ["dsd-pond"]  # nobody was asked yet
    [failure] = plugins.failures
    assert (failure.name, failure.distribution) == ("dsd-pond", "dsd-pond 1.2")
    assert "django-simple-deploy, which is not installed" in failure.error
    assert plugins.usable == ()
    with pytest.raises(PluginBroken, match=r"dsd-pond 1\.2 cannot be loaded"):
        plugins.get("dsd-pond").options(make_facts())


def test_the_registry_loads_nothing_more_where_there_is_no_plugin() -> None:
    code = (
        "import sys; from simple_deploy.platforms.registry import load; load();"
        "print([each for each in ('simple_deploy.legacy.platform', 'multiprocessing', 'django_simple_deploy')"
        " if each in sys.modules])"
    )
    done = subprocess.run((sys.executable, "-c", code), cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_card_says_whose_it_is_and_what_it_cannot_do(tmp_path: Path) -> None:
    card = platform(tmp_path, Description(name="Pond", automated=True)).card
    assert card.name == "Pond (dsd-pond)" and "by Ada" in card.summary
    assert card.status == "experimental" and "cannot be removed" in card.status_note
    native = replace(PLUGIN, native="pond")
    assert "prefer that one" in platform(tmp_path, Description(name="Pond"), native).card.summary


@pytest.mark.parametrize(("branch", "found"), [("main", []), (None, ["legacy.branch"])])
def test_without_a_branch_no_plan_is_offered(tmp_path: Path, branch: str | None, found: list[str]) -> None:
    """What a plugin pushes without one may be a deletion, as in ``git push heroku :main``."""
    facts = replace(make_facts(), git=GitFacts(head="0" * 40, branch=branch))
    ctx = RecordingContext(facts, home=tmp_path / "home")
    findings = [*platform(tmp_path, Description(name="Pond", automated=True)).check(ctx)]
    assert [each.id for each in findings if each.level is Level.BLOCKER] == found


def test_a_numbered_choice_has_no_default() -> None:
    prompt = "\n*** Found these apps ***\n  0: first-app\n  1: second-app\n\nWhich one?"
    asked = question(2, "choice", prompt, [("0", "first-app"), ("1", "second-app")])
    [field] = asked.fields
    assert (field.name, field.kind, field.default, field.required) == ("answer_2", "choice", None, True)
    assert [each.label for each in field.choices] == ["first-app", "second-app"]


@pytest.mark.parametrize(("kind", "yes"), [("flag", True), ("choice", False), ("text", False), ("secret", False)])
def test_yes_answers_yes_and_no_alone(kind: str, yes: bool) -> None:
    asked = question(1, kind, "Use this one?", [("0", "first-app")] if kind == "choice" else ())

    def answered(use_defaults: bool) -> Answers | None:
        try:
            return Ahead(given={}, use_defaults=use_defaults, otherwise=None).ask(asked)
        except MissingAnswers:
            return None

    found = answered(True)
    assert (found is not None and found.flag("answer_1")) is yes
    assert answered(False) is None


def test_a_preview_is_steps_and_holds_no_secret(tmp_path: Path) -> None:
    found = (
        preview.PreviewFile(path="Procfile", kind="text", text="web: x\n"),
        preview.PreviewFile(path="build.sh", kind="text", text="x\n", is_program=True),
        preview.PreviewFile(path=".kamal/secrets", kind="private"),
        preview.PreviewFile(path="key.txt", kind="bytes"),
        preview.PreviewFile(path="settings.py", kind="gone"),
    )
    steps = list(preview.steps(found, "dsd-pond 1.2"))
    assert [type(each) for each in steps] == [WriteFile, WriteFile, PlaceFile, PlaceFile, RemoveFile]
    assert steps[1].executable and steps[2].private and not steps[3].private  # type: ignore[union-attr]


def test_a_file_with_a_secret_in_it_is_in_no_plan(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("KEY=abcdefgh12345678\n")
    (tmp_path / "b.txt").write_text("KEY=\n")
    ctx = RecordingContext(make_facts(), home=tmp_path / "home")
    ctx.hide("abcdefgh12345678")
    kinds = {
        name: preview._file(tmp_path, name, private=False, hides=ctx.hides).kind for name in ("a.txt", "b.txt", "c.txt")
    }
    assert kinds == {"a.txt": "bytes", "b.txt": "text", "c.txt": "gone"}


def test_a_plan_says_what_stays_and_is_carried_out_once(tmp_path: Path) -> None:
    pond = platform(tmp_path, Description(name="Pond", automated=True, confirm="It will:\n- create an app\n- push it"))
    files = json.dumps([{"path": "Procfile", "kind": "text", "text": "web: x\n"}])
    plan = pond.plan(
        make_facts(settings={"debug": False}),
        Remote(values={preview.FILES: files, preview.WRITTEN: "ALLOWED_HOSTS STATIC_ROOT"}),
        Answers(values={}),
    ).validate()
    assert plan.rewrites and plan.makes_unlisted and plan.groups == ("deploy",) and plan.hosting.installs_more
    assert plan.notes == ("dsd-pond says of deploying: “It will: create an app. push it.”",)
    assert {each.id for each in plan.findings} == {"legacy.preview", "legacy.remains", "legacy.folder"}
    unanswered = [field.name for each in plan.questions for field in each.fields if field.required]
    assert unanswered == [GO_ON]


def test_a_setting_that_the_plugin_writes_nothing_about_is_not_said_to_be_set(tmp_path: Path) -> None:
    facts = make_facts(settings={"debug": True, "secret_key_in_source": True, "static_root": "/srv/static"})
    root = repository(
        tmp_path / "site", {"settings.py": "DEBUG = True\nSECRET_KEY = 'pond-4f9c1b7a2e'\n", "gone.py": "x\n"}
    )
    (root / "settings.py").write_text(
        "DEBUG = True\nSECRET_KEY = 'pond-4f9c1b7a2e'\nALLOWED_HOSTS = ['pond.example']\n"
    )
    (root / "gone.py").rename(root / "moved.py")
    (root / "start.sh").write_text("export DEBUG=\n")
    ctx = RecordingContext(facts, home=tmp_path / "home")
    ctx.hide("pond-4f9c1b7a2e")  # the key: the file that it stands in is no text to the plan
    ctx.run = lambda argv, show=False, **more: process.run(argv, **more)  # type: ignore[method-assign]
    pond = platform(tmp_path, Description(name="Pond", automated=True))
    plan = pond.plan(facts, preview.changed(ctx, root), Answers(values={}))
    [finding] = [each for each in plan.findings if each.id.startswith("settings.")]
    assert finding.id == "settings.secret-key" and finding.level is Level.WARNING
    assert "nothing that dsd-pond 1.2 shows changes that" in finding.title


def test_what_was_printed_is_there_before_the_next_thing_is_told(tmp_path: Path) -> None:
    """Or the log has a program above the line that announces it."""
    key = b"k" * 32
    code = (
        "import sys; from simple_deploy.legacy.driver import Channel; print('Pushing…');"
        f"Channel(sys.argv[1], {key.hex()!r}).tell(type='program', argv=['git', 'push'])"
    )
    out = tmp_path / "out.txt"
    with Listener(authkey=key) as listener, out.open("wb") as file:
        told = subprocess.Popen((sys.executable, "-c", code, str(listener.address)), cwd=CHECKOUT, stdout=file)
        with listener.accept() as connection:
            connection.recv_bytes()
            assert out.read_bytes() != b""
            connection.send_bytes(b"{}")
        assert told.wait() == 0


def test_secrets_are_found_among_the_words_of_a_command() -> None:
    commands = {
        ("pond", "set", "API_TOKEN=a-1", "NAME=lily"): ["a-1"],
        ("pond", "--set", "SECRET_KEY=a=b", "--password", "c-2", "--token", "--quiet"): ["a=b", "c-2"],
        ("pond config:set SECRET_KEY='d 3' DEBUG=0 --api-key e-4",): ["d 3", "e-4"],
        ("ssh", "pond", "export POND_PW=f-5; it's"): ["f-5;"],
        ("git", "commit", "-m", "Change the password"): [],
    }
    assert {argv: [*secrets_among(argv)] for argv in commands} == commands


def test_an_option_that_is_a_secret_is_asked_like_one(tmp_path: Path) -> None:
    said = Description(name="Pond", options=(DescribedOption(name="api_token", flag="--api-token"),))
    pond = platform(tmp_path, said)
    [option] = pond.options(make_facts())
    assert (option.kind, option.for_plan, option.required) == ("secret", True, False)
    assert [*pond._arguments(Answers(values={"api_token": Secret("t0ken")}))] == ["--api-token", "t0ken"]


@pytest.mark.parametrize(("core", "warned"), [("1.4.1", False), ("", False), ("2.0", True), ("3.1b2", True)])
def test_a_version_that_nobody_has_tried_is_a_warning(tmp_path: Path, core: str, warned: bool) -> None:
    pond = platform(tmp_path, Description(name="Pond", automated=True), replace(PLUGIN, core=core))
    plan = pond.plan(make_facts(), Remote(values={}), Answers(values={}))
    assert ("legacy.core" in {each.id for each in plan.findings}) is warned


def test_without_a_preview_files_are_shown_before_they_are_sent(tmp_path: Path) -> None:
    said = Description(name="Pond", automated=True)
    problem = Remote(values={preview.PROBLEM: "AttributeError: path_ssh_key"})
    plan = platform(tmp_path, said).plan(make_facts(), problem, Answers(values={}))
    [finding] = [each for each in plan.findings if each.id == "legacy.no-preview"]
    assert finding.level is Level.WARNING and "you see every file" in finding.fix
    only = platform(tmp_path, replace(said, automated=False), replace(PLUGIN, name="dsd-lake"))
    [finding] = [
        each for each in only.plan(make_facts(), problem, Answers(values={})).findings if each.level is Level.BLOCKER
    ]
    assert finding.id == "legacy.no-preview"


def test_what_had_begun_is_not_retried() -> None:
    run = Run(id="x", kind=RunKind.DEPLOY, state=RunState.FAILED, results={"begun": "legacy"})
    assert not run.can_be_retried
    assert replace(run, done_steps=("legacy",)).can_be_retried  # it had come to its end; landing failed
    assert replace(run, results={}).can_be_retried
    assert "created twice" in recovery._why(run).hint
    assert "used again" in recovery._why(replace(run, results={})).hint


BLOCK = '\n\n# Pond settings.\nimport os\n\nif "ON_POND" in os.environ:\n    DEBUG = False\n'


@pytest.fixture
def configured(tmp_path: Path) -> ProjectFacts:
    """A project as the original leaves it, whose requirement got lost."""
    files = {
        "mysite/settings.py": f'INSTALLED_APPS = [\n    "simple_deploy",\n    "django_simple_deploy",\n]\n{BLOCK}',
        "dsd_logs/dsd_2026-01-01.log": "INFO: …\n",
        ".gitignore": "*.sqlite3\n\ndsd_logs/\n",
        "requirements.txt": "Django==5.2\ndjango-simple-deploy==1.4.1\n",
    }
    root = repository(tmp_path / "site", files)
    facts = make_facts(settings={"installed_apps": ("django_simple_deploy",), "file": "mysite/settings.py"})
    return replace(facts, location=replace(facts.location, root=root, project_dir=""))


def declaring(facts: ProjectFacts) -> ProjectFacts:
    declared = Declared(name="django-simple-deploy", text="django-simple-deploy==1.4.1", file="requirements.txt")
    return replace(facts, dependencies=replace(facts.dependencies, declared=(*facts.dependencies.declared, declared)))


def test_a_project_of_the_original_is_told_what_it_left(configured: ProjectFacts) -> None:
    lost, settings = traces.findings(configured)
    assert lost.level is Level.WARNING and "does not start" in lost.why and len(lost.details) == 2
    assert settings.level is Level.INFO and "Pond" in settings.title
    kept, _ = traces.findings(declaring(configured))
    assert kept.level is Level.INFO and len(kept.details) == 3
    assert list(traces.findings(make_facts())) == []


def test_what_the_original_left_goes_and_undo_brings_it_back(configured: ProjectFacts, tmp_path: Path) -> None:
    facts, root = declaring(configured), configured.location.root
    for finding in traces.findings(facts):
        before = fingerprint(root)
        described = fixes.describe(finding.fix_name or "", facts, {})
        lander, undoing = (Lander(project=root, folder=tmp_path / f"{finding.id}-{n}", run=process.run) for n in "ab")
        for each in (lander, undoing):
            each.folder.mkdir()
        done = fixing.apply_fix(
            described.name, facts, {}, run=process.run, lander=lander, on_file=lambda path, change: None
        )
        assert git(root, "status", "--porcelain") == ""
        assert finding.id not in {each.id for each in traces.findings(without_app(facts))}
        fixing.undo(done, lander, undoing, title="fix", on_file=lambda path, change: None)
        assert fingerprint(root) == before


def without_app(facts: ProjectFacts) -> ProjectFacts:
    """What a new look at the project finds, once it is no app and no requirement any more."""
    settings = replace(facts.settings, installed_apps=()) if facts.settings else None
    declared = tuple(each for each in facts.dependencies.declared if each.name != "django-simple-deploy")
    return replace(facts, settings=settings, dependencies=replace(facts.dependencies, declared=declared))


def test_each_trace_that_goes_is_named(configured: ProjectFacts) -> None:
    fix = fixes.describe("leave-django-simple-deploy", declaring(configured))
    assert [path for path, _ in fix.files] == [
        "mysite/settings.py",
        "requirements.txt",
        ".gitignore",
        "dsd_logs/dsd_2026-01-01.log",
    ]
    assert fix.files[0][1] == f'INSTALLED_APPS = [\n    "simple_deploy",\n]\n{BLOCK}'.encode()
    assert fix.files[1][1] == b"Django==5.2\n" and fix.files[3][1] is None
    assert len(fix.steps) == 5 and "dsd_logs" not in fix.diff.replace("-dsd_logs/", "")


def test_logs_that_were_committed_are_deleted_in_the_commit_as_well(configured: ProjectFacts) -> None:
    log = "dsd_logs/dsd_2026-01-01.log"
    committed = replace(configured.git or make_facts().git, predecessor_logs=(log,))
    for facts, held in ((configured, False), (replace(configured, git=committed), True)):
        fix = fixes.describe("leave-django-simple-deploy", facts)
        assert [log in command for command in fix.commands[-2:]] == [held, held]


def test_unfinished_work_is_not_committed_with_it(configured: ProjectFacts) -> None:
    changed = (GitChange(path="mysite/settings.py", status=".M"),)
    git_facts = replace(configured.git or make_facts().git, changes=changed)
    assert fixes.describe("leave-django-simple-deploy", replace(configured, git=git_facts)).commands == ()
