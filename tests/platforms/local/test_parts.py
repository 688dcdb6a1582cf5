"""The small parts: names and ports of sites, copies of data, programs' words, variables."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_local import carry, output, sites, supervisor, variables
from simple_deploy_local.platform import LocalPlatform
from simple_deploy_local.sites import Site

from simple_deploy.api import CommandFailed, InvalidAnswer, Location, Secret, StepError

# --- figures ---------------------------------------------------------------------------------------------------------


def test_answers_and_memory_are_noted_once_it_is_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(supervisor.time, "time", lambda: now[0])
    figures = supervisor.Figures(tmp_path / supervisor.FIGURES)
    for line in (
        b'[30/Nov/2026:07:00:00 +0000] "GET /a "b" HTTP" 200 0.250000 s\n',
        b'[30/Nov/2026:07:00:00 +0000] "POST /a" 503 1.5 s\r\n',
        b"Something that a project prints, 200 0.1 s\n",
    ):
        figures.read(line)
    assert not figures.due
    now[0] += supervisor.NOTED_BUSY
    assert figures.due
    figures.note(os.getpid())
    now[0] += supervisor.NOTED_BUSY
    assert not figures.due
    now[0] += supervisor.NOTED - supervisor.NOTED_BUSY
    assert figures.due
    figures.note(None)

    busy, idle = output.samples_in(tmp_path)
    assert (busy.at, busy.requests, busy.failed, busy.seconds, busy.longest) == (1000.0, 2, 1, 1.75, 1.5)
    assert busy.memory is not None and busy.memory > 5_000_000
    assert (idle.at, idle.requests, idle.memory) == (1015.0, 0, None)


def test_figures_take_little_room_and_are_kept_for_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / supervisor.FIGURES
    supervisor.Figures(file).note(os.getpid())
    length = file.stat().st_size
    assert supervisor.FIGURES_SIZE / (length + 20) * supervisor.NOTED_BUSY > 24 * 3600

    monkeypatch.setattr(supervisor, "FIGURES_SIZE", 20 * length)
    figures = supervisor.Figures(file)
    for _ in range(200):
        figures.note(os.getpid())
    files = [*tmp_path.iterdir()]
    assert len(files) == 2 and sum(each.stat().st_size for each in files) <= 40 * length
    assert 20 <= len(output.samples_in(tmp_path)) <= 40


def test_a_line_of_figures_that_is_not_whole_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "figures.log").write_text("1000 1 0 0.1 0.1 -\n1060 1 0 0.\nx y z a b c\n", encoding="utf-8")
    assert [each.at for each in output.samples_in(tmp_path)] == [1000.0]
    assert output.samples_in(tmp_path / "nowhere") == ()


# --- sites -----------------------------------------------------------------------------------------------------------


def written(site: Site) -> Site:
    site.folder.mkdir(parents=True)
    site.record.write_text(site.to_json(), encoding="utf-8")
    return site


def test_a_site_is_found_again_by_its_project(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    home = tmp_path / "home"
    site = written(sites.new(home, mine, "m", "My Blog"))

    assert sites.find(home, Location(root=mine), "m") == site
    assert sites.find(home, Location(root=other), "o") is None
    assert sites.find(tmp_path / "nowhere", Location(root=mine), "m") is None


def test_a_site_of_an_older_version_is_found_by_its_path_and_so_is_one_whose_state_folder_was_deleted(
    tmp_path: Path,
) -> None:
    home, location = tmp_path / "home", Location(root=tmp_path / "blog")
    old = written(sites.new(home, location.root, "", "blog"))

    assert sites.find(home, location, "") == old
    marked = replace(old, mark="of the first state folder")
    assert sites.find(home, location, marked.mark) == marked
    marked.record.write_text(marked.to_json(), encoding="utf-8")
    assert sites.find(home, location, "of the next") == replace(old, mark="of the next")


def test_folders_that_change_their_names_keep_their_sites(tmp_path: Path) -> None:
    home, blog, shop = tmp_path / "home", Location(root=tmp_path / "blog"), Location(root=tmp_path / "shop")
    of_blog = written(sites.new(home, blog.root, "b", "blog"))
    of_shop = written(sites.new(home, shop.root, "s", "shop"))

    assert sites.find(home, shop, "b") == replace(of_blog, project=of_shop.project)
    assert sites.find(home, blog, "s") == replace(of_shop, project=of_blog.project)


def test_projects_of_one_repository_have_a_site_each(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "before"
    for name in ("blog", "shop"):
        (root / name).mkdir(parents=True)
    blog, shop = (Location(root=root, project_dir=name) for name in ("blog", "shop"))
    of_blog = written(sites.new(home, blog.folder, "m", "blog"))

    assert sites.find(home, shop, "m") is None
    of_shop = written(sites.new(home, shop.folder, "m", "shop"))
    assert (sites.find(home, blog, "m"), sites.find(home, shop, "m")) == (of_blog, of_shop)

    shop.folder.rename(root / "store")
    store = replace(shop, project_dir="store")
    assert (sites.find(home, blog, "m"), sites.find(home, store, "m")) == (
        of_blog,
        replace(of_shop, project=str(store.folder)),
    )
    (root / "store").rename(shop.folder)
    root.rename(tmp_path / "now")
    for location, site in ((shop, of_shop), (blog, of_blog)):
        found = sites.find(home, replace(location, root=tmp_path / "now"), "m")
        assert found is not None and found.name == site.name


def test_two_projects_of_the_same_name_get_different_names_and_ports(tmp_path: Path) -> None:
    first = written(sites.new(tmp_path / "home", tmp_path / "a" / "blog", "a", "blog"))
    second = written(sites.new(tmp_path / "home", tmp_path / "b" / "blog", "b", "blog"))

    assert (first.name, second.name) == ("blog", "blog-2")
    assert first.port != second.port


@pytest.mark.parametrize("text", ["", "{", "[]", '{"project": "x"}', '{"project": "x", "port": "y"}'])
def test_a_record_that_cannot_be_read_is_no_site(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "site.json").write_text(text, encoding="utf-8")

    assert sites.all_in(tmp_path) == ()


@given(st.text(), st.sets(st.sampled_from(["site", "site-2", "a", "blog"])))
def test_a_name_is_a_plain_folder_name_that_nobody_has(wanted: str, taken: set[str]) -> None:
    name = sites.free_name(wanted, taken)

    assert name
    assert name not in taken
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_port_that_is_taken_is_not_chosen() -> None:
    first = sites.free_port(())
    with socket.create_server(("127.0.0.1", first)):
        assert sites.free_port(()) != first
    assert sites.free_port({first}) != first


# --- copies ----------------------------------------------------------------------------------------------------------


def test_a_database_is_copied_consistently_while_somebody_writes(tmp_path: Path) -> None:
    source = tmp_path / "my source.sqlite3"
    with closing(sqlite3.connect(source)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE note (text)")
        writer.execute("INSERT INTO note VALUES ('committed')")
        writer.commit()
        writer.execute("INSERT INTO note VALUES ('not yet')")

        assert carry.main(["database", str(source), str(tmp_path / "data" / "db.sqlite3")]) == 0

    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3")) as copy:
        assert copy.execute("SELECT text FROM note").fetchall() == [("committed",)]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["db.sqlite3"]


def test_what_is_no_database_is_refused_and_leaves_no_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "db.sqlite3"
    source.write_bytes(b"this is no database" * 100)

    assert carry.main(["database", str(source), str(tmp_path / "data" / "db.sqlite3")]) == 1
    assert "cannot be copied" in capsys.readouterr().err
    assert not (tmp_path / "data" / "db.sqlite3").exists()


def test_a_folder_is_copied_without_its_symbolic_links(tmp_path: Path) -> None:
    source, target = tmp_path / "media", tmp_path / "copy"
    (source / "pictures").mkdir(parents=True)
    (source / "pictures" / "one.png").write_bytes(b"1")
    (target / "pictures").mkdir(parents=True)
    (target / "pictures" / "two.png").write_bytes(b"2")
    if sys.platform != "win32":
        (source / "secret").symlink_to("/etc/hostname")
        (source / "all").symlink_to("/etc")

    assert carry.main(["folder", str(source), str(target)]) == 0

    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert found == ["pictures/one.png", "pictures/two.png"]


# --- words -----------------------------------------------------------------------------------------------------------

CHECKED = """\
System check identified some issues:

WARNINGS:
?: (security.W009) Your SECRET_KEY has less than 50 characters. Please generate
a long and random value.
notes.Note.slug: (fields.W342) Setting unique=True has the same effect.
\tHINT: ForeignKey(unique=True) is usually better served by a OneToOneField.

System check identified 2 issues (4 silenced).
"""


def test_what_the_check_says_becomes_findings() -> None:
    first, second = output.check_findings(CHECKED)

    assert (first.id, first.fix) == ("django.security.W009", "")
    assert first.title.endswith("Please generate a long and random value.")
    assert (second.id, second.title) == ("django.fields.W342", "Setting unique=True has the same effect.")
    assert second.fix.startswith("ForeignKey")


def test_a_check_that_says_nothing_gives_no_findings() -> None:
    assert output.check_findings("System check identified no issues (4 silenced).\n") == ()


@pytest.mark.parametrize(
    ("said", "space", "full"),
    [
        ("error: unable to write: No space left on device", 10**9, True),
        ("error: unable to write file", 0, True),  # some programs do not say why
        ("boom", 10**9, False),
    ],
)
def test_a_full_disk_is_told_from_other_failures(said: str, space: int, full: bool) -> None:
    failed = CommandFailed("it failed", argv=("git", "checkout-index"), tail=(said,))

    assert output.is_full(failed, space=space) is full


# --- variables -------------------------------------------------------------------------------------------------------


def test_a_secret_key_is_long_random_and_plain() -> None:
    keys = {variables.new_secret_key() for _ in range(20)}

    assert len(keys) == 20
    assert all(len(key) >= 50 and "$" not in key for key in keys)


def test_variables_that_were_damaged_by_hand_are_never_replaced(tmp_path: Path) -> None:
    site = Site(folder=tmp_path / "blog", project="/blog", port=8100)
    assert variables.read_own(site) == {}
    written(site)
    site.variables.write_text('{"SECRET_KEY": "a", "MINE": 1', encoding="utf-8")

    with pytest.raises(StepError, match="cannot be read"):
        variables.read_own(site)

    site.variables.write_text('{"SECRET_KEY": "a", "MINE": 1}', encoding="utf-8")
    assert variables.read_own(site) == {"SECRET_KEY": "a", "MINE": "1"}


@pytest.mark.parametrize("url", ["postgres://ada:secret@localhost:5432/notes", "postgresql:///notes"])
def test_an_address_of_postgresql_is_taken(url: str) -> None:
    assert variables.checked_database_url(url) == url


@pytest.mark.parametrize(
    "url", ["mysql://localhost/notes", "localhost/notes", "postgres://localhost", "postgres://h:x/n"]
)
def test_any_other_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        variables.checked_database_url(url)

    assert url not in refused.value.message
    assert "postgres://" in refused.value.hint


def test_programs_of_the_release_get_nothing_of_this_processs_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/")
    monkeypatch.setenv("PYTHONPATH", "somewhere")

    given = variables.isolated({"SECRET_KEY": "shown to nobody", "SIMPLE_DEPLOY_SITE": "notes", "PREFIX": ""})

    assert (given["DATABASE_URL"], given["PYTHONPATH"]) == ("", "")
    assert given["SECRET_KEY"] == Secret("shown to nobody")
    assert given["PREFIX"] == Secret(""), "an empty text would take away a variable that is there and empty"
    assert "PATH" not in given
    assert set(os.environ) - set(given) <= set(variables.INHERITED)


def test_behind_a_front_people_are_told_another_address_than_the_one_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = Location(root=tmp_path / "blog")
    site = written(Site(folder=tmp_path / "home" / "blog", project=str(location.root.resolve()), port=8100))
    platform = LocalPlatform()
    here, there = "http://127.0.0.1:8100/", "https://class.example:8501/"

    assert (site.address, platform.near(tmp_path / "home", location, "", f"{here}a/")) == (here, f"{here}a/")
    monkeypatch.setenv(sites.ADDRESS, there.rstrip("/"))
    assert (site.url, site.address) == (here, there)
    assert variables.origins(site) == ("https://class.example:8501", "http://127.0.0.1:8100", "http://localhost:8100")
    assert platform.near(tmp_path / "home", location, "", f"{there}posts/?a=1") == f"{here}posts/?a=1"
    for other in (f"{here}posts/", "https://class.example:8502/", "https://elsewhere.example/"):
        assert platform.near(tmp_path / "home", location, "", other) == other
    assert platform.near(tmp_path / "home", Location(root=tmp_path / "other"), "", there) == there
