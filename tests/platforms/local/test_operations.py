"""Looking after a site that this computer serves: its releases, variables, commands and data."""

from __future__ import annotations

import sqlite3
import stat
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from simple_deploy_local import archive

from simple_deploy.core.errors import InvalidAnswer, PluginNotFound
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.site import management_command
from tests.platforms.local.conftest import fetch
from tests.platforms.local.projects import Owner
from tests.platforms.local.test_platform import Browser


@pytest.mark.slow
def test_a_site_is_looked_after_by_the_command(owner: Owner, tmp_path: Path) -> None:
    owner.deployed()
    site, browser = owner.site, Browser(owner.site.url)
    browser.post("/", text="written by a visitor")

    # Releases, the newest first.
    owner.release("second")
    owner.deployed(port="")
    state = owner.service.site(owner.operate("releases").id)
    assert state is not None and [each.name for each in state.releases] == [*reversed(owner.site.releases)]
    assert [each.status for each in state.releases] == ["serves", ""]
    assert all(each.commit and each.created for each in state.releases)

    # Variables: by name, never by value; the site serves with them at once.
    service = owner.service
    done = service.execute(
        service.create_operation("local", "set", {"name": "MOTTO"}, value=Secret("sink-or-swim-23")).id
    )
    assert done.state.value == "succeeded" and owner.variables()["MOTTO"] == "sink-or-swim-23"
    assert not any("sink-or-swim" in line for line in owner.output(done))
    state = service.site(owner.operate("variables").id)
    assert state is not None and {"MOTTO", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"} <= {*state.variables}
    assert "sink-or-swim" not in repr(state)
    assert "DJANGO_SETTINGS_MODULE" in state.given and {"MOTTO", "SECRET_KEY"}.isdisjoint(state.given)
    assert [(each.name, each.how) for each in state.changed or ()] == [("MOTTO", "set")]
    printed = owner.operate("run", command="shell -c \"import os; print('motto', os.environ['MOTTO'][:4])\"")
    assert "motto sink" in owner.output(printed)
    printed = owner.operate("run", command="shell -c \"import os; print('key', os.environ['SECRET_KEY'])\"")
    assert "key •••" in owner.output(printed)
    assert owner.operate("unset", name="MOTTO").state.value == "succeeded" and "MOTTO" not in owner.variables()
    state = service.site(owner.operate("variables").id)
    assert state is not None and state.changed == ()
    for name, says in (("NOTHING_LIKE_THAT", "no variable"), ("SIMPLE_DEPLOY_SITE", "gives")):
        refused = owner.operate("unset", name=name)
        assert refused.error is not None and says in refused.error.message

    # A value that the site cannot start with is taken back, and the site goes on.
    before, again = owner.variables(), owner.site.release(str(owner.site.current)).again
    assert again.is_file()  # the server was started anew with the variable
    broken = service.execute(service.create_operation("local", "set", {"name": "PYTHONHOME"}, value=Secret("/none")).id)
    assert broken.state.value == "failed" and owner.variables() == before
    assert "written by a visitor" in fetch(site.port)

    # A command that fails is a run that failed.
    assert owner.operate("run", command="nothing-like-that").state.value == "failed"
    assert owner.operate("run", command="python manage.py check").state.value == "succeeded"

    # Data: what came after the backup is gone when it is restored.
    (site.media / "photos").mkdir(parents=True, exist_ok=True)
    (site.media / "photos" / "a.txt").write_text("an upload", encoding="utf-8")
    file = tmp_path / "saved.zip"
    assert owner.operate("backup", file=str(file)).state.value == "succeeded"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    browser.post("/", text="written too late")
    (site.media / "photos" / "a.txt").write_text("another upload", encoding="utf-8")
    assert "written too late" in fetch(site.port)
    with pytest.raises(InvalidAnswer, match="exists already"):
        owner.operate("backup", file=str(file))
    restored = owner.operate("restore", file=str(file))
    assert restored.state.value == "succeeded", owner.output(restored)
    assert "written by a visitor" in fetch(site.port) and "written too late" not in fetch(site.port)
    assert (site.media / "photos" / "a.txt").read_text(encoding="utf-8") == "an upload"
    assert {each.name for each in site.folder.iterdir()} & {"restoring", "replaced", "backup"} == set()

    # A file that is no backup changes nothing.
    wrong = tmp_path / "wrong.zip"
    with zipfile.ZipFile(wrong, "w") as made:
        made.writestr("photo.txt", "no backup")
    refused = owner.operate("restore", file=str(wrong))
    assert refused.error is not None and "not made by --backup" in refused.error.message
    assert "written by a visitor" in fetch(site.port)


def a_site(folder: Path, text: str) -> Path:
    (folder / "data").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "data" / "db.sqlite3")) as database:
        database.execute("create table notes (text)")
        database.execute("insert into notes values (?)", (text,))
        database.commit()
    (folder / "media" / "deep").mkdir(parents=True)
    (folder / "media" / "deep" / "ü.txt").write_text(text, encoding="utf-8")
    return folder


def notes(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "db.sqlite3")) as database:
        return [text for (text,) in database.execute("select text from notes")]


def test_an_archive_holds_the_data_and_gives_them_back(tmp_path: Path) -> None:
    old, new, file = a_site(tmp_path / "old", "old"), a_site(tmp_path / "new", "new"), tmp_path / "there" / "saved.zip"
    (new / "media" / "later.txt").write_text("later", encoding="utf-8")

    assert archive.main(["save", str(old), str(file)]) == 0
    assert archive.main(["unpack", str(new), str(file)]) == 0
    assert notes(new) == ["new"]
    assert archive.main(["place", str(new)]) == 0

    assert notes(new) == ["old"] and not (new / "media" / "later.txt").exists()
    assert (new / "media" / "deep" / "ü.txt").read_text(encoding="utf-8") == "old"
    assert sorted(each.name for each in new.iterdir()) == ["data", "media"]


@pytest.mark.parametrize(
    ("name", "holds", "says"),
    [
        ("../outside.txt", "x", "which no backup does"),
        ("data/../../outside.txt", "x", "which no backup does"),
        ("/outside.txt", "x", "which no backup does"),
        ("data/db.sqlite3", "this is no database, but long enough to be looked at", "not a database"),
    ],
)
def test_a_file_that_is_no_backup_is_refused(
    name: str, holds: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, file = a_site(tmp_path / "site", "mine"), tmp_path / "saved.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(archive.CONTENTS, "{}")
        made.writestr(name, holds)

    assert archive.main(["unpack", str(site), str(file)]) == 1

    assert says in capsys.readouterr().err and notes(site) == ["mine"]
    assert not [*tmp_path.rglob("outside.txt")]


def test_what_an_operation_is_told_is_checked_before_there_is_a_run(owner: Owner, tmp_path: Path) -> None:
    service = owner.service
    for operation, told in (
        ("set", {"name": "MOTTO=x"}),
        ("unset", {}),
        ("run", {"command": "'"}),
        ("run", {"command": "python manage.py"}),
        ("restore", {"file": str(tmp_path / "none")}),
    ):
        with pytest.raises(InvalidAnswer):
            service.create_operation("local", operation, told)  # type: ignore[arg-type]
    with pytest.raises(PluginNotFound, match="does not offer"):
        service.create_operation("upsun", "start")
    assert not service.runs()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("migrate --plan", ("migrate", "--plan")),
        ("python manage.py migrate", ("migrate",)),
        ("./manage.py shell -c 'print(1, 2)'", ("shell", "-c", "print(1, 2)")),
    ],
)
def test_a_command_is_what_stands_behind_manage_py(text: str, words: tuple[str, ...]) -> None:
    assert management_command(text) == words
