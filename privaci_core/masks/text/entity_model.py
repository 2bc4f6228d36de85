"""Reads texts by the parts of a spaCy model that find entities, in batches of texts as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENTITIES = "ner"
# Layers by which a part takes what another part computed.
LISTENERS = {"tok2vec-listener": "tok2vec", "transformer-listener": "transformer"}
# A batch's memory grows with its characters, and the processor's caches hold one of so many.
BATCH_CHARACTERS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityModel:
    """A model whose other parts are turned off."""

    language: Any

    def read(self, texts: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """The number of each text, and its document with entities: the shortest text first."""
        for batch in _batches(texts):
            documents = [self.language.make_doc(texts[number]) for number in batch]
            for _, part in self.language.pipeline:
                part.set_annotations(documents, _predicted(part, documents))
            yield from zip(batch, documents, strict=True)


def load(name: str) -> EntityModel:
    """Load a model, and turn off what its entities do not need."""
    import spacy  # noqa: PLC0415 - takes a second, and only free text needs it

    language = spacy.load(name)
    language.select_pipes(enable=_needed(language))
    _multiply_by_numpy(language)
    return EntityModel(language=language)


def _needed(language: Any) -> list[str]:
    """The part that finds entities, and what it listens to: most read the words by themselves."""
    layers = language.get_pipe(ENTITIES).model.walk()
    heard = {LISTENERS[layer.name] for layer in layers if layer.name in LISTENERS}
    return [name for name in language.pipe_names if name in {ENTITIES, *heard}]


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of some texts, the shortest first: all of a batch take as many steps."""
    batch: list[int] = []
    characters = 0
    for number in sorted(range(len(texts)), key=lambda number: len(texts[number])):
        if batch and characters + len(texts[number]) > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(number)
        characters += len(texts[number])
    if batch:
        yield batch


def _predicted(part: Any, documents: Sequence[Any]) -> Any:
    """What a part finds in some documents.

    A greedy parser takes its steps here: its own loop gives the interpreter's lock back, and where
    spaCy was built to be profiled, as it is for Python 3.11, takes it again for each word's flag.
    """
    if getattr(part, "cfg", {}).get("beam_width") != 1:
        return part.predict(documents)
    steps = part.model.predict(documents)
    states = part.moves.init_batch(documents)
    left = [state for state in states if not state.is_final()]
    while left:
        left = part.transition_states(left, steps.predict(left))
    return states


def _multiply_by_numpy(language: Any) -> None:
    """Let numpy's library multiply matrices: it is twice as fast as spaCy's own.

    In one thread: a second one would wait for the first more than it helps, and the workers of a
    refresh use the other cores.
    """
    from thinc.api import NumpyOps  # noqa: PLC0415 - comes with spaCy
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - only free text needs it

    threadpool_limits(limits=1, user_api="blas")
    by_numpy = NumpyOps(use_blis=False)
    layers = [layer for _, part in language.pipeline for layer in part.model.walk()]
    for layer in layers:
        if isinstance(layer.ops, NumpyOps):
            layer.ops = by_numpy
