"""Chooses what masks a column that surely holds personal data and has no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.redact import redact
from privaci_core.masks import Keys, Unbindable, bind
from privaci_core.policy import Fake, Fpe, Hash, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Shape
    from privaci_core.policy import Action

# Whether a mask fits a column does not depend on the key.
ANY_KEYS = Keys.of(b"")
# Kinds without a provider of fakes: their numbers keep their form and stay unique.
NUMBERED = frozenset({"record_number", "npi"})


def choose_mask(
    suspicion: Suspicion, shape: Shape, *, is_key: bool, keeps_rest: bool = True
) -> Action | None:
    """The first action that fits the column: a fake of its kind, a hash, a redaction.

    Where nothing unlisted may stay, the scalars of a document that no path names are redacted.
    """
    candidates = _candidates(suspicion, shape, is_key=is_key, keeps_rest=keeps_rest)
    return next((action for action in candidates if _fits(action, shape)), None)


def _candidates(
    suspicion: Suspicion, shape: Shape, *, is_key: bool, keeps_rest: bool
) -> Iterator[Action]:
    if suspicion.paths:
        paths = {path: _of_kind(kind) for path, kind in suspicion.paths}
        yield Json(action="json", paths=paths, default="keep" if keeps_rest else "redact")
        return
    yield _of_kind(suspicion.kind)
    yield Hash(action="hash")
    redacted = redact(shape, is_key=is_key)
    if redacted is not None:
        yield redacted


def _of_kind(kind: str) -> Fake | Fpe:
    return Fpe(action="fpe") if kind in NUMBERED else Fake(action="fake", provider=kind)


def _fits(action: Action, shape: Shape) -> bool:
    try:
        bind(action, shape, ANY_KEYS)
    except Unbindable:
        return False
    return True
