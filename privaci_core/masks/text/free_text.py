"""Masks people in free text: patterns first, then names by a model, each as the same mask makes it in a column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.text.named_entities import entities_in, is_given_name, model_name
from privaci_core.masks.text.patterns import Span, overlaps, patterns_in
from privaci_core.masks.text.row_values import unmarked
from privaci_core.policy import Fake, Fpe, Static

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.policy import Action, NerMask

BindOne = Callable[["Action", Shape, "Keys"], "Mask"]
PROVIDERS = (
    *("email", "iban", "credit_card", "ssn", "mac_address", "ip_address", "dob", "phone"),
    *("full_name", "first_name", "last_name", "company", "city"),
)
REMOVED = "[removed]"
# Initials and the like are no names by themselves.
SHORTEST_PART = 2
INITIALLED = re.compile(r"(?P<initial>[^\W\d_])\.(?: ?[^\W\d_]\.)* ?(?P<last>[^\W\d_].+)")


def free_text(action: NerMask, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of texts: the model is loaded with the first row, but whether there is one is known before."""
    if not shape.is_text:
        raise Unbindable(f"a {shape.type_name} holds no text", "Use ner_mask on text columns.")
    if shape.unique:
        raise Unbindable("masks inside a text do not promise that it stays unique", "Use hash.")
    model, labels = model_name(), frozenset(action.entities)
    actions: dict[str, Action] = {kind: Fake(action="fake", provider=kind) for kind in PROVIDERS}
    actions["record_number"] = Fpe(action="fpe")
    actions["other"] = Static(action="static", value=REMOVED)
    masks = {kind: bind_one(rule, Shape(), keys) for kind, rule in actions.items()}

    def masked(values: pl.Series) -> pl.Series:
        texts = values.to_list()
        named = zip(texts, entities_in(texts, labels, model), strict=True)
        found = [
            _settled(text, [part for span in spans for part in unmarked(text, span)])
            for text, spans in named
        ]
        waiting: dict[str, list[str]] = defaultdict(list)
        for text, spans in zip(texts, found, strict=True):
            names = [text[span.start : span.end] for span in spans if span.kind == "full_name"]
            for span in spans:
                waiting[span.kind].append(_whole(text[span.start : span.end], names))
        fakes = {
            kind: iter(masks[kind](pl.Series(parts, dtype=pl.String)).to_list())
            for kind, parts in waiting.items()
        }
        made = [
            _replaced(
                text, [(span, _as_short(text, span, next(fakes[span.kind]))) for span in spans]
            )
            for text, spans in zip(texts, found, strict=True)
        ]
        result = pl.Series(made, dtype=pl.String)
        return result if shape.room is None else result.str.head(shape.room)

    return masked


def _settled(text: str, names: list[Span]) -> list[Span]:
    """Patterns first, then the longest names, then parts of these that stand alone; in the order of the text."""
    taken = list(patterns_in(text))
    # Models take names that are rare where they learnt for organizations: what has a person's form is one.
    for span in sorted(names, key=lambda span: (span.start - span.end, span.kind != "full_name")):
        if span.start < span.end and not overlaps(taken, span.start, span.end):
            taken.append(span)
    parts = _parts(text, taken)
    taken = [_alone(text, span, parts) for span in taken]
    for word, kind in parts.items():
        for match in re.finditer(rf"\b{re.escape(word)}\b", text):
            if not overlaps(taken, *match.span()):
                taken.append(Span(*match.span(), kind))
    return sorted(taken, key=lambda span: span.start)


def _parts(text: str, spans: list[Span]) -> dict[str, str]:
    """The first and last words of full names, by which the same people are called elsewhere in the text."""
    found: dict[str, str] = {}
    for span in spans:
        words = text[span.start : span.end].split()
        if span.kind == "full_name" and len(words) > 1:
            found.setdefault(words[0], "first_name")
            found.setdefault(words[-1], "last_name")
    return {word: kind for word, kind in found.items() if len(word) > SHORTEST_PART}


def _alone(text: str, span: Span, parts: Mapping[str, str]) -> Span:
    """A name of one part is what it is in a full name of the text, or a given name where it is known as one."""
    name = text[span.start : span.end]
    if span.kind != "full_name" or " " in name:
        return span
    kind = parts.get(name) or ("first_name" if is_given_name(name) else "full_name")
    return Span(span.start, span.end, kind)


def _whole(name: str, names: list[str]) -> str:
    """Who is meant by initials and a family name: somebody whom the text calls in full, else whoever it is."""
    short = INITIALLED.fullmatch(name)
    if short is None:
        return name
    ends, begins = f" {short['last']}", short["initial"]
    return next(
        (
            n
            for n in names
            if n.endswith(ends) and n.startswith(begins) and not INITIALLED.fullmatch(n)
        ),
        name,
    )


def _as_short(text: str, span: Span, fake: str) -> str:
    """A fake as short as the name that it stands for."""
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
