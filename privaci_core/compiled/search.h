/* What the search for originals shares: words of a text, their fingerprints, the table of fingerprints. */
#ifndef PRIVACI_SEARCH_H
#define PRIVACI_SEARCH_H

#include "escapes.h"

/* Code points that have a folded form; a longer number of words or letters is not joined. */
enum { FOLDED = 0x2000, NO_WORD = 0, NO_LETTER = 1 };
enum { MOST_WORDS = 32, ORDER_FREE = 4, JOINED_WORDS = 8, JOINED_LETTERS = 40, WIDEST_GAP = 3, FEWEST_DIGITS = 6 };
/* What is known of a word: it is everyday, or a name that fakes are made of. */
enum { EVERYDAY = 1, NAME_OF_FAKES = 2 };
/* Where an original is searched, or why it is not; Python names the reasons. */
enum { UNSET, EVERYWHERE, WHERE_CARRIED, TOO_SHORT, FEW_DIGITS, EVERYDAY_WORDS, A_DATE, SHARED_WORD, COUNTED_UP, MANY_DIGITS,
       CLASSES };
/* Bits of a note: four for the class, three marks, four for a count, the rest for the column. */
enum { CLASS_BITS = 15, IS_EXTRA = 16, IS_PREFIX = 32, IS_WORD = 64, IS_DIGITS = 128, COUNT_SHIFT = 8, COUNT_MOST = 15,
       COLUMN_SHIFT = 12 };
enum { DIGIT_LENGTHS = JOINED_LETTERS + 1, SAMPLES = 128 };

typedef struct {
    uint64_t base, secret;
    uint64_t letter_powers[JOINED_LETTERS + 1], word_powers[MOST_WORDS + 1];
    uint16_t fold[FOLDED];
    int64_t columns;
    uint64_t *prints;
    uint32_t *notes;
    uint64_t capacity, used, most;
    int64_t dropped;
    uint64_t *filter, filter_mask;
    uint64_t lengths; /* Bit k: an original of k words is there. */
    uint64_t *words;
    uint8_t *word_marks;
    uint64_t word_capacity, words_used;
    int64_t *digit_lengths;
    uint64_t *samples, *sampled, random;
} Index;

/* Bits of folded ASCII: letters have both, digits the first, and what parts words neither. */
enum { A_WORD = 0x20, A_LETTER = 0x40 };

typedef struct {
    uint64_t hash;
    int64_t length, gap;
    int has_letter, has_digit;
} Word;

static inline uint64_t mixed(uint64_t word)
{
    word ^= word >> 33, word *= 0xff51afd7ed558ccdULL;
    word ^= word >> 33, word *= 0xc4ceb9fe1a85ec53ULL;
    return word ^ word >> 33;
}

static inline uint64_t print_of(uint64_t sum, uint64_t words)
{
    const uint64_t found = mixed(sum + words * 0x9e3779b97f4a7c15ULL);
    return found ? found : 1;
}

static inline uint64_t word_print(const Index *index, uint64_t hash) { return mixed(hash ^ index->secret); }

/* An original of one word, or of letters and digits that were joined. */
static inline uint64_t single_print(const Index *index, uint64_t hash) { return print_of(word_print(index, hash), 1); }

/* One code point beyond ASCII or behind an escape, and how many bytes it takes; 0 where it parts words. */
static inline int32_t read_point(const uint8_t *at, const uint8_t *end, int escapes, int64_t *bytes)
{
    *bytes = 1;
    if (escapes == EVERY_ESCAPE && *at < 0x80) {
        const int32_t point = read_escape(at, end, bytes);
        return point ? point : *at;
    }
    if (*at == '\\' && escapes) {
        const int32_t point = escaped_point(at, end);
        *bytes = point >= 0 ? 6 : end - at > 1 ? 2 : 1;
        return point >= 0 ? point : 0;
    }
    if (*at < 0x80)
        return *at;
    if (*at >= 0xc2 && *at < 0xe0 && end - at > 1 && is_continuation(at[1])) {
        *bytes = 2;
        return (*at & 0x1f) << 6 | (at[1] & 0x3f);
    }
    if (*at >= 0xe0 && *at < 0xf0 && end - at > 2 && is_continuation(at[1]) && is_continuation(at[2])) {
        *bytes = 3;
        return (*at & 0x0f) << 12 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f);
    }
    return 0;
}

/* Each character of a writing without blanks is a word of its own. */
static inline int stands_alone(int32_t point) { return point >= 0x3040 && point < 0xd800; }

static inline int is_digit_unit(uint16_t unit) { return unit >= '0' && unit <= '9'; }

/* Adds the ASCII letters and digits that come next to a word; of four at once none waits for another's product. */
static inline const uint8_t *read_ascii(const Index *index, const uint8_t *at, const uint8_t *end, Word *word)
{
    const uint16_t *fold = index->fold;
    const uint64_t *powers = index->letter_powers;
    uint64_t hash = word->hash;
    const uint8_t *begin = at;
    unsigned any = 0, all = A_WORD | A_LETTER;
    for (; end - at >= 4 && !((at[0] | at[1] | at[2] | at[3]) & 0x80); at += 4) {
        const unsigned a = fold[at[0]], b = fold[at[1]], c = fold[at[2]], d = fold[at[3]], four = a & b & c & d;
        if (!(four & A_WORD))
            break;
        hash = hash * powers[4] + (a + 1) * powers[3] + (b + 1) * powers[2] + (c + 1) * powers[1] + d + 1;
        any |= a | b | c | d, all &= four;
    }
    for (; at < end && *at < 0x80 && fold[*at] & A_WORD; at++) {
        hash = hash * powers[1] + fold[*at] + 1;
        any |= fold[*at], all &= fold[*at];
    }
    word->hash = hash, word->length += at - begin;
    word->has_digit |= !(all & A_LETTER), word->has_letter |= (any & A_LETTER) != 0;
    return at;
}

/* The next word of a text: letters and digits in their folded form. Returns 0 at the end. */
static inline int next_word(const Index *index, const uint8_t **from, const uint8_t *end, int escapes, Word *word)
{
    const uint8_t *at = *from;
    *word = (Word){0, 0, 0, 0, 0};
    for (; at < end && *at < 0x80 && !begins_escape(*at) && index->fold[*at] == NO_WORD; at++)
        word->gap++;
    while ((at = read_ascii(index, at, end, word)) < end) {
        uint16_t unit = index->fold[*at & 0x7f];
        int64_t bytes = 1, gap = 1;
        if (*at >= 0x80 || (escapes && begins_escape(*at))) {
            const int32_t point = read_point(at, end, escapes, &bytes);
            if (stands_alone(point)) {
                if (!word->length)
                    word->hash = (uint64_t)point + 1, word->length = 2, word->has_letter = 1, at += bytes;
                break;
            }
            gap = point > 0 ? size_of(point) : bytes;
            unit = point < FOLDED ? index->fold[point] : NO_WORD;
        }
        if (unit == NO_WORD) {
            if (word->length)
                break;
            word->gap += gap;
        } else if (unit != NO_LETTER) {
            const int is_digit = is_digit_unit(unit);
            word->hash = word->hash * index->base + unit + 1;
            word->length++, word->has_digit |= is_digit, word->has_letter |= !is_digit;
        }
        at += bytes;
    }
    *from = at;
    return word->length > 0;
}

/* Two bits of one word of the filter, so that a look takes one step into memory. */
static inline uint64_t filter_bits(uint64_t print) { return 1ULL << (print >> 20 & 63) | 1ULL << (print >> 26 & 63); }

static inline int may_hold(const Index *index, uint64_t print)
{
    const uint64_t bits = filter_bits(print);
    return (index->filter[print >> 32 & index->filter_mask] & bits) == bits;
}

/* Has memory bring what a look will read. */
static inline void bring_filter(const Index *index, uint64_t print)
{
    __builtin_prefetch(index->filter + (print >> 32 & index->filter_mask));
}

/* The note of a fingerprint, or 0. */
static inline uint32_t note_of(const Index *index, uint64_t print)
{
    if (!may_hold(index, print))
        return 0;
    uint64_t place = print & (index->capacity - 1);
    for (; index->prints[place]; place = (place + 1) & (index->capacity - 1))
        if (index->prints[place] == print)
            return index->notes[place];
    return 0;
}

#endif
