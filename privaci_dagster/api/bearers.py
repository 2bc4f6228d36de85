"""Knows the bearer tokens of the service: whose each is, and who has tried too many wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve
from privaci_core.secrets.resolve import is_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TOKENS_VARIABLE = "PRIVACI_API_TOKENS"
PAGE = "docs/how-to/test-data-api.md"
SCHEME = "bearer"
# The name is the invoker in the trail.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}")
SHORTEST_TOKEN = 16
# A person mistypes a token a few times; a program that guesses does it more often.
MOST_FAILURES, WITHIN_SECONDS = 10, 60.0
# Addresses whose failures are remembered: a crowd of them must not take all memory.
MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearers:
    """The hash of each token, and the name of its bearer."""

    by_hash: Mapping[bytes, str] = field(repr=False)

    def name_of(self, header: str | None) -> str | None:
        """Whose token an Authorization header holds; takes as long for any other."""
        scheme, _, token = (header or "").partition(" ")
        hashed = _hash_of(token.strip())
        # All are compared: the time must not tell how many tokens there are before a match.
        found = [name for known, name in self.by_hash.items() if hmac.compare_digest(known, hashed)]
        return found[0] if found and scheme.lower() == SCHEME else None


def bearers_of(named: Iterable[str], environ: Mapping[str, str]) -> Bearers:
    """The tokens that options or a variable name, each as `name=secret URI`."""
    doing, flags = "Reading the tokens of the service", [*named]
    if any(not is_reference(pair.partition("=")[2]) for pair in flags):
        why = "--token holds one itself, where other users of the machine can read it"
        raise PreflightError(doing, why, "Name where it is: --token ci=env://CI_TOKEN.", PAGE)
    pairs = flags or environ.get(TOKENS_VARIABLE, "").replace(",", " ").split()
    if not pairs:
        raise PreflightError(
            doing,
            "there is none, and the service would let everybody write",
            f"Name one: --token ci=env://CI_TOKEN, or in {TOKENS_VARIABLE};"
            " `privaci gen-salt` prints a random one.",
            PAGE,
        )
    known: dict[bytes, str] = {}
    for pair in pairs:
        name, token = _named_token(doing, pair, environ)
        if known.setdefault(_hash_of(token), name) != name:
            why = f"{known[_hash_of(token)]} and {name} have the same token"
            raise PreflightError(doing, why, "Give each name a token of its own.", PAGE)
    return Bearers(by_hash=known)


def _named_token(doing: str, pair: str, environ: Mapping[str, str]) -> tuple[str, str]:
    name, equals, reference = pair.partition("=")
    if not equals or not NAME.fullmatch(name):
        # The part that should be a name may be a token: it is not repeated.
        why = "one of them does not begin with a name and ="
        raise PreflightError(doing, why, "Write name=secret URI: ci=env://CI_TOKEN.", PAGE)
    token = resolve(reference, environ).reveal().strip()
    if len(token) < SHORTEST_TOKEN:
        why = f"the token of {name} has fewer than {SHORTEST_TOKEN} characters"
        remedy = "Make a longer one; `privaci gen-salt` prints one."
        raise PreflightError(doing, why, remedy, PAGE)
    return name, token


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


class Failures:
    """The addresses that sent wrong tokens; one that sent too many has to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """None has failed yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: dict[str, deque[float]] = {}

    def seconds_to_wait(self, address: str) -> int:
        """How long an address has to wait; 0 if it may try a token."""
        with self._lock:
            times = self._recent(address)
            if len(times) < MOST_FAILURES:
                return 0
            return max(1, round(times[0] + WITHIN_SECONDS - self._clock()))

    def add(self, address: str) -> None:
        """Note a wrong token."""
        with self._lock:
            times = self._recent(address)
            times.append(self._clock())
            self._failed[address] = times
            while len(self._failed) > MOST_ADDRESSES:
                self._failed.pop(next(iter(self._failed)))

    def _recent(self, address: str) -> deque[float]:
        times = self._failed.pop(address, deque(maxlen=MOST_FAILURES))
        while times and times[0] <= self._clock() - WITHIN_SECONDS:
            times.popleft()
        if times:
            self._failed[address] = times
        return times
