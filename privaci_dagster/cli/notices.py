"""Says on stderr what a command is doing, as much of it as its options ask for."""

from __future__ import annotations

import inspect
import json
import logging
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from privaci_dagster.cli.first_words import LEVEL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Level = Literal["auto", "debug", "info", "warning", "error"]
# What each command takes beside its own options.
QUIET = inspect.Parameter(
    "quiet",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results and errors, and nothing else.")
    ],
)
LOG_LEVEL = inspect.Parameter(
    "log_level",
    inspect.Parameter.KEYWORD_ONLY,
    default="auto",
    annotation=Annotated[
        Level,
        typer.Option(
            "--log-level",
            envvar=LEVEL_VARIABLE,
            show_envvar=True,
            case_sensitive=False,
            help="What is told on stderr; auto is info on a terminal, else warning.",
        ),
    ],
)
LOGGERS = ("privaci_core", "privaci_dagster")


class _Notices(logging.Handler):
    """Shows what our loggers say."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self.show = show

    def emit(self, record: logging.LogRecord) -> None:
        """Show one message: it holds names and counts, never a value."""
        self.show(record.getMessage())


HANDLER = _Notices(lambda said: typer.echo(f"  {said}", err=True))


def with_notices(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that also takes --quiet and --log-level."""
    signature = inspect.signature(function, eval_str=True)

    @wraps(function)
    def told(*args: Any, quiet: bool = False, log_level: Level = "auto", **given: Any) -> Any:
        _set_up(log_level, given.get("log_format"), quiet=quiet)
        if quiet and given.get("log_format") == "auto":
            given["log_format"] = "none"
        return function(*args, **given)

    more = (QUIET, LOG_LEVEL)
    parameters = [*signature.parameters.values(), *more]
    told.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    told.__annotations__ |= {each.name: each.annotation for each in more}
    return told


def _set_up(level: Level, log_format: str | None, *, quiet: bool) -> None:
    """Tell what is asked for: lines for people, JSON where progress is JSON."""
    for_programs = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    if for_programs:
        HANDLER.show = _print_json
    if level == "auto":
        tells = (sys.stderr.isatty() or for_programs) and log_format != "none"
        level = "info" if tells else "warning"
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel("ERROR" if quiet else level.upper())
        logger.addHandler(HANDLER)


def _print_json(said: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    line: Mapping[str, str] = {"at": at, "event": "doing", "what": said}
    typer.echo(json.dumps(line, ensure_ascii=False), err=True)


@contextmanager
def shown_by(show: Callable[[str], None]) -> Iterator[None]:
    """Let a bar show the messages while it is drawn."""
    before, HANDLER.show = HANDLER.show, show
    try:
        yield
    finally:
        HANDLER.show = before
