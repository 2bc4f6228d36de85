"""Tells whom or what a table is about, and which languages a database's names are in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from privaci_core.detect import weights
from privaci_core.detect.column_names import PERSON, THING
from privaci_core.detect.dictionary import HEAD_LAST, LANGUAGES, meanings_of
from privaci_core.detect.split_name import TELLING_LENGTH, split_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.detect.name_verdict import NameVerdict

# A table of sessions, tokens or logins holds what people use, under names of devices and programs.
About = Literal["people", "things", "access"]
ENGLISH = "en"
# So many words, and so large a part of the most frequent language's, make a language spoken.
SPOKEN_WORDS, SPOKEN_PART = 2, 0.3
# What so many columns, and most of them, begin with says which table they are of.
PREFIXED, MOSTLY, LONGEST_PREFIX = 3, 0.7, 6
# A table that has one of these is about people.
IDENTIFYING = frozenset({"full_name", "first_name", "last_name", "dob", "ssn"})
# Two of these beside a bare name make it a person's, or one of those that things never have.
REACHING = frozenset({"email", "phone", "password", "secret", "username"})
OF_PEOPLE_ALONE = frozenset({"first_name", "last_name", "dob", "ssn", "password"})
# Tables of addresses hold those of people, until their names say of which things.
ADDRESSES = frozenset({"address"})
DETAILS = PERSON | {"details", "profile", "record", "account", "medical", "name", "phone", "email"}
ACCESS = frozenset(
    {"login", "token", "secret", "session", "password", "credential", "auth", "key", "device"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContext:
    """What a table is about, the kinds that its columns surely hold by their names, its words."""

    about: About | None
    sure: frozenset[str]
    spoken: tuple[str, ...] = (ENGLISH,)

    @classmethod
    def of(
        cls, name: str, verdicts: Mapping[str, NameVerdict], spoken: tuple[str, ...]
    ) -> TableContext:
        """The context of a table that has this name, and columns of which their names say this."""
        sure = {each.kind for each in verdicts.values() if each.score >= weights.HIGH}
        return cls(about=about(name, spoken), sure=frozenset(sure), spoken=spoken)

    def identifies(self, kind: str) -> bool:
        """Whether other columns of the table are those of people who have a column of this kind."""
        others = self.sure - {kind}
        # Beside the name of a person to contact, a bare name is a firm's.
        if kind == "full_name" and kind in self.sure:
            return False
        if kind in {"full_name", "username"}:
            return bool(others & OF_PEOPLE_ALONE) or len(others & REACHING) > 1
        return bool(others & IDENTIFYING)


@lru_cache(maxsize=10_000)
def about(table: str, spoken: tuple[str, ...] = (ENGLISH,)) -> About | None:
    """Whether a table is about people or things, by the word that its name is built on."""
    words = [word for word in split_name(table, spoken) if word.meaning != "stop"]
    if any(word.language not in HEAD_LAST for word in words):
        words.reverse()
    meanings = [word.meaning for word in words]
    if not meanings:
        return None
    if meanings[-1] in PERSON | ADDRESSES:
        return "people"
    if meanings[-1] in ACCESS:
        return "access"
    if THING in meanings or meanings[-1] == "attribute":
        return "things"
    if not ACCESS.isdisjoint(meanings):
        return "access"
    # `agent_bots` are about bots, though no list has them.
    of_people = not PERSON.isdisjoint(meanings) and meanings[-1] in DETAILS
    return "people" if of_people else None


def common_prefix(names: Sequence[str]) -> str:
    """The abbreviation of its table that most columns of a table begin with, as `pes_`."""
    starts = Counter(f"{name.partition('_')[0]}_" for name in names if "_" in name)
    prefix, count = max(starts.items(), key=itemgetter(1), default=("", 0))
    is_one = count >= max(PREFIXED, MOSTLY * len(names)) and len(prefix) <= LONGEST_PREFIX
    return prefix if is_one and not meanings_of(prefix[:-1].lower()) else ""


def languages_of(catalog: Catalog) -> tuple[str, ...]:
    """The languages that the names of a database are in, English always among them."""
    relations = catalog.row_tables
    names = [relation.name for relation in relations]
    names += [each.name for table in relations for each in catalog.columns.get(table.oid, ())]
    return spoken_in(names)


def spoken_in(names: Iterable[str]) -> tuple[str, ...]:
    """The languages of names, the most frequent first, by the words that only one of them has."""
    counts = Counter(
        language
        for text in {word.text for name in set(names) for word in split_name(name, LANGUAGES)}
        if (language := _only_language(text)) is not None
    )
    most = max(counts.values(), default=0)
    foreign = [
        language
        for language, count in counts.most_common()
        if count >= max(SPOKEN_WORDS, SPOKEN_PART * most)
    ]
    return (*foreign, ENGLISH)


def _only_language(text: str) -> str | None:
    """The one language but English that has a word."""
    known = meanings_of(text)
    if len(text) < TELLING_LENGTH - 1 or len(known) != 1 or ENGLISH in known:
        return None
    return next(iter(known))
