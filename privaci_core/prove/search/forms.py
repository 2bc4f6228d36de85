"""Decides how an original is searched: in which form of its words, where, or why not at all.

These are the rules in Python; the compiled search has them in C, and a test compares the two.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from privaci_core.prove.search.words import DIGITS, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.prove.search.words import Word

# A longer original is searched by its first words.
MOST_WORDS = 32
# So many words are found in any order: "Last, First".
ORDER_FREE = 4
# A number or a code may be written in so many groups, this near to one another.
JOINED_WORDS, JOINED_LETTERS, WIDEST_GAP = 8, 40, 3
FEWEST_DIGITS, SHORTEST, SHORTEST_CODE, SURE_CODE, SURE_TEXT, SHORTEST_JOINED = 6, 5, 6, 12, 10, 8
DATE_DIGITS = 8
# An everyday word with a longer number beside it is not everyday.
TELLING_DIGITS = 3
UUID_WORDS, UUID_LETTERS = 5, 32
CENTURIES, MONTHS, DAYS = ("19", "20"), range(1, 13), range(1, 32)
# A word that more rows of its column share tells nobody apart.
MANY_ROWS = 10


class Mark(IntEnum):
    """What is known of a word."""

    EVERYDAY = 1
    NAME_OF_FAKES = 2


class Likeness(IntEnum):
    """Whether a fake may look like an original, or none can; or it is a moment; or words decide."""

    BY_WORDS = 0
    LIKE_FAKES = 1
    UNLIKE_FAKES = 2
    A_MOMENT = 3


class Class(IntEnum):
    """Where an original is searched; from `TOO_SHORT` on, why it is not."""

    UNSET = 0
    EVERYWHERE = 1
    # A fake may be the same by chance, so only unmasked columns are searched for it.
    WHERE_CARRIED = 2
    TOO_SHORT = 3
    FEW_DIGITS = 4
    EVERYDAY_WORDS = 5
    A_DATE = 6
    SHARED_WORD = 7
    COUNTED_UP = 8
    MANY_DIGITS = 9


SEARCHED = (Class.EVERYWHERE, Class.WHERE_CARRIED)
REASONS = {
    Class.TOO_SHORT: f"shorter than {SHORTEST} characters",
    Class.FEW_DIGITS: f"numbers of fewer than {FEWEST_DIGITS} digits",
    Class.EVERYDAY_WORDS: "everyday words and single names that fakes use",
    Class.A_DATE: "days and moments",
    Class.SHARED_WORD: f"single words that more than {MANY_ROWS} rows share",
    Class.COUNTED_UP: "numbers that count up",
    Class.MANY_DIGITS: f"numbers of more than {JOINED_LETTERS} digits, or in groups far apart",
}
Print = tuple[int, tuple[str, ...]]


class Form(NamedTuple):
    """What stands for an original in the search."""

    print: Print
    class_: Class
    is_extra: bool = False
    is_prefix: bool = False
    is_word: bool = False
    digits: str = ""


def forms_of(text: str, likeness: int, marks: Mapping[str, int]) -> Iterator[Form]:
    """The forms of one original; the first is the original itself."""
    words = list(words_of(text))[:MOST_WORDS]
    if not words:
        return
    if not any(word.has_letter for word in words):
        digits = "".join(filter(DIGITS.__contains__, text))
        is_moment = likeness == Likeness.A_MOMENT
        class_ = Class.A_DATE if is_moment else _class_of_digits(words, digits)
        yield Form(single("".join(word.text for word in words)), class_, digits=digits)
        return
    class_ = _class_of_words(words, likeness, marks)
    texts = [word.text for word in words]
    if len(words) <= ORDER_FREE:
        is_word = len(words) == 1 and not words[0].has_digit
        yield Form(order_free(texts), class_, is_word=is_word)
    else:
        yield Form(in_order(texts), class_)
        yield Form(order_free(texts[:ORDER_FREE]), Class.UNSET, is_extra=True, is_prefix=True)
    if len(words) > 1 and class_ in SEARCHED and _joins(words):
        yield Form(single("".join(texts)), class_, is_extra=True)


def single(text: str) -> Print:
    """One word, or letters and digits that were joined."""
    return 1, (text,)


def order_free(texts: Sequence[str]) -> Print:
    """Some words in any order."""
    return len(texts), tuple(sorted(texts))


def in_order(texts: Sequence[str]) -> Print:
    """Words in their order."""
    return -len(texts), tuple(texts)


def _joins(words: Sequence[Word]) -> bool:
    """Whether an original may be written without what parts its groups."""
    letters = sum(word.length for word in words)
    if letters > JOINED_LETTERS:
        return False
    if len(words) == UUID_WORDS and letters == UUID_LETTERS:
        return True
    return all(word.has_digit for word in words) and letters >= SHORTEST_JOINED


def _class_of_digits(words: Sequence[Word], digits: str) -> Class:
    if len(digits) < FEWEST_DIGITS:
        return Class.FEW_DIGITS
    is_far_apart = any(word.gap > WIDEST_GAP for word in words[1:])
    if len(digits) > JOINED_LETTERS or len(words) > JOINED_WORDS or is_far_apart:
        return Class.MANY_DIGITS
    return Class.A_DATE if _is_date(digits) else Class.WHERE_CARRIED


def _is_date(digits: str) -> bool:
    """Whether eight digits are a day of these two centuries."""
    if len(digits) != DATE_DIGITS:
        return False
    return digits[:2] in CENTURIES and int(digits[4:6]) in MONTHS and int(digits[6:]) in DAYS


def _class_of_words(words: Sequence[Word], likeness: int, marks: Mapping[str, int]) -> Class:
    """Everywhere if no fake could be made of these words."""
    letters = sum(word.length for word in words)
    digits = sum(word.length for word in words if not word.has_letter)
    weighty = [word for word in words if word.has_letter and word.length > 2]  # noqa: PLR2004
    if likeness == Likeness.A_MOMENT:
        return Class.A_DATE
    if letters < SHORTEST:
        return Class.TOO_SHORT
    if all(_mark(word, marks) & Mark.EVERYDAY for word in weighty) and digits < TELLING_DIGITS:
        return Class.EVERYDAY_WORDS
    if len(words) == 1:
        return _class_of_word(words[0], likeness, marks)
    telling = any(word.length >= SHORTEST and not _mark(word, marks) for word in weighty)
    is_sure = (telling and likeness != Likeness.LIKE_FAKES) or likeness == Likeness.UNLIKE_FAKES
    return Class.EVERYWHERE if is_sure and letters >= SURE_TEXT else Class.WHERE_CARRIED


def _class_of_word(word: Word, likeness: int, marks: Mapping[str, int]) -> Class:
    like_fakes = likeness == Likeness.LIKE_FAKES
    if not word.has_digit:
        if _mark(word, marks):
            return Class.EVERYDAY_WORDS
        return Class.WHERE_CARRIED if like_fakes else Class.EVERYWHERE
    if word.length < SHORTEST_CODE:
        return Class.TOO_SHORT
    return Class.EVERYWHERE if word.length >= SURE_CODE and not like_fakes else Class.WHERE_CARRIED


def _mark(word: Word, marks: Mapping[str, int]) -> int:
    return marks.get(word.text, 0)
