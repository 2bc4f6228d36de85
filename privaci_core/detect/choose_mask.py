"""Says what masks a column that surely holds something about people and that nobody has listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.redact import redaction
from privaci_core.masks import Keys, Unbindable, bind
from privaci_core.policy import Fake, Fpe, Hash, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Shape
    from privaci_core.policy import Action

PROBE = Keys.of(b"")
# Numbers that somebody was given have no provider: they keep their form, digit for digit, and stay unique.
NUMBERED = frozenset({"record_number", "npi"})


def masking(suspicion: Suspicion, shape: Shape, *, is_key: bool) -> Action | None:
    """The first that the column can hold: a fake of its kind, a digest, nothing at all; None where nothing can."""
    return next(
        (action for action in _ways(suspicion, shape, is_key=is_key) if _fits(action, shape)), None
    )


def _ways(suspicion: Suspicion, shape: Shape, *, is_key: bool) -> Iterator[Action]:
    if suspicion.paths:
        yield Json(action="json", paths={path: _of_kind(kind) for path, kind in suspicion.paths})
        return
    yield _of_kind(suspicion.kind)
    yield Hash(action="hash")
    last = redaction(shape, is_key=is_key)
    if last is not None:
        yield last


def _of_kind(kind: str) -> Fake | Fpe:
    return Fpe(action="fpe") if kind in NUMBERED else Fake(action="fake", provider=kind)


def _fits(action: Action, shape: Shape) -> bool:
    try:
        bind(action, shape, PROBE)
    except Unbindable:
        return False
    return True
