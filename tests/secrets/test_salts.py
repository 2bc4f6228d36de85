"""Salts and keys are found, measured and kept hidden."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.errors import SaltError
from privaci_core.policy import parse_policy
from privaci_core.secrets import (
    SALT_VARIABLE,
    Salt,
    Secret,
    SecretText,
    gen_salt,
    load_pseudonym_key,
    load_salt,
)

pytestmark = pytest.mark.unit

SALT = "0123456789abcdef" * 2
KEYED = """version: "1.0"
tables: {a.b: {columns: {c: {action: json, paths: {$.x: {action: hmac_hash}}}}}}
"""


def test_the_file_wins_over_the_environment() -> None:
    """`global_salt` is taken where it is set, else the environment's variable."""
    literal = parse_policy(f'version: "1.0"\nglobal_salt: "{SALT}"')
    named = parse_policy('version: "1.0"\nglobal_salt: "${MY_SALT}"')
    silent = parse_policy('version: "1.0"')
    environ = {SALT_VARIABLE: "e" * 32, "MY_SALT": "m" * 32 + "\n"}
    assert load_salt(literal, environ).reveal() == SALT
    assert load_salt(named, environ).reveal() == "m" * 32
    assert load_salt(silent, environ).reveal() == "e" * 32


@pytest.mark.parametrize(
    ("salt", "environ", "cause"),
    [
        ("null", {}, "is missing or empty"),
        ("null", {SALT_VARIABLE: " "}, "is missing or empty"),
        ("null", {SALT_VARIABLE: "x" * 31}, "it has 31 characters, fewer than 32"),
        ('"${GONE}"', {SALT_VARIABLE: "x" * 32}, "variable GONE is missing"),
        ('""', {SALT_VARIABLE: "x" * 32}, "it has 0 characters"),
        ("aws_sm://prod/masking/salt/of/2026", {}, "scheme of the secret URI is unknown"),
        ("file:///etc/passwd", {}, "outside the allowed roots"),
    ],
)
def test_there_is_no_silent_default(salt: str, environ: dict[str, str], cause: str) -> None:
    """A missing, short or unreachable salt is an error with exit code 4, never a fallback."""
    policy = parse_policy(f'version: "1.0"\nglobal_salt: {salt}')
    with pytest.raises(SaltError, match=cause) as refused:
        load_salt(policy, environ)
    assert refused.value.exit_code == 4


def test_the_pseudonym_key_is_asked_for_only_where_it_is_used() -> None:
    """Only a policy with a keyed action, be it inside JSON, needs the key."""
    assert load_pseudonym_key(parse_policy('version: "1.0"'), {}) is None
    with pytest.raises(SaltError, match="pseudonym_key is not set"):
        load_pseudonym_key(parse_policy(KEYED), {SALT_VARIABLE: SALT})
    key = load_pseudonym_key(parse_policy(KEYED + "pseudonym_key: env://KEY"), {"KEY": SALT})
    assert key == Salt(SALT)


def test_generated_salts_are_long_and_different() -> None:
    """A generated salt has 64 hexadecimal digits and is never the same twice."""
    salts = {gen_salt() for _ in range(50)}
    assert len(salts) == 50
    assert {len(salt) for salt in salts} == {64}
    assert all(int(salt, 16) for salt in salts)


@given(st.text(min_size=8))
def test_a_secret_is_never_shown(text: str) -> None:
    """No usual way of printing a secret shows it, and it is not pickled."""
    text = "secret-" + text
    for secret in (Secret(text), Salt(text)):
        for shown in (
            repr(secret),
            str(secret),
            f"{secret:>40}",
            f"{secret!r}",
            repr([secret]),
            repr(secret.__reduce__),
        ):
            assert text not in shown
        assert secret.reveal() == text
        assert copy.deepcopy(secret) is secret
        with pytest.raises(TypeError):
            pickle.dumps(secret)


@given(st.text(min_size=32), st.text(min_size=32))
def test_the_fingerprint_tells_salts_apart(one: str, other: str) -> None:
    """Twelve digits, the same for the same salt, another for another."""
    assert len(Salt(one).fingerprint) == 12
    assert (Salt(one).fingerprint == Salt(other).fingerprint) == (one == other)


def test_the_fingerprint_stays_what_it_is() -> None:
    """A recorded fingerprint: resume and proof compare it across releases."""
    assert Salt(SALT).fingerprint == "decca7089453"


def test_a_reference_is_known_as_one() -> None:
    """A variable or a URI is a reference; anything else may be the secret itself."""
    assert SecretText("${A}").is_reference
    assert SecretText("vault://kv/a#b").is_reference
    assert not SecretText(SALT).is_reference
