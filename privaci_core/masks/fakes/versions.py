"""Says which form of a provider's fakes a column gets: a new one masks equal values otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.masks.fakes.identity import ISSUED_LENGTH
from privaci_core.policy import Fake, Pseudonym

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Shape
    from privaci_core.policy import Action

FIRST_FORM = 1
# In unique columns: telephone numbers were 24 digits, and names had codes.
IN_UNIQUE = {"phone": 2, "first_name": 2, "last_name": 2, "full_name": 2}


def form_of(action: Action, shape: Shape) -> int:
    """The version of the fakes of a column; one for all that never changed."""
    if not isinstance(action, Fake | Pseudonym) or not shape.is_text:
        return FIRST_FORM
    if shape.unique:
        return IN_UNIQUE.get(action.provider, FIRST_FORM)
    # Ten digits without dashes before.
    issued = action.provider == "ssn" and shape.room == ISSUED_LENGTH
    return FIRST_FORM + issued
