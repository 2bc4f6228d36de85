/* The ledger of rows: keyed sums of what COPY sends, whatever the order of the rows. docs/reference/ledger.md defines it. */
#include "loops.h"

__extension__ typedef unsigned __int128 Wide;

/* The key: three words, and one for each column. */
enum { FIRST, SECOND, THIRD, KEY_WORDS };
/* How a field is read: as it is, or as XML, whose leading line breaks Postgres drops when it prints. */
enum { PLAIN, XML };
enum { SHORT = 16 };
static const uint64_t NOTHING = ~(uint64_t)0;

/* What is counted: for each column its sum and its NULLs, and for the table its rows and their sum. */
typedef struct {
    const uint64_t *key, *seeds;
    const uint8_t *forms;
    int64_t columns;
    uint64_t *sums;
    int64_t *nulls;
    int64_t rows;
    uint64_t whole;
} Ledger;

static inline uint64_t mixed(uint64_t a, uint64_t b)
{
    const Wide product = (Wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t word_at(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t half_at(const uint8_t *at)
{
    uint32_t half;
    memcpy(&half, at, sizeof half);
    return half;
}

static inline uint64_t closed(const uint64_t *key, uint64_t state, uint64_t first, uint64_t second, uint64_t length)
{
    return mixed(mixed(first ^ key[FIRST], second ^ state) ^ key[SECOND], length ^ key[THIRD]);
}

static inline uint64_t hash_of(const uint64_t *key, uint64_t state, const uint8_t *at, int64_t length)
{
    const uint64_t size = (uint64_t)length;
    if (length > SHORT) {
        const uint8_t *last = at + length - SHORT;
        for (; at < last; at += SHORT)
            state = mixed(word_at(at) ^ key[FIRST], word_at(at + 8) ^ state);
        return closed(key, state, word_at(last), word_at(last + 8), size);
    }
    if (length >= 8)
        return closed(key, state, word_at(at), word_at(at + length - 8), size);
    if (length >= 4)
        return closed(key, state, half_at(at), half_at(at + length - 4), size);
    if (length > 0)
        return closed(key, state, (uint64_t)at[0] << 16 | (uint64_t)at[length >> 1] << 8 | at[length - 1], 0, size);
    return closed(key, state, 0, 0, 0);
}

static inline void add_row(Ledger *ledger, uint64_t sum)
{
    const uint64_t *key = ledger->key;
    ledger->rows++;
    ledger->whole += mixed(mixed(sum ^ key[FIRST], key[SECOND]) ^ sum, key[THIRD]);
}

static inline uint64_t add_null(Ledger *ledger, int64_t column)
{
    const uint64_t hash = closed(ledger->key, ledger->seeds[column], 0, 0, NOTHING);
    ledger->nulls[column]++;
    ledger->sums[column] += hash;
    return hash;
}

static inline uint64_t add_value(Ledger *ledger, int64_t column, const uint8_t *at, int64_t length)
{
    const uint64_t hash = hash_of(ledger->key, ledger->seeds[column], at, length);
    ledger->sums[column] += hash;
    return hash;
}

/* The bytes of line breaks in front of an XML document, as COPY binary or COPY text writes them. */
static int64_t breaks_before(const uint8_t *at, int64_t length, int escaped)
{
    int64_t skipped = 0;
    if (!escaped)
        while (skipped < length && at[skipped] == '\n')
            skipped++;
    else
        while (skipped + 1 < length && at[skipped] == '\\' && at[skipped + 1] == 'n')
            skipped += 2;
    return skipped;
}

static inline uint64_t add_field(Ledger *ledger, int64_t column, const uint8_t *at, int64_t length, int escaped)
{
    const int64_t skipped = ledger->forms[column] == XML ? breaks_before(at, length, escaped) : 0;
    return add_value(ledger, column, at + skipped, length - skipped);
}

/* Add fields of a binary row from `column` on. Returns the byte behind them, or NULL where the row is broken. */
static inline const uint8_t *add_fields(Ledger *ledger, int64_t column, const uint8_t *at, const uint8_t *end, uint64_t *sum)
{
    for (; column < ledger->columns; column++) {
        if (end - at < LENGTH_BYTES)
            return NULL;
        const int32_t length = read_length(at);
        at += LENGTH_BYTES;
        if (length == NULL_LENGTH) {
            *sum += add_null(ledger, column);
            continue;
        }
        if (length < 0 || end - at < length)
            return NULL;
        *sum += add_field(ledger, column, at, length, 0);
        at += length;
    }
    return at;
}

/* Add whole rows of COPY binary. Returns 0, or -1 where they are broken. */
PUBLIC int64_t add_binary_rows(Ledger *ledger, const uint8_t *at, int64_t size)
{
    const uint8_t *end = at + size;
    while (at < end) {
        uint64_t sum = 0;
        if (end - at < COUNT_BYTES || (at[0] << 8 | at[1]) != ledger->columns)
            return -1;
        at = add_fields(ledger, 0, at + COUNT_BYTES, end, &sum);
        if (!at)
            return -1;
        add_row(ledger, sum);
    }
    return 0;
}

/* Add one long row: values that lie anywhere (NULL where there is none), then the rest of the row as COPY binary has it. */
PUBLIC int64_t add_long_row(Ledger *ledger, int64_t leading, const uint8_t *const *values, const int64_t *lengths,
                            const uint8_t *tail, int64_t size)
{
    uint64_t sum = 0;
    for (int64_t column = 0; column < leading; column++)
        sum += lengths[column] < 0 ? add_null(ledger, column)
                                   : add_field(ledger, column, values[column], lengths[column], 0);
    if (add_fields(ledger, leading, tail, tail + size, &sum) != tail + size)
        return -1;
    add_row(ledger, sum);
    return 0;
}

/* Add whole rows of COPY text: a tab or a line break in a value is escaped. Returns 0, or -1 where they are broken. */
PUBLIC int64_t add_text_rows(Ledger *ledger, const uint8_t *at, int64_t size)
{
    const uint8_t *end = at + size;
    while (at < end) {
        uint64_t sum = 0;
        if (!ledger->columns && *at++ != '\n')
            return -1;
        for (int64_t column = 0; column < ledger->columns; column++) {
            const uint8_t *begin = at;
            while (at < end && *at != '\t' && *at != '\n')
                at++;
            if (at == end || (*at == '\n') != (column == ledger->columns - 1))
                return -1;
            const int64_t length = at++ - begin;
            const int is_null = length == 2 && begin[0] == '\\' && begin[1] == 'N';
            sum += is_null ? add_null(ledger, column) : add_field(ledger, column, begin, length, 1);
        }
        add_row(ledger, sum);
    }
    return 0;
}

static int is_there(const uint8_t *valid, int64_t place) { return !valid || (valid[place / 8] >> place % 8 & 1); }

/* How values of two columns compare place by place: in neither, empty in both, equal and not empty. */
enum { ABSENT, EMPTY, SAME };

PUBLIC void compare_columns(const uint8_t *data, const int32_t *offsets, const uint8_t *valid, int64_t first,
                            const uint8_t *other, const int32_t *other_offsets, const uint8_t *other_valid,
                            int64_t other_first, int64_t count, int64_t *found)
{
    for (int64_t place = 0; place < count; place++) {
        const int64_t here = first + place, there = other_first + place;
        const int32_t length = offsets[here + 1] - offsets[here];
        if (length != other_offsets[there + 1] - other_offsets[there])
            continue;
        const int before = is_there(valid, here), after = is_there(other_valid, there);
        if (!before && !after)
            found[ABSENT]++;
        else if (before && after && !length)
            found[EMPTY]++;
        else if (before && after && !memcmp(data + offsets[here], other + other_offsets[there], length))
            found[SAME]++;
    }
}
