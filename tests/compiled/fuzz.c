/* Feeds the compiled loops with rows that lie and texts of any bytes; sanitizers see what is read or written beside.
   Every buffer is as long as what it holds, so that one byte too far is one byte too far. */
#include "rows.c"
#include "hmac.c"
#include "text.c"

#include "fuzz.h"

#include <fcntl.h>

enum { MOST_ROWS = 20, MOST_FIELDS = 4, MOST_FIELD_BYTES = 30, MOST_TEXTS = 9, LONG_TEXT = 200, ENOUGH = 200, LONGEST = 300 };

static size_t draw_row(uint8_t *row, int fields)
{
    const int lies = drawn(20) == 0;
    uint8_t *at = row;
    *at++ = 0, *at++ = (uint8_t)fields;
    for (int field = 0; field < fields; field++) {
        const int32_t length = drawn(7) == 0 ? NULL_LENGTH : (int32_t)drawn(MOST_FIELD_BYTES);
        at = write_length(at, lies && drawn(2) ? (int32_t)drawn(UINT32_MAX) : length);
        for (int32_t place = 0; place < length; place++)
            *at++ = (uint8_t)drawn(256);
    }
    return lies && drawn(2) ? drawn((uint32_t)(at - row) + 1) : (size_t)(at - row);
}

static void cut_and_write(void)
{
    uint8_t drawn_rows[MOST_ROWS * (2 + (MOST_FIELDS + 1) * (4 + MOST_FIELD_BYTES))];
    const int rows = 1 + (int)drawn(MOST_ROWS), leading = (int)drawn(MOST_FIELDS);
    int64_t ends[MOST_ROWS], nulls[MOST_FIELDS] = {0}, first[MOST_FIELDS] = {0}, size = 0;
    for (int row = 0; row < rows; row++)
        ends[row] = size += draw_row(drawn_rows + size, leading + 1);
    uint8_t *buffer = memcpy(room_for(size), drawn_rows, size), *valid = calloc(leading * 3 + 1, 1);
    int32_t *starts = room_for(4 * leading * rows), *offsets = room_for(4 * leading * (rows + 1));
    int32_t *tails = room_for(4 * rows);
    if (find_fields(buffer, ends, rows, leading, starts, offsets, valid, nulls, tails) < 0) {
        const uint8_t *data[MOST_FIELDS], *there[MOST_FIELDS];
        const int32_t *edges[MOST_FIELDS];
        for (int field = 0; field < leading; field++) {
            edges[field] = offsets + field * (rows + 1);
            data[field] = room_for(edges[field][rows]);
            there[field] = nulls[field] ? valid + field * ((rows + 7) / 8) : NULL;
            gather_field(buffer, starts + field * rows, edges[field], rows, (uint8_t *)data[field]);
        }
        uint8_t *out = room_for(size);
        const int64_t written = write_rows(buffer, ends, tails, rows, leading, data, edges, there, first, leading + 1, out);
        require(written == size && memcmp(out, buffer, size) == 0, "rows are not what they were");
        for (int field = 0; field < leading; field++)
            free((void *)data[field]);
        free(out);
    }
    free(buffer), free(valid), free(starts), free(offsets), free(tails);
}

static void look_at_texts(void)
{
    uint8_t letters[MOST_TEXTS * LONG_TEXT], key[BLOCK];
    const int count = 1 + (int)drawn(MOST_TEXTS);
    int64_t offsets[MOST_TEXTS + 1] = {0}, folded_offsets[MOST_TEXTS + 1], size = 0;
    uint64_t quick[MOST_TEXTS * WORDS], slow[MOST_TEXTS * WORDS];
    for (int text = 0; text < count; offsets[++text] = size)
        for (int rest = (int)drawn(drawn(9) ? 20 : LONG_TEXT); rest > 0; rest--)
            letters[size++] = (uint8_t)(drawn(3) ? ' ' + drawn(95) : drawn(256));
    for (int place = 0; place < BLOCK; place++)
        key[place] = (uint8_t)drawn(256);
    uint8_t *texts = memcpy(room_for(size), letters, size), *folded = room_for(size);
    uint32_t *places = room_for(4 * count);
    hash_values(key, texts, offsets, count, has_instructions(), quick);
    hash_values(key, texts, offsets, count, 0, slow);
    require(memcmp(quick, slow, sizeof *quick * WORDS * count) == 0, "two ways give two digests");
    require(fold_texts(texts, offsets, count, folded, folded_offsets) <= size, "folding makes texts longer");
    require(find_alike(texts, offsets, texts, offsets, count, places) <= count, "more are alike than there are");
    free(texts), free(folded), free(places);
}

static int messages_left;

static int next_message(void *connection, char **message, int without_waiting)
{
    (void)connection, (void)without_waiting;
    if (messages_left == 0)
        return -1;
    if (drawn(5) == 0)
        return 0;
    messages_left--;
    const int size = 1 + (int)drawn(drawn(6) ? 60 : 2 * LONGEST);
    *message = calloc(size, 1);
    return size;
}

static int receive(void *connection)
{
    (void)connection;
    return drawn(3) != 0;
}

static void read_blocks(int always_ready)
{
    enum { MOST = 7 };
    const Copy copy = {next_message, free, receive, NULL, always_ready};
    int64_t lengths[MOST], found;
    messages_left = (int)drawn(MOST_ROWS);
    do {
        Progress block = {0};
        uint8_t *out = room_for(ENOUGH + LONGEST);
        while ((found = read_rows(&copy, ENOUGH, LONGEST, MOST, out, lengths, &block)) == 0)
            ;
        free(block.long_row), free(out);
    } while (found > 0);
}

/* With an argument, hashes must be tried by the processor's own instructions as well. */
int main(int count, char **arguments)
{
    (void)arguments;
    require(count == 1 || has_instructions(), "this processor has no instructions for SHA-256");
    const int always_ready = open("/dev/null", O_RDONLY);
    for (int turn = 0; turn < 20000; turn++)
        cut_and_write(), look_at_texts(), read_blocks(always_ready);
    return 0;
}
