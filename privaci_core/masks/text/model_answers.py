"""Writes the question to a language model, and reads as many texts out of its answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from privaci_core.masks.text.model_requests import failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STYLE = "Make each text read naturally and keep its meaning, its language and its length."
TASK = (
    "You get a JSON object with a list of texts. {style}"
    " Every name, number and address in them is made up: keep each exactly as it is, and add none."
    ' Answer with a JSON object {{"texts": [...]}} and nothing else:'
    " as many texts, in the same order."
)
FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


def task_of(params: Mapping[str, str]) -> str:
    """What the model is to do; a policy may have another style."""
    return TASK.format(style=params.get("instructions", STYLE))


def question_of(texts: Sequence[str]) -> str:
    """The texts, so that none of them can end the list."""
    return json.dumps({"texts": list(texts)}, ensure_ascii=False)


def texts_in(answer: object) -> list[str]:
    """The texts of an answer; `ai_refine` counts them."""
    found = FENCED.match(answer) if isinstance(answer, str) else None
    try:
        content = json.loads(found[1] if found else str(answer))
        texts = content["texts"] if isinstance(content, dict) else content
    except (ValueError, KeyError):
        texts = None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise failed(
            "its answer is not the JSON that it was asked for", "Choose a model that follows it."
        )
    return texts


def temperature_of(params: Mapping[str, str]) -> float:
    """How freely the model answers; not at all, if the policy does not say."""
    try:
        return float(params.get("temperature", "0"))
    except ValueError:
        raise failed("temperature is not a number", "Write one from 0 to 2.") from None
