"""Passwords of a copy are known, and its tokens open nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import warnings
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind
from privaci_core.masks.fakes.passwords import PASSWORD

pytestmark = pytest.mark.unit

LETTERS = {r"[0-9]": "0", r"[a-z]": "a", r"[A-Z]": "A"}


def fakes(provider: str, values: list[str], **shape: Any) -> list[str]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": provider})
    return bind(rule, Shape(**shape), KEYS)(pl.Series(values)).to_list()


def form(text: str) -> str:
    """A text with one letter for all of its kind."""
    for letters, one in LETTERS.items():
        text = re.sub(letters, one, text)
    return text


@pytest.mark.parametrize("setting", ["$2a$12$", "$2b$04$", "$2y$10$", "$6$", "$5$", "$1$"])
def test_hashes_of_crypt_are_those_of_the_password(setting: str) -> None:
    """The C library, where Python still asks it, takes the password."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        crypt = pytest.importorskip("crypt")
    (found,) = fakes("password_hash", [f"{setting}abcdefghijklmnopqrstuv"])
    assert found[:4] == setting[:4] if setting[1] == "2" else found[:3] == setting
    assert crypt.crypt(PASSWORD, found) == found


def test_a_hash_of_django_is_that_of_the_password() -> None:
    """PBKDF2 with as many rounds as it says."""
    name, rounds, salt, digest = fakes("password_hash", ["pbkdf2_sha256$1$a$b"])[0].split("$")
    made = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), salt.encode(), int(rounds))
    assert (name, base64.b64encode(made).decode()) == ("pbkdf2_sha256", digest)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha512"])
def test_a_bare_digest_is_that_of_the_password(name: str) -> None:
    """By its length."""
    other = hashlib.new(name, b"another").hexdigest()
    assert fakes("password_hash", [other]) == [hashlib.new(name, PASSWORD.encode()).hexdigest()]


def test_what_is_no_hash_or_has_no_room_becomes_the_password() -> None:
    """Between hashes, and in a column that is shorter than they are."""
    found = fakes("password_hash", ["secret", "$argon2i$x", "other"])
    assert [fake.split("$")[0] for fake in found] == [PASSWORD, "", PASSWORD]
    assert fakes("password_hash", ["$2b$10$x"], max_length=20) == [PASSWORD]


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        ("ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", "ghp_"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "sk_live_"),
        ("Bearer mF_9B5f41JqM0000", "Bearer "),
        ("syt_YWxpY2U_kzxQvHcHEylGURJxQyQw_0aBcDe", "syt_"),
        ("d41d8cd98f00b204e9800998ecf8427e", ""),
        ("dGhpcyBpcyBhIHRva2Vu+/8=", ""),
        ("AB-1234-cd", ""),
    ],
)
def test_a_token_keeps_its_form(token: str, kept: str) -> None:
    """Its prefix, and each letter's kind; in a unique column too."""
    for unique in (False, True):
        (fake,) = fakes("token", [token], unique=unique, max_length=len(token))
        assert fake.startswith(kept)
        assert fake[len(kept) :] != token[len(kept) :]
        if not re.fullmatch("[0-9a-f]{32}", token):
            assert form(fake) == form(token)
        else:
            assert re.fullmatch("[0-9a-f]{32}", fake)


def test_a_web_token_has_three_parts_that_can_be_read() -> None:
    """And nothing of the original; without the room it keeps its form."""
    # Made here, so that no scanner takes them for real ones.
    head = "eyJ" + "hbGciOiJSUzI1NiJ9"
    given = [f"{head}.{claims}.c2ln" for claims in ("eyJzdWIiOiJhbGljZSJ9", "eyJzdWIiOiJib2IifQ")]
    found = fakes("token", given)
    assert len(set(found)) == 2
    for token in found:
        head, claims, signature = (part + "=" * (-len(part) % 4) for part in token.split("."))
        assert json.loads(base64.urlsafe_b64decode(head)) == {"alg": "HS256", "typ": "JWT"}
        assert list(json.loads(base64.urlsafe_b64decode(claims))) == ["sub"]
        assert len(base64.urlsafe_b64decode(signature)) == 32
    assert len(fakes("token", given, max_length=60)[0]) == len(given[0])


def test_a_key_keeps_its_frame() -> None:
    """The lines that say what a block is."""
    begin, end = "-----BEGIN " + "PRIVATE KEY-----", "-----END PRIVATE KEY-----\n"
    (fake,) = fakes("token", [f"{begin}\nMIIBVgIBADANBgkq\n{end}"])
    assert fake.startswith(begin + "\n")
    assert fake.endswith("\n" + end)
    assert "MIIBVgIBADANBgkq" not in fake
