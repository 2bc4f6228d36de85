"""Markdown shows names as they are: no emphasis, link, tag or cell comes of them."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from privaci_core.plan.markdown import code, plain, sentence
from privaci_core.plan.text_table import markdown_table, text_table

pytestmark = pytest.mark.unit

NAMES = [
    "order_lines",
    "_private_",
    "**bold**",
    "[x](y)",
    "![x](y)",
    "<script>alert(1)</script>",
    "&amp;",
    "back`tick",
    "``two``",
    "`",
    "pipe|d",
    "~~gone~~",
    "\\slash\\",
    "a*b*c",
]


def shown(text: str) -> str:
    """What a reader of the page sees, as HTML."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text).strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    """In a sentence: letters and entities alone."""
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(f"The table {plain(name)} is there.") == f"<p>The table {escaped} is there.</p>"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_as_code_is_shown_as_it_is(name: str) -> None:
    """Ticks in it end no code."""
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(f"The column {code(name)} is there.") == (
        f"<p>The column <code>{escaped}</code> is there.</p>"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_keeps_its_words_in_code(name: str) -> None:
    """A name in it is shown as it is."""
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = f'"{name}" and "{name}" hold values. Mask them, or allow them with `passthrough`.'
    quoted = f"&quot;{escaped}&quot;"
    assert shown(sentence(text)) == (
        f"<p>{quoted} and {quoted} hold values. Mask them, or allow them with"
        " <code>passthrough</code>.</p>"
    )


def test_a_cell_ends_where_it_should() -> None:
    """A row has as many cells as the head, and stands on one line."""
    lines = markdown_table(["table", "column"], [["a|b", "line\nbreak"]])
    assert lines[2] == "| a\\|b | line break |"
    assert text_table(["table"], [["line\nbreak"]]) == ["table", "line break"]


def test_a_word_keeps_its_underscores() -> None:
    """Most names are read in the file itself."""
    assert plain("public.app_user_2") == "public.app_user_2"
