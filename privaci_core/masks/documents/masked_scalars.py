"""Lists the texts and whole numbers inside JSON documents that a rule masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.masks.documents.scalars import Reached, is_document, scalars, text_of, tree_of
from privaci_core.policy import Json, Remove

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.policy import Action

# Every scalar of a document that is replaced as a whole.
WHOLE = Json(action="json", default="redact")


def masked_scalars(action: Json, documents: Iterable[str]) -> Iterator[tuple[Action | None, str]]:
    """Each with the action of its path; None where it is emptied or removed."""
    steps = action.steps
    paths = [(path, number) for number, (path, _) in enumerate(steps)]
    rules: list[Action | None] = [None if isinstance(rule, Remove) else rule for _, rule in steps]
    if action.default == "redact":
        paths.insert(0, ((), len(rules)))
        rules.append(None)
    root = Reached((tree_of(paths),))
    for document in documents:
        if is_document(document):
            for place in scalars(document, root):
                yield rules[place.path], _text(document[place.start : place.end])


def _text(token: str) -> str:
    """What a scalar says: a text or a number; nothing where it is true, false or null."""
    if token.startswith('"'):
        return text_of(token)
    return token if token.lstrip("-").isdigit() else ""
