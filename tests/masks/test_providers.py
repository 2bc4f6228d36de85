"""One registry of providers: every entry is true, and no part that needs an entry lacks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS
from masks.values import TEXT_PROVIDERS, UNIQUE_PROVIDERS

from privaci_core.detect import choose_mask, column_names, recognise
from privaci_core.masks import Mask, Shape, Unbindable, bind
from privaci_core.masks.base.shape import ADDRESSES, DATES, HARDWARE
from privaci_core.masks.fakes.fake import maker_of
from privaci_core.masks.text import free_text, patterns
from privaci_core.policy import PROVIDERS
from privaci_core.policy.providers import REGISTRY, Provider
from privaci_core.policy.replace import PARAMS

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs" / "reference"
VALUES = pl.Series([f"value {number}" for number in range(50)])
# Kinds that detection tells without a fake of their own; free text has no other than these either.
WITHOUT_FAKE = {*choose_mask.WITHOUT_PROVIDER, "free_text", "other"}
SPECIAL_TYPES = sorted({*DATES, *ADDRESSES, *HARDWARE, "uuid"})
every_provider = pytest.mark.parametrize("provider", REGISTRY, ids=lambda entry: entry.name)


def bound(name: str, **shape: Any) -> Mask:
    """The mask of a provider for a column."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": name})
    return bind(rule, Shape(**shape), KEYS)


def test_names_are_unique() -> None:
    """Each name stands for one entry."""
    assert len(PROVIDERS) == len(REGISTRY)


@every_provider
def test_an_entry_names_a_function(provider: Provider) -> None:
    """The maker is there, and its module is a file of fakes."""
    assert callable(maker_of(provider))


@every_provider
def test_every_setting_has_a_form(provider: Provider) -> None:
    """The policy file checks each parameter that an entry allows."""
    assert set(provider.params) <= set(PARAMS)


@every_provider
def test_every_provider_has_recorded_vectors(provider: Provider) -> None:
    """A new provider gets cases, so that its fakes never change unnoticed."""
    if not provider.constant:
        assert provider.name in TEXT_PROVIDERS
        assert (provider.name in UNIQUE_PROVIDERS) is (provider.instead is None)


@every_provider
def test_a_column_of_the_length_holds_it(provider: Provider) -> None:
    """One character less is refused, with the provider's name and the length."""
    if not provider.length:
        return
    fakes = bound(provider.name, type_name="varchar", max_length=provider.length)(VALUES)
    assert fakes.str.len_chars().max() <= provider.length  # type: ignore[operator]
    with pytest.raises(Unbindable) as caught:
        bound(provider.name, type_name="varchar", max_length=provider.length - 1)
    assert caught.value.reason == (
        f"a fake of the provider {provider.name} has {provider.length} characters,"
        f" the column holds {provider.length - 1}"
    )


@every_provider
def test_a_unique_column_is_held_or_refused(provider: Provider) -> None:
    """Where its fakes do not stay unique, the entry says what to use instead."""
    if provider.instead is None:
        assert bound(provider.name, unique=True)(VALUES).n_unique() == len(VALUES)
        return
    with pytest.raises(Unbindable) as caught:
        bound(provider.name, unique=True)
    assert caught.value.reason == f"fakes of the provider {provider.name} do not stay unique"
    assert caught.value.remedy == provider.instead


@every_provider
@pytest.mark.parametrize("type_name", SPECIAL_TYPES)
def test_types_that_are_not_text(provider: Provider, type_name: str) -> None:
    """A type takes the one provider that names it, and a refusal of another names that one."""
    if type_name in provider.types:
        assert bound(provider.name, type_name=type_name)
        return
    with pytest.raises(Unbindable, match=f"a {type_name} cannot hold a fake") as caught:
        bound(provider.name, type_name=type_name)
    (fitting,) = (entry.name for entry in REGISTRY if type_name in entry.types)
    assert caught.value.remedy == f"Use the provider {fitting}."


@every_provider
def test_numbers_are_as_large_as_the_entry_says(provider: Provider) -> None:
    """A column of as many digits holds every fake, one of fewer digits is refused."""
    numbers = pl.Series([str(number) for number in range(1, 50)])
    if provider.largest is None:
        with pytest.raises(Unbindable, match="a number cannot be a fake"):
            bound(provider.name, type_name="int8")
        return
    fakes = bound(provider.name, type_name="int8")(numbers).cast(pl.Int64)
    assert fakes.max() <= provider.largest  # type: ignore[operator]
    digits = len(str(provider.largest))
    assert bound(provider.name, type_name="numeric", precision=digits, scale=0)
    assert bound(provider.name, type_name="numeric", precision=digits + 2, scale=2)
    assert bound(provider.name, type_name="numeric")
    with pytest.raises(Unbindable, match="too large for the column"):
        bound(provider.name, type_name="numeric", precision=digits - 1, scale=0)


def test_every_detected_kind_has_a_fake() -> None:
    """Names of columns, contents and parts of texts lead to a provider or to another mask."""
    kinds = {
        *(kind.name for kind in column_names.KINDS),
        *recognise.KINDS,
        *(kind for kind, _, _ in patterns.PATTERNS),
        *free_text.PROVIDERS,
    }
    assert kinds - WITHOUT_FAKE <= set(PROVIDERS)


@every_provider
def test_the_reference_has_every_provider(provider: Provider) -> None:
    """In the table of what providers make, and in the policy's own page."""
    assert f"`{provider.name}`" in (DOCS / "masks.md").read_text(encoding="utf-8")
    row = f"| `{provider.name}` | {provider.makes} |"
    assert row in (DOCS / "policy.md").read_text(encoding="utf-8")
