"""Masks: callables bound once to a column and a key, each over a whole vector of values in their text form."""

from privaci_core.masks.across import bind_across, reads
from privaci_core.masks.bind import bind
from privaci_core.masks.keys import Keys
from privaci_core.masks.known import with_known
from privaci_core.masks.shape import Mask, Shape, Unbindable

__all__ = ["Keys", "Mask", "Shape", "Unbindable", "bind", "bind_across", "reads", "with_known"]
