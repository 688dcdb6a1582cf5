from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.managers.resolve import Edge, Package, reachable

MARKERS = ("a", "b", "c")
NAMES = ("p", "q", "r", "s", "t")

edges = st.builds(
    Edge,
    name=st.sampled_from(NAMES),
    marker=st.sampled_from(("", *MARKERS)),
    extras=st.sampled_from([frozenset(), frozenset({"x"})]),
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Package], list[Edge]]:
    packages = [
        Package(
            name=name,
            version="1",
            line=f"{name}==1",
            edges=tuple(draw(st.lists(edges, max_size=3))),
            extras={"x": tuple(draw(st.lists(edges, max_size=2)))},
        )
        for name in NAMES
    ]
    return packages, draw(st.lists(edges, max_size=3))


def installed(packages: list[Package], roots: list[Edge], true: set[str]) -> set[str]:
    """What an installer would take where the markers *true* hold."""
    by_name = {package.name: package for package in packages}
    seen: set[tuple[str, frozenset[str]]] = set()
    pending = list(roots)
    while pending:
        edge = pending.pop()
        if (edge.marker and edge.marker not in true) or (edge.name, edge.extras) in seen:
            continue
        seen.add((edge.name, edge.extras))
        package = by_name[edge.name]
        pending += [*package.edges, *(each for extra in edge.extras for each in package.extras[extra])]
    return {name for name, _ in seen}


@given(graphs(), st.sets(st.sampled_from(MARKERS)))
def test_the_markers_say_where_a_package_is_needed(graph: tuple[list[Package], list[Edge]], true: set[str]) -> None:
    packages, roots = graph
    found = {
        package.name
        for package, markers in reachable(packages, roots)
        if any(set(marker.split(" and ")) - {""} <= true for marker in markers)
    }
    assert found == installed(packages, roots, true)


def test_the_version_that_is_asked_for_is_taken() -> None:
    packages = [
        Package(name="django", version="4.2", line="django==4.2"),
        Package(name="django", version="5.2", line="django==5.2"),
    ]
    roots = [
        Edge(name="django", ranges=("<5",), marker="python_version < '3.10'"),
        Edge(name="django", ranges=(">=5",), marker="python_version >= '3.10'"),
    ]
    assert [(package.line, markers) for package, markers in reachable(packages, roots)] == [
        ("django==4.2", ("python_version < '3.10'",)),
        ("django==5.2", ("python_version >= '3.10'",)),
    ]


def test_an_entry_for_an_extra_is_taken_only_with_it() -> None:
    packages = [
        Package(name="psycopg", version="3", line="psycopg==3"),
        Package(name="psycopg", version="3", line="psycopg[c]==3", with_extras=frozenset({"c"})),
    ]
    assert [package.line for package, _ in reachable(packages, [Edge(name="psycopg")])] == ["psycopg==3"]


def test_a_tangle_of_packages_comes_to_an_end() -> None:
    names = [f"p{index}" for index in range(40)]
    packages = [
        Package(
            name=name,
            version="1",
            line=name,
            edges=tuple(Edge(name=other, marker=f"{name}-{other}") for other in names),
        )
        for name in names
    ]
    assert len(reachable(packages, [Edge(name="p0", marker="start")])) == len(names)
