"""How names of columns and tables are split into words of six languages."""

from __future__ import annotations

import pytest

from privaci_core.detect.dictionary import LANGUAGES, meanings
from privaci_core.detect.split_name import split_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("firstName", "first name"),
        ("E-Mail", "email"),
        ("IPAddress", "ip address"),
        ("address2", "address"),
        ("user_ID", "user id"),
        ("x", ""),
        ("nationalidnumber", "national id number"),
        ("addressline1", "address line"),
        ("loginid", "login id"),
        ("passwordsalt", "password salt"),
        ("mfasecret", "mfa secret"),
        ("dateofbirth", "date of birth"),
        ("totp_2fa_secret", "totp 2fa secret"),
        ("Straße", "strasse"),
        ("Téléphone", "telephone"),
        ("datadinascita", "data di nascita"),
        ("modelname", "model name"),
        ("spinner", "spinner"),
        ("stripetoken", "stripe token"),
        ("frequentflyernumber", "frequent flyer number"),
        ("xyzip", "xyzip"),
    ],
)
def test_names_are_split_into_words(name: str, words: str) -> None:
    """At signs, capitals and digits, and by the dictionary where letters run together."""
    assert " ".join(word.text for word in split_name(name)) == words


def test_a_word_means_what_it_means_in_the_databases_language() -> None:
    """`nombre` is a name in Spanish and a count in French; `nome` alone is doubtful."""
    assert [split_name("nombre", spoken)[0].meaning for spoken in (("es",), ("fr",), ("en",))] == [
        "name",
        "attribute",
        "name",
    ]
    assert split_name("nome")[0].doubtful
    assert not split_name("nome", ("it", "en"))[0].doubtful


def test_the_words_are_written_as_names_are_read() -> None:
    """In small letters without diacritics, each in one of the languages at least."""
    found = meanings()
    assert {language for known in found.values() for language in known} == set(LANGUAGES)
    assert not [word for word in found if not word.isalnum() or word != word.lower()]
