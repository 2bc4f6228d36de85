"""Has a language model rewrite texts that `ner_mask` has masked; the model sees no original."""

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
from privaci_core.policy.plugin_kinds import plugin_of, plugins_named
from privaci_core.policy.plugins import REFINER_PLUGINS, installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask, Shape
    from privaci_core.masks.text.free_text import BindOne
    from privaci_core.policy import AiRefine
    from privaci_core.policy.plugin_kinds import LlmConnector

# Texts that a plugin gets at a time: enough for one request, few enough to fail small.
BATCH = 16


class Refiner(Protocol):
    """A plugin of `ai_refine`: answers with as many texts as it is given, in their order."""

    def __call__(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """Rewrite texts, in which every name is a fake."""
        ...


Ask = Callable[[list[str]], Sequence[str]]


def refined(action: AiRefine, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of `ai_refine`: asks a plugin, or replays its recorded answers."""
    masked = free_text(NerMask(action="ner_mask"), shape, keys, bind_one)
    refiner = _refiner(action.provider)

    def ask(texts: list[str]) -> Sequence[str]:
        return refiner(texts, model=action.model, params=action.params)

    cassette = cassette_of(action)
    answers_to = ask if cassette is None else cassette.instead_of(ask)

    def rewritten(values: pl.Series) -> pl.Series:
        texts = [
            answer
            for batch in _batches(masked(values).to_list())
            for answer in _as_many(action, batch, answers_to(batch))
        ]
        result = pl.Series(texts, dtype=pl.String)
        return result if shape.room is None else result.str.head(shape.room)

    return rewritten


def _refiner(name: str) -> Refiner:
    """The plugin of a name: a refiner's function, or a connector's method."""
    if name not in installed(REFINER_PLUGINS) and name in plugins_named("llm_connector"):
        connector: LlmConnector = plugin_of("llm_connector", name)
        return connector.refine
    refiner: Refiner = loaded(REFINER_PLUGINS, name)
    return refiner


def _batches(texts: list[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _as_many(action: AiRefine, texts: Sequence[str], answers: Sequence[str]) -> Sequence[str]:
    """The answers; refuses fewer than texts, which would put one row's text into another."""
    if len(answers) == len(texts) and all(isinstance(answer, str) for answer in answers):
        return answers
    raise CopyError(
        f"Refining texts with the plugin {action.provider}",
        f"it got {len(texts)} texts and gave back {len(answers)}, or an answer that is not text",
        "Fix the plugin: it must answer with as many texts, in their order.",
    )
