"""Masks people in free text: patterns, then names that a model finds, each as in a column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.text.known_names import finder_of
from privaci_core.masks.text.named_entities import entities_in, model_name
from privaci_core.masks.text.names_by_form import is_given_name
from privaci_core.masks.text.patterns import Span, overlaps, patterns_in
from privaci_core.masks.text.row_values import without_placeholders
from privaci_core.policy import Fake, Fpe, Static

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.policy import Action, NerMask

BindOne = Callable[["Action", Shape, "Keys"], "Mask"]
PROVIDERS = (
    *("email", "iban", "credit_card", "ssn", "mac_address", "ip_address", "dob", "phone", "street"),
    *("full_name", "first_name", "last_name", "company", "city"),
)
REMOVED = "[removed]"
# Parts of a name with at most so many letters, as initials, are not searched for alone.
SHORTEST_PART = 2
INITIALLED = re.compile(r"(?P<initial>[^\W\d_])\.(?: ?[^\W\d_]\.)* ?(?P<last>[^\W\d_].+)")


def free_text(action: NerMask, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of texts; refuses where no model is installed, and loads it with the first text."""
    if not shape.is_text:
        raise Unbindable(f"a {shape.type_name} holds no text", "Use ner_mask on text columns.")
    if shape.unique:
        raise Unbindable("masks inside a text do not promise that it stays unique", "Use hash.")
    model, labels = model_name(), frozenset(action.entities)
    masks, known = _masks_by_kind(keys, bind_one), finder_of(shape.names)

    def masked(values: pl.Series) -> pl.Series:
        texts = values.to_list()
        names = zip(texts, entities_in(texts, labels, model, known), strict=True)
        found = [_settled(text, _without_placeholders(text, spans)) for text, spans in names]
        fakes = _fakes(texts, found, masks)
        made = [
            _replaced(text, [(span, _like(text, span, next(fakes[span.kind]))) for span in spans])
            for text, spans in zip(texts, found, strict=True)
        ]
        result = pl.Series(made, dtype=pl.String)
        return result if shape.room is None else result.str.head(shape.room)

    return masked


def _masks_by_kind(keys: Keys, bind_one: BindOne) -> dict[str, Mask]:
    actions: dict[str, Action] = {kind: Fake(action="fake", provider=kind) for kind in PROVIDERS}
    actions["record_number"] = Fpe(action="fpe")
    actions["other"] = Static(action="static", value=REMOVED)
    return {kind: bind_one(rule, Shape(), keys) for kind, rule in actions.items()}


def _without_placeholders(text: str, spans: list[Span]) -> list[Span]:
    return [part for span in spans for part in without_placeholders(text, span)]


def _fakes(
    texts: list[str], found: list[list[Span]], masks: Mapping[str, Mask]
) -> dict[str, Iterator[str]]:
    """The fakes of each kind, in the order of the texts and their spans."""
    originals: dict[str, list[str]] = defaultdict(list)
    for text, spans in zip(texts, found, strict=True):
        names = [text[span.start : span.end] for span in spans if span.kind == "full_name"]
        for span in spans:
            originals[span.kind].append(_full_name(text[span.start : span.end], names))
    return {
        kind: iter(masks[kind](pl.Series(parts, dtype=pl.String)).to_list())
        for kind, parts in originals.items()
    }


def _settled(text: str, names: list[Span]) -> list[Span]:
    """Patterns, then names, the longest first, then parts of names; in the text's order."""
    settled = list(patterns_in(text))
    # A model may take a name that it has rarely seen for a company; a span of a person wins.
    for span in sorted(names, key=lambda span: (span.start - span.end, span.kind != "full_name")):
        if span.start < span.end and not overlaps(settled, span.start, span.end):
            settled.append(span)
    parts = _parts(text, settled)
    settled = [_one_part(text, span, parts) for span in settled]
    for word, kind in parts.items():
        for match in re.finditer(rf"\b{re.escape(word)}\b", text):
            if not overlaps(settled, *match.span()):
                settled.append(Span(*match.span(), kind))
    return sorted(settled, key=lambda span: span.start)


def _parts(text: str, spans: list[Span]) -> dict[str, str]:
    """The first and last words of full names, which may call the same people elsewhere."""
    found: dict[str, str] = {}
    for span in spans:
        words = text[span.start : span.end].split()
        if span.kind == "full_name" and len(words) > 1:
            found.setdefault(words[0], "first_name")
            found.setdefault(words[-1], "last_name")
    return {word: kind for word, kind in found.items() if len(word) > SHORTEST_PART}


def _one_part(text: str, span: Span, parts: Mapping[str, str]) -> Span:
    """A name of one part as the part of a full name in the text, else as a known given name."""
    name = text[span.start : span.end]
    if span.kind != "full_name" or " " in name:
        return span
    kind = parts.get(name) or ("first_name" if is_given_name(name) else "full_name")
    return Span(span.start, span.end, kind)


def _full_name(name: str, names: list[str]) -> str:
    """The full name in the text that initials and a family name are short for, else the name."""
    short = INITIALLED.fullmatch(name)
    if short is None:
        return name
    initial, last = short["initial"], f" {short['last']}"
    full = [n for n in names if n.startswith(initial) and n.endswith(last)]
    return next((n for n in full if not INITIALLED.fullmatch(n)), name)


def _like(text: str, span: Span, fake: str) -> str:
    """A fake with an initial where the original name has one."""
    if span.kind != "full_name" or not INITIALLED.fullmatch(text[span.start : span.end]):
        return fake
    first, _, last = fake.partition(" ")
    return f"{first[0]}. {last}"


def _replaced(text: str, fakes: list[tuple[Span, str]]) -> str:
    parts, end = [], 0
    for span, fake in fakes:
        parts += [text[end : span.start], fake]
        end = span.end
    return "".join([*parts, text[end:]])
