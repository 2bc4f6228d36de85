"""Binds `fake` and `pseudonym`: finds the provider, refuses columns that cannot hold its fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.distinct import never_itself
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.base.pools import LOCALES
from privaci_core.masks.base.shape import INTEGERS, Shape, Unbindable
from privaci_core.masks.fakes.labels import other_label
from privaci_core.masks.fakes.request import Make, Request, in_case
from privaci_core.masks.keyed.digest import digest
from privaci_core.masks.keyed.numbers import WRITTEN, key_numbers
from privaci_core.policy.plugins import PROVIDER_PLUGINS
from privaci_core.policy.providers import PROVIDERS, REGISTRY, Provider

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask

Maker = Callable[[Request], Make]
# A plugin's function: distinct values, none NULL or empty, and 64 hexadecimal digits each -> fakes.
PluginFunction = Callable[[pl.Series, pl.Series], pl.Series]
MAKERS = "privaci_core.masks.fakes"


def fake(name: str, request: Request) -> Mask:
    """The mask of a provider for a column; a fake that equals its value is drawn again."""
    if request.locale not in LOCALES:
        raise Unbindable(
            f"there are no words of the locale {request.locale}",
            f"Use one of: {', '.join(LOCALES)}.",
        )
    shape = request.shape
    if shape.labels:
        return other_label(shape, request.key(name))
    provider = PROVIDERS.get(name)
    if provider is None or shape.type_name not in provider.fractions:
        if shape.type_name in INTEGERS or shape.type_name == "numeric":
            return _digits(name, request)
        _refuse_type(name, shape)
    if provider is None:
        return _of_plugin(name, request)
    _refuse_size(provider, request)
    make = _in_case(request, maker_of(provider)(request))
    # Every password becomes the same one, also one that is that password already.
    return (lambda values: make(values, 0)) if provider.constant else never_itself(make)


def _in_case(request: Request, make: Make) -> Make:
    return lambda values, attempt: in_case(request, values, make(values, attempt))


def maker_of(provider: Provider) -> Maker:
    """The function that a provider's entry names; its module is imported by the first who asks."""
    module, _, function = provider.maker.partition(".")
    maker: Maker = getattr(import_module(f"{MAKERS}.{module}"), function)
    return maker


def _refuse_type(name: str, shape: Shape) -> None:
    if shape.is_text:
        return
    fitting = next((p.name for p in REGISTRY if shape.type_name in p.types), None)
    if fitting != name:
        raise Unbindable(
            f"a {shape.type_name} cannot hold a fake of the provider {name}",
            f"Use the provider {fitting}." if fitting else "Use static, null or passthrough.",
        )


def _refuse_size(provider: Provider, request: Request) -> None:
    if not request.shape.unique:
        request.need(provider.name, provider.length)
    elif provider.instead is not None and request.shape.type_name not in provider.unique_types:
        raise Unbindable(
            f"fakes of the provider {provider.name} do not stay unique", provider.instead
        )


def _digits(name: str, request: Request) -> Mask:
    """The digits of a fake as a number, for columns that hold telephone numbers as such."""
    provider, shape = PROVIDERS.get(name), request.shape
    if provider is None or provider.largest is None:
        raise Unbindable(
            f"a number cannot be a fake of the provider {name}",
            "Use hash, which keeps keys unique.",
        )
    if shape.unique:
        return key_numbers(shape, request.key(name), WRITTEN)
    highest = _highest(shape)
    if highest is not None and provider.largest > highest:
        raise Unbindable(
            f"a fake of the provider {name} is too large for the column", "Widen it, or use hash."
        )
    make = maker_of(provider)(replace(request, shape=Shape()))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        return make(values, attempt).str.replace_all(r"\D", "").cast(pl.Int64).cast(pl.String)

    return never_itself(made)


def _highest(shape: Shape) -> int | None:
    """The greatest whole number that a column of numbers holds; None where there is no limit."""
    if shape.type_name in INTEGERS:
        return INTEGERS[shape.type_name]
    if shape.precision is None:
        return None
    return int("9" * (shape.precision - (shape.scale or 0)) or "0")


def _of_plugin(name: str, request: Request) -> Mask:
    """A provider of an installed plugin: a function of values and their digests."""
    if request.shape.unique:
        raise Unbindable(
            f"the provider {name} does not promise to stay unique", "Use hash, uuid or fpe."
        )
    make_fakes: PluginFunction = loaded(PROVIDER_PLUGINS, name)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        key = derive(request.root, name, request.alias, attempt)
        fakes = make_fakes(values, digest(values, key))
        return fakes if request.shape.room is None else fakes.str.head(request.shape.room)

    return never_itself(made)
