"""Where the time of one stream goes: processor time and waits of each stage of one worker."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.copying import FIVE, KEYS, MASKED, databases, fill
from privaci_core.codecs.codec import Codec
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import target_session
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import create_target
from privaci_core.stream.binary_rows import framed
from privaci_core.stream.bind_columns import bind_leading
from privaci_core.stream.copy_table import copy_rows
from privaci_core.stream.load import into_relations
from privaci_core.stream.mask_rows import mask_rows
from privaci_core.stream.read import without_framing
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from privaci_core.plan.plan import TablePlan
    from privaci_core.stream.binary_rows import Buffer, Rows
    from privaci_core.stream.load import Destination
    from privaci_core.stream.masked_column import MaskedColumn

READ, CUT, DECODE, MASK, ENCODE, LEDGER = (
    "reading from the source",
    "cutting rows, joining them again",
    "decoding",
    "masking",
    "encoding",
    "ledger",
)
WRITE, AHEAD = "writing to the target", "waiting for masked rows"


@dataclass(slots=True)
class Spent:
    """The wall time and the processor time of one stage, without those of stages inside it."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The stages of one thread."""

    spent: dict[str, Spent] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside, and take it from the stage around it."""
        around = self._open[-1] if self._open else None
        self._open.append(name)
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self._open.pop()
            self._add(name, time.perf_counter() - wall, time.thread_time() - cpu)
            if around is not None:
                self._add(around, wall - time.perf_counter(), cpu - time.thread_time())

    def _add(self, name: str, wall: float, cpu: float) -> None:
        stage = self.spent.setdefault(name, Spent())
        stage.wall += wall
        stage.cpu += cpu

    def each(self, name: str, items: Iterable[Any]) -> Iterator[Any]:
        """The items, each step timed."""
        steps = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(steps)
                except StopIteration:
                    return
            yield item

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each call timed."""

        def call(*given: Any) -> Any:
            with self.stage(name):
                return function(*given)

        return call


class TimedTally(Tally):
    """A tally whose time is a stage."""

    def __init__(self, table: TablePlan, key: bytes, clock: Clock) -> None:
        super().__init__(table, key)
        self._clock = clock

    def add_rows(self, rows: Buffer) -> None:
        """Add rows."""
        with self._clock.stage(LEDGER):
            super().add_rows(rows)

    def add_masked(self, *given: Any) -> None:
        """Compare a column before and after."""
        with self._clock.stage(LEDGER):
            super().add_masked(*given)


def run(dsn: str, rows: int) -> dict[str, float]:
    """Copy the table once by each policy, in one worker, and print where its time went."""
    found: dict[str, float] = {}
    with databases(dsn) as (source, target):
        fill(source, rows)
        for name, columns in FIVE.items():
            policy = MASKED % ", ".join(f"{column}: {mask}" for column, mask in columns.items())
            clock = _copied(source, target, policy)
            print(f"### One worker, {rows:,} rows, {name}\n")
            print("| stage | processor s | waiting s |\n|---|---|---|")
            for stage, spent in clock.items():
                print(f"| {stage} | {spent.cpu:.2f} | {max(0.0, spent.wall - spent.cpu):.2f} |")
                found[f"{name}: {stage}"] = round(spent.cpu, 3)
            print()
    return found


def _copied(source: str, target: str, policy: str) -> dict[str, Spent]:
    """The stages of a stream: one thread of it reads and masks, the other writes."""
    reader, writer = Clock(), Clock()
    with opened(source, target, parse_policy(policy), KEYS) as refresh:
        copy, connections = refresh.copy, refresh.connections
        create_target(copy, connections.source, refresh.earlier)
        (table,) = copy.plan.tables
        tally = TimedTally(table, bytes(32), reader)
        with target_session(copy.ends.target) as session:
            destination = _timed_destination(into_relations(session), writer)
            copy_rows(connections.source, destination, tally, _stream(table, reader))
            session.rollback()
    return {name: reader.spent[name] for name in (READ, CUT, DECODE, MASK, ENCODE, LEDGER)} | {
        name: writer.spent[name] for name in (AHEAD, WRITE)
    }


def _stream(table: TablePlan, clock: Clock) -> Callable[[Iterator[Rows], Tally], Iterator[Buffer]]:
    leading = bind_leading(table, KEYS)
    leading = replace(leading, masked=tuple(_timed(each, clock) for each in leading.masked))
    masked = partial(mask_rows, leading)

    def stream(blocks: Iterator[Rows], tally: Tally) -> Iterator[Buffer]:
        read = clock.each(READ, blocks)
        return clock.each(CUT, framed(masked(without_framing(read), tally)))

    return stream


def _timed(column: MaskedColumn, clock: Clock) -> MaskedColumn:
    codec = Codec(
        decode=clock.timed(DECODE, column.codec.decode),
        encode=clock.timed(ENCODE, column.codec.encode),
    )
    return replace(column, codec=codec, mask=clock.timed(MASK, column.mask))


def _timed_destination(destination: Destination, clock: Clock) -> Destination:
    def load(table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
        with clock.stage(WRITE):
            return destination(table, clock.each(AHEAD, buffers))

    return load
