"""Recorded outputs: a mask never changes what it makes of a value unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from masks.cases import CASES, Case
from masks.record import outputs_of

from privaci_core.compiled import loops

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.unit
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_every_case_is_its_own() -> None:
    """Vectors are recorded by name, so no two cases share one."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@every_case
def test_a_mask_leaves_the_values_it_is_given(case: Case) -> None:
    """Other columns, and conditions, read them after it."""
    given = [*VECTORS[case.name], None, *VECTORS[case.name]]
    values = pl.Series("c", given, dtype=pl.String)
    found = case.mask()(values)
    assert values.to_list() == given
    assert found.name == "c"


@every_case
@pytest.mark.parametrize("compiled", [True, False])
def test_recorded_vectors(case: Case, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """In any process and release, compiled or not, a mask gives its recorded output."""
    monkeypatch.setattr(loops, "LOADED", compiled)
    assert outputs_of(case) == VECTORS[case.name]
