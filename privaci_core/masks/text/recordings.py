"""Keeps what a language model said, so that tests and later runs hear the same without asking it again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks.text.looks_real import unreserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from privaci_core.policy import AiRefine

CASSETTE_VARIABLE, RECORD_VARIABLE = "PRIVACI_CASSETTE", "PRIVACI_CASSETTE_RECORD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """A file of answers, by a digest of what was asked; each text in it is made of fakes alone."""

    path: Path
    # What else than the text decides about the answer.
    about: str
    records: bool
    answers: dict[str, str] = field(default_factory=dict, repr=False)

    def instead_of(
        self, ask: Callable[[list[str]], Sequence[str]]
    ) -> Callable[[list[str]], Sequence[str]]:
        """The answers of the file; where it records, what it does not have is asked and kept."""

        def answered(texts: list[str]) -> Sequence[str]:
            open_ones = list(
                dict.fromkeys(text for text in texts if self._key(text) not in self.answers)
            )
            if open_ones and not self.records:
                raise CopyError(
                    f"Replaying {self.path}",
                    f"it has no answer to {len(open_ones)} of {len(texts)} texts",
                    f"Record them: set {RECORD_VARIABLE}=1.",
                )
            if open_ones:
                self._keep(open_ones, ask(open_ones))
            return [self.answers[self._key(text)] for text in texts]

        return answered

    def _keep(self, texts: list[str], said: Sequence[str]) -> None:
        """Write answers down, unless one of them could be about somebody real."""
        for text, answer in zip(texts, said, strict=True):
            kinds = sorted({*unreserved(text), *unreserved(answer)})
            if kinds:
                raise CopyError(
                    f"Recording into {self.path}",
                    f"a text holds {kinds[0]}; nothing of it was written",
                    "What is recorded must be made of fakes alone: look for what ner_mask does not find.",
                )
        with self.path.open("a", encoding="utf-8") as file:
            for text, answer in zip(texts, said, strict=True):
                self.answers[self._key(text)] = answer
                file.write(
                    json.dumps({"asked": self._key(text), "said": answer}, ensure_ascii=False)
                    + "\n"
                )

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.about}\x1f{text}".encode()).hexdigest()


def cassette_of(action: AiRefine) -> Cassette | None:
    """The cassette that the environment names; none where it names none."""
    name = os.environ.get(CASSETTE_VARIABLE)
    if not name:
        return None
    path, about = (
        Path(name),
        json.dumps([action.provider, action.model, action.params], sort_keys=True),
    )
    answers = dict(_lines(path)) if path.exists() else {}
    return Cassette(
        path=path, about=about, records=os.environ.get(RECORD_VARIABLE) == "1", answers=answers
    )


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The answers of a file, each looked at before it is taken."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            content = json.loads(line)
            asked, said = str(content["asked"]), str(content["said"])
        except (ValueError, KeyError, TypeError):
            raise _refused(path, number, "it is no answer of a recording") from None
        kind = next(unreserved(said), None)
        if kind is not None:
            raise _refused(path, number, f"it holds {kind}")
        yield asked, said


def _refused(path: Path, number: int, why: str) -> PreflightError:
    return PreflightError(
        f"Reading {path}, line {number}", why, "Remove the line, or record it anew."
    )
