"""Whatever a program prints is shown as text, with its colours, and can do nothing to the page or to a terminal."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.web.formatting import LONGEST, to_html, to_text

pieces = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "\x1b[31m", "\x1b[0m", "\x1b[1;4m", "\x1b[38;5;208m", "\x1b[48;2;1;2;3m", "\x1b[m", "\x1b[38;5m", "\x1b[38m",
            "\x1b]8;;javascript:alert(1)\x07", "\x1b]8;;\x1b\\", "\x1b]52;c;aGk=\x07", "\x1b]0;title\x07", "\x1b[2K", "\x1b[10A",
            "\x1b", "\x9b31m", "\x1bP1$r\x1b\\", "\r", "\x00", "\x07", "\x7f", "\x85", "‮", "<script>", "</span>", "&amp;",
            '"onload="', "https://example.com/a?b=1&c=2", "http://a'b", "javascript:alert(1)", "https://[", "https://",
        ]
    ),
)  # fmt: skip
printed = st.lists(pieces, max_size=12).map("".join)


class Reader(HTMLParser):
    """Collects what the HTML is made of."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(printed)
def test_only_spans_and_web_links_come_out(text: str) -> None:
    found = Reader(to_html(text))
    assert found.open == []
    for tag, attributes in found.tags:
        if tag == "span":
            assert set(attributes) == {"class"}
            assert re.fullmatch(
                r"(?:(?:bold|dim|italic|underline|inverse|[fb]g-\d{1,2})(?: |$))+", attributes["class"] or ""
            )
        else:
            assert tag == "a"
            assert set(attributes) == {"href", "rel", "target"}
            assert (attributes["href"] or "").startswith(("http://", "https://"))


@given(printed)
def test_nothing_that_a_terminal_acts_upon_is_left(text: str) -> None:
    for shown in (to_text(text), Reader(to_html(text)).text):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@given(printed)
def test_page_and_saved_file_show_the_same_words(text: str) -> None:
    assert Reader(to_html(text)).text == to_text(text)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_plain_text_is_kept_to_the_letter(text: str) -> None:
    assert to_text(text) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("\x1b[31mred\x1b[0m plain", '<span class="fg-1">red</span> plain'),
        ("\x1b[1;92mok", '<span class="bold fg-10">ok</span>'),
        ("\x1b[2mdim\x1b[22m not", '<span class="dim">dim</span> not'),
        ("\x1b[4munder\x1b[24m", '<span class="underline">under</span>'),
        ("\x1b[38;5;196mred", '<span class="fg-1">red</span>'),
        ("\x1b[38;2;10;200;30mgreen", '<span class="fg-2">green</span>'),
        ("\x1b[48;5;21mon blue", '<span class="bg-4">on blue</span>'),
        ("\x1b[38;5;240mgrey", '<span class="fg-8">grey</span>'),
        ("\x1b[31mred\x1b[39m\x1b[49m plain", '<span class="fg-1">red</span> plain'),
        ("\x1b[2K\x1b[1Gline", "line"),
        ("\x1b]0;window title\x07line", "line"),
        ("\x1b]52;c;c3RvbGVu\x07line", "line"),
        ("10%\r50%\r100%", "100%"),
        ("done\r", "done"),
        ("    indented", "    indented"),
        ("a\tb", "a\tb"),
        ("<b>&'\"", "&lt;b&gt;&amp;&#x27;&quot;"),
        ("python -c 'a\nb'", "python -c &#x27;a\nb&#x27;"),
    ],
)
def test_colours_become_class_names(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("at http://127.0.0.1:8000/.", "http://127.0.0.1:8000/"),
        ("(see https://example.com/a_(b))", "https://example.com/a_(b)"),
        ("https://example.com/?a=1&b=2 x", "https://example.com/?a=1&b=2"),
    ],
)
def test_web_addresses_become_links_without_the_sentence_around_them(text: str, target: str) -> None:
    (link,) = [attributes for tag, attributes in Reader(to_html(text)).tags if tag == "a"]
    assert link == {"href": target, "rel": "noopener noreferrer", "target": "_blank"}


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "https://", "http://]", "file:///etc/passwd"]
)
def test_other_addresses_stay_text(text: str) -> None:
    assert Reader(to_html(text)).tags == []


def test_a_hyperlink_with_a_text_of_its_own_shows_only_that_text() -> None:
    assert to_html("\x1b]8;;https://evil.example\x07https-looking\x1b]8;;\x07") == "https-looking"


def test_an_endless_line_is_cut() -> None:
    assert len(to_html("x" * 5_000_000)) < LONGEST + 100
    assert "4992000 more characters" in to_html("x" * 5_000_000)
