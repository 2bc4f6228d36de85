"""Names that the database holds and no form gives away: which, and where texts have them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind
from privaci_core.masks.text.known_names import by_first_word, hidden_in, is_hidden, names_in
from privaci_core.masks.text.language_words import Words

pytestmark = pytest.mark.unit

WORDS = Words(common=frozenset({"many", "riche", "call"}))
DRAWN = [
    "Many",
    "Riche",
    "Olga",
    "Farrow-Call",
    "Call",
    "OLGA",
    "maria",
    "O'Neill",
    "Mr",
    "Élodie",
    "J.",
    "Call's",
    "Fe",
]
NAMES = ("Many Riche", "Many Riche-Call", "maria o'neill", "J. Call")


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("Many Riche", True),
        ("Call Farrow", True),
        ("olga farrow", True),
        ("Olga de la Farrow", True),
        ("OLGA FARROW", True),
        ("Olga Farrow", False),
        ("Rosalind Riche", False),
        ("Many", False),
        ("", False),
        ("Many Riche, M.D.", False),
        ("Many 1", True),
        ("1 Many", False),
        ("Many " * 8, False),
    ],
)
def test_a_name_is_hidden_where_no_form_gives_it_away(name: str, *, hidden: bool) -> None:
    """At a sentence's beginning, of two words or more."""
    assert is_hidden(name, WORDS) is hidden


@example(["Mr Riche"])
@given(
    st.lists(
        st.lists(
            st.sampled_from(DRAWN),
            max_size=3,
        ).map(" ".join),
        max_size=20,
    )
)
def test_many_names_are_looked_at_as_one_is(names: list[str]) -> None:
    """Whatever a first word already says of them."""
    values = pl.Series(names, dtype=pl.String)
    assert hidden_in(values, WORDS) == [name for name in names if is_hidden(name, WORDS)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Many Riche called Many Riches.", ["Many Riche"]),
        ("(Many Riche-Call)", ["Many Riche-Call"]),
        ("by maria o'neill, J. Call", ["maria o'neill", "J. Call"]),
        ("XMany Riche, Many riche", []),
        ("", []),
    ],
)
def test_names_are_whole_words_of_a_text(text: str, found: list[str]) -> None:
    """The longest of those that begin alike."""
    spans = names_in(text, by_first_word(NAMES))
    assert [text[span.start : span.end] for span in spans] == found


def test_a_known_name_is_masked_as_in_its_column() -> None:
    """In a text, and in a text of a document."""
    name = ACTIONS.validate_python({"action": "fake", "provider": "full_name"})
    fake = bind(name, Shape(), KEYS)(pl.Series(["Many Riche"]))[0]
    shape = Shape(names=("Many Riche",))
    text = ACTIONS.validate_python({"action": "ner_mask"})
    assert bind(text, shape, KEYS)(pl.Series(["Many Riche called."]))[0] == f"{fake} called."
    rule = ACTIONS.validate_python({"action": "json", "paths": {"$.a": {"action": "ner_mask"}}})
    document = Shape(type_name="json", names=("Many Riche",))
    found = bind(rule, document, KEYS)(pl.Series(['{"a": "Many Riche called."}']))[0]
    assert fake in found
    assert "Riche" not in found
    assert "Riche" not in repr(shape)
