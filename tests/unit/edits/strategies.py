"""What the property tests of the editors are fed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

anything = st.text(st.characters())
"""Any text at all: carriage returns, null characters and lone surrogates included."""

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20)
word = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)


def joined(rows: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts made of *rows*, with and without a final newline."""
    return st.builds(
        lambda parts, final: "\n".join(parts) + ("\n" if final else ""), st.lists(rows, max_size=8), st.booleans()
    )


texts = joined(line)

statements = st.sampled_from(
    [
        "",
        "    ",
        "# a comment with an umlaut: ü",
        "import os",
        "from .base import *",
        "DEBUG = True",
        "ALLOWED_HOSTS = []",
        "PATTERN = '\\d'",
        'NOTE = """\n# >>> simple_deploy: local (do not edit inside; hash 1a2b3c4d) >>>\n"""',
        "NOTE = '''\n# <<< simple_deploy: local <<<\n'''",
        "if DEBUG:\n    INTERNAL_IPS = ['127.0.0.1']",
        "INSTALLED_APPS = [\n    'blog',\n# not indented\n]",
        "try:\n    from .local import *\nexcept ImportError:\n    pass",
        "NAME = 'a' \\\n    'b'",
        "\fPAGE = 1",
        "    # indented comment",
    ]
)
python_texts = joined(statements)

requirement_rows = st.one_of(
    line,
    st.sampled_from(
        [
            "",
            "   ",
            "# a comment",
            "Django>=4.2,<6  # the framework",
            "django-environ==0.11",
            "psycopg2-binary",
            "zope.interface",
            "uvicorn[standard] ; python_version >= '3.10'",
            "-r base.txt",
            "-c constraints.txt",
            "-e git+https://example.org/tool.git#egg=tool",
            "--index-url https://example.org/simple",
            "private @ https://${TOKEN}@example.org/private.zip",
            "./wheels/local_tool-1.0-py3-none-any.whl",
            "celery \\\n    [redis] \\\n    >=5",
            "# ends like a continued line \\",
        ]
    ),
)
requirement_texts = joined(requirement_rows)
requirements = st.lists(
    st.sampled_from(
        ["gunicorn", "Gunicorn>=21", "whitenoise[brotli]>=6", "dj_database_url", "psycopg", "tzdata; os_name == 'nt'"]
    ),
    max_size=5,
)

toml_strings = st.one_of(
    st.sampled_from(['"django"', "'celery'", '"a, b]"', '"# no comment"', '"""\nlong"""', '"\\"quoted\\""']),
    word.map(lambda name: f'"{name}"'),
)


def arrays() -> st.SearchStrategy[str]:
    """Sources of TOML arrays of strings, in every style people write."""
    space = st.sampled_from(["", " ", "  ", "\n", "\n    ", "\n\t", " # why\n  ", "\n  # [ about\n  "])
    element = st.builds(lambda before, value, after: before + value + after, space, toml_strings, space)
    return st.builds(
        lambda elements, comma, end: "[" + ",".join(elements) + ("," if comma and elements else "") + end + "]",
        st.lists(element, max_size=4),
        st.booleans(),
        space,
    )


def documents() -> st.SearchStrategy[str]:
    """TOML documents with an array at ``group.deploy``."""
    return st.builds(
        lambda head, array, note, tail: f"{head}[group]\nfirst = 1\ndeploy = {array}{note}\n{tail}",
        st.sampled_from(["", "# about\n", "[project]\nname = 'x'  # here\ndependencies = ['django']\n\n"]),
        arrays(),
        st.sampled_from(["", "  # at the end"]),
        st.sampled_from(["", "\n[tool.x]\na.b = 1", "[[list]]\n[[list]]\n\n", "# the end"]),
    )


def answers(edit: Callable[[], T], error: type[Exception]) -> T | None:
    """What *edit* returns, or None where it raises *error*; anything else it raises goes through."""
    try:
        return edit()
    except error:
        return None
