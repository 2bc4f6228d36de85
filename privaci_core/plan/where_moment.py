"""Writes one moment into a predicate in place of `now()` and the like: all sessions read it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from privaci_core.policy.where import calls_in, without_comments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from privaci_core.policy.where import Call
    from privaci_core.policy.where_tokens import Token

FUNCTIONS = frozenset({"now", "transaction_timestamp", "statement_timestamp"})
# Each word becomes the moment in its type; the session's time zone is UTC.
WORDS = {
    "current_timestamp": "timestamptz",
    "localtimestamp": "timestamp",
    "current_date": "date",
    "current_time": "timetz",
    "localtime": "time",
}
SPELLED = {
    "timestamptz": "%Y-%m-%d %H:%M:%S.%f+00",
    "timestamp": "%Y-%m-%d %H:%M:%S.%f",
    "date": "%Y-%m-%d",
    "timetz": "%H:%M:%S.%f+00",
    "time": "%H:%M:%S.%f",
}


def speaks_of_now(predicate: str) -> bool:
    """Whether a predicate depends on the moment at which it is read."""
    return any(_spoken(without_comments(predicate)))


def at_moment(predicate: str, moment: datetime) -> str:
    """The predicate with a moment in place of whatever means the present."""
    pieces, place = [], 0
    for start, end, kind in _spoken(without_comments(predicate)):
        bare = kind.partition("(")[0]
        literal = f"('{moment.astimezone(UTC).strftime(SPELLED[bare])}'::pg_catalog.{kind})"
        pieces += [predicate[place:start], literal]
        place = end
    return "".join([*pieces, predicate[place:]])


def _spoken(tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    """Where a predicate speaks of the present: start, end, and the type of what it means."""
    calls = {call.start: call for call in calls_in(tokens)}
    for place, token in enumerate(tokens):
        call = calls.get(token.start)
        if call is not None and _means_now(call):
            yield call.start, call.end, "timestamptz"
        elif token.word in WORDS and (place == 0 or tokens[place - 1].text != "."):
            yield _word(tokens, place)


def _means_now(call: Call) -> bool:
    own = call.schema in {None, "pg_catalog"} and not call.is_operator
    return own and call.name in FUNCTIONS and not call.arguments


def _word(tokens: Sequence[Token], place: int) -> tuple[int, int, str]:
    """A word that means the present, with the precision in brackets behind it, if it has one."""
    word, behind = tokens[place], tokens[place + 1 : place + 4]
    if [token.text for token in behind[::2]] == ["(", ")"] and behind[1].kind == "number":
        return word.start, behind[-1].end, f"{WORDS[word.word]}({behind[1].text})"
    return word.start, word.end, WORDS[word.word]
