"""The ground of every model of the policy file: nothing unknown, nothing changed later, no input in messages."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

REFUSED = "privaci"


class Strict(BaseModel):
    """A part of the policy file: unknown keys are refused, values are frozen, messages hide the input."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        # A worker is handed rules that were read by others: what would check them is made where a file is read.
        defer_build=True,
    )


def refuse(reason: str, remedy: str, at: str | None = None) -> NoReturn:
    """Refuse a value from inside a validator; reason and remedy become one finding, at a key of it if one is named."""
    raise PydanticCustomError(REFUSED, "{reason}", {"reason": reason, "remedy": remedy, "at": at})


def _empty_mapping(value: Any) -> Any:
    return {} if value is None else value


def _empty_list(value: Any) -> Any:
    return [] if value is None else value


# A key that is written with nothing behind it (its lines commented out) counts as empty.
OrEmpty = BeforeValidator(_empty_mapping)
OrNothing = BeforeValidator(_empty_list)

# Not blank, and nothing is stripped: a column's name may begin with a space.
Text = Annotated[str, StringConstraints(min_length=1)]
