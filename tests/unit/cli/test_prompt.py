"""Questions at a terminal: defaults, choices, secrets, conditions, and the ways out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from simple_deploy.cli.output import open_lines
from simple_deploy.cli.prompt import AtTerminal, Prompt, with_defaults
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import Cancelled, InvalidAnswer
from simple_deploy.core.options import Choice, Option, Question
from simple_deploy.core.secret import Secret
from tests.unit.cli.streams import Fake

NAME = Option(name="name", label="Name", help="Of the app.", default="blog", pattern="[a-z]+", pattern_help="Letters.")
DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    default="sqlite",
    choices=(Choice(value="sqlite", label="SQLite"), Choice(value="postgres", label="PostgreSQL", help="Bigger.")),
)
URL = Option(name="url", label="Address", kind="secret", when=("database", "postgres"))
COPY = Option(name="copy", label="Copy the data", kind="flag", default=True)
OWNER = Option(name="owner", label="Owner")
NOTE = Option(name="note", label="Note", required=False)


class Typist:
    """Types these lines one after the other; an exception is raised in place of one."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self.left = list(lines)
        self.hidden: list[bool] = []

    def line(self, ask: Callable[[], None], *, hidden: bool, meanwhile: Callable[[], None]) -> str:
        ask()
        meanwhile()
        self.hidden.append(hidden)
        line = self.left.pop(0)
        if isinstance(line, str):
            return line
        raise line


def prompt(*lines: str | type[BaseException]) -> tuple[Prompt, Typist, Fake]:
    out, typist = Fake(), Typist(*lines)
    return Prompt(Terminal(open_lines(out, {})), typist), typist, out


def test_an_empty_answer_takes_the_default() -> None:
    asking, typist, out = prompt("", "", "")
    assert asking.options((NAME, DATABASE, COPY)) == {"name": "blog", "database": "sqlite", "copy": True}
    assert typist.left == []
    for shown in (
        "Of the app.",
        "Name [blog]: ",
        "1. SQLite.",
        "2. PostgreSQL. Bigger.",
        "Database [1]: ",
        "data [Y/n]: ",
    ):
        assert shown in out.getvalue()


def test_it_asks_again_until_the_answer_fits() -> None:
    asking, typist, out = prompt("No!", "shop", "3", "postgres", "", "postgres://u:p@h/d", "perhaps", "N", "", "ada")
    typed = asking.options((NAME, DATABASE, URL, COPY, OWNER))
    assert typed == {
        "name": "shop",
        "database": "postgres",
        "url": Secret("postgres://u:p@h/d"),
        "copy": False,
        "owner": "ada",
    }
    assert typist.left == [] and typist.hidden == [False] * 4 + [True] * 2 + [False] * 4
    for shown in ("does not fit. Letters.", "“3” is not one of", "Type y for yes", "Owner: an answer is needed."):
        assert shown in out.getvalue()
    assert "postgres://u" not in out.getvalue()


def test_what_was_given_ahead_is_not_asked_but_counts() -> None:
    asking, typist, _ = prompt("secret")
    assert asking.options((NAME, DATABASE, URL), {"name": "shop", "database": "postgres"}) == {"url": Secret("secret")}
    assert typist.left == []
    with pytest.raises(InvalidAnswer, match="does not fit"):
        asking.options((NAME,), {"name": "No!"})


def test_with_yes_only_what_has_no_default_is_asked() -> None:
    asking, typist, _ = prompt("ada")
    assert asking.options((NAME, DATABASE, URL, COPY, OWNER, NOTE), take_defaults=True) == {"owner": "ada"}
    assert typist.left == []


def test_the_answers_of_last_time_are_proposed() -> None:
    proposed = with_defaults((NAME, COPY, OWNER), {"name": "shop", "copy": False})
    assert [option.default for option in proposed] == ["shop", False, None]


@pytest.mark.parametrize(("typed", "chosen"), [("2", "deploy"), ("configure", "configure"), ("9", None), ("x", None)])
def test_choosing_by_number_or_name(typed: str, chosen: str | None) -> None:
    asking, _, out = prompt(typed, "1")
    assert asking.choose("What?", [("configure", "Configure"), ("deploy", "Deploy")]) == (chosen or "configure")
    assert ("Type a number from 1 to 2." in out.getvalue()) == (chosen is None)


def test_a_number_is_the_one_in_the_list_and_not_a_value_that_nobody_sees() -> None:
    """What another tool counts from 0 is counted from 1 here."""
    numbered = (Choice(value="0", label="first-app"), Choice(value="1", label="second-app"))
    asking, typist, out = prompt("", "1", "0")
    apps = Option(name="app", label="Which one", kind="choice", choices=numbered)
    assert asking.options((apps,)) == {"app": "0"}
    assert "1. first-app" in out.getvalue() and "an answer is needed" in out.getvalue()
    assert typist.left == ["0"]


@pytest.mark.parametrize("way_out", [KeyboardInterrupt, EOFError], ids=["Ctrl-C", "Ctrl-D"])
def test_the_ways_out(way_out: type[BaseException]) -> None:
    questions: tuple[Callable[[Prompt], object], ...] = (
        lambda asking: asking.options((NAME, OWNER)),
        lambda asking: asking.confirm("Really?"),
        lambda asking: asking.choose("What?", [("a", "A")]),
        lambda asking: asking.secret("PIN"),
        lambda asking: asking.question(Question(id="q", title="Q", fields=(OWNER,))),
    )
    for ask in questions:
        asking, _, out = prompt(way_out)
        with pytest.raises(Cancelled, match="Ctrl-C" if way_out is KeyboardInterrupt else "Ctrl-D"):
            ask(asking)
        assert out.getvalue().endswith("\n")


QUESTION = Question(id="q", title="Who?", help="A name.", fields=(OWNER, URL))


def at_terminal(answer: Mapping[str, object] | None, *lines: str, cancelled: bool = False) -> AtTerminal:
    return AtTerminal(prompt(*lines)[0], take=lambda question: answer, cancelled=lambda: cancelled)


def test_the_terminal_answers_unless_the_page_was_faster() -> None:
    assert at_terminal(None, "ada").ask(QUESTION).values == {"owner": "ada"}
    assert at_terminal({"owner": "grace"}, "ada").ask(QUESTION).values == {"owner": "grace"}
    with pytest.raises(Cancelled):
        at_terminal(None, "ada", cancelled=True).ask(QUESTION)
