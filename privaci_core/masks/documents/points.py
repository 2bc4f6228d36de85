"""Lists the points that a rule's paths lead to, for the compiled pass over documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.compiled.documents import Paths, Point
from privaci_core.masks.documents.scalars import OTHER_INDEX

if TYPE_CHECKING:
    from privaci_core.masks.documents.scalars import Reached

NO_PATH = -1


def paths_from(root: Reached) -> Paths:
    """Every point that some step leads to from the whole document."""
    found = [root]
    places = {id(root): 0}
    points: list[Point] = []

    def place_of(point: Reached) -> int:
        if id(point) not in places:
            places[id(point)] = len(found)
            found.append(point)
        return places[id(point)]

    for point in found:
        named = {step: place_of(point.step(step)) for step in point.named()}
        points.append(
            Point(
                path=NO_PATH if point.path is None else point.path,
                names={step: to for step, to in named.items() if isinstance(step, str)},
                indexes={step: to for step, to in named.items() if isinstance(step, int)},
                others=place_of(point.step(OTHER_INDEX)),
            )
        )
    return Paths(points)
