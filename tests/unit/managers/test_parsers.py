"""What the editors write, read by the managers' own parsers."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dependency_groups
import plette
import tomlkit
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_line
from pip._internal.req.req_file import parse_requirements
from poetry.core.factory import Factory

from simple_deploy.edits.errors import EditError
from simple_deploy.managers import pep621, pipenv, poetry, requirements
from simple_deploy.managers.base import Wanted
from tests.unit.edits import strategies
from tests.unit.edits.strategies import answers, requirement_texts
from tests.unit.managers.test_manifests import groups, pipfiles, poetry_files, standard_files


def names(texts: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in texts}


def is_requirement(text: str) -> bool:
    return answers(lambda: Requirement(text), InvalidRequirement) is not None


def new(before: str, after: str, wanted: list[str], known: set[str]) -> list[str]:
    """Those of *wanted* that were to be added."""
    missing = requirements.missing(Wanted(wanted), known)
    assert bool(missing) == (before != after)
    return missing


@contextmanager
def saved(text: str, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for included in ("base.txt", "constraints.txt"):
            (Path(folder) / included).touch()
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8", newline="\n")
        yield path


def by_pip(text: str) -> list[str]:
    with saved(text, "requirements.txt") as path:
        return [each.requirement for each in parse_requirements(str(path), session=PipSession())]


@given(requirement_texts, strategies.requirements)
def test_pip_reads_what_it_read_before_and_what_was_added(text: str, wanted: list[str]) -> None:
    after = answers(lambda: requirements.add(text, Wanted(wanted)), EditError)
    before = answers(lambda: by_pip(text), Exception)
    assume(after is not None and before is not None)
    assert after is not None and before is not None
    added = new(text, after, wanted, {*requirements.names(text)})
    assert by_pip(after) == [*before, *added]
    assert names([str(install_req_from_line(each).req) for each in added]) == names(added)


def by_poetry(text: str) -> dict[str, set[str]]:
    """Names by group."""
    whole = text.replace('name = "site"', 'name = "site"\nversion = "1"', 1)
    whole += "\n[tool.poetry]\npackage-mode = false\n" if "[tool.poetry]" not in whole else ""
    whole = (
        whole.replace("[tool.poetry]", "[tool.poetry]\npackage-mode = false", 1)
        if "package-mode" not in whole
        else whole
    )
    with saved(whole, "pyproject.toml") as path:
        package = Factory().create_poetry(path.parent).package
    return {
        name: {each.name for each in package.dependency_group(name).dependencies}
        for name in package.dependency_group_names(include_optional=True)
    }


@given(st.one_of(poetry_files(), standard_files()), strategies.requirements, groups)
def test_poetry_reads_what_it_read_before_and_what_was_added(text: str, wanted: list[str], group: str | None) -> None:
    before = answers(lambda: by_poetry(text), Exception) or {}
    assume(before)
    after = poetry.add(text, Wanted(wanted, group=group))
    known = before.get("main", set()) | before.get(group or "main", set())
    added = names(new(text, after, wanted, known))
    found = by_poetry(after)
    where = group or "main"
    assert found.get(where, set()) == before.get(where, set()) | added
    assert all(found[name] >= each for name, each in before.items())


@given(standard_files(), strategies.requirements, groups)
def test_the_standard_reads_what_it_read_before_and_what_was_added(
    text: str, wanted: list[str], group: str | None
) -> None:
    def by_standard(source: str) -> set[str]:
        data = tomlkit.parse(source).unwrap()
        own = data.get("dependency-groups", {})
        texts = dependency_groups.resolve(own, group) if group in own else ()
        every = [*data["project"]["dependencies"], *texts]
        return names([*filter(is_requirement, every)])

    before = by_standard(text)
    after = pep621.add(text, Wanted(wanted, group=group))
    assert by_standard(after) == before | names(new(text, after, wanted, before))


@given(pipfiles(), strategies.requirements, groups)
def test_pipenv_reads_what_it_read_before_and_what_was_added(text: str, wanted: list[str], group: str | None) -> None:
    def by_pipenv(source: str) -> dict[str, set[str]]:
        whole = source.replace(
            'name = "pypi"', 'name = "pypi"\nurl = "https://example.org/simple"\nverify_ssl = true', 1
        )
        data = plette.Pipfile.load(io.StringIO(whole))._data
        return {
            name: {canonicalize_name(each) for each in data.get(name, {})} for name in ("packages", group or "packages")
        }

    where = group or "packages"
    before = by_pipenv(text)
    after = pipenv.add(text, Wanted(wanted, group=group))
    added = names(new(text, after, wanted, before["packages"] | before[where]))
    assert by_pipenv(after)[where] == before[where] | added
