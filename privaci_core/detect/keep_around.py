"""Lets a chosen mask keep what is around the personal part of values: syntax, or a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_core.detect.by_contents import HALF, NAMES_OF_PEOPLE
from privaci_core.masks.text.around import ALONE
from privaci_core.policy import Fake, Fpe, Json

if TYPE_CHECKING:
    from privaci_core.detect.recognise import Looks
    from privaci_core.detect.sample import Contents
    from privaci_core.masks import Shape
    from privaci_core.policy import Action


def kept_around(action: Action, shape: Shape, contents: Contents | None) -> Action:
    """The action, or the same one that masks inside the values of its column or its paths."""
    if contents is None:
        return action
    if isinstance(action, Json):
        paths = {
            path: _around(rule, contents.paths[path]) if path in contents.paths else rule
            for path, rule in action.paths.items()
        }
        return action.model_copy(update={"paths": paths})
    if isinstance(action, Fpe) and contents.looks.same_letters:
        # `LIC-0000001` keeps the letters that every number of its column has.
        return Fpe(action="fpe")
    # What is inside a unique value would not keep it unique.
    return _around(action, contents.looks) if shape.is_text and not shape.unique else action


def _around(action: Any, looks: Looks) -> Any:
    if isinstance(action, Fake) and _has_own_form(action.provider, looks):
        return action.model_copy(update={"params": {"form": "own"}})
    if isinstance(action, Fake) and action.provider in NAMES_OF_PEOPLE and looks.capitals >= HALF:
        return action.model_copy(update={"params": {"case": "keep"}})
    if not isinstance(action, Fake) or action.provider not in ALONE:
        return action
    if action.provider not in looks.wrapped:
        return action
    return action.model_copy(update={"params": {**action.params, "around": "keep"}})


def _has_own_form(provider: str, looks: Looks) -> bool:
    """Whether values are written as other countries write them than the one of the fakes."""
    if provider == "postcode":
        return looks.letters > 0
    return provider == "ssn" and looks.distinct > 0 and looks.share("ssn") < HALF
