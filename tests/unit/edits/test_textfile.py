from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simple_deploy.edits import textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.edits.textfile import TextFile
from tests.unit.edits.strategies import answers, texts

BOMS = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
newlines = st.sampled_from(["\n", "\r\n", "\r"])


def written(text: str, encoding: str) -> bytes:
    return BOMS[encoding] + text.encode("utf-8" if encoding == "utf-8-sig" else encoding)


@given(
    st.one_of(st.binary(), st.builds(lambda bom, rest: bom + rest, st.sampled_from(list(BOMS.values())), st.binary()))
)
@example(b"\r\n\r\r\n\n\r")
def test_any_bytes_come_back_the_same_or_are_refused(data: bytes) -> None:
    decoded = answers(lambda: textfile.decode(data), EditError)
    if decoded is not None:
        assert decoded.encode() == decoded.encode(decoded.text) == data


@given(
    rows=st.lists(st.tuples(st.sampled_from(["", "a", "b", "ä"]), newlines), max_size=8),
    last=st.sampled_from(["", "end"]),
    encoding=st.sampled_from(list(BOMS)),
)
def test_every_encoding_and_newline_comes_back_the_same(rows: list[tuple[str, str]], last: str, encoding: str) -> None:
    data = written("".join(row + end for row, end in rows) + last, encoding)
    decoded = textfile.decode(data)
    assert decoded.encoding == encoding
    assert "\r" not in decoded.text
    assert decoded.encode() == data


@given(rows=st.lists(st.tuples(st.sampled_from(["", "a", "b"]), newlines), max_size=8), wanted=texts)
def test_any_new_text_is_read_back_as_it_was_given(rows: list[tuple[str, str]], wanted: str) -> None:
    file = textfile.decode("".join(row + end for row, end in rows).encode())
    assert textfile.decode(file.encode(wanted)).text == wanted


@given(
    endings=st.lists(newlines, min_size=1, max_size=8),
    new=st.lists(st.integers(0, 8), max_size=3),
)
def test_lines_that_stay_keep_their_newline_when_others_are_added(endings: list[str], new: list[int]) -> None:
    rows = [f"line {index}" for index in range(len(endings))]
    file = textfile.decode("".join(row + end for row, end in zip(rows, endings, strict=True)).encode())
    wanted = list(rows)
    for place in new:
        wanted.insert(place, "added")
    result = file.encode("\n".join(wanted) + "\n").decode()
    for row, end in zip(rows, endings, strict=True):
        assert row + end in result
    assert result.count("added" + file.newline) == len(new)


def test_a_windows_file_stays_one_when_a_line_is_added() -> None:
    file = textfile.decode(b"django\r\npillow\r\n")
    assert file.encode(file.text + "gunicorn\n") == b"django\r\npillow\r\ngunicorn\r\n"


def test_a_file_written_by_powershell_is_edited_in_utf16() -> None:
    data = codecs.BOM_UTF16_LE + "django\r\n".encode("utf-16-le")
    file = textfile.decode(data)
    assert (file.text, file.encoding, file.newline) == ("django\n", "utf-16-le", "\r\n")
    assert file.encode("django\ngunicorn\n") == data + "gunicorn\r\n".encode("utf-16-le")


def test_a_byte_order_mark_is_kept_and_is_no_part_of_the_text() -> None:
    file = textfile.decode(codecs.BOM_UTF8 + b"DEBUG = True\n")
    assert file.text == "DEBUG = True\n"
    assert file.encode("DEBUG = False\n") == codecs.BOM_UTF8 + b"DEBUG = False\n"


def test_only_the_line_ends_that_differ_are_remembered() -> None:
    assert textfile.decode(b"a\r\nb\r\n").endings is None
    mixed = textfile.decode(b"a\r\nb\r\nc\nd")
    assert mixed.newline == "\r\n"
    assert mixed.endings == ("\r\n", "\r\n", "\n", "")
    assert not mixed.final_newline
    assert mixed.encode("a\nnew\nb\nc\nd") == b"a\r\nnew\r\nb\r\nc\nd"


def test_a_last_line_without_newline_gets_one_when_something_follows() -> None:
    assert textfile.decode(b"a\r\nb\nc\r\nd").encode("a\nb\nc\nd\ne\n") == b"a\r\nb\nc\r\nd\r\ne\r\n"


def test_taking_out_lines_never_merges_two_newlines() -> None:
    file = textfile.decode(b"a\rgone\n\nb\n")
    assert textfile.decode(file.encode("a\n\nb\n")).text == "a\n\nb\n"


def test_a_new_file_is_plain_utf8() -> None:
    assert TextFile(text="").encode("ü\r\n") == "ü\n".encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "byte 0"),
        ("# Bücher".encode("latin-1"), "byte 3"),
        ("django\n".encode("utf-16-le"), "null characters"),
        (codecs.BOM_UTF32_LE + "django\n".encode("utf-32-le"), "null characters"),
        (codecs.BOM_UTF16_LE + b"a", "UTF-16-LE"),
        (b"#" * (textfile.MAX_BYTES + 1), "16 MB"),
    ],
    ids=["image", "latin-1", "utf-16 without mark", "utf-32", "half a character", "huge"],
)
def test_what_is_not_text_is_refused_with_the_way_out(data: bytes, says: str) -> None:
    with pytest.raises(EditError) as caught:
        textfile.decode(data)
    assert says in caught.value.message
    assert caught.value.hint


def test_a_character_that_cannot_be_written_is_refused_with_its_line() -> None:
    with pytest.raises(EditError) as caught:
        TextFile(text="").encode("a\nb\ud800\n")
    assert caught.value.line == 2
