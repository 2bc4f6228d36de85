"""How much memory the originals take, and which words do not identify."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from builders.catalogs import catalog, table

from privaci_core.compiled import library, search
from privaci_core.prove.search import fingerprints
from privaci_core.prove.search.forms import Class
from privaci_core.prove.search.words import fold_table

pytestmark = pytest.mark.unit

MOST = 1 << 12
# Eight bytes of fingerprint and four of notes, and at most four of the filter.
BYTES_EACH = 16


def sealed(index: fingerprints.Index, values: list[str], times: int = 1) -> list[int]:
    """How many originals of each class these values make."""
    vector = pa.array(values * times, pa.large_string())
    index.add(0, vector, np.zeros(len(vector), np.uint8))
    return index.seal(np.zeros(1, np.uint8))


def test_memory_has_a_bound_whatever_the_number_of_originals() -> None:
    """What does not fit is counted; the largest table stays below 400 MB while it grows."""
    index = search.Fingerprints(fold_table(), 1, MOST)
    classes = sealed(index, [f"nimue{number}@corp.example" for number in range(10_000)])
    assert MOST / 2 < sum(classes) < MOST
    assert index.numbers()[2] == 10_000 - sum(classes)
    assert index.size <= BYTES_EACH * MOST
    assert BYTES_EACH * fingerprints.MOST_FINGERPRINTS * 1.5 <= 403e6


@pytest.mark.parametrize("compiled", [True, False])
def test_words_that_do_not_identify(
    monkeypatch: pytest.MonkeyPatch,
    compiled: bool,  # noqa: FBT001
) -> None:
    """Everyday ones, the schema's own, single names of the pools, and those that rows share."""
    monkeypatch.setattr(library, "LOADED", compiled)
    known = catalog(table("public.shipment", "id integer key", "carrier text"))
    values = ["president", "Shipment", "Carrier", "Smith", "Quillfeather", "Quillfeather Smith"]
    found = sealed(fingerprints.made(1, known), values)
    assert found[Class.EVERYDAY_WORDS] == 4
    assert found[Class.EVERYWHERE] == 2
    shared = sealed(fingerprints.made(1, known), ["Quillfeather", "Nimue Quillfeather"], 11)
    assert (shared[Class.SHARED_WORD], shared[Class.EVERYWHERE]) == (1, 1)
    rare = sealed(fingerprints.made(1, known), ["Quillfeather"], 10)
    assert rare[Class.EVERYWHERE] == 1


def test_names_that_are_values_stay_originals() -> None:
    """A schema for each client, a partition for each value, and labels that name people."""
    known = catalog(
        table("quillfeather.visit", "id integer key", "act text", kind="p"),
        table("quillfeather.visit_of_marchbanks", "id integer", partition_of="quillfeather.visit"),
        enums={"public.doctor": ("Isolde Fenwick", "yseult@corp.example", "locum")},
    )
    values = ["Quillfeather", "Marchbanks", "Isolde Fenwick", "yseult@corp.example"]
    found = sealed(fingerprints.made(1, known), [*values, "Locum"])
    assert (found[Class.EVERYDAY_WORDS], sum(found)) == (1, 5)


def test_a_name_of_the_pools_is_searched_where_values_are_carried() -> None:
    """A fake may be the same two words."""
    found = sealed(fingerprints.made(1, catalog()), ["Anna Smith", "Anna Schmidt-Meyer 1234"])
    assert found[Class.WHERE_CARRIED] == 2
