"""Each call of a deployment, whatever state the platform is in; tried with a program that plays Upsun's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from simple_deploy_upsun import hosting
from simple_deploy_upsun.plugin import UpsunPlatform

from simple_deploy.api import Location, Resource, StepError
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, make_answers, make_facts
from simple_deploy.testkit.programs import Replies
from tests.support.repository import git

UPSUN = UpsunPlatform()
ID, REGION = "abcdefghij123", "eu-5.platform.sh"
PARAMS = {"title": "site-0a1b2c", "region": REGION, "organization": "", "resources": "default", "branch": "main"}
MADE = {"project": ID, "branch": "main"}
ROW = f"{ID},site-0a1b2c,{REGION}\n"

pytestmark = [pytest.mark.slow, pytest.mark.slice(6)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "site"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.com")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "First")
    return root


def context(root: Path, *, results: Mapping[str, str] = MADE, variables: Sequence[str] = ()) -> RecordingContext:
    facts = make_facts(name="site", location=Location(root=root), settings={"variables": tuple(variables)})
    facts = replace(facts, valued=frozenset(variables))
    chosen = {f"variable_{name.lower()}": "here" for name in hosting.read_by(facts.settings)}
    answers = make_answers(UPSUN, facts, **chosen)
    return RecordingContext(facts, home=root.parent / "home", workbench=root, answers=answers, results=results)


def title_of(root: Path) -> str:
    return f"site-{git(root, 'rev-parse', 'HEAD')[:6]}"


# -- finding what belongs to the project --


def probed(root: Path, fake_program: MakeProgram, listed: str) -> tuple[str, Mapping[str, str]]:
    fake_program("upsun", {"project:list": listed, "project:info default_branch": "live\n"})
    found = UPSUN.probe(context(root))
    return (found.resources[0].remote_id if found.resources else ""), found.values


def test_a_first_deployment_would_have_a_title_that_every_clone_knows(root: Path, fake_program: MakeProgram) -> None:
    id_, values = probed(root, fake_program, "")

    assert (id_, values["title"]) == ("", title_of(root))
    clone = root.parent / "clone"
    git(root, "clone", "--quiet", str(root), str(clone))
    assert UPSUN.probe(context(clone)).values["title"] == title_of(root)


def test_a_project_with_that_title_is_this_one(root: Path, fake_program: MakeProgram) -> None:
    id_, values = probed(root, fake_program, f"other12345,other,{REGION}\n{ID},{title_of(root)},{REGION}\n")

    assert (id_, values["project"], values["branch"]) == (ID, ID, "live")


def test_the_title_in_the_committed_file_counts_more(root: Path, fake_program: MakeProgram) -> None:
    (root / ".upsun").mkdir()
    head = "# The project's title on Upsun, by which it is found again: My site\n"
    (root / ".upsun" / "config.yaml").write_text(head, encoding="utf-8")

    assert probed(root, fake_program, f"{ID},My site,{REGION}\n")[0] == ID


def test_a_link_counts_most(root: Path, fake_program: MakeProgram) -> None:
    git(root, "remote", "add", "upsun", f"{ID}@git.{REGION}:{ID}.git")

    listed = f"other12345,{title_of(root)},{REGION}\n{ID},renamed since,{REGION}\n"
    assert probed(root, fake_program, listed)[0] == ID


def test_a_project_of_the_plain_name_is_only_told(root: Path, fake_program: MakeProgram) -> None:
    id_, values = probed(root, fake_program, f"{ID},site,{REGION}\n")

    assert (id_, values["namesake"]) == ("", ID)


def test_a_plan_is_made_without_a_login_too(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"project:list": Reply(output="Authentication is required.", exit_code=3)})

    assert UPSUN.probe(context(root)).resources == ()


def test_what_is_to_be_removed_has_to_be_known(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"project:list": Reply(output="Authentication is required.", exit_code=3)})
    nothing_answered = RecordingContext(
        make_facts(location=Location(root=root)), home=root.parent / "home", workbench=root
    )

    with pytest.raises(StepError, match="not logged in"):
        UPSUN.probe(nothing_answered)


# -- making it --


def test_a_project_is_made_once(root: Path, fake_program: MakeProgram) -> None:
    made = f"Your Upsun project has been requested\n{ID}\n"
    program = fake_program(
        "upsun",
        {
            "project:list": ["", f"{ID},{title_of(root)},{REGION}\n"],
            "project:create": made,
            "project:info default_branch": "main\n",
        },
    )

    first = UPSUN.perform("create", {**PARAMS, "title": title_of(root)}, context(root))
    again = UPSUN.perform("create", {**PARAMS, "title": title_of(root)}, context(root))

    assert first == again == MADE
    (created,) = (call for call in program.calls if call.startswith("project:create"))
    assert f"--title {title_of(root)} --region {REGION} --default-branch main --yes" in created


@pytest.mark.parametrize("exit_code", [1, 3, 5, 6])
def test_nothing_is_made_while_it_is_not_known_what_is_there(
    root: Path, fake_program: MakeProgram, exit_code: int
) -> None:
    program = fake_program("upsun", {"project:list": Reply(output="Something is wrong.", exit_code=exit_code)})

    with pytest.raises(StepError):
        UPSUN.perform("create", PARAMS, context(root))
    assert not any(call.startswith("project:create") for call in program.calls)


def test_a_program_that_knows_no_pages_is_asked_without_them(root: Path, fake_program: MakeProgram) -> None:
    unknown = Reply(output='The "--count" option does not exist.', exit_code=1)
    program = fake_program(
        "upsun",
        {"project:list": [unknown, f"{ID},{title_of(root)},{REGION}\n"], "project:info default_branch": "main\n"},
    )

    assert UPSUN.perform("create", PARAMS, context(root)) == MADE
    assert [("--count" in call) for call in program.calls if call.startswith("project:list")] == [True, False]


def test_a_project_without_an_id_is_found_the_next_time(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"project:list": "", "project:create": "It is being made, come back later\n"})

    with pytest.raises(StepError, match="does not contain its id") as raised:
        UPSUN.perform("create", PARAMS, context(root))
    assert "found by its title" in (raised.value.hint or "")


def test_variables_are_given_once_and_shown_nowhere(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_KEY", "sk_live_0123456789")
    monkeypatch.setenv("MAPS_KEY", "maps_0123456789")
    program = fake_program(
        "upsun", {"variable:list": "env:MAPS_KEY\n", "variable:create": "Creating env:STRIPE_KEY: sk_live_0123456789"}
    )
    ctx = context(root, variables=("STRIPE_KEY", "MAPS_KEY", "DEBUG"))

    UPSUN.perform("variables", PARAMS, ctx)

    (created,) = [call for call in program.invocations if call.argv[0] == "variable:create"]
    assert "--name env:STRIPE_KEY --json false --sensitive true" in " ".join(created.argv)
    assert created.stdin == "sk_live_0123456789\n"
    assert not any("sk_live" in word for call in program.invocations for word in call.argv)
    assert ctx.log == ("Setting STRIPE_KEY",)


def test_a_value_of_several_lines_is_left_to_the_person(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEY", "-----BEGIN\n0123456789\n-----END")
    program = fake_program("upsun", {"variable:list": "", "variable:create": ""})
    ctx = context(root, variables=("SIGNING_KEY",))

    UPSUN.perform("variables", PARAMS, ctx)

    assert not any(call.startswith("variable:create") for call in program.calls)
    (told,) = ctx.log
    assert "upsun variable:create --level project --name env:SIGNING_KEY" in told and "0123456789" not in told


def test_a_variable_that_the_program_does_not_ask_for_is_set_by_hand(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_KEY", "sk_live_0123456789")
    fake_program("upsun", {"variable:list": "", "variable:create": Reply(output="--value is required", exit_code=1)})

    with pytest.raises(StepError, match="--value is required") as raised:
        UPSUN.perform("variables", PARAMS, context(root, variables=("STRIPE_KEY",)))

    assert "upsun variable:create" in (raised.value.hint or "") and "sk_live" not in (raised.value.hint or "")


@pytest.mark.parametrize("listed", [Reply(output="No variables found.", exit_code=1), Reply()])
def test_a_project_without_variables_gets_them(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch, listed: Reply
) -> None:
    monkeypatch.setenv("STRIPE_KEY", "sk_live_0123456789")
    program = fake_program("upsun", {"variable:list": listed, "variable:create": ""})

    UPSUN.perform("variables", PARAMS, context(root, variables=("STRIPE_KEY",)))

    assert any(call.startswith("variable:create") for call in program.calls)


# -- sending it --


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(output="Failed to connect", exit_code=5), "cannot be reached"),
        (Reply(output="  E: Error building project: Step failed", exit_code=1), "was not deployed:.*Step failed"),
        (Reply(output="fatal: Could not read from remote repository.", exit_code=128), "was not deployed"),
        (Reply(output="Authentication is required.", exit_code=3), "not logged in"),
        (Reply(output="Specified project not found", exit_code=9), "does not exist"),
    ],
)
def test_a_push_that_fails_says_why(root: Path, fake_program: MakeProgram, reply: Reply, words: str) -> None:
    fake_program("upsun", {"push": reply})

    with pytest.raises(StepError, match=words) as raised:
        UPSUN.perform("push", PARAMS, context(root))
    assert raised.value.hint


def test_a_push_names_where_it_goes_and_is_shown(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("upsun", {"push": "Building application 'app'\nDone\n"})
    ctx = context(root)

    UPSUN.perform("push", PARAMS, ctx)

    assert program.calls == (f"push --project {ID} --target main --resources-init default --yes",)
    assert "Building application 'app'" in ctx.log


@pytest.mark.parametrize("why", ["fetch first", "non-fast-forward"])
def test_what_the_commit_does_not_follow_is_replaced_and_that_is_said(
    root: Path, fake_program: MakeProgram, why: str
) -> None:
    refused = Reply(output=f" ! [rejected]        HEAD -> main ({why})\nerror: failed to push some refs", exit_code=1)
    program = fake_program("upsun", {"push": [refused, "Building application 'app'\n"]})
    ctx = context(root)

    UPSUN.perform("push", PARAMS, ctx)

    assert ["--force" in call for call in program.calls] == [False, True]
    assert any("This commit replaces them there" in line for line in ctx.log)


TRACEBACK = 'Traceback (most recent call last):\n  File "manage.py"\ndjango.db.utils.ProgrammingError: no such\n'


@pytest.mark.parametrize(
    ("asked", "log", "well"),
    [
        (Reply(), "Applying posts.0001_initial... OK", True),
        (Reply(), TRACEBACK, True),  # of an earlier deployment; the site says that all is applied
        (Reply(output="[ ] 0002_more", exit_code=1), "", False),
        (Reply(output="[ ] 0002_more", exit_code=1), TRACEBACK, False),
        (Reply(output="Permission denied (publickey).", exit_code=255), TRACEBACK, False),
        (Reply(output="Permission denied (publickey).", exit_code=255), "Applying posts.0001_initial... OK", True),
    ],
)
def test_a_migration_that_failed_is_noticed_although_upsun_goes_on(
    root: Path, fake_program: MakeProgram, asked: Reply, log: str, well: bool
) -> None:
    replies: dict[str, Replies] = {"log deploy": log, "ssh": asked}
    program = fake_program("upsun", replies)
    ctx = context(root)

    if well:
        UPSUN.perform("migrated", PARAMS, ctx)
    else:
        with pytest.raises(StepError, match="migrations failed") as raised:
            UPSUN.perform("migrated", PARAMS, ctx)
        assert raised.value.hint
    assert program.calls[-1].endswith("python manage.py migrate --check")


@pytest.mark.parametrize("said", ["https://main-x.platformsh.site/\n", "A notice.\nhttp://main-x.platformsh.site/\n"])
def test_the_address_is_one_of_https(root: Path, fake_program: MakeProgram, said: str) -> None:
    fake_program("upsun", {"url": said})

    assert UPSUN.perform("address", PARAMS, context(root)) == {"url": "https://main-x.platformsh.site/"}


def test_an_address_that_is_missing_is_told(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"url": ""})

    with pytest.raises(StepError, match="where the site is"):
        UPSUN.perform("address", PARAMS, context(root))


# -- removing it, looking after it --


def test_a_project_is_deleted_and_waited_for(
    root: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simple_deploy_upsun.deployment.POLL", 0.0)
    program = fake_program("upsun", {"project:delete": "", "project:list": [ROW, ""]})

    UPSUN.destroy(Resource(kind="project", name="site-0a1b2c", remote_id=ID), context(root))

    assert program.calls[0] == f"project:delete {ID} --yes"
    assert sum(call.startswith("project:list") for call in program.calls) == 2


def test_a_project_that_is_gone_is_no_trouble(root: Path, fake_program: MakeProgram) -> None:
    gone = Reply(output="Specified project not found", exit_code=9)
    fake_program("upsun", {"project:delete": gone, "project:list": ""})

    UPSUN.destroy(Resource(kind="project", name="site-0a1b2c", remote_id=ID), context(root))


def test_a_project_that_may_not_be_deleted_stays_and_says_so(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"project:delete": Reply(output="Permission denied.", exit_code=6)})

    with pytest.raises(StepError, match="may not do this"):
        UPSUN.destroy(Resource(kind="project", name="site-0a1b2c", remote_id=ID), context(root))


def test_the_log_is_shown_and_a_site_that_does_not_answer_is_down(root: Path, fake_program: MakeProgram) -> None:
    fake_program(
        "upsun",
        {
            "project:list": f"{ID},{title_of(root)},{REGION}\n",
            "project:info default_branch": "main\n",
            "log app": "Booting worker\n",
            "url": "http://127.0.0.1:9/\n",
        },
    )
    ctx = context(root)

    state = UPSUN.operate("logs", ctx, arguments={})

    assert "Booting worker" in ctx.log
    assert state.running is False and re.search("does not answer", state.headline)


def test_pushes_and_names_of_variables_are_listed_and_a_command_runs_on_the_site(
    root: Path, fake_program: MakeProgram
) -> None:
    program = fake_program(
        "upsun",
        {
            "project:list": f"{ID},{title_of(root)},{REGION}\n",
            "project:info default_branch": "main\n",
            "activity:list": "abc,2026-01-02T03:04:05Z,complete,failure\nabb,2026-01-01T03:04:05Z,complete,success\n",
            "variable:list": "env:STRIPE_KEY\nother\n",
            "ssh": "No changes detected\n",
            "url": "http://127.0.0.1:9/\n",
        },
    )
    ctx = context(root)

    releases = UPSUN.operate("releases", ctx, arguments={}).releases
    variables = UPSUN.operate("variables", ctx, arguments={}).variables
    UPSUN.operate("run", ctx, arguments={"command": "makemigrations --check 'two words'"})

    assert [(each.name, each.status) for each in releases] == [("abc", "failure"), ("abb", "success")]
    assert variables == ("STRIPE_KEY",)
    assert "No changes detected" in ctx.log
    assert any("python manage.py makemigrations --check 'two words'" in call for call in program.calls)


def test_a_project_without_a_site_is_told_how_to_get_one(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {"project:list": ""})

    with pytest.raises(StepError, match="no site on Upsun") as raised:
        UPSUN.operate("status", context(root), arguments={})
    assert "--automate-all" in (raised.value.hint or "")
