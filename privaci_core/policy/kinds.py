"""Says what masks unlisted columns by the kind of data that was detected in them.

The file's own rules by kind precede those that packs brought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from privaci_core.policy.actions import SpellNull
from privaci_core.policy.replace import (
    Fake,
    Hash,
    HmacHash,
    NerMask,
    Null,
    Pseudonym,
    RegexMask,
    Static,
)
from privaci_core.policy.reshape import (
    Bucket,
    DateShift,
    Fpe,
    Generalize,
    Noise,
    Partial,
)
from privaci_core.policy.strict import OrEmpty, Strict, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

# What names another column: a rule by kind knows no column beside its own.
OF_A_ROW = ("when", "persona", "subject")


def _of_its_own_value(rule: Any) -> Any:
    for key in OF_A_ROW:
        if getattr(rule, key, None) is not None:
            reason = f"`{key}` names another column, and a rule by kind is for any table"
            refuse(reason, "Leave it out, or give the columns rules of their own.", at=key)
    return rule


Maskable = (
    Fake
    | Pseudonym
    | Hash
    | HmacHash
    | RegexMask
    | Static
    | Null
    | NerMask
    | Noise
    | Generalize
    | Bucket
    | Fpe
    | Partial
    | DateShift
)
KindRule = Annotated[
    Annotated[Maskable, Field(discriminator="action")],
    SpellNull,
    AfterValidator(_of_its_own_value),
]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
PackName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
Kinds = Annotated[dict[Word, KindRule], OrEmpty]


class Pack(Strict):
    """What `privaci install-pack` merged into the file."""

    version: Version
    """The version of the pack, as 1.2.0."""

    kinds: Kinds = {}
    """Kind of data to action, as in the file's own `kinds`, which precedes it."""


def merged_kinds(own: Mapping[str, KindRule], packs: Mapping[str, Pack]) -> dict[str, KindRule]:
    """The rule of each kind: the file's own, else that of the first pack that has one."""
    found = dict(own)
    for pack in packs.values():
        for kind, rule in pack.kinds.items():
            found.setdefault(kind, rule)
    return found
