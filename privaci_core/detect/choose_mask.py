"""Chooses what masks a column that surely holds personal data and has no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.redact import redact
from privaci_core.masks import Keys, Unbindable, bind
from privaci_core.policy import Fake, Fpe, Hash, Json, Static

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Shape
    from privaci_core.policy import Action

# Whether a mask fits a column does not depend on the key.
ANY_KEYS = Keys.of(b"")
# Letters of a document's number are often a name's: they are encrypted with its digits.
CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A picture of one grey pixel, which programs can show, takes the place of a person's photo.
PIXEL = (
    r"\x89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6368000000820081da45083b0000000049454e44ae426082"
)
# Kinds without a provider of their name. Numbers keep their form and stay unique; what opens a
# session or tells a device must not work, or be found, elsewhere; passwords are kept as hashes.
WITHOUT_PROVIDER: dict[str, Fake | Fpe | Hash | Static] = {
    **dict.fromkeys(("record_number", "npi", "tax_id", "cvv", "pin"), Fpe(action="fpe")),
    **dict.fromkeys(("id_document", "driver_licence"), Fpe(action="fpe", alphabet=CAPITALS)),
    **dict.fromkeys(("device", "digest"), Hash(action="hash")),
    "photo": Static(action="static", value=PIXEL),
    "secret": Fake(action="fake", provider="token"),
    "password": Fake(action="fake", provider="password_hash"),
}


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
        paths = {path: mask_of_kind(kind) for path, kind in suspicion.paths}
        yield Json(action="json", paths=paths, default="keep" if keeps_rest else "redact")
        return
    # Members of a composite, of hstore and of XML have no mask of their own.
    if suspicion.kind != "document":
        yield mask_of_kind(suspicion.kind)
        yield Hash(action="hash")
    redacted = redact(shape, is_key=is_key)
    if redacted is not None:
        yield redacted


def mask_of_kind(kind: str) -> Fake | Fpe | Hash | Static:
    """What masks values of a kind, whatever column holds them."""
    return WITHOUT_PROVIDER.get(kind) or Fake(action="fake", provider=kind)


def _fits(action: Action, shape: Shape) -> bool:
    try:
        bind(action, shape, ANY_KEYS)
    except Unbindable:
        return False
    return True
