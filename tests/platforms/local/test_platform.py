"""Deploying a real project to this computer, from the plan to the site that answers and back."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from simple_deploy_local import sites

from simple_deploy.core import mail
from simple_deploy.core.events import Output, StepStarted
from simple_deploy.runs.model import Run, RunKind
from tests.platforms.local.conftest import BASE_PYTHON, fetch, processes
from tests.platforms.local.projects import Owner, commit
from tests.support.mail import PASSWORD, USER, mail_server
from tests.support.repository import fingerprint, git
from tests.support.waiting import waited

pytestmark = pytest.mark.slow


class Browser:
    """Asks a site the way a browser would, with cookies and forms."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        with self._opener.open(urllib.parse.urljoin(self._url, path)) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert token is not None
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        url = urllib.parse.urljoin(self._url, path)
        with self._opener.open(urllib.request.Request(url, data, {"Origin": self._url.rstrip("/")})) as answer:
            text: str = answer.read().decode()
            return text


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def first_deployment(owner: Owner) -> Run:
    return next(run for run in owner.service.runs() if run.kind.value == "deploy" and run.state.value == "succeeded")


# --- a site that is deployed -----------------------------------------------------------------------------------------


def test_the_site_answers_without_debug_mode(deployed: Owner) -> None:
    assert status(deployed.site.url) == 200
    with pytest.raises(urllib.error.HTTPError) as missing:
        fetch(deployed.site.port, "/there-is-no-such-page/")
    with missing.value:
        assert "DEBUG" not in missing.value.read().decode()


def test_static_files_have_hashed_names_and_may_be_kept_for_ever(deployed: Owner) -> None:
    link = re.search(r'href="(/static/notes/style\.[0-9a-f]{12}\.css)"', fetch(deployed.site.port))
    assert link is not None
    with urllib.request.urlopen(urllib.parse.urljoin(deployed.site.url, link[1])) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert re.search(r"paper\.[0-9a-f]{12}\.svg", answer.read().decode())


def test_only_names_of_this_computer_are_answered(deployed: Owner) -> None:
    port = deployed.site.port
    assert status(deployed.site.url, Host=f"localhost:{port}") == 200
    assert status(deployed.site.url, Host="example.com") == 400


def test_local_rows_and_uploads_came_along(deployed: Owner) -> None:
    assert "from here /media/pictures/local.txt" in fetch(deployed.site.port)
    assert fetch(deployed.site.port, "/media/pictures/local.txt") == "uploaded in development"


def test_the_local_admin_user_came_along_and_can_log_in(deployed: Owner) -> None:
    browser = Browser(deployed.site.url)

    page = browser.post("/admin/login/?next=/admin/", username="ada", password="a password of the tests")

    assert "Log out" in page


def test_the_login_is_kept_apart_from_that_of_the_development_server(deployed: Owner) -> None:
    browser = Browser(deployed.site.url)
    browser.post("/admin/login/?next=/admin/", username="ada", password="a password of the tests")

    assert {cookie.name for cookie in browser.cookies} == {"csrftoken", f"sessionid_{deployed.site.name}"}


def test_visitors_can_write_to_the_site(deployed: Owner) -> None:
    assert "a note" in Browser(deployed.site.url).post("/", text="a note")


def test_the_secret_key_is_the_sites_own_and_outside_the_repository(deployed: Owner) -> None:
    key = deployed.variables()["SECRET_KEY"]

    assert len(key) >= 50
    inside = [path for path in deployed.root.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    assert inside == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_only_the_owner_can_read_the_sites_folder(deployed: Owner) -> None:
    assert stat.S_IMODE(deployed.site.folder.stat().st_mode) & 0o077 == 0
    secret = [deployed.site.variables, deployed.site.release(deployed.site.current or "").variables]
    assert [stat.S_IMODE(path.stat().st_mode) for path in secret] == [0o600, 0o600]


def test_the_log_of_the_run_does_not_show_the_secret_key(deployed: Owner) -> None:
    key = deployed.variables()["SECRET_KEY"].encode()
    state = deployed.root / ".simple_deploy"

    assert [path for path in state.rglob("*") if path.is_file() and key in path.read_bytes()] == []


def test_development_goes_on_as_before(deployed: Owner) -> None:
    assert "no issues" in deployed.manage("check")
    code = "from django.conf import settings as s; print(s.DEBUG, s.STATIC_ROOT, 'whitenoise' in str(s.MIDDLEWARE))"
    assert deployed.manage("shell", f"--command={code}").splitlines()[-1] == "True None False"


def test_the_changes_are_one_commit_of_the_planned_files(deployed: Owner) -> None:
    assert git(deployed.root, "status", "--porcelain") == ""
    changed = git(deployed.root, "show", "--format=", "--name-only", "HEAD").splitlines()
    assert changed == ["mysite/mysite/settings.py", "requirements.txt"]


def test_the_deployment_check_finds_nothing_that_does_not_apply_here(deployed: Owner) -> None:
    run = first_deployment(deployed)

    assert [name for name in deployed.findings(run) if name.startswith("django.")] == []


def test_management_commands_see_the_sites_own_data(deployed: Owner) -> None:
    code = "from django.contrib.auth.models import User; print(*User.objects.values_list('username', flat=True))"
    done = subprocess.run(
        [BASE_PYTHON, str(deployed.site.manage), "shell", f"--command={code}"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert "ada" in done.stdout.splitlines()[-1].split()  # other tests of this site may have made more


def test_the_summary_says_how_to_go_on(deployed: Owner) -> None:
    run = first_deployment(deployed)
    summary = deployed.service.summary_markdown(run.id)

    assert summary is not None
    for wanted in (deployed.site.url, "--start", "--stop", "--rollback", "--destroy", "createsuperuser", "--logs"):
        assert wanted in summary


def test_status_and_logs_tell_about_the_site(deployed: Owner) -> None:
    fetch(deployed.site.port)
    logs = deployed.operate("logs")
    state = deployed.service.site(deployed.operate("status").id)

    assert any('"GET /" 200' in line for line in deployed.output(logs))
    assert state is not None
    assert (state.running, state.url) == (True, deployed.site.url)


def test_a_forgotten_password_is_reset_by_mail(deployed: Owner, tmp_path: Path) -> None:
    made = "User.objects.create_superuser('grace', 'grace@example.com', 'forgotten')"
    deployed.operate("run", command=f'shell -c "from django.contrib.auth.models import User; {made}"')
    with mail_server(tmp_path) as server:
        trusted = {**deployed.variables(), "SSL_CERT_FILE": str(server.certificate)}
        deployed.site.variables.write_text(json.dumps(trusted), encoding="utf-8")
        deployed.sets(mail.SENDER, "notes@example.com")
        deployed.sets(mail.VARIABLE, mail.address("localhost", USER, PASSWORD, port=server.port))
        visitor = Browser(deployed.site.url)

        visitor.post("/accounts/password_reset/", email="grace@example.com")

        (sent,) = server.mails
        assert (sent["From"], sent["To"]) == ("notes@example.com", "grace@example.com")
        link = re.search(rf"{re.escape(deployed.site.url)}accounts/reset/\S+", sent.get_content())
        assert link is not None
        visitor.get(link[0])
        form = re.sub(r"[^/]+/$", "set-password/", link[0])
        visitor.post(form, new_password1="seven blue horses", new_password2="seven blue horses")
        page = visitor.post("/admin/login/?next=/admin/", username="grace", password="seven blue horses")
        assert "Log out" in page


# --- releases ----------------------------------------------------------------------------------------------------------


def test_the_last_five_releases_can_be_gone_back_to() -> None:
    site = sites.Site(folder=Path("blog"), project="/blog", port=8100)
    for name in "abcdefg":
        site = site.serving(name)

    assert site.releases == ("c", "d", "e", "f", "g")
    assert (site.current, site.before("g"), site.before("c")) == ("g", "f", None)


def test_after_going_back_a_new_release_can_be_taken_back_to_where_one_was() -> None:
    site = sites.Site(folder=Path("blog"), project="/blog", port=8100, releases=("a", "b", "c"), current="b")

    site = site.serving("d")

    assert site.releases == ("a", "c", "b", "d")
    assert site.before("d") == "b"


BREAKING = {
    "a page that fails": (
        "notes/views.py",
        "return render(",
        'return 1 / 0 if os.environ.get("SIMPLE_DEPLOY_PLATFORM") else render(',
        ("failed", "Try the release"),
    ),
    "a template with a static file that is missing": (
        "notes/templates/notes/home.html",
        "<h1>",
        "<h1>{% static 'notes/none.png' %}",
        ("failed", "Try the release"),
    ),
    "a module that is missing where the site is": (
        "notes/views.py",
        'RELEASE = "',
        'if os.environ.get("SIMPLE_DEPLOY_PLATFORM"):\n    import nobody_wrote_it\n\nRELEASE = "',
        ("blocked", "Try the result"),
    ),
}


def broken(owner: Owner, how: str) -> tuple[str, str]:
    """Commit something that breaks the project; returns how the run ends, and the title of the step that notices."""
    path, old, new, noticed = BREAKING[how]
    file = owner.folder / path
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(old, new), encoding="utf-8")
    commit(owner.root, how)
    return noticed


def last_step(owner: Owner, run: Run) -> str:
    payloads = [event.payload for event in owner.service.events(run.id)]
    return [payload.title for payload in payloads if isinstance(payload, StepStarted)][-1]


@pytest.mark.slice(1)
@pytest.mark.parametrize("how", BREAKING)
def test_a_release_that_fails_never_replaces_one_that_serves(deployed: Owner, how: str) -> None:
    good = git(deployed.root, "rev-parse", "HEAD")
    before, running = deployed.site, {each.pid for each in processes(deployed.home)}
    noticed = broken(deployed, how)
    head, files = git(deployed.root, "rev-parse", "HEAD"), fingerprint(deployed.root)

    run = deployed.deploy()

    assert (run.state.value, last_step(deployed, run)) == noticed
    assert run.error is not None
    assert run.error.hint
    assert "first" in fetch(before.port)
    assert deployed.site == before
    waited(lambda: {each.pid for each in processes(deployed.home)} == running, "the failed release to end")
    assert (git(deployed.root, "rev-parse", "HEAD"), fingerprint(deployed.root)) == (head, files)
    git(deployed.root, "reset", "--hard", "--quiet", good)


def test_data_that_was_copied_as_it_was_migrated_is_not_migrated_again(deployed: Owner) -> None:
    first = next(run for run in reversed(deployed.service.runs()) if run.kind is RunKind.DEPLOY)
    said = [event.payload for event in deployed.service.events(first.id) if isinstance(event.payload, Output)]
    commands = [line.text for line in said if line.stream == "command" and "manage.py migrate" in line.text]
    assert len(commands) == 1
    with closing(sqlite3.connect(deployed.site.data / "db.sqlite3")) as database:
        applied = database.execute("select name from django_migrations where app = 'notes'").fetchall()
    assert applied == [("0001_initial",)]
    assert not (deployed.site.release(str(deployed.site.current)).rehearsal).exists()


def test_a_migration_that_fails_on_the_sites_data_never_touches_it(deployed: Owner) -> None:
    good = git(deployed.root, "rev-parse", "HEAD")
    for text in ("twice", "twice"):
        Browser(deployed.site.url).post("/", text=text)
    deployed.folder.joinpath("notes/migrations/0002_unique.py").write_text(
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("notes", "0001_initial")]\n'
        '    operations = [migrations.AddField("note", "slug", models.CharField(default="", max_length=9)),\n'
        '        migrations.AlterField("note", "text", models.CharField(max_length=200, unique=True))]\n',
        encoding="utf-8",
    )
    commit(deployed.root, "A constraint that the data does not meet")
    database = deployed.site.data / "db.sqlite3"
    before = database.read_bytes()

    run = deployed.deploy()

    assert (run.state.value, last_step(deployed, run)) == ("failed", "Try the migrations on a copy")
    assert database.read_bytes() == before
    assert fetch(deployed.site.port).count("twice") == 2
    git(deployed.root, "reset", "--hard", "--quiet", good)


# --- a project that was never deployed --------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["status", "logs", "start", "stop", "rollback"])
def test_what_was_never_deployed_is_said_clearly(owner: Owner, operation: str) -> None:
    run = owner.operate(operation)

    assert run.error is not None
    assert "no site on this computer" in run.error.message
    assert "--automate-all" in run.error.hint
