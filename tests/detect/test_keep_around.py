"""What a chosen mask keeps around the personal part of a column's values."""

from __future__ import annotations

import pytest

from privaci_core.detect.choose_mask import mask_of_kind
from privaci_core.detect.keep_around import kept_around
from privaci_core.detect.recognise import looks_of
from privaci_core.detect.sample import Contents
from privaci_core.masks import Shape
from privaci_core.policy import Json

pytestmark = pytest.mark.unit


def test_a_number_keeps_the_letters_that_all_numbers_of_its_column_have() -> None:
    """A prefix says nothing; letters that differ may be those of a name."""
    licence = mask_of_kind("driver_licence")
    alike = Contents(looks=looks_of(f"LIC-{number:07}" for number in range(8)))
    assert kept_around(licence, Shape(), alike) == mask_of_kind("record_number")
    few = Contents(looks=looks_of(f"LIC-{number:07}" for number in range(7)))
    assert kept_around(licence, Shape(), few) == licence
    names = Contents(looks=looks_of(f"KESTR65705{number}SM9IJ" for number in range(8)))
    assert kept_around(licence, Shape(), names) == mask_of_kind("record_number")
    differing = Contents(looks=looks_of(f"{letter}ESTR65705SM9IJ" for letter in "ABCDEFGH"))
    assert kept_around(licence, Shape(), differing) == licence
    assert kept_around(licence, Shape(), None) == licence


def test_numbers_of_other_countries_keep_their_own_form() -> None:
    """In columns and at paths; an empty column gets the fakes of its kind."""
    ssn, code = mask_of_kind("ssn"), mask_of_kind("postcode")
    foreign = looks_of(f"123.456.789-0{number}" for number in range(8))
    assert kept_around(ssn, Shape(), Contents(looks=foreign)).params == {"form": "own"}
    american = looks_of(f"900-12-000{number}" for number in range(8))
    assert kept_around(ssn, Shape(), Contents(looks=american)) == ssn
    assert kept_around(ssn, Shape(), Contents()) == ssn
    document = Json(action="json", paths={"$.id": ssn, "$.zip": code})
    codes = looks_of(["H2G 1A7", "12227-000"])
    inside = kept_around(document, Shape(), Contents(paths={"$.id": foreign, "$.zip": codes}))
    assert {path: rule.params for path, rule in inside.paths.items()} == {
        "$.id": {"form": "own"},
        "$.zip": {"form": "own"},
    }
    plain = Contents(looks=looks_of(["12345", "54321"]))
    assert kept_around(code, Shape(), plain) == code


def test_names_in_capitals_stay_in_capitals() -> None:
    """Where half of a column's are."""
    name = mask_of_kind("last_name")
    upper = Contents(looks=looks_of(["KESTREL", "FARROW", "Quillow"]))
    assert kept_around(name, Shape(), upper).params == {"case": "keep"}
    mixed = Contents(looks=looks_of(["KESTREL", "Farrow", "Quillow"]))
    assert kept_around(name, Shape(), mixed) == name
