"""Chooses what masks a column that surely holds personal data and has no rule."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from privaci_core.detect.redact import REDACTED, redact
from privaci_core.masks import Keys, Shape, Unbindable, bind
from privaci_core.masks.base.shape import DATE_RANGES
from privaci_core.masks.documents.documents import DOCUMENTS
from privaci_core.policy import DateShift, Fake, Fpe, Hash, Json, NerMask, Null, Static

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.detect.suspect import Suspicion
    from privaci_core.policy import Action, JsonAction
    from privaci_core.policy.kinds import KindRule

# Whether a mask fits a column does not depend on the key.
ANY_KEYS = Keys.of(b"", b"")
NO_RULES: Mapping[str, KindRule] = MappingProxyType({})
# A range moves as far as a date of birth.
YEARS_OF_BIRTH = 5 * 365
# Letters of a document's number are often a name's: they are encrypted with its digits.
CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A picture of one grey pixel, which programs can show, takes the place of a person's photo.
PIXEL = (
    r"\x89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6368000000820081da45083b0000000049454e44ae426082"
)
# Kinds without a provider of their name, or with a setting of it. Numbers keep their form and stay
# unique; what opens a session or tells a device must not work, or be found, elsewhere; passwords
# are kept as hashes.
WITHOUT_PROVIDER: dict[str, Fake | Fpe | Hash | Static] = {
    **dict.fromkeys(("record_number", "npi", "tax_id", "cvv", "pin"), Fpe(action="fpe")),
    **dict.fromkeys(("id_document", "driver_licence"), Fpe(action="fpe", alphabet=CAPITALS)),
    **dict.fromkeys(("device", "digest"), Hash(action="hash")),
    "ssn": Fake(action="fake", provider="ssn", params={"form": "issued"}),
    "photo_url": Fake(action="fake", provider="url"),
    "photo": Static(action="static", value=PIXEL),
    "secret": Fake(action="fake", provider="token"),
    "password": Fake(action="fake", provider="password_hash"),
}


def choose_mask(
    suspicion: Suspicion,
    shape: Shape,
    kinds: Mapping[str, KindRule] = NO_RULES,
    *,
    is_key: bool,
    keeps_rest: bool = True,
) -> Action | None:
    """The first action that fits the column: its kind's rule, a fake, a hash, a redaction.

    Where nothing unlisted may stay, the scalars of a document that no path names are redacted.
    """
    candidates = _candidates(suspicion, shape, kinds, is_key=is_key, keeps_rest=keeps_rest)
    return next((action for action in candidates if fits(action, shape)), None)


def _candidates(
    suspicion: Suspicion,
    shape: Shape,
    kinds: Mapping[str, KindRule],
    *,
    is_key: bool,
    keeps_rest: bool,
) -> Iterator[Action]:
    if suspicion.kind in kinds:
        yield kinds[suspicion.kind]
    if suspicion.paths:
        paths = dict(_of_paths(suspicion, shape, kinds))
        yield Json(action="json", paths=paths, default="keep" if keeps_rest else "redact")
        if shape.type_name in DOCUMENTS:
            return
    elif shape.type_name in DATE_RANGES:
        yield DateShift(action="date_shift", days=YEARS_OF_BIRTH)
    else:
        yield mask_of_kind(suspicion.kind)
        yield Hash(action="hash")
    redacted = redact(shape, is_key=is_key)
    if redacted is not None:
        yield redacted


def _of_paths(
    suspicion: Suspicion, shape: Shape, kinds: Mapping[str, KindRule]
) -> Iterator[tuple[str, JsonAction]]:
    """The mask at each path; a member whose type holds no fake of its kind becomes NULL."""
    for path, kind in suspicion.paths:
        usual = mask_of_texts(Shape()) if kind == "free_text" else mask_of_kind(kind)
        mask = kinds.get(kind, usual)
        if not shape.members or fits(Json(action="json", paths={path: mask}), shape):
            yield path, mask
        else:
            # No element of an array holds the fake: the array is the member.
            yield path.partition("[*]")[0], Null(action="null")


def mask_of_texts(shape: Shape) -> NerMask | Static:
    """Mask what is found in texts where a model is installed, else replace them all."""
    read = NerMask(action="ner_mask")
    return read if fits(read, shape) else Static(action="static", value=REDACTED)


def mask_of_kind(kind: str) -> Fake | Fpe | Hash | Static:
    """What masks values of a kind, whatever column holds them."""
    return WITHOUT_PROVIDER.get(kind) or Fake(action="fake", provider=kind)


def fits(action: Action, shape: Shape) -> bool:
    """Whether a column can be masked so."""
    try:
        bind(action, shape, ANY_KEYS)
    except Unbindable:
        return False
    return True
