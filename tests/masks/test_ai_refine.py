"""Texts rewritten by a language model: in batches, each answer in its own row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from masks.cases import KEYS

from privaci_core.errors import CopyError
from privaci_core.masks import Shape, bind
from privaci_core.masks.text import ai_refine
from privaci_core.masks.text.ai_refine import BATCH
from privaci_core.masks.text.recordings import CASSETTE_VARIABLE
from privaci_core.policy import AiRefine

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.unit

RULE = AiRefine.model_construct(
    action="ai_refine", provider="plain", model="any", params={"end": "!"}
)


class Plugin:
    """Writes the model's name before a text and a setting behind it."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, texts: Sequence[str], *, model: str, params: dict[str, str]) -> list[Any]:
        """One answer a text."""
        self.batches.append(len(texts))
        return [f"{model} {text}{params['end']}" for text in texts]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The plugin that is installed; free text is masked by a star before it."""
    one = Plugin()
    monkeypatch.delenv(CASSETTE_VARIABLE, raising=False)
    monkeypatch.setattr(ai_refine, "loaded", lambda _group, _name: one)
    monkeypatch.setattr(ai_refine, "free_text", lambda *_: lambda values: "*" + values)
    return one


def refined(texts: list[str | None], shape: Shape | None = None) -> list[str | None]:
    """Texts masked in one vector."""
    return bind(RULE, shape or Shape(), KEYS)(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("count", "batches"), [(1, [1]), (BATCH, [BATCH]), (2 * BATCH + 3, [BATCH, BATCH, 3])]
)
def test_texts_are_sent_in_batches(plugin: Plugin, count: int, batches: list[int]) -> None:
    """Sixteen at a time, masked before; every answer lands in its text's row."""
    texts: list[str | None] = [f"text {number}" for number in range(count)]
    assert refined(texts) == [f"any *text {number}!" for number in range(count)]
    assert plugin.batches == batches
    assert BATCH == 16


@pytest.mark.usefixtures("plugin")
def test_an_answer_is_cut_to_the_column() -> None:
    """Only where the column has a length."""
    assert refined(["a text"], Shape(type_name="varchar", max_length=7)) == ["any *a "]
    assert refined(["a text", None, ""]) == ["any *a text!", None, ""]


@pytest.mark.parametrize("answers", [[], ["one", "two", "three"], ["one", None], ["one", 2]])
def test_any_other_number_of_answers_is_refused(
    answers: list[Any], plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is an answer that is no text; the message counts, and holds none."""
    monkeypatch.setattr(Plugin, "__call__", lambda *_, **__: answers)
    assert plugin
    with pytest.raises(CopyError, match=f"got 2 texts and gave back {len(answers)}") as caught:
        refined(["a text", "another"])
    assert "another" not in str(caught.value)
    assert "the plugin plain" in str(caught.value)
