"""Holds a secret in memory; it is never printed or pickled by accident."""

from __future__ import annotations

import hmac
import re
from typing import Any, NoReturn, final

from pydantic import SecretStr

HIDDEN = "**********"
REFERENCE = re.compile(r"\$\{[^}]*\}|[a-z][a-z0-9+._-]*://.*", re.DOTALL)


class Secret:
    """A secret's text; only `reveal` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({HIDDEN})"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is never pickled: resolve it again where it is needed.")


@final
class Salt(Secret):
    """A salt or key that is long enough, and not to be guessed."""

    __slots__ = ()

    @property
    def key(self) -> bytes:
        """The bytes that masking keys are derived from."""
        return self._text.encode()


class SecretText(SecretStr):
    """A secret in a policy file: a reference, which may be pickled, or the text, which may not."""

    @property
    def is_reference(self) -> bool:
        """Whether the text only names where the secret is stored."""
        return REFERENCE.fullmatch(self.get_secret_value()) is not None

    def __copy__(self) -> SecretText:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> SecretText:
        return self

    def __reduce__(self) -> tuple[type[SecretText], tuple[str]]:
        if self.is_reference:
            return SecretText, (self.get_secret_value(),)
        raise TypeError(
            "A literal secret is never pickled: name it by ${ENV_NAME} or a secret URI."
        )
