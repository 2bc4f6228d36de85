"""Has a language model write texts anew, from what `ner_mask` leaves of them: it is shown no original."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import polars as pl

from privaci_core.errors import CopyError
from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.text.free_text import free_text
from privaci_core.masks.text.recordings import cassette_of
from privaci_core.policy import NerMask
from privaci_core.policy.providers import REFINERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask, Shape
    from privaci_core.masks.text.free_text import BindOne
    from privaci_core.policy import AiRefine

# What a plugin is given at a time: enough for one request, few enough to fail small.
BATCH = 16


class Refiner(Protocol):
    """What a plugin of `ai_refine` is: as many texts as it was given, in their order."""

    def __call__(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """Write texts anew; all of them hold fakes alone."""
        ...


Ask = Callable[[list[str]], Sequence[str]]


def refined(action: AiRefine, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of `ai_refine`: a plugin, or what it once said where a cassette is in."""
    masked = free_text(NerMask(action="ner_mask"), shape, keys, bind_one)
    refiner: Refiner = loaded(REFINERS, action.provider)

    def ask(texts: list[str]) -> Sequence[str]:
        return refiner(texts, model=action.model, params=action.params)

    cassette = cassette_of(action)
    asked = ask if cassette is None else cassette.instead_of(ask)

    def rewritten(values: pl.Series) -> pl.Series:
        texts = [
            said
            for batch in _batches(masked(values).to_list())
            for said in _as_many(action, batch, asked(batch))
        ]
        result = pl.Series(texts, dtype=pl.String)
        return result if shape.room is None else result.str.head(shape.room)

    return rewritten


def _batches(texts: list[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _as_many(action: AiRefine, asked: Sequence[str], said: Sequence[str]) -> Sequence[str]:
    if len(said) == len(asked) and all(isinstance(text, str) for text in said):
        return said
    raise CopyError(
        f"Refining texts with the plugin {action.provider}",
        f"it was given {len(asked)} texts and gave back {len(said)}, or what is no text",
        "Mend the plugin: it must answer with as many texts, in their order.",
    )
