"""Python source read by Python's own parser; nothing is executed."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

from simple_deploy.edits.errors import EditError


def parse(text: str) -> ast.Module:
    """The syntax tree of *text*.

    :raises EditError: *text* is not valid Python; the line is in the message.
    """
    try:
        with warnings.catch_warnings():
            # What the parser thinks of the person's own escape sequences is not what is asked here.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        where = f"Line {error.lineno}" if error.lineno else "The text"
        raise EditError(
            f"{where} is not valid Python: {error.msg}.",
            hint="Run `python manage.py check`, fix what it reports, then try again.",
            line=error.lineno,
        ) from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise EditError(
            f"Python cannot parse this text: {error}.", hint="Check that this is the file you meant."
        ) from error


def comment_lines(text: str) -> frozenset[int]:
    """Numbers of the lines that are a comment from their first column on, counted from 1.

    :raises EditError: *text* is not valid Python.
    """
    try:
        return frozenset(
            token.start[0]
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT and token.start[1] == 0
        )
    except (tokenize.TokenError, SyntaxError, ValueError) as error:
        raise EditError(
            f"This is not valid Python: {error}.",
            hint="Run `python manage.py check`, fix what it reports, then try again.",
        ) from error
