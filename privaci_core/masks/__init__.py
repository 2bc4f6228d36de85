"""Masks: callables bound once to a column and a key, each over a whole vector of values in their text form."""

from privaci_core.masks.bind import Mask, Shape, Unbindable, bind
from privaci_core.masks.keys import Keys

__all__ = ["Keys", "Mask", "Shape", "Unbindable", "bind"]
