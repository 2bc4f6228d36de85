"""Masks values: a callable, bound once to a column and a key, masks vectors of their text forms."""

from privaci_core.masks.base.keys import Keys
from privaci_core.masks.base.shape import Mask, Shape, Unbindable
from privaci_core.masks.bind import bind
from privaci_core.masks.fakes.versions import FIRST_FORM, form_of
from privaci_core.masks.row_masks import Anchored, bind_to_row, reads
from privaci_core.masks.text.row_values import with_row_values

__all__ = [
    "FIRST_FORM",
    "Anchored",
    "Keys",
    "Mask",
    "Shape",
    "Unbindable",
    "bind",
    "bind_to_row",
    "form_of",
    "reads",
    "with_row_values",
]
