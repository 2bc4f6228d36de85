"""Masks in free text: patterns, names, and that a person in a note is the person of the columns."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.text.named_entities import MODEL_VARIABLE

pytestmark = pytest.mark.unit


def masked(*texts: str | None, shape: Shape | None = None, **rule: Any) -> list[Any]:
    """Texts masked in one vector."""
    action = ACTIONS.validate_python({"action": "ner_mask", **rule})
    return bind(action, shape or Shape(), KEYS)(pl.Series(texts, dtype=pl.String)).to_list()


def alone(provider: str, value: str) -> str:
    """What a column's mask makes of a value."""
    action = ACTIONS.validate_python({"action": "fake", "provider": provider})
    found: str = bind(action, Shape(), KEYS)(pl.Series([value]))[0]
    return found


def test_a_person_in_a_note_is_the_same_person() -> None:
    """Full, by the given name alone, by the family name alone, in the possessive."""
    (found,) = masked("Called Olga Farrow today. Olga's mother says that Mrs. Farrow sleeps well.")
    first, last = alone("first_name", "Olga"), alone("last_name", "Farrow")
    assert (
        found == f"Called {first} {last} today. {first}'s mother says that Mrs. {last} sleeps well."
    )


def test_initials_are_the_same_person() -> None:
    """Short stays short and means the full name in the text, else any with that family name."""
    first, last = alone("first_name", "Olga"), alone("last_name", "Farrow")
    (found,) = masked("Called Olga Farrow today. Later O. Farrow called back.")
    assert found == f"Called {first} {last} today. Later {first[0]}. {last} called back."
    (by_itself,) = masked("Later O. Farrow called back.")
    assert re.fullmatch(rf"Later [A-Z]\. {last} called back\.", by_itself)


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        ("email", "olga.farrow@org.example"),
        ("phone", "+15550100123"),
        ("phone", "(555) 010-0123"),
        ("ssn", "900-12-3456"),
        ("credit_card", "4111 1111 1111 1111"),
        ("iban", "DE89370400440532013000"),
        ("ip_address", "192.0.2.77"),
        ("ip_address", "2001:db8::77"),
        ("mac_address", "00:00:5e:00:53:01"),
        ("phone", "07700 900101"),
        ("phone", "(02) 9876 5432"),
        ("phone", "06 12 34 56 78"),
        ("phone", "0171/55 01 01 23"),
        ("street", "12 Kestrel Mill Road"),
        ("street", "Kestrelstraße 12a"),
        ("street", "Alte Mühlgasse 3"),
        ("street", "14 bis rue de la Crécerelle"),
        ("dob", "1980-04-03"),
        ("dob", "03.04.1980"),
    ],
)
def test_what_has_a_form_becomes_what_a_column_gives_it(provider: str, value: str) -> None:
    """Between other words, at the end of a sentence."""
    (found,) = masked(f"the entry says {value}. nothing else.")
    assert found == f"the entry says {alone(provider, value)}. nothing else."


def test_a_record_number_keeps_its_form() -> None:
    """Digits for digits."""
    (found,) = masked("see MRN-0012345 for it")
    assert found.startswith("see MRN-")
    assert "0012345" not in found
    assert len(found) == len("see MRN-0012345 for it")


def test_text_without_anybody_stays() -> None:
    """So do NULL and empty text; numbers that are no card and no account are numbers."""
    texts = [
        "nothing new on this one, closing.",
        None,
        "",
        "order 4111 1111 1111 1112 of DE00370400440532013000",
        "from 05 12 2024 on, 12 people on the road, in version 0.12 345 6789",
    ]
    assert masked(*texts) == texts


def test_only_the_kinds_that_are_asked_for() -> None:
    """Patterns are looked for always; kinds without a fake of their own are removed."""
    text = "Olga Farrow pays 100 dollars to bo@org.example"
    (found,) = masked(text, entities=["MONEY"])
    assert found == f"Olga Farrow pays [removed] to {alone('email', 'bo@org.example')}"


def test_long_texts_are_read_in_pieces() -> None:
    """All of a text is looked at; a column's length holds."""
    text = "nothing here. " * 4000 + "Called Olga Farrow today."
    (found,) = masked(text)
    assert "Farrow" not in found
    (short,) = masked("Called Olga Farrow today.", shape=Shape(type_name="varchar", max_length=12))
    assert len(short) == 12


def test_without_a_model_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a row is read, with the command that installs one."""
    monkeypatch.setenv(MODEL_VARIABLE, "no_such_model")
    with pytest.raises(Unbindable, match="no_such_model") as caught:
        masked("x")
    assert "spacy download" in caught.value.remedy
    monkeypatch.delenv(MODEL_VARIABLE)
    monkeypatch.setattr("privaci_core.masks.text.named_entities.find_spec", lambda _: None)
    with pytest.raises(Unbindable, match="spaCy is not installed") as caught:
        masked("x")
    assert "pip install 'privaci-dagster[nlp]'" in caught.value.remedy


def test_names_that_no_model_knows_are_known_by_their_form() -> None:
    """Capitals side by side, without a sentence's first word; and the same words elsewhere."""
    (found,) = masked(
        "Saw Tomasz Chukwuemeka today. Tomasz's pressure is normal, says Chukwuemeka. Two Words."
    )
    assert "Chukwuemeka" not in found
    assert "Tomasz" not in found
    assert found.startswith("Saw ")
    assert "Two Words" in found
    (lone,) = masked("the patient, Zbyszek O. Wojciechowska-Nowak, called; Olga Xyz answered")
    assert "Wojciechowska" not in lone
    assert "Xyz" not in lone


def test_a_sentence_begins_with_a_name_of_no_pool() -> None:
    """Before a family name that the model has read: neither is a word of its language."""
    (found,) = masked("Rosalind Yamaguchi has been moved. Two Words.")
    first, last = alone("first_name", "Rosalind"), alone("last_name", "Yamaguchi")
    assert found == f"{first} {last} has been moved. Two Words."
