"""Texts masked as a whole: each kind by the mask of its column, in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.text import named_entities
from privaci_core.masks.text.language_words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.unit


@dataclass(frozen=True, slots=True)
class Entity:
    """What a model of spaCy finds."""

    text: str
    start_char: int
    label_: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what was found in it."""

    ents: list[Entity]


class Glossary:
    """A model that knows some words and finds them in their order."""

    words = (("pays a lot", "MONEY"), ("olga", "PERSON"), ("acme", "ORG"), ("sometown", "GPE"))

    def read(self, texts: Iterable[str]) -> Iterator[tuple[int, Document]]:
        """One document a text."""
        for number, text in enumerate(texts):
            found = [Entity(word, text.find(word), label) for word, label in self.words]
            yield number, Document([entity for entity in found if entity.start_char >= 0])


@pytest.fixture(autouse=True)
def _glossary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_entities, "_model", lambda _: Glossary())
    monkeypatch.setattr(named_entities, "known_words", lambda _: Words(common=frozenset()))


def masked(*texts: str | None, shape: Shape | None = None, **rule: Any) -> list[Any]:
    """Texts masked in one vector."""
    action = ACTIONS.validate_python({"action": "ner_mask", **rule})
    return bind(action, shape or Shape(), KEYS)(pl.Series(texts, dtype=pl.String)).to_list()


def alone(provider: str, value: str) -> str:
    """What a column's mask makes of a value."""
    action = ACTIONS.validate_python({"action": "fake", "provider": provider})
    found: str = bind(action, Shape(), KEYS)(pl.Series([value]))[0]
    return found


def test_every_kind_becomes_what_its_column_gives_it() -> None:
    """In several texts at once; all between them stays."""
    mail, day = alone("email", "a@org.example"), alone("dob", "1980-04-03")
    card, town = alone("credit_card", "4111111111111111"), alone("city", "sometown")
    name, firm = alone("first_name", "olga"), alone("company", "acme")
    assert masked(
        "olga (a@org.example) of acme, sometown: 4111111111111111",
        "nothing",
        "a@org.example, 1980-04-03 in sometown.",
        entities=["PERSON", "ORG", "GPE"],
    ) == [
        f"{name} ({mail}) of {firm}, {town}: {card}",
        "nothing",
        f"{mail}, {day} in {town}.",
    ]


def test_the_number_of_a_record_keeps_its_form() -> None:
    """It is encrypted digit by digit, as `fpe` does it."""
    rule = ACTIONS.validate_python({"action": "fpe"})
    (number,) = bind(rule, Shape(), KEYS)(pl.Series(["MRN-0012345"]))
    assert masked("see MRN-0012345.") == [f"see {number}."]
    assert number.startswith("MRN-")


def test_what_has_no_fake_is_removed() -> None:
    """Where it is asked for."""
    assert masked("he pays a lot here", entities=["MONEY"]) == ["he [removed] here"]
    assert masked("he pays a lot here") == ["he pays a lot here"]


def test_initials_become_initials_of_the_full_name() -> None:
    """Also where the full name comes later."""
    first, _, last = alone("full_name", "Dietlinde Farrow").partition(" ")
    assert masked("for D. Farrow: Dietlinde Farrow called") == [
        f"for {first[0]}. {last}: {first} {last} called"
    ]


def test_a_text_is_cut_to_its_column() -> None:
    """Only where the column has a length."""
    (whole,) = masked("mail a@org.example and wait")
    assert masked("mail a@org.example and wait", shape=Shape(max_length=9)) == [whole[:9]]
    assert whole.endswith("wait")


def test_columns_that_it_does_not_fit_are_refused() -> None:
    """With what to use instead."""
    with pytest.raises(Unbindable, match="a date holds no text") as caught:
        masked("x", shape=Shape(type_name="date"))
    assert caught.value.remedy == "Use ner_mask on text columns."
    with pytest.raises(Unbindable, match="do not promise that it stays unique") as caught:
        masked("x", shape=Shape(unique=True))
    assert caught.value.remedy == "Use hash."
