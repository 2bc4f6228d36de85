/* Feeds the compiled search with values that lie about their lengths and texts of any bytes, as any type; sanitizers see
   what is read or written beside. */
#include "search_index.c"
#include "search_scan.c"

#include "fuzz.h"

enum { TURNS = 200000, MOST_BYTES = 120, COLUMNS = 3, OIDS = A_TSVECTOR + 1 };

/* Bytes that are letters, digits, signs, halves of characters, or the lengths of short values. */
static void draw(uint8_t *out, int size)
{
    static const char signs[] = "abcXYZ019-. \\u\t\n{},\"@%&#;";
    for (int at = 0; at < size; at++) {
        const uint32_t kind = drawn(8);
        out[at] = kind < 5 ? (uint8_t)signs[drawn(sizeof signs - 1)] : kind < 7 ? (uint8_t)drawn(9) * (drawn(3) == 0) : (uint8_t)drawn(256);
    }
}

/* As long as what it has, so that one byte too far is one byte too far. */
static uint8_t *drawn_bytes(int *size)
{
    *size = (int)drawn(MOST_BYTES);
    uint8_t *bytes = room_for((size_t)*size);
    draw(bytes, *size);
    return bytes;
}

static void add(Index *index)
{
    int size;
    uint8_t *bytes = drawn_bytes(&size), likeness = (uint8_t)drawn(4);
    const int64_t offsets[2] = {0, size};
    search_add(index, drawn(COLUMNS), bytes, offsets, 1, &likeness);
    if (drawn(4) == 0)
        search_mark_words(index, bytes, offsets, 1, 1 + drawn(2));
    free(bytes);
}

static void look_around(Index *index, const Types *types, Tally *tally)
{
    const Column columns[2] = {{drawn(OIDS + 1), (int32_t)drawn(3), -1}, {drawn(OIDS + 1), (int32_t)drawn(3), 1}};
    int size;
    uint8_t *bytes = drawn_bytes(&size);
    search_text(index, bytes, size, tally, FOR_ALL);
    const int64_t length = size;
    search_text_rows(index, types, columns, 2, bytes, &length, 1, tally);
    free(bytes);
    uint8_t *row = malloc(2 + 2 * (4 + MOST_BYTES)), *at = row + 2;
    for (int field = 0; field < 2; field++) {
        const int value = (int)drawn(MOST_BYTES), lies = drawn(30) == 0;
        at = write_length(at, lies ? (int32_t)drawn(UINT32_MAX) : drawn(9) ? value : NULL_LENGTH);
        draw(at, value);
        at += value;
    }
    const int64_t whole = at - row;
    uint8_t *exact = memcpy(malloc((size_t)whole), row, (size_t)whole);
    search_binary_rows(index, types, columns, 2, exact, &whole, 1, tally);
    free(row), free(exact);
}

int main(void)
{
    uint16_t fold[FOLDED] = {0};
    for (int letter = '0'; letter < FOLDED; letter++)
        fold[letter] = (uint16_t)(letter >= 0x80 ? letter : strchr("0123456789abcxyzu", letter | 0x20) ? letter | 0x20 : NO_WORD);
    uint32_t oids[OIDS], inner[OIDS], found[2 * COLUMNS], last[2 * COLUMNS], numbers[2 * COLUMNS];
    uint8_t forms[OIDS], counted_up[COLUMNS] = {0, 1, 0};
    int64_t lengths[2 * DIGIT_LENGTHS] = {0}, classes[CLASSES] = {0};
    for (uint32_t oid = 0; oid < OIDS; oid++)
        oids[oid] = oid, inner[oid] = drawn(OIDS), forms[oid] = (uint8_t)oid;
    const Types types = {oids, inner, forms, OIDS};
    memset(found, 0, sizeof found), memset(last, 0, sizeof last), memset(numbers, 0, sizeof numbers);
    Tally tally = {found, last, numbers, lengths, 0, 0};
    Index *index = search_new(drawn(UINT32_MAX), drawn(UINT32_MAX), fold, COLUMNS, 1 << 14);
    for (int turn = 0; turn < TURNS; turn++)
        add(index);
    if (!search_seal(index, counted_up, classes) || !classes[EVERYWHERE] || index->used > 1 << 14)
        return puts("the table is not what it should be"), 1;
    for (int turn = 0; turn < TURNS; turn++)
        look_around(index, &types, &tally);
    search_free(index);
    return 0;
}
