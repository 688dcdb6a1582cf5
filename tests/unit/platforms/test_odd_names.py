"""Folders whose names mean something to a shell, to Docker, to systemd or to git, in every kind of file that is
generated: what a reader of that format reads back is the folder's name."""

from __future__ import annotations

import ast
import json
import plistlib
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
import tomlkit
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st
from simple_deploy_flyio import advice, dockerfile, dockerignore, installing
from simple_deploy_flyio.flytoml import FlyToml
from simple_deploy_heroku import files
from simple_deploy_local import keeping, settings_block
from simple_deploy_upsun import config, hosting

from simple_deploy.api import Process, ProjectFacts, command_in
from simple_deploy.core.facts import Database
from simple_deploy.core.findings import Level
from simple_deploy.core.paths import is_elsewhere
from simple_deploy.core.quoting import fits_a_line
from simple_deploy.edits import gitignore
from simple_deploy.platforms import delivery
from simple_deploy.platforms.server import advice as server_advice
from simple_deploy.platforms.server import units
from simple_deploy.rehearsal import dockerfile as docker_reader
from simple_deploy.testing import make_facts
from tests.conftest import needs_program
from tests.support.blocks import site_text
from tests.support.repository import git

NAMES = (
    "my site", "it's", 'a "b"', "$HOME", "a`b`", "a;b&c", "a && b", "a\\b", "a\\", "a#b", "#a", "!a", "~", "a[b]", "a*b", "a?",
    "-x", "--help", "%n", "{a}", "<<EOF", "so:so", "a=b", " a", "a ", "ä", "日本", "👩\u200d💻", "'", '"',
)  # fmt: skip


def one_of_any() -> st.SearchStrategy[str]:
    """A name that a folder may have and that fits a line."""
    some = st.text(st.characters(exclude_categories=("Cc", "Cn", "Cs", "Zl", "Zp"), exclude_characters="/"), min_size=1)
    meaning = st.text(st.sampled_from("aB -'\"$`\\;&|<>(){}[]*?~#!%=:@,.\u200d\ufeff"), min_size=1)
    return (st.sampled_from(NAMES) | meaning | some).filter(lambda name: name.strip(".") != "" or len(name) > 2)


def facts_in(name: str) -> ProjectFacts:
    """A project in the folder *name*, whose packages are declared there and whose files are collected there."""
    facts = make_facts()
    assert facts.settings is not None
    file = f"{name}/requirements.txt"
    return replace(
        facts,
        location=replace(facts.location, project_dir=name),
        dependencies=replace(facts.dependencies, manager="requirements", file=file, files=(file,)),
        settings=replace(facts.settings, file=f"{name}/mysite/settings.py", static_root=f"{name}/{name}"),
    )


def is_folder(words: str, name: str) -> bool:
    """Whether a program that gets *words* as an argument takes it for the folder, and for none of its options."""
    return not words.startswith("-") and PurePosixPath(words) == PurePosixPath(name)


# -- Heroku --


@given(name=one_of_any())
def test_the_shell_of_a_procfile_reads_the_folder_as_it_is_called(name: str) -> None:
    facts = facts_in(name)
    assert facts.settings is not None
    lines = files.procfile(facts.settings, facts.location).removesuffix("\n").split("\n")
    found = {process: shlex.split(command) for process, _, command in (line.partition(": ") for line in lines)}
    assert sorted(found) == ["release", "web"]
    assert is_folder(found["web"][found["web"].index("--chdir") + 1], name)
    assert is_folder(found["release"][1], f"{name}/manage.py")
    beside = Process(name="worker", title="Celery", kind="worker", command=("celery", "-A", "mysite", "worker"))
    words = shlex.split(command_in(beside, facts.location))
    assert words[0] == "cd" and is_folder(words[1], name) and words[2:4] == ["&&", "exec"]


def test_a_real_shell_reads_them_alike() -> None:
    told = "; ".join(f"printf '%s\\n' {files.manage(facts_in(name).location)}" for name in NAMES)
    said = subprocess.run(
        [needs_program("dash", "sh"), "-c", told], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[::2] == ["python"] * len(NAMES)
    assert all(is_folder(word, f"{name}/manage.py") for word, name in zip(said[1::2], NAMES, strict=True))


# -- Fly.io --


@given(text=one_of_any())
def test_fly_toml_holds_each_text_as_it_is(text: str) -> None:
    whole = FlyToml(
        app="shop", host="shop.fly.dev", region="ams", size="s", memory="1gb", env={"A": text}, migrate=f"migrate {text}",
        volume=("data", text), health_path=text, processes={"app": text, "worker": f"cd {text}"},
    )  # fmt: skip
    read = tomlkit.parse(whole.render()).unwrap()
    assert read["env"]["A"] == text and read["deploy"]["release_command"] == f"migrate {text}"
    assert read["mounts"][0]["destination"] == text and read["http_service"]["checks"][0]["path"] == text
    assert read["processes"] == {"app": text, "worker": f"cd {text}"}


@given(name=one_of_any())
def test_a_rehearsal_reads_the_folders_of_a_dockerfile_as_docker_does(name: str) -> None:
    facts = facts_in(name)
    lines = installing.packages_stage(facts.dependencies, image="scratch", groups=(), build=())
    read = list(docker_reader.instructions("\n".join(lines)))
    assert len(read) == sum(not line.startswith("#") for line in lines)
    assert docker_reader.word(dockerfile.word(f"/code/{name}")) == f"/code/{name}"
    ((install,),) = ([rest for word, rest in read if word == "RUN" and rest.startswith("pip install")],)
    assert is_folder(shlex.split(install)[-1], f"{name}/requirements.txt")


#: Of the Dockerfile for a folder of each name, what names it. There is no image to begin with where there is no network.
_AS_FLYIO = re.compile("(?:WORKDIR|COPY) ")


@pytest.mark.slow
@pytest.mark.slice(5)
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_docker_reads_the_folder_as_it_is_called(name: str, tmp_path: Path) -> None:
    facts = facts_in(name)
    context = tmp_path / "context"
    for path in (f"{name}/requirements.txt", f"{name}/{name}/site.css", "other/file", f"{name}.old/{name}/file"):
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("")
    (context / ".dockerignore").write_text(dockerignore.dockerignore(facts), encoding="utf-8")
    stage = installing.packages_stage(facts.dependencies, image="scratch", groups=(), build=())
    lines = [line for line in stage if _AS_FLYIO.match(line)]
    text = "\n".join(["FROM scratch", *lines, "COPY . /all/", f"WORKDIR {dockerfile.word(f'/code/{name}')}", ""])
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    where = ("--storage-driver", "vfs", "--root", str(tmp_path / "store"), "--runroot", str(tmp_path / "run"))

    def buildah(*words: str) -> str:
        done = subprocess.run(("buildah", *where, *words), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    image = buildah("build", "--quiet", "--format", "docker", "--file", str(tmp_path / "Dockerfile"), str(context))
    told = json.loads(buildah("inspect", "--type", "image", image))
    assert told["Docker"]["config"]["WorkingDir"] == f"/code/{name}"
    inside = Path(buildah("mount", buildah("from", image)))
    assert (inside / "code" / name / "requirements.txt").is_file()
    there = sorted(
        path.relative_to(inside / "all").as_posix() for path in (inside / "all").rglob("*") if path.is_file()
    )
    assert there == sorted([f"{name}/requirements.txt", "other/file", f"{name}.old/{name}/file"])


def test_what_is_typed_here_for_a_machine_names_the_folder_as_it_is_called() -> None:
    lines = [advice.on_machine("shop", name, "createsuperuser").partition(" -C ")[2] for name in NAMES]
    lines += [
        server_advice._commands("vps", "root@host", "shop", name, "").manage("migrate").partition("host ")[2]
        for name in NAMES
    ]
    told = "".join(f"printf '%s\\0' {line}\n" for line in lines)
    said = subprocess.run(
        [needs_program("dash", "sh"), "-c", told], capture_output=True, text=True, check=True
    ).stdout.split("\0")
    there = [shlex.split(each) for each in said if each]
    assert [words[1] for words in there[: len(NAMES)]] == [f"/code/{name}/manage.py" for name in NAMES]
    folders = [next(word for word in words if "WorkingDirectory" in word) for words in there[len(NAMES) :]]
    assert folders == [f"--property=WorkingDirectory=/srv/shop/current/code/{name}" for name in NAMES]


# -- Upsun --


@given(name=one_of_any())
def test_upsun_reads_the_folder_as_it_is_called(name: str) -> None:
    facts = facts_in(name)
    assert facts.settings is not None
    alone = yaml.safe_load(config.config(facts, facts.settings, "3.13", "shop"))["applications"]["app"]
    assert alone["source"]["root"] == f"/{name}"
    declared = replace(facts.dependencies, file="requirements.txt", files=("requirements.txt",))
    above = replace(facts, dependencies=declared)
    app = yaml.safe_load(config.config(above, facts.settings, "3.13", "shop"))["applications"]["app"]
    assert app["source"]["root"] == "/"
    start = shlex.split(app["web"]["commands"]["start"])
    assert is_folder(start[start.index("--chdir") + 1], name)
    for hook in ("build", "deploy"):
        commands = [shlex.split(line) for line in app["hooks"][hook].splitlines() if "manage.py" in line]
        assert commands and all(is_folder(words[1], f"{name}/manage.py") for words in commands)


# -- a server, and this computer --


def as_systemd_reads(line: str) -> list[str]:
    """The words of a line of a unit file: systemd.syntax(7) for quotes, systemd.unit(5) for %, systemd.service(5) for $."""
    words = []
    for quoted, plain in re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', line):
        text = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), quoted) if quoted else plain
        words.append(text.replace("%%", "%"))
    return [words[0], *(word.replace("$$", "$") for word in words[1:])]


@given(name=one_of_any())
def test_systemd_and_its_shell_read_the_folder_as_it_is_called(name: str) -> None:
    running = units.Running(site="shop", project_folder=name, arguments=("mysite.wsgi",), group="caddy")
    unit = units.release_units(running, ())["shop.service"]
    (line,) = [row for row in unit.split("\n") if row.startswith("ExecStart=")]
    shell, flag, command = as_systemd_reads(line.partition("=")[2])
    assert (shell, flag) == ("/bin/sh", "-c")
    words = shlex.split(command)
    assert words[words.index("cd") + 1] == f"$release/code/{name}"


@given(name=one_of_any())
def test_what_starts_a_site_again_names_its_files_as_they_are_called(name: str) -> None:
    argv = ("/usr/bin/python3", "-I", f"/home/{name}/supervisor.py", "keep", f"/home/{name}")
    service = keeping.Service(name="simple-deploy-shop", title="shop", argv=argv, log=Path(f"/home/{name}/log"))
    (line,) = [row for row in keeping.systemd_unit(service).split("\n") if row.startswith("ExecStart=")]
    assert tuple(as_systemd_reads(line.partition("=")[2])) == argv
    assert plistlib.loads(keeping.launchd_agent(service).encode("utf-8"))["ProgramArguments"] == list(argv)


# -- settings --


@given(name=one_of_any())
@example(name='a" + evil + "')
def test_the_blocks_of_settings_are_python_that_means_the_folder(name: str) -> None:
    assume(not is_elsewhere(name))  # such a folder is taken for one of another computer
    facts = facts_in(name)
    assert facts.settings is not None
    other = Database(alias=name, engine="django.db.backends.sqlite3", name="other.sqlite3")
    settings = replace(
        facts.settings, databases=(*facts.settings.databases, other), media_url=f"/{name}/", media_root="m"
    )
    facts = replace(facts, settings=settings)
    sites = (hosting.site_settings(facts, settings), settings_block.site_settings(settings, postgres=False))
    blocks = [site_text(settings, facts.location, site) for site in sites]
    for text, wanted in zip(blocks, ([name], [name, f"{name}.sqlite3"]), strict=True):
        said = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        assert said.issuperset(wanted)


# -- git, and what cannot be said --


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_git_ignores_a_folder_of_that_name_and_no_other(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for folder in (name, "other", "aXb", "ab"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "file").touch()
    (tmp_path / ".gitignore").write_text(gitignore.literal(f"/{name}/") + "\n", encoding="utf-8")
    seen = git(tmp_path, "-c", "core.quotePath=false", "status", "--porcelain", "-z", "--untracked-files=all")
    assert sorted(entry[3:] for entry in seen.split("\0") if entry) == [
        ".gitignore",
        "aXb/file",
        "ab/file",
        "other/file",
    ]


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\tb", "a\x7f", "a\x85b", "a\u2028b", "a\udcffb"])
def test_a_name_that_no_line_can_hold_is_refused(name: str) -> None:
    (found,) = [
        each for each in delivery.findings(delivery.Delivery(), "Pond", facts_in(name)) if each.id == "delivery.name"
    ]
    assert found.level is Level.BLOCKER
    assert repr(name)[1:-1] in found.title and found.title.isprintable()


@given(name=one_of_any())
def test_every_other_name_is_taken(name: str) -> None:
    assert fits_a_line(name)
    assert not [
        each for each in delivery.findings(delivery.Delivery(), "Pond", facts_in(name)) if each.id == "delivery.name"
    ]
