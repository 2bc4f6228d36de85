"""Names in texts: where each stands, in long texts too, and whom initials mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS, names_of

from privaci_core.masks import Shape, bind
from privaci_core.masks.text import named_entities
from privaci_core.masks.text.free_text import _full_name, _like, _settled
from privaci_core.masks.text.known_names import finder_of
from privaci_core.masks.text.language_words import Words
from privaci_core.masks.text.named_entities import PIECE, entities_in
from privaci_core.masks.text.patterns import Span, overlaps, patterns_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.unit

NAME = "olga farrow"


@dataclass(frozen=True, slots=True)
class Entity:
    """What a model of spaCy finds."""

    text: str
    start_char: int
    label_: str


@dataclass(frozen=True, slots=True)
class Document:
    """A piece of text with what was found in it."""

    ents: list[Entity]


class Finder:
    """A model that knows one name, in small letters, which no form gives away."""

    def __init__(self, label: str = "PERSON", name: str = NAME) -> None:
        self.label, self.name = label, name
        self.pieces: list[str] = []

    def read(self, pieces: Sequence[str]) -> Iterator[tuple[int, Document]]:
        """The name wherever it stands in each piece, the last piece first."""
        self.pieces += pieces
        for number in reversed(range(len(pieces))):
            start = pieces[number].find(self.name)
            found = [Entity(self.name, start, self.label)] if start >= 0 else []
            yield number, Document(found)


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Finder:
    """The model that every text is read by."""
    model = Finder()
    monkeypatch.setattr(named_entities, "_model", lambda _: model)
    monkeypatch.setattr(named_entities, "known_words", lambda _: Words(common=frozenset()))
    return model


def found(*texts: str, labels: tuple[str, ...] = ("PERSON",)) -> list[list[Span]]:
    """The spans in each text."""
    return list(entities_in(texts, frozenset(labels), "any"))


@pytest.mark.parametrize("before", [0, 5, PIECE - len(NAME), PIECE, PIECE + 3, 2 * PIECE + 7])
def test_a_name_is_found_where_it_stands(finder: Finder, before: int) -> None:
    """Its place counts from the text's beginning, in whichever piece it is."""
    text = "." * before + NAME + "."
    assert found("x", text) == [[], [Span(before, before + len(NAME), "full_name")]]
    assert all(len(piece) <= PIECE for piece in finder.pieces)
    assert "".join(finder.pieces) == f"x{text}"


def test_a_name_behind_the_first_piece_is_replaced_there(finder: Finder) -> None:
    """All around it stays, letter for letter."""
    before, after = "." * (PIECE + 100), " and more."
    rule = ACTIONS.validate_python({"action": "ner_mask"})
    (masked,) = bind(rule, Shape(), KEYS)(pl.Series([before + NAME + after]))
    fake = bind(ACTIONS.validate_python({"action": "fake", "provider": "full_name"}), Shape(), KEYS)
    assert masked == before + fake(pl.Series([NAME]))[0] + after
    assert len(finder.pieces) == 2


def test_labels_that_are_not_asked_for_are_left(finder: Finder) -> None:
    """What the model finds beyond the rule stays in the text."""
    finder.label = "ORG"
    assert found(NAME) == [[]]
    assert found(NAME, labels=("ORG",)) == [[Span(0, len(NAME), "company")]]
    finder.label = "MONEY"
    assert found(NAME, labels=("MONEY",)) == [[Span(0, len(NAME), "other")]]


@pytest.mark.usefixtures("finder")
def test_names_by_their_form_are_people() -> None:
    """They are looked for only where people are asked for; a possessive is not part of a name."""
    text = "saw Tomasz Chukwuemeka's dog"
    assert found(text, labels=("ORG",)) == [[]]
    assert found(text, labels=("PER",)) == found(text) == [[Span(4, 22, "full_name")]]


@pytest.mark.parametrize(
    ("short", "meant"),
    [
        ("O. Farrow", "Olga Farrow"),
        ("O.Farrow", "Olga Farrow"),
        ("O. P. Farrow", "Olga Farrow"),
        ("P. Farrow", "P. Farrow"),
        ("O. Miller", "O. Miller"),
        ("O. arrow", "O. arrow"),
        ("Olga Farrow", "Olga Farrow"),
        ("Farrow", "Farrow"),
        ("A. Miller", "Ann Miller"),
    ],
)
def test_initials_mean_whom_the_text_names(short: str, meant: str) -> None:
    """Both the initial and the family name must fit; a name of initials is nobody's full name."""
    names = ["O. Farrow", "Olga Farrow", "Peter Miller", "Ann Miller"]
    assert _full_name(short, names) == meant


def test_a_fake_of_initials_is_like() -> None:
    """Any other is whole."""
    text = "O. Farrow, Olga Farrow"
    short, full = Span(0, 9, "full_name"), Span(11, 22, "full_name")
    assert _like(text, short, "Ann Brambleby") == "A. Brambleby"
    assert _like(text, full, "Ann Brambleby") == "Ann Brambleby"
    assert _like(text, Span(0, 9, "company"), "Ann Brambleby") == "Ann Brambleby"


def test_parts_of_a_name_are_the_same_person() -> None:
    """Elsewhere in the text, as whole words of three letters and more."""
    text = "Olga Farrow, Olgas; Olga. Farrow"
    spans = _settled(text, [Span(0, 11, "full_name")])
    assert [(text[span.start : span.end], span.kind) for span in spans] == [
        ("Olga Farrow", "full_name"),
        ("Olga", "first_name"),
        ("Farrow", "last_name"),
    ]
    text = "Olga Maria Farrow and Farrow"
    assert _settled(text, [Span(0, 17, "full_name")])[1:] == [Span(22, 28, "last_name")]
    text = "Bo Li, Bo and Li"
    assert _settled(text, [Span(0, 5, "full_name")]) == [Span(0, 5, "full_name")]
    text = "Ann Lee, Ann and Lee"
    assert len(_settled(text, [Span(0, 7, "full_name")])) == 3


def test_the_longest_name_wins() -> None:
    """Of two as long, the person; patterns before both; an empty span is none."""
    text = "Olga Farrow at olga@corp.example"
    spans = _settled(
        text,
        [
            Span(0, 4, "city"),
            Span(0, 11, "company"),
            Span(0, 11, "full_name"),
            Span(15, 19, "full_name"),
            Span(12, 12, "full_name"),
        ],
    )
    assert spans == [Span(0, 11, "full_name"), Span(15, 32, "email")]


def test_a_lone_name_is_a_given_one_where_it_is_known() -> None:
    """Else a family name of the text, else a full name."""
    text = "Olga met Xyzzy"
    spans = _settled(text, [Span(0, 4, "full_name"), Span(9, 14, "full_name")])
    assert [span.kind for span in spans] == ["first_name", "full_name"]
    text = "Xyzzy is Olga Xyzzy"
    spans = _settled(text, [Span(0, 5, "full_name"), Span(9, 19, "full_name")])
    assert [span.kind for span in spans] == ["last_name", "full_name"]


def test_spans_that_share_a_character_overlap() -> None:
    """Side by side they do not."""
    spans = [Span(3, 5, "email")]
    assert [overlaps(spans, start, start + 2) for start in range(7)] == [
        *(False, False, True, True, True, False, False),
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("to a.b+c@corp.example.", ["email"]),
        ("4111-1111-1111-1111", ["credit_card"]),
        ("4111-1111-1111-1112", []),
        ("DE89 3704 0044 0532 0130 00", ["iban"]),
        ("900-12-3456", ["ssn"]),
        ("1900-12-34567", []),
        ("00-00-5e-00-53-01", ["mac_address"]),
        ("192.0.2.255", ["ip_address"]),
        ("192.0.2.256", []),
        ("192.0.2.1.5", []),
        ("2001:db8::1", ["ip_address"]),
        ("1980-04-03 and 3/4/1980", ["dob", "dob"]),
        ("MRN: 12345", ["record_number"]),
        ("MRN 1234", ["record_number"]),
        ("AB-1234", []),
        ("+1 555 010 0199", ["phone"]),
        ("(555) 010-0199", ["phone"]),
        ("555 010 019", []),
    ],
)
def test_forms_in_a_text(text: str, kinds: list[str]) -> None:
    """Each form, and what is nearly one."""
    assert [span.kind for span in patterns_in(text)] == kinds


@pytest.mark.parametrize(
    ("text", "read", "left"),
    [
        ("Aliya Farrow - allergic", "Farrow - allergic", []),
        ("Aliya Farrow - Berlin", "Farrow - Berlin", ["Berlin"]),
        ("the Gold of Aliya Farrow", "Gold of Aliya", ["Gold of"]),
        ("Aliya Farrow.", "Farrow.", []),
        ("Aliya Farrow senior", "Aliya Farrow senior", ["Aliya Farrow senior"]),
        ("Aliya Farrow", "Farrow", ["Farrow"]),
    ],
)
def test_a_model_takes_no_part_of_a_name(
    finder: Finder, text: str, read: str, left: list[str]
) -> None:
    """What it read beside the part counts where that may be a name; the name is whole."""
    finder.name = read
    names = [text[span.start : span.end] for span in found(text)[0]]
    assert names == [*left, "Aliya Farrow"]


@pytest.mark.usefixtures("finder")
def test_known_names_are_people() -> None:
    """They are looked for only where people are asked for."""
    known = finder_of(names_of(["many riche"]))
    text = "many riche left"
    assert list(entities_in([text], frozenset({"ORG"}), "any", known)) == [[]]
    assert list(entities_in([text], frozenset({"PERSON"}), "any", known)) == [
        [Span(0, 10, "full_name")]
    ]
