/* Feeds the loops over COPY text with rows of any letters, some of them too short; sanitizers see what is read or
   written beside. What they cut and nothing masked, they write again as it was. */
#include "text_rows.c"

#include "fuzz.h"

enum { MOST_ROWS = 12, MOST_FIELDS = 4, MOST_LETTERS = 30, FIELD_ROOM = 2 * MOST_LETTERS + 3 };

static const uint8_t LETTERS[] = "ab\b\f\n\r\t\v\\N\xc3\xa4";

static uint8_t *draw_field(uint8_t *at)
{
    if (drawn(6) == 0) {
        *at++ = BACKSLASH, *at++ = 'N';
        return at;
    }
    for (int rest = (int)drawn(MOST_LETTERS); rest > 0; rest--) {
        const uint8_t letter = LETTERS[drawn(sizeof LETTERS - 1)];
        at = write_escaped(at, &letter, 1);
    }
    return at;
}

static size_t draw_row(uint8_t *row, int fields)
{
    uint8_t *at = row;
    for (int field = 0; field < fields; field++) {
        if (field)
            *at++ = TAB;
        at = draw_field(at);
    }
    *at++ = '\n';
    return at - row;
}

/* Rows that lie: any letters, cut anywhere. */
static size_t draw_lie(uint8_t *row)
{
    const size_t size = drawn(MOST_LETTERS);
    for (size_t place = 0; place < size; place++)
        row[place] = LETTERS[drawn(sizeof LETTERS - 1)];
    return size;
}

static void cut_and_write(int lies)
{
    uint8_t drawn_rows[MOST_ROWS * (MOST_FIELDS + 1) * FIELD_ROOM];
    const int rows = 1 + (int)drawn(MOST_ROWS), leading = (int)drawn(MOST_FIELDS);
    int64_t ends[MOST_ROWS], nulls[MOST_FIELDS] = {0}, first[MOST_FIELDS] = {0}, size = 0, values = 0;
    for (int row = 0; row < rows; row++)
        ends[row] = size += lies ? draw_lie(drawn_rows + size) : draw_row(drawn_rows + size, leading + (int)drawn(2) + !leading);
    uint8_t *buffer = memcpy(room_for(size), drawn_rows, size), *valid = calloc(leading * 2 + 1, 1);
    int32_t *starts = room_for(4 * leading * rows), *offsets = room_for(4 * leading * (rows + 1));
    int32_t *tails = room_for(4 * rows);
    const int64_t broken = find_text_fields(buffer, ends, rows, leading, starts, offsets, valid, nulls, tails);
    require(lies || broken < 0, "a row seems shorter than it is");
    if (broken < 0) {
        const uint8_t *data[MOST_FIELDS], *there[MOST_FIELDS];
        const int32_t *edges[MOST_FIELDS];
        for (int field = 0; field < leading; field++) {
            edges[field] = offsets + field * (rows + 1);
            data[field] = room_for(edges[field][rows]);
            there[field] = nulls[field] ? valid + field * ((rows + 7) / 8) : NULL;
            gather_text_field(buffer, starts + field * rows, edges[field], rows, (uint8_t *)data[field]);
            values += edges[field][rows];
        }
        uint8_t *out = room_for(2 * values + 3 * leading * rows + size);
        const int64_t written = write_text_rows(buffer, ends, tails, rows, leading, data, edges, there, first, out);
        require(lies || (written == size && memcmp(out, buffer, size) == 0), "rows are not what they were");
        for (int field = 0; field < leading; field++)
            free((void *)data[field]);
        free(out);
    }
    free(buffer), free(valid), free(starts), free(offsets), free(tails);
}

int main(void)
{
    for (int turn = 0; turn < 20000; turn++)
        cut_and_write(drawn(3) == 0);
    return 0;
}
