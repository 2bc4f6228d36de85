"""The base of every model of the policy file: no unknown keys, frozen, no input in messages."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

REFUSED = "privaci"


class Strict(BaseModel):
    """A part of the policy file that refuses unknown keys, is frozen and hides its input."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        # A worker gets checked rules, so validators are built only where a file is read.
        defer_build=True,
    )


def refuse(reason: str, remedy: str, at: str | None = None) -> NoReturn:
    """Refuse a value from inside a validator, as one finding, at one of its keys if named."""
    raise PydanticCustomError(REFUSED, "{reason}", {"reason": reason, "remedy": remedy, "at": at})


def _empty_mapping(value: Any) -> Any:
    return {} if value is None else value


def _empty_list(value: Any) -> Any:
    return [] if value is None else value


# A key without a value (its lines are commented out) counts as empty.
OrEmpty = BeforeValidator(_empty_mapping)
OrNothing = BeforeValidator(_empty_list)

# Not empty, and not stripped: a column's name may begin with a space.
Text = Annotated[str, StringConstraints(min_length=1)]
