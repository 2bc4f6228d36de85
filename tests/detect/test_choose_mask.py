"""Masks chosen for columns that surely are personal, and constants that keep nothing."""

from __future__ import annotations

import re

import polars as pl
import pytest

from privaci_core.detect.choose_mask import choose_mask
from privaci_core.detect.column_names import KINDS
from privaci_core.detect.redact import BY_TYPE, redact
from privaci_core.detect.suspect import Suspicion
from privaci_core.masks import Keys, Shape, bind
from privaci_core.masks.base.shape import DATES, NUMBERS
from privaci_core.masks.text.named_entities import MODEL_VARIABLE

pytestmark = pytest.mark.unit


def chosen(kind: str, shape: Shape, *, is_key: bool = False) -> object:
    """What masks a column of this kind and shape."""
    suspicion = Suspicion(kind=kind, confidence="high", evidence="a test")
    return choose_mask(suspicion, shape, is_key=is_key)


def test_a_fake_of_its_kind_comes_first() -> None:
    """By the provider of the same name."""
    action = chosen("email", Shape())
    assert (action.action, action.provider) == ("fake", "email")


@pytest.mark.parametrize(
    "kind", ["record_number", "npi", "tax_id", "cvv", "pin", "id_document", "driver_licence"]
)
def test_numbers_without_a_provider_keep_their_form(kind: str) -> None:
    """Digit for digit."""
    assert chosen(kind, Shape(unique=True)).action == "fpe"


def test_a_social_security_number_looks_like_one_in_a_document() -> None:
    """As it does in its column, where it becomes the same fake."""
    suspicion = Suspicion(
        kind="document", confidence="high", evidence="a test", paths=(("$.ssn", "ssn"),)
    )
    shape, keys = Shape(type_name="jsonb"), Keys.of(b"k")
    inside = bind(choose_mask(suspicion, shape, is_key=False), shape, keys)
    column = Shape(type_name="bpchar", max_length=11)
    beside = bind(chosen("ssn", column), column, keys)(pl.Series(["900-12-0001"]))[0]
    assert inside(pl.Series(['{"ssn": "900-12-0001"}']))[0] == f'{{"ssn": "{beside}"}}'
    assert re.fullmatch(r"000-\d\d-\d{4}", beside)


@pytest.mark.parametrize(("type_name", "action"), [("text", "fake"), ("bytea", "hash")])
def test_a_token_opens_nothing_in_the_copy(type_name: str, action: str) -> None:
    """It is another one, of its form in text, and stays unique."""
    chosen_one = chosen("secret", Shape(type_name=type_name, unique=True, not_null=True))
    assert chosen_one.action == action


def test_a_photo_becomes_a_picture_that_programs_can_show() -> None:
    """In the form of a PNG, not empty bytes."""
    shape = Shape(type_name="bytea", not_null=True)
    made = bind(chosen("photo", shape), shape, Keys.of(b"k"))(pl.Series([r"\x00"]))[0]
    assert made.startswith(r"\x89504e470d0a1a0a")


def test_a_hashed_password_becomes_the_hash_of_a_known_one() -> None:
    """So that the copy can be logged in to."""
    assert chosen("password", Shape()).provider == "password_hash"


def test_the_letters_of_a_documents_number_are_masked_too() -> None:
    """They are often those of a name."""
    action = chosen("driver_licence", Shape())
    made = bind(action, Shape(), Keys.of(b"k"))(pl.Series(["MORGA657054SM9IJ"]))[0]
    assert len(made) == 16
    assert made[:5] != "MORGA"


@pytest.mark.parametrize("kind", sorted(kind.name for kind in KINDS if kind.name != "free_text"))
def test_every_kind_that_names_speak_of_is_masked_in_each_of_its_types(kind: str) -> None:
    """By something that binds, whether it may be NULL or not."""
    (of_kind,) = (each for each in KINDS if each.name == kind)
    for type_name in of_kind.types:
        assert chosen(kind, Shape(type_name=type_name)) is not None, type_name


def test_a_hash_comes_second() -> None:
    """Where the column is too short for a fake that stays unique."""
    assert chosen("email", Shape(max_length=18, unique=True)).action == "hash"


def test_a_redaction_comes_last() -> None:
    """NULL where neither fits, a constant where NULL does not; a key has neither."""
    assert chosen("dob", Shape(type_name="point")).action == "null"
    assert chosen("lat_lon", Shape(type_name="bool", not_null=True)).action == "static"
    assert chosen("lat_lon", Shape(type_name="circle", not_null=True)) is None
    assert chosen("lat_lon", Shape(type_name="circle"), is_key=True) is None


def test_a_document_is_masked_at_its_paths() -> None:
    """Each with a mask of its kind, and nothing else instead."""
    paths = (("$.mail", "email"), ("$.mrn", "record_number"))
    suspicion = Suspicion(kind="document", confidence="high", evidence="a test", paths=paths)
    action = choose_mask(suspicion, Shape(type_name="jsonb"), is_key=False)
    strict = choose_mask(suspicion, Shape(type_name="jsonb"), is_key=False, keeps_rest=False)
    assert (action.default, strict.default) == ("keep", "redact")
    assert action is not None
    assert {path: rule.action for path, rule in action.paths.items()} == {
        "$.mail": "fake",
        "$.mrn": "fpe",
    }
    assert choose_mask(suspicion, Shape(type_name="jsonb", unique=True), is_key=False) is None


def test_texts_at_a_path_are_read_or_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a language model where one is installed."""
    paths = (("$.log", "free_text"),)
    suspicion = Suspicion(kind="document", confidence="high", evidence="a test", paths=paths)

    def found() -> str:
        action = choose_mask(suspicion, Shape(), is_key=False)
        return str(action.paths["$.log"].action)  # type: ignore[union-attr]

    assert found() == "ner_mask"
    monkeypatch.setenv(MODEL_VARIABLE, "not_installed")
    assert found() == "static"


def test_a_text_of_documents_that_must_be_unique_is_hashed() -> None:
    """Its paths cannot promise that."""
    paths = (("$.mail", "email"),)
    suspicion = Suspicion(kind="document", confidence="high", evidence="a test", paths=paths)
    action = choose_mask(suspicion, Shape(unique=True), is_key=False)
    assert action is not None
    assert action.action == "hash"


def test_a_member_whose_type_holds_no_fake_becomes_null() -> None:
    """An array in a composite is one of its members; the others keep their masks."""
    members = (("phone", Shape(type_name="int4")), ("mails", Shape(type_name="_text")))
    shape = Shape(type_name="person", members=(*members, ("mail", Shape())))
    paths = (("$.phone", "phone"), ("$.mails[*]", "email"), ("$.mail", "email"))
    suspicion = Suspicion(kind="document", confidence="high", evidence="a test", paths=paths)
    action = choose_mask(suspicion, shape, is_key=False)
    assert action is not None
    found = {path: rule.action for path, rule in action.paths.items()}
    assert found == {"$.phone": "null", "$.mails": "null", "$.mail": "fake"}


def test_a_range_of_a_birth_is_moved() -> None:
    """Both ends alike."""
    assert chosen("dob", Shape(type_name="daterange")).action == "date_shift"


def test_keys_are_hashed() -> None:
    """Columns of keys and of unique indexes, that may be NULL or not: keys stay keys."""
    assert redact(Shape(), is_key=True).action == "hash"
    assert redact(Shape(unique=True), is_key=False).action == "hash"
    assert redact(Shape(type_name="path", unique=True), is_key=False).action == "hash"


def test_what_may_be_null_is_null() -> None:
    """Whatever its type."""
    assert redact(Shape(), is_key=False).action == "null"
    assert redact(Shape(type_name="path"), is_key=False).action == "null"


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Shape(not_null=True), "redacted"),
        (Shape(type_name="varchar", max_length=3, not_null=True), "red"),
        (Shape(type_name="varchar", max_length=8, not_null=True), "redacted"),
        (Shape(type_name="mood", labels=("sad", "glad"), not_null=True), "sad"),
        (Shape(type_name="int4", not_null=True), "0"),
        (Shape(type_name="date", not_null=True), "1970-01-01"),
        (Shape(type_name="inet", not_null=True), "192.0.2.1/32"),
        (Shape(type_name="bool", not_null=True), "f"),
    ],
)
def test_what_must_hold_something_is_a_constant(shape: Shape, value: str) -> None:
    """That its type takes, cut to what fits."""
    action = redact(shape, is_key=False)
    assert (action.action, action.value) == ("static", value)


def test_a_type_without_a_constant_is_not_redacted() -> None:
    """The plan refuses the column instead."""
    assert redact(Shape(type_name="path", not_null=True), is_key=False) is None


@pytest.mark.parametrize("type_name", sorted(BY_TYPE))
def test_every_constant_fits_its_type(type_name: str) -> None:
    """The mask takes it."""
    shape = Shape(type_name=type_name, not_null=True)
    bind(redact(shape, is_key=False), shape, Keys.of(b""))
    assert set(BY_TYPE) >= NUMBERS | DATES
