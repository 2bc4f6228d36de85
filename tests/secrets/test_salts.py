"""Salts and keys are found, measured and kept hidden."""

from __future__ import annotations

import copy
import pickle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.errors import SaltError
from privaci_core.policy import parse_policy
from privaci_core.secrets import (
    ACCEPT,
    SALT_VARIABLE,
    WEAK_SALT_VARIABLE,
    Salt,
    Secret,
    SecretText,
    gen_salt,
    load_pseudonym_key,
    load_salt,
    refuse_plain_secrets,
)
from privaci_core.secrets.guessing import is_guessable

pytestmark = pytest.mark.unit

SALT = "5f2c9a1b7e3d8046c1a9f7025b6e3d84"
KEYED = """version: "1.0"
tables: {a.b: {columns: {c: {action: json, paths: {$.x: {action: hmac_hash}}}}}}
"""


def test_the_file_wins_over_the_environment() -> None:
    """`global_salt` is taken where it is set, else the environment's variable."""
    named = parse_policy('version: "1.0"\nglobal_salt: "${MY_SALT}"')
    silent = parse_policy('version: "1.0"')
    ours, mine = gen_salt(), gen_salt()
    environ = {SALT_VARIABLE: ours, "MY_SALT": mine + "\n"}
    assert load_salt(named, environ).reveal() == mine
    assert load_salt(silent, environ).reveal() == ours


@pytest.mark.parametrize(
    ("salt", "environ", "cause"),
    [
        ("null", {}, "is missing or empty"),
        ("null", {SALT_VARIABLE: " "}, "is missing or empty"),
        ("null", {SALT_VARIABLE: "x" * 31}, "it has 31 characters, fewer than 32"),
        ("null", {SALT_VARIABLE: "password" * 4}, "it can be guessed"),
        ("null", {SALT_VARIABLE: "0123456789abcdef" * 2}, "it can be guessed"),
        ("null", {SALT_VARIABLE: "x" * 64}, "it can be guessed"),
        ("null", {SALT_VARIABLE: "qwertyuiopasdfghjklzxcvbnm123456"}, "it can be guessed"),
        ("null", {SALT_VARIABLE: "MyCompanySecretSalt2026!MyCompany"}, "it can be guessed"),
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


def test_a_variable_holds_the_pseudonym_key_that_the_policy_does_not_name() -> None:
    """PSEUDONYM_KEY, which may name a secret URI; the policy's own precedes it."""
    other, policy = SALT[::-1], KEYED + "pseudonym_key: env://KEY"
    environ = {"PSEUDONYM_KEY": "env://KEPT", "KEPT": SALT, "KEY": other}
    assert load_pseudonym_key(parse_policy(KEYED), environ) == Salt(SALT)
    assert load_pseudonym_key(parse_policy(policy), environ) == Salt(other)
    with pytest.raises(SaltError, match="Loading PSEUDONYM_KEY"):
        load_pseudonym_key(parse_policy(KEYED), {"PSEUDONYM_KEY": "short"})


def test_a_salt_that_can_be_guessed_is_used_where_that_is_said() -> None:
    """The refusal names the flag and the variable; salt and pseudonym key are treated alike."""
    weak, policy = "password" * 4, parse_policy(KEYED + "pseudonym_key: env://KEY")
    said = {WEAK_SALT_VARIABLE: ACCEPT}
    assert load_salt(policy, {SALT_VARIABLE: weak, **said}).reveal() == weak
    with pytest.raises(SaltError, match=f"--weak-salt, or {WEAK_SALT_VARIABLE}={ACCEPT}"):
        load_salt(policy, {SALT_VARIABLE: weak, WEAK_SALT_VARIABLE: "no"})
    with pytest.raises(SaltError, match="Loading pseudonym_key"):
        load_pseudonym_key(policy, {"KEY": weak})


def test_a_policy_that_holds_its_salt_is_refused() -> None:
    """People commit the file; who accepts weak salts accepts that too. The text is not shown."""
    policy = parse_policy(f"{KEYED}global_salt: {SALT}\npseudonym_key: {SALT}")
    for load in (load_salt, load_pseudonym_key, refuse_plain_secrets):
        with pytest.raises(SaltError, match="holds the secret itself") as refused:
            load(policy, {SALT_VARIABLE: SALT})
        assert SALT not in str(refused.value)
        assert "${NAME}" in refused.value.remediation
    said = {WEAK_SALT_VARIABLE: ACCEPT}
    assert load_salt(policy, said) == load_pseudonym_key(policy, said) == Salt(SALT)
    refuse_plain_secrets(policy, said)
    refuse_plain_secrets(parse_policy(KEYED + "pseudonym_key: env://KEY"), {})


def test_random_salts_are_never_taken_for_weak_ones() -> None:
    """The shortest that a generator of digits makes, and what the suite itself uses."""
    random = Random(7)  # noqa: S311 - reproducible
    assert not any(is_guessable(random.randbytes(16).hex()) for _ in range(3000))
    assert not is_guessable("the salt of the test suite, long enough")


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


def test_a_reference_is_known_as_one() -> None:
    """A variable or a URI is a reference; anything else may be the secret itself."""
    assert SecretText("${A}").is_reference
    assert SecretText("vault://kv/a#b").is_reference
    assert not SecretText(SALT).is_reference
