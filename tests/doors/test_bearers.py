"""Who is let in by which token, and who has to wait."""

from __future__ import annotations

import pytest

from privaci_core.errors import PreflightError
from privaci_dagster.api.bearers import MOST_FAILURES, WITHIN_SECONDS, Failures, bearers_of

pytestmark = pytest.mark.unit
CI, ALICE = "0123456789abcdef-ci", "0123456789abcdef-alice"


def test_the_token_names_its_bearer() -> None:
    """Each token is known by the name that it was given, from a flag or the variable."""
    environ = {"CI": CI, "ALICE": ALICE, "PRIVACI_API_TOKENS": "ci=env://CI, alice=env://ALICE"}
    for bearers in (
        bearers_of((), environ),
        bearers_of(["ci=env://CI", "alice=env://ALICE"], environ),
    ):
        assert bearers.name_of(f"Bearer {CI}") == "ci"
        assert bearers.name_of(f"bearer {ALICE}") == "alice"


@pytest.mark.parametrize("header", [None, "", "Bearer", CI, f"Basic {CI}", f"Bearer {CI}x"])
def test_another_header_is_nobody(header: str | None) -> None:
    """A missing, a wrong and a malformed header let no one in."""
    assert bearers_of(["ci=env://CI"], {"CI": CI}).name_of(header) is None


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ([], "there is none"),
        ([CI], "holds one itself"),
        ([f"ci={CI}"], "holds one itself"),
        (["=env://CI"], "does not begin with a name"),
        (["ci=env://SHORT"], "fewer than 16 characters"),
        (["ci=env://CI", "alice=env://CI"], "the same token"),
    ],
)
def test_tokens_that_protect_nothing_are_refused(named: list[str], why: str) -> None:
    """The service does not start without tokens, with short or shared ones; none is repeated."""
    with pytest.raises(PreflightError, match=why) as refused:
        bearers_of(named, {"CI": CI, "SHORT": "abc-short"})
    assert CI not in str(refused.value)
    assert "abc-short" not in str(refused.value)


def test_an_address_that_guesses_has_to_wait() -> None:
    """After so many wrong tokens an address waits, until the first of them is long ago."""
    now = 100.0
    failures = Failures(lambda: now)
    for _ in range(MOST_FAILURES - 1):
        failures.add("192.0.2.1")
    assert failures.seconds_to_wait("192.0.2.1") == 0
    failures.add("192.0.2.1")
    assert failures.seconds_to_wait("192.0.2.1") == WITHIN_SECONDS
    assert failures.seconds_to_wait("192.0.2.2") == 0
    now += WITHIN_SECONDS
    assert failures.seconds_to_wait("192.0.2.1") == 0
