"""How like a recorded answer the answer of today is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIMILARITY_VARIABLE, SIMILARITY = "PRIVACI_LIVE_SIMILARITY", 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text in which everything is made up, and how like its answers must be."""

    text: str
    similarity: float | None = None

    @property
    def least(self) -> float:
        """Its own similarity, else that of all."""
        if self.similarity is not None:
            return self.similarity
        return float(os.environ.get(SIMILARITY_VARIABLE, str(SIMILARITY)))


def similarity(one: str, other: str) -> float:
    """From 0 to 1: how much of two texts is alike, whatever their blanks and capitals."""
    folded = [" ".join(text.casefold().split()) for text in (one, other)]
    return SequenceMatcher(None, *folded, autojunk=False).ratio()


def changed(
    questions: Sequence[Question], recorded: Sequence[str], today: Sequence[str]
) -> Iterator[str]:
    """The answers that are too unlike those that were recorded, by number and figures."""
    answers = zip(questions, recorded, today, strict=True)
    for number, (question, before, now) in enumerate(answers, 1):
        found = similarity(before, now)
        if found < question.least:
            yield f"answer {number}: {found:.2f} alike, of {question.least:.2f}"
