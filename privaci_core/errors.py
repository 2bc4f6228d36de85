"""The errors of this program, each kind with its exit code.

PrivaciError                 1  unexpected, or a proof that failed
├── PreflightError           2  cannot start: unreachable, not empty, no privilege, wrong version
├── PolicyError              3  the policy file or the plan is wrong
├── SaltError                4  the salt or a key is missing, too short or easy to guess
├── DriftError               6  the source differs from the lock file
├── CopyError                1  the copy broke off: a driver error, a lost source, a full disk
└── Interrupted            130  stopped by a person; can be resumed
"""

from __future__ import annotations

import re
from typing import ClassVar

DOCS = "docs/reference/errors.md"
# A page, and perhaps a section of it.
PAGE = re.compile(r"docs/(\S+)\.md(#\S+)?")


class PrivaciError(Exception):
    """An error that a person can act on. Its text never holds a cell value.

    It says what was being done, why it failed, what to do and where to read more.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, context: str, cause: str, remediation: str, docs: str = DOCS) -> None:
        super().__init__(context, cause, remediation, docs)
        self.context, self.cause, self.remediation, self.docs = context, cause, remediation, docs

    def __str__(self) -> str:
        parts = {"Cause": self.cause, "Remediation": self.remediation, "Docs": _where(self.docs)}
        return "\n".join([self.context, *(f"  {word}: {text}" for word, text in parts.items())])


def _where(docs: str) -> str:
    """The command that prints a page: a wheel has no clone around it."""
    return PAGE.sub(lambda page: f"privaci docs {page[1]}{page[2] or ''}", docs)


class PreflightError(PrivaciError):
    """The work could not start; nothing was written."""

    exit_code = 2


class PolicyError(PrivaciError):
    """The policy is wrong; lists every finding at once."""

    exit_code = 3


class SaltError(PrivaciError):
    """A salt or key is missing, too short or easy to guess."""

    exit_code = 4


class DriftError(PrivaciError):
    """The source has changed since the lock file was written."""

    exit_code = 6


class CopyError(PrivaciError):
    """The copy broke off; the target is marked unfinished."""


class Interrupted(PrivaciError):  # noqa: N818 - an interruption is not an error; the name is what happened
    """A person stopped the work; it can be resumed."""

    exit_code = 130
