"""Keys: each mask, alias, attempt and plugin has its own, and a fingerprint tells roots apart."""

from __future__ import annotations

import hashlib
import hmac
from importlib import import_module
from itertools import combinations

import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Keys, Shape, bind
from privaci_core.masks.base.keys import EXTRACT, derive

pytestmark = pytest.mark.unit

SALT, OTHER_SALT = b"a salt of the test suite, long enough", b"another salt of the suite, as long"
PSEUDONYM, OTHER_PSEUDONYM = b"a pseudonym key of the suite, long", b"another pseudonym key of it"


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The hash function of the derivation."""
    return hmac.new(key, message, hashlib.sha256).digest()


def test_roots_are_extracted() -> None:
    """Neither the salt nor the pseudonym key is in the roots that workers get."""
    keys = Keys.of(SALT, PSEUDONYM)
    assert keys.salt == hmac_sha256(EXTRACT, SALT)
    assert keys.pseudonym == hmac_sha256(EXTRACT, PSEUDONYM)
    assert Keys.of(SALT).pseudonym is None
    assert Keys.of(SALT, b"").pseudonym is not None


def test_a_fingerprint_tells_keys_apart() -> None:
    """Another salt alone, or another pseudonym key alone, gives another fingerprint."""
    keys = [
        Keys.of(SALT),
        Keys.of(OTHER_SALT),
        Keys.of(SALT, PSEUDONYM),
        Keys.of(SALT, OTHER_PSEUDONYM),
        Keys.of(OTHER_SALT, PSEUDONYM),
    ]
    fingerprints = [one.fingerprint() for one in keys]
    assert len(set(fingerprints)) == len(keys)
    assert all(len(text) == 16 and int(text, 16) >= 0 for text in fingerprints)
    assert Keys.of(SALT, PSEUDONYM).fingerprint() == fingerprints[2]


def test_a_guess_of_a_salt_costs_scrypt() -> None:
    """A fingerprint is published: each guess at it takes a tenth of a second and 32 MiB."""
    cost = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 << 20}
    for keys in (Keys.of(SALT), Keys.of(SALT, PSEUDONYM)):
        root = hmac_sha256(keys.salt, b"fingerprint 2" + (keys.pseudonym or b""))
        expected = hashlib.scrypt(root, salt=b"privaci fingerprint", dklen=8, **cost).hex()
        assert keys.fingerprint() == expected
    assert Keys.of(SALT).fingerprint() == "8394cf291a6dd69b"


def test_a_fingerprint_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table of a refresh asks for it."""
    expected = Keys.of(SALT).fingerprint()
    monkeypatch.setattr(hashlib, "scrypt", None)
    assert Keys.of(SALT).fingerprint() == expected


def test_keys_are_never_shown() -> None:
    """Not by repr, which a log or a traceback may print."""
    assert repr(Keys.of(SALT, PSEUDONYM)) == "Keys()"


def test_every_mask_alias_and_attempt_has_a_key() -> None:
    """No two labels give the same key, and a key is what HKDF expands the label to."""
    keys = [
        derive(KEYS.salt, "email"),
        derive(KEYS.salt, "phone"),
        derive(KEYS.salt, "email", "login"),
        derive(KEYS.salt, "email", None, 1),
        derive(KEYS.salt, "email", None, 2),
        derive(OTHER_SALT, "email"),
    ]
    assert all(one != other for one, other in combinations(keys, 2))
    assert keys[0] == hmac_sha256(KEYS.salt, b"1\x1femail\x1f\x1f0\x01").hex()
    assert keys[0] == derive(KEYS.salt, "email", "")


def test_every_plugin_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plugins get different keys, and none gets the key of a built-in mask of its name."""
    given: dict[str, bytes] = {}

    def load(group: str, name: str) -> object:
        assert group == "privaci.masks"

        def bind_plugin(_shape: object, _params: object, key: bytes) -> object:
            given[name] = key
            return lambda values: values

        return bind_plugin

    # The function of that name hides the module.
    monkeypatch.setattr(import_module("privaci_core.masks.bind"), "loaded", load)
    names = ("one", "two", "hash", "noise")
    for name in names:
        rule = ACTIONS.validate_python({"action": "plugin", "name": name}, context={"masks": names})
        bind(rule, Shape(), KEYS)
    others = {bytes.fromhex(derive(KEYS.salt, name)) for name in names}
    assert len({*given.values()} | others) == 2 * len(names)
    assert all(len(key) == 32 for key in given.values())
