"""Names that the database holds and no form gives away: which, and where texts have them."""

from __future__ import annotations

import pickle
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS, names_of

from privaci_core.masks import Shape, bind
from privaci_core.masks.base import digested_names
from privaci_core.masks.base.digested_names import START, Digesting
from privaci_core.masks.text.known_names import finder_of, hidden_in, is_hidden
from privaci_core.masks.text.language_words import Words
from privaci_core.masks.text.patterns import Span

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
    spans = finder_of(names_of(NAMES))(text)
    assert [text[span.start : span.end] for span in spans] == found


def test_a_known_name_is_masked_as_in_its_column() -> None:
    """In a text, in a text of a document, and in a member."""
    name = ACTIONS.validate_python({"action": "fake", "provider": "full_name"})
    fake = bind(name, Shape(), KEYS)(pl.Series(["Many Riche"]))[0]
    shape = Shape(names=names_of(["Many Riche"]))
    text = ACTIONS.validate_python({"action": "ner_mask"})
    assert bind(text, shape, KEYS)(pl.Series(["Many Riche called."]))[0] == f"{fake} called."
    rule = ACTIONS.validate_python({"action": "json", "paths": {"$.a": {"action": "ner_mask"}}})
    document = Shape(type_name="json", names=names_of(["Many Riche"]))
    found = bind(rule, document, KEYS)(pl.Series(['{"a": "Many Riche called."}']))[0]
    assert fake in found
    assert "Riche" not in found
    assert "Riche" not in repr(shape)
    pairs = replace(document, type_name="hstore")
    assert bind(rule, pairs, KEYS)(pl.Series(['"a"=>"Many Riche"']))[0] == f'"a"=>"{fake}"'


@given(st.lists(st.sampled_from(DRAWN), max_size=3).map(" ".join), st.sets(st.sampled_from(NAMES)))
def test_a_text_is_a_name_exactly_if_it_was_added(text: str, added: set[str]) -> None:
    """Whatever other names there are, and however often it was added."""
    names = names_of([*added, *added])
    assert len(names) == len(added)
    whole = Span(0, len(text), "full_name")
    assert (next(finder_of(names)(text), None) == whole) is (text in added)


def test_no_name_can_be_read_from_what_is_kept() -> None:
    """Which goes to processes that mask texts: only its first characters are there."""
    kept = pickle.dumps(names_of(NAMES))
    words = {word for name in NAMES for word in name.split() if len(word) > START}
    assert not [word for word in words if word.encode() in kept]


def test_names_are_sorted_in_among_others_while_more_are_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In parts of any size, with the same result."""
    whole = names_of(NAMES)
    monkeypatch.setattr(digested_names, "WAITING", 1)
    parts = Digesting()
    for name in reversed(NAMES):
        parts.add([name, NAMES[0]])
    assert parts.digested() == whole
