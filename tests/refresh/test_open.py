"""What a resume must match: the fingerprint of a refresh, recorded with earlier releases."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table
from builders.copies import KEYS, PERSON, POLICY

from privaci_core.loading.copy import EVERYTHING, Options
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.open import fingerprint_of

pytestmark = pytest.mark.unit

CATALOG = catalog(PERSON)
# Written since fingerprints of salts are stretched, with the same catalog, policy and salt.
RECORDED = "b9ea055f433812b71f47d39475f450f6"
RECORDED_WITHOUT_GRANTS = "33030265fe671d14c728586027130373"


def test_a_refresh_that_an_earlier_release_began_can_be_resumed() -> None:
    """The fingerprint in its target is the one that is computed today."""
    assert fingerprint_of(CATALOG, POLICY, KEYS, EVERYTHING) == RECORDED
    without = Options(acl=False, connections=7)
    assert fingerprint_of(CATALOG, POLICY, KEYS, without) == RECORDED_WITHOUT_GRANTS


def test_everything_that_decides_about_rows_is_in_the_fingerprint() -> None:
    """Another policy, schema, salt, pseudonym key or option is another refresh."""
    other_policy = parse_policy('version: "1.0"\nauto_detect: false\ntables: {}\n')
    other_type = catalog(table("public.person", "id bigint key", "email text"))
    other_name = catalog(table("public.people", "id integer key", "email text"))
    salt = b"a salt of the test suite, long enough"
    found = {
        fingerprint_of(CATALOG, POLICY, KEYS, EVERYTHING),
        fingerprint_of(CATALOG, other_policy, KEYS, EVERYTHING),
        fingerprint_of(other_type, POLICY, KEYS, EVERYTHING),
        fingerprint_of(other_name, POLICY, KEYS, EVERYTHING),
        fingerprint_of(CATALOG, POLICY, Keys.of(b"b" + salt), EVERYTHING),
        fingerprint_of(CATALOG, POLICY, Keys.of(salt, b"a pseudonym key"), EVERYTHING),
        fingerprint_of(CATALOG, POLICY, KEYS, Options(acl=False)),
        fingerprint_of(CATALOG, POLICY, KEYS, Options(publications=False)),
    }
    assert len(found) == 8


def test_the_number_of_connections_decides_about_no_row() -> None:
    """A refresh is resumed with more or fewer of them."""
    capped = Options(connections=3)
    assert fingerprint_of(CATALOG, POLICY, KEYS, capped) == RECORDED
