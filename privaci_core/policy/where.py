"""Confines a `where` predicate to one boolean expression that reads, and lists what it calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from privaci_core.policy.where_tokens import WhereError, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.policy.where_tokens import Token

# Texts that Postgres reads as a time of the session: 'now'::timestamptz, date 'today'.
SPOKEN = re.compile(
    r"(?is)(?:[ebnux&]*'|\$\w*\$)(?:[\s\d:.+-]|utc|z)*(?:now|today|tomorrow|yesterday)\b"
    r"(?:[\s\d:.+-]|utc|z)*(?:'|\$\w*\$)"
)
REMEDY = "Write one boolean SQL expression over the table's columns."
PAIRS = {")": "(", "]": "["}
READS = "A predicate only reads. Put the name of a column in double quotes."
# Statements that write, and clauses that lock, store or draw rows at random.
WRITES = frozenset({"insert", "update", "delete", "merge", "into", "returning", "tablesample"})
LOCKS = frozenset({"update", "share", "no", "key"})
# Outside any brackets these end the expression; a sub-select stands in brackets of its own.
CLAUSES = frozenset(
    {"select", "values", "with", "from", "where", "union", "intersect", "except", "group"}
    | {"having", "window", "order", "limit", "offset", "fetch", "for", "as"}
)
# Constructs of SQL that brackets follow, and which call nothing that the catalog lists.
CONSTRUCTS = frozenset(
    {"all", "and", "any", "array", "as", "between", "bit", "both", "by", "case", "cast", "char"}
    | {"character", "coalesce", "cube", "dec", "decimal", "distinct", "else", "escape", "except"}
    | {"exists", "extract", "filter", "first", "float", "for", "from", "greatest", "grouping"}
    | {"having", "ilike", "in", "intersect", "interval", "is", "join", "json_array", "json_object"}
    | {"lateral", "leading", "least", "like", "limit", "materialized", "national", "nchar", "next"}
    | {"normalize", "not", "nullif", "numeric", "offset", "on", "only", "or", "over", "overlay"}
    | {"position", "recursive", "rollup", "row", "select", "sets", "similar", "some", "substring"}
    | {"symmetric", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "union"}
    | {"using", "values", "varchar", "varying", "when", "where", "with", "within", "xmlconcat"}
    | {"xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi", "xmlroot", "xmlserialize"}
    | {"xmltable", "zone", "current_time", "current_timestamp", "localtime", "localtimestamp"}
)
# Without a source to ask: functions of Postgres and its usual extensions that read files, reach
# other servers, change something, or differ from call to call or from session to session.
REFUSED = re.compile(
    r"(?:pg_(?!typeof$|column_size$|input_is_valid$|collation_for$)|lo_|lo(?:read|write)$|txid_"
    r"|dblink|http|xpath_table|uuid_generate_|gen_|setval$|set_config$|setseed$|nextval$|currval$"
    r"|lastval$|random|clock_timestamp$|timeofday$|current_query$|array_(?:sample|shuffle)$"
    r"|(?:query|cursor|table|schema|database)_to_xml|ts_stat$|ts_rewrite$|inet_(?:client|server)_"
    r"|crosstab|connectby|currtid|system$|bernoulli$|binary_upgrade_).*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function or an operator that a predicate names: without a schema, one of Postgres's own."""

    schema: str | None
    name: str
    is_operator: bool = False
    start: int
    # How many arguments are given; the place behind the closing bracket.
    arguments: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


def check_where(text: str) -> None:
    """Refuse a predicate that is not one expression, writes, or calls what no filter needs."""
    tokens = without_comments(text)
    _refuse_way_out(tokens)
    _refuse_writes(tokens)
    _refuse_clauses(tokens)
    _refuse_spoken_times(tokens)
    for call in calls_in(tokens):
        if call.schema in {None, "pg_catalog"} and REFUSED.fullmatch(call.name):
            raise WhereError(
                f"the predicate calls {call}, which may read files or other servers, change"
                " something, or differ from session to session",
                "Filter by columns; for the time use now().",
            )


def without_comments(text: str) -> tuple[Token, ...]:
    """The tokens that Postgres sees."""
    return tuple(token for token in tokens_of(text) if token.kind != "comment")


def _refuse_way_out(tokens: Sequence[Token]) -> None:
    """Refuse an empty predicate and one whose brackets do not pair: ours are put around it."""
    if not tokens:
        raise WhereError("the predicate is empty", REMEDY)
    opened: list[str] = []
    for token in tokens:
        if token.text in {"(", "["}:
            opened.append(token.text)
        elif token.text in PAIRS and (not opened or opened.pop() != PAIRS[token.text]):
            reason = f"the bracket at character {token.start + 1} closes none of its own"
            raise WhereError(f"the predicate leaves its place: {reason}", REMEDY)
    if opened:
        raise WhereError(f"the predicate leaves {len(opened)} brackets open", REMEDY)
    for one, other in pairwise(tokens):
        if one.kind == other.kind == "text":
            # Across lines Postgres joins them, and reads both by the rules of the first.
            reason = f"a text follows another one at character {other.start + 1}"
            raise WhereError(reason, "Join them with ||.")


def _refuse_writes(tokens: Sequence[Token]) -> None:
    for place, token in enumerate(tokens):
        before = tokens[place - 1].text if place else ""
        after = tokens[place + 1].word if place + 1 < len(tokens) else ""
        locks = token.word == "for" and after in LOCKS
        reads_table = token.word == "table"
        if before != "." and (token.word in WRITES or locks or reads_table):
            word = f"for {after}" if locks else token.word
            raise WhereError(f"the predicate has the word {word.upper()}", READS)


def _refuse_clauses(tokens: Sequence[Token]) -> None:
    """Refuse clauses of a statement, and lists, outside of brackets."""
    depth = 0
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1].word if place + 1 < len(tokens) else ""
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if depth or (before is not None and before.text == "."):
            continue
        compares = token.word == "from" and before is not None and before.word == "distinct"
        of_a_zone = token.word == "with" and after == "time"
        if token.text == "," or (token.word in CLAUSES and not compares and not of_a_zone):
            what = f"{token.text.upper()} at character {token.start + 1}"
            reason = f"the predicate is more than one expression: it has {what}"
            raise WhereError(reason, "Put a sub-select in brackets: id IN (SELECT ...).")


def _refuse_spoken_times(tokens: Sequence[Token]) -> None:
    """Refuse times that each session reads by its own clock, which now() does not."""
    for token in tokens:
        if token.kind == "text" and SPOKEN.fullmatch(token.text):
            reason = f"the text at character {token.start + 1} may mean the time of a session"
            raise WhereError(reason, "Write now(), current_date, or current_date - 1.")
    for call in calls_in(tokens):
        if call.name == "age" and call.schema in {None, "pg_catalog"} and call.arguments == 1:
            reason = "age of one time counts from the date of a session"
            raise WhereError(reason, "Write age(current_date, ..).")


def calls_in(tokens: Sequence[Token]) -> Iterator[Call]:
    """The functions and operators that a predicate names, with the schema where it names one."""
    for place, (token, following) in enumerate(pairwise(tokens)):
        if following.text != "(" or token.kind not in {"name", "quoted"}:
            continue
        parts = _qualified(tokens, place)
        before = tokens[place - 2 * len(parts) + 1] if place >= 2 * len(parts) - 1 else None
        if len(parts) == 1 and token.word == "operator":
            yield _operator(tokens, place)
        elif not _is_no_call(token, parts, before):
            end, arguments = _arguments(tokens, place + 1)
            first = place - 2 * (len(parts) - 1)
            yield Call(
                schema=".".join(parts[:-1]) or None,
                name=parts[-1],
                start=tokens[first].start,
                arguments=arguments,
                end=end,
            )


def _qualified(tokens: Sequence[Token], place: int) -> list[str]:
    """The parts of the name that ends at a place, as `schema.name` has two."""
    parts = [tokens[place].named]
    while place >= 2 and tokens[place - 1].text == "." and tokens[place - 2].named:  # noqa: PLR2004 - a point and a name
        place -= 2
        parts.insert(0, tokens[place].named)
    return parts


def _is_no_call(token: Token, parts: Sequence[str], before: Token | None) -> bool:
    """Whether the name is a construct of SQL, or an alias with its columns: `AS made (id)`."""
    if len(parts) > 1:
        return False
    is_alias = before is not None and before.word in {"as", "with"}
    return token.word in CONSTRUCTS or is_alias


def _arguments(tokens: Sequence[Token], opening: int) -> tuple[int, int]:
    """Where a call's brackets end, and how many arguments stand in them."""
    depth = commas = 0
    for place in range(opening, len(tokens)):
        text = tokens[place].text
        depth += (text in {"(", "["}) - (text in {")", "]"})
        commas += depth == 1 and text == ","
        if not depth:
            return tokens[place].end, 0 if place == opening + 1 else commas + 1
    raise WhereError("the predicate leaves brackets open", REMEDY)


def _operator(tokens: Sequence[Token], place: int) -> Call:
    """The operator that `OPERATOR(schema.+)` names."""
    inside = []
    for token in tokens[place + 2 :]:
        if token.text == ")":
            break
        inside.append(token)
    schema = inside[0].named if len(inside) > 1 else None
    name = inside[-1].text if inside else ""
    return Call(schema=schema, name=name, is_operator=True, start=tokens[place].start)
