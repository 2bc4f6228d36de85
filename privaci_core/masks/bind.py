"""Binds an action to a column: looks at both and at the key once, and returns a callable."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from privaci_core.masks.base.compared import as_compared
from privaci_core.masks.base.distinct import over_distinct
from privaci_core.masks.base.keys import derive, pseudonym_root
from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.base.shape import Mask, Shape, Unbindable
from privaci_core.masks.documents.documents import documents
from privaci_core.masks.fakes.fake import fake
from privaci_core.masks.fakes.request import Request
from privaci_core.masks.hashes import hashed
from privaci_core.masks.keyed.format_preserving import fpe
from privaci_core.masks.text.ai_refine import refined
from privaci_core.masks.text.around import keeps_around, masked_inside
from privaci_core.masks.text.free_text import free_text
from privaci_core.masks.values.coarse import bucket, generalize
from privaci_core.masks.values.constants import null, static
from privaci_core.masks.values.date_ranges import shift_each
from privaci_core.masks.values.noise import Bounds, noise
from privaci_core.masks.values.rewrite import partial_mask, regex_mask
from privaci_core.masks.values.shuffle import shuffle
from privaci_core.policy import (
    AiRefine,
    Bucket,
    DateShift,
    Fake,
    Fpe,
    Generalize,
    Hash,
    HmacHash,
    Json,
    NerMask,
    Noise,
    Null,
    Partial,
    Passthrough,
    Plugin,
    Pseudonym,
    RegexMask,
    Shuffle,
    Static,
)
from privaci_core.policy.plugins import MASK_PLUGINS

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.masks.base.keys import Keys
    from privaci_core.policy import Action

Binder = Callable[[Any, Shape, "Keys"], Mask]


def bind(action: Action, shape: Shape, keys: Keys) -> Mask:
    """The mask of an action for a column; refuses, before any row is read, what cannot be held."""
    binder = WHOLE.get(type(action))
    if binder is not None:
        return binder(action, shape, keys)
    binder = BY_VALUE.get(type(action))
    if binder is None:
        raise Unbindable(
            f"{action.action} has no mask of its own", "Use fake, hash, static or null."
        )
    return over_distinct(as_compared(shape, binder(action, shape, keys)))


def _fake(action: Fake, shape: Shape, keys: Keys) -> Mask:
    if keeps_around(action):
        return masked_inside(action, shape, keys, bind)
    return _provided(action, shape, keys.salt)


def _pseudonym(action: Pseudonym, shape: Shape, keys: Keys) -> Mask:
    if keeps_around(action):
        return masked_inside(action, shape, keys, bind)
    return _provided(action, shape, pseudonym_root(keys))


def _provided(action: Fake | Pseudonym, shape: Shape, root: bytes) -> Mask:
    if action.persona is not None:
        raise Unbindable(
            "a persona needs the row: the column is an array, or a path of a document",
            "Leave persona out.",
        )
    request = Request(shape=shape, params=action.params, alias=action.seed_alias, root=root)
    return fake(action.provider, request)


def _hash(_action: Hash, shape: Shape, keys: Keys) -> Mask:
    return hashed("hash", shape, keys.salt)


def _hmac_hash(action: HmacHash, shape: Shape, keys: Keys) -> Mask:
    return hashed("hmac_hash", shape, pseudonym_root(keys), action.encoding)


def _regex_mask(action: RegexMask, shape: Shape, _keys: Keys) -> Mask:
    return regex_mask(action.linear_pattern, action.linear_replacement, shape)


def _partial(action: Partial, shape: Shape, _keys: Keys) -> Mask:
    return partial_mask(action.first, action.last, action.fill, shape)


def _generalize(action: Generalize, shape: Shape, _keys: Keys) -> Mask:
    return generalize(
        shape, to=action.to, step=action.step, prefix=action.prefix, network=action.network
    )


def _bucket(action: Bucket, shape: Shape, _keys: Keys) -> Mask:
    return bucket(action.edges, action.labels, shape)


def _noise(action: Noise, shape: Shape, keys: Keys) -> Mask:
    bounds = Bounds(
        key=derive(keys.salt, "noise"),
        ratio=action.ratio or 0.0,
        amount=action.amount or 0.0,
        lowest=-math.inf if action.minimum is None else action.minimum,
        highest=math.inf if action.maximum is None else action.maximum,
        decimals=action.decimals,
    )
    return noise(shape, bounds)


def _fpe(action: Fpe, shape: Shape, keys: Keys) -> Mask:
    return fpe(action.characters, shape, bytes.fromhex(derive(keys.salt, "fpe", action.seed_alias)))


def _plugin(action: Plugin, shape: Shape, keys: Keys) -> Mask:
    """The mask of an installed plugin, which binds itself and may refuse by raising Unbindable."""
    bind_plugin = loaded(MASK_PLUGINS, action.name)
    key = bytes.fromhex(derive(keys.salt, f"plugin {action.name}"))
    bound: Mask = bind_plugin(shape, action.params, key)
    return bound


def _date_shift(action: DateShift, shape: Shape, keys: Keys) -> Mask:
    if action.subject is not None:
        raise Unbindable("date_shift by subject needs the row", "Bind it with bind_across.")
    return shift_each(shape, derive(keys.salt, "date_shift", action.seed_alias), action.days)


def _shuffle(action: Shuffle, _shape: Shape, keys: Keys) -> Mask:
    key = bytes.fromhex(derive(keys.salt, "shuffle", action.seed_alias))
    return shuffle(key, action.seed_alias)


# Masks that are given each distinct value once.
BY_VALUE: dict[type, Binder] = {
    Fake: _fake,
    Pseudonym: _pseudonym,
    Hash: _hash,
    HmacHash: _hmac_hash,
    RegexMask: _regex_mask,
    Static: lambda action, shape, _keys: static(action.value, shape),
    Noise: _noise,
    DateShift: _date_shift,
    Generalize: _generalize,
    Bucket: _bucket,
    Fpe: _fpe,
    Partial: _partial,
    NerMask: lambda action, shape, keys: free_text(action, shape, keys, bind),
    AiRefine: lambda action, shape, keys: refined(action, shape, keys, bind),
    Plugin: _plugin,
    Json: lambda action, shape, keys: documents(action, shape, keys, bind),
}
# Masks that are given the column as a whole.
WHOLE: dict[type, Binder] = {
    Null: lambda _action, shape, _keys: null(shape),
    Passthrough: lambda _action, _shape, _keys: _unchanged,
    Shuffle: _shuffle,
}


def _unchanged(values: pl.Series) -> pl.Series:
    return values
