"""Records a language model's answers in a file, and replays them without asking it again."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks.text.looks_real import unreserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from privaci_core.policy import AiRefine

DIGEST = re.compile(r"[0-9a-f]{64}")
# Keys of OpenAI and of AWS, tokens in three parts, headers, and keys in PEM.
CREDENTIAL = re.compile(
    r"\bsk-[\w-]{20,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?i:\bbearer\s+[\w.~+/-]{16,})|-----BEGIN [A-Z ]*PRIVATE KEY"
)
CASSETTE_VARIABLE, RECORD_VARIABLE = "PRIVACI_CASSETTE", "PRIVACI_CASSETTE_RECORD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file of answers by a digest of what was asked; its texts hold only fakes."""

    path: Path
    # The plugin, the model and its settings, which decide about an answer beside the text.
    about: str
    records: bool
    answers: dict[str, str] = field(default_factory=dict, repr=False)

    def instead_of(
        self, ask: Callable[[list[str]], Sequence[str]]
    ) -> Callable[[list[str]], Sequence[str]]:
        """The answers of the file; where it records, a new text is asked and its answer added."""

        def answered(texts: list[str]) -> Sequence[str]:
            new = list(dict.fromkeys(text for text in texts if self._key(text) not in self.answers))
            if new and not self.records:
                raise CopyError(
                    f"Replaying {self.path}",
                    f"it has no answer to {len(new)} of {len(texts)} texts",
                    f"Record them: set {RECORD_VARIABLE}=1.",
                )
            if new:
                self._add(new, ask(new))
            return [self.answers[self._key(text)] for text in texts]

        return answered

    def _add(self, texts: list[str], answers: Sequence[str]) -> None:
        """Add answers to the file, unless one of them could be about a real person."""
        for text, answer in zip(texts, answers, strict=True):
            self._refuse_real(text, answer)
        with self.path.open("a", encoding="utf-8") as file:
            for text, answer in zip(texts, answers, strict=True):
                self.answers[self._key(text)] = answer
                line = {"asked": self._key(text), "said": answer}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _refuse_real(self, text: str, answer: str) -> None:
        kinds = sorted({*unreserved(text), *unreserved(answer)})
        if kinds:
            raise CopyError(
                f"Recording into {self.path}",
                f"a text holds {kinds[0]}; nothing of it was written",
                "A recording must hold only fakes: find out what ner_mask did not replace.",
            )

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.about}\x1f{text}".encode()).hexdigest()


def cassette_of(action: AiRefine) -> Recording | None:
    """The cassette that the environment names, or None."""
    name = os.environ.get(CASSETTE_VARIABLE)
    if not name:
        return None
    path = Path(name)
    about = json.dumps([action.provider, action.model, action.params], sort_keys=True)
    records = os.environ.get(RECORD_VARIABLE) == "1"
    answers = dict(_lines(path)) if path.exists() else {}
    return Recording(path=path, about=about, records=records, answers=answers)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The answers of a file; refuses a line that `fault_of` finds fault with."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        why = fault_of(line)
        if why:
            raise _refused(path, number, why)
        content = json.loads(line)
        yield content["asked"], content["said"]


def fault_of(line: str) -> str:
    """Why a line may not be in a recording; empty for a digest and a redacted answer alone."""
    try:
        content = json.loads(line)
        asked, answer = str(content["asked"]), content["said"]
    except (ValueError, KeyError, TypeError):
        return "it is not a recorded answer"
    if content.keys() != {"asked", "said"} or not isinstance(answer, str):
        return "it is not a recorded answer"
    kind = next(unreserved(answer), None)
    if kind is None and CREDENTIAL.search(answer):
        kind = "what looks like a key or a token"
    if kind is not None:
        return f"it holds {kind}"
    return "" if DIGEST.fullmatch(asked) else "it has a question in place of its digest"


def _refused(path: Path, number: int, why: str) -> PreflightError:
    return PreflightError(
        f"Reading {path}, line {number}", why, "Remove the line, or record it again."
    )
