from __future__ import annotations

from dataclasses import replace

import pytest

from simple_deploy.core.facts import Production, ProjectFacts, Settings, SettingsProblem
from simple_deploy.core.options import Answers, Option, collect
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import (
    AddRequirements,
    Call,
    EditBlock,
    FileStep,
    PlaceFile,
    RemoveFile,
    RemoveRequirements,
    WriteFile,
)
from simple_deploy.engine import additions
from simple_deploy.platforms.base import Platform, Remote
from simple_deploy.testing import make_facts

NEW = Production(module="mysite.production", file="mysite/production.py", imports=".settings")
THERE = replace(
    NEW, exists=True, settings=Settings(module="mysite.production", file="mysite/production.py", installed_apps=("a",))
)


class Pond(Platform):
    def __init__(self, *own: Option) -> None:
        self.own = own

    def options(self, facts: ProjectFacts) -> tuple[Option, ...]:
        return self.own

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        assert facts.settings is not None
        block = EditBlock(
            id="pond", title="…", why="…", path=facts.settings.file or "", block_id="pond", text="DEBUG = False\n"
        )
        add = AddRequirements(id="add", title="…", why="…", requirements=("gunicorn", "Django_Environ>=0.11"))
        return Plan(platform="pond", steps=(block, add))


def planned(facts: ProjectFacts, **given: object) -> tuple[ProjectFacts, Plan]:
    pond = Pond()
    answers = collect(additions.options(pond, facts), given)
    deployed = additions.as_deployed(facts, answers)
    return deployed, additions.complete(pond.plan(deployed, Remote(), answers), deployed, answers).validate()


def asked(facts: ProjectFacts, *own: Option) -> dict[str, Option]:
    return {option.name: option for option in additions.options(Pond(*own), facts)}


def tool_only(*names: str) -> ProjectFacts:
    facts = make_facts()
    return replace(facts, dependencies=replace(facts.dependencies, tool_only=names))


# -- where the settings stand --


def test_nothing_is_asked_where_there_is_nothing_to_choose() -> None:
    assert set(asked(make_facts())) == {"commit_message"}
    assert set(asked(make_facts(settings={"file": None}, production=NEW))) == {"commit_message"}


def test_a_block_in_the_active_settings_is_usual() -> None:
    facts = make_facts(production=NEW)
    assert asked(facts)["settings_style"].default == "block"
    deployed, plan = planned(facts)
    assert deployed == facts
    assert deployed.local_settings == facts.settings
    assert [step.id for step in plan.steps] == ["pond", "add"]


def test_a_module_of_its_own_begins_with_the_active_settings() -> None:
    facts = make_facts(production=NEW)
    deployed, plan = planned(facts, settings_style="production")
    assert deployed.settings is not None
    assert (deployed.settings.module, deployed.settings.file) == ("mysite.production", "mysite/production.py")
    assert deployed.settings.installed_apps == facts.settings.installed_apps  # type: ignore[union-attr]
    assert deployed.local_settings == facts.settings
    first, pond, _ = plan.steps
    assert isinstance(first, EditBlock) and isinstance(pond, EditBlock)
    assert first.path == pond.path == "mysite/production.py"
    assert "from .settings import *" in first.text


def test_a_module_that_is_there_is_used_as_it_is() -> None:
    facts = make_facts(production=THERE, settings={"has_data": True, "first_url": "/blog/"})
    assert asked(facts)["settings_style"].default == "production"
    deployed, plan = planned(facts)
    assert deployed.settings is not None
    assert deployed.settings.installed_apps == ("a",)
    assert (deployed.settings.has_data, deployed.settings.first_url) == (True, "/blog/")
    assert [step.id for step in plan.steps] == ["pond", "add"], "it has its beginning already"


def test_a_module_that_cannot_be_loaded_is_not_offered() -> None:
    problem = SettingsProblem(kind="KeyError", message="DATABASE_URL")
    assert "settings_style" not in asked(make_facts(production=replace(THERE, settings=None, problem=problem)))


def test_a_project_with_a_block_goes_on_with_it_and_can_change() -> None:
    facts = make_facts(production=replace(THERE, blocks=("pond", "lake")))
    assert asked(facts)["settings_style"].default == "block"
    _, plan = planned(facts, settings_style="production")
    moved, pond, _ = plan.steps
    assert isinstance(moved, EditBlock)
    assert (moved.path, moved.block_id, moved.text) == ("mysite/settings.py", "pond", "")
    assert pond.id == "pond"


@pytest.mark.parametrize(("style", "file"), [("block", "mysite/settings.py"), ("production", "mysite/production.py")])
def test_the_tool_stays_out_of_the_settings_that_are_deployed(style: str, file: str) -> None:
    facts = make_facts(production=NEW, settings={"installed_apps": ("simple_deploy.apps.SimpleDeployConfig",)})
    _, plan = planned(facts, settings_style=style)
    (guard,) = (step for step in plan.steps if step.id == "guard")
    assert isinstance(guard, EditBlock)
    assert guard.path == file


# -- packages that only the tool needs --


def test_packages_are_named_and_stay_unless_the_person_wants_it() -> None:
    facts = tool_only("celery", "kombu")
    option = asked(facts)["remove_unneeded"]
    assert option.default is False
    assert "celery, kombu" in option.help
    assert [step.id for step in planned(facts)[1].steps] == ["pond", "add"]


def test_packages_are_taken_out_but_for_those_the_platform_adds() -> None:
    _, plan = planned(tool_only("celery", "django-environ", "kombu"), remove_unneeded=True)
    (removal,) = (step for step in plan.steps if isinstance(step, RemoveRequirements))
    assert removal.names == ("celery", "kombu")
    assert "celery, kombu" in removal.title


def test_nothing_is_taken_out_that_the_platform_adds() -> None:
    _, plan = planned(tool_only("django-environ"), remove_unneeded=True)
    assert [step.id for step in plan.steps] == ["pond", "add"]


def test_an_option_of_the_platform_wins_over_one_of_the_same_name() -> None:
    own = Option(name="remove_unneeded", label="Mine", kind="flag", default=False)
    assert asked(tool_only("celery"), own)["remove_unneeded"] == own


# -- what runs management commands --


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("admin.py", 'runpy.run_path(str(Path(__file__).with_name("admin.py")), run_name="__main__")'),
        ("", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")'),
    ],
)
def test_a_project_without_a_manage_py_gets_one(script: str, line: str) -> None:
    facts = make_facts()
    _, plan = planned(replace(facts, location=replace(facts.location, script=script, project_dir="web")))
    step = plan.steps[0]
    assert isinstance(step, WriteFile) and step.path == "web/manage.py" and step.executable
    assert line in step.text
    compile(step.text, "manage.py", "exec")
    assert "manage-py" not in {step.id for step in planned(facts)[1].steps}


# -- the guard, and whole files --


def test_a_whole_settings_file_does_not_take_the_guard_away() -> None:
    facts = make_facts(settings={"installed_apps": ("simple_deploy",)})
    assert facts.settings is not None and facts.settings.file is not None
    whole = WriteFile(id="w", title="…", why="…", path=facts.settings.file, text="x\n", if_exists="replace")
    plan = additions.complete(Plan(platform="pond", steps=(whole,)), facts, collect((), {}))
    assert [step.id for step in plan.steps] == ["w", "guard"]


def test_settings_that_go_get_no_guard() -> None:
    facts = make_facts(settings={"installed_apps": ("simple_deploy",)})
    assert facts.settings is not None and facts.settings.file is not None
    gone = RemoveFile(id="r", title="…", why="…", path=facts.settings.file)
    plan = additions.complete(Plan(platform="pond", steps=(gone,)), facts, collect((), {}))
    assert [step.id for step in plan.steps] == ["r"]


TEXT = 'INSTALLED_APPS = ["simple_deploy"]\n'
BASE = "mysite/settings/base.py"


@pytest.mark.parametrize(
    "new",
    [
        WriteFile(id="n", title="…", why="…", path=BASE, text=TEXT),
        PlaceFile(id="n", title="…", why="…", path=BASE),  # its text holds a secret, so it is not in the plan
    ],
    ids=lambda step: step.kind,
)
def test_the_guard_goes_along_with_settings_that_move(new: FileStep) -> None:
    facts = make_facts(settings={"installed_apps": ("simple_deploy",)})
    assert facts.settings is not None and facts.settings.file is not None
    gone = RemoveFile(id="r", title="…", why="…", path=facts.settings.file)
    plan = Plan(platform="pond", steps=(gone, new))
    plan = additions.complete(plan, facts, collect((), {}), {BASE: TEXT.encode()})
    assert [(step.id, getattr(step, "path", "")) for step in plan.steps][-1] == ("guard", BASE)


# -- platforms that write the files themselves --


def test_a_platform_that_writes_the_files_itself_leaves_no_choice_of_how() -> None:
    class Own(Pond):
        rewrites = True

    facts = replace(tool_only("celery"), production=NEW)
    assert {"settings_style", "remove_unneeded"} < {*asked(facts)}
    assert [option.name for option in additions.options(Own(), facts)] == ["commit_message"]


def test_a_platform_that_writes_the_files_itself_may_ask_about_them_and_nothing_else_edits_them() -> None:
    write = WriteFile(id="w", title="…", why="…", path="requirements.txt", text="x\n", if_exists="replace")
    call = Call(id="go", title="…", why="…", name="deploy", rewrites=True)
    plan = Plan(platform="pond", steps=(write, call))
    found = additions.complete(plan, tool_only("celery"), Answers(values={additions.REMOVE: True})).validate()
    assert not [step for step in found.steps if isinstance(step, RemoveRequirements)]
    assert any("celery" in note for note in found.notes)
    [asked] = found.questions
    assert [(field.name, field.required) for field in asked.fields] == [(additions.OTHER_FILES, False)]
