/* COPY text rows: cut into fields without their escapes, and written again with them. */
#include "loops.h"

enum { TAB = '\t', BACKSLASH = '\\', ESCAPE_BYTES = 2 };

/* What stands after the backslash for a byte that COPY escapes; 0 for any other byte. */
static const uint8_t ESCAPES[256] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\v'] = 'v', [BACKSLASH] = BACKSLASH,
};

static int64_t escapes_in(const uint8_t *at, const uint8_t *end)
{
    int64_t found = 0;
    while ((at = memchr(at, BACKSLASH, end - at)) && end - at >= ESCAPE_BYTES)
        found++, at += ESCAPE_BYTES;
    return found;
}

/* Find the leading fields of every row, as find_fields does: a field ends at a tab, the last one at the row's newline.
   `starts` are those of the escaped values, `offsets` those of the values without escapes. A tail begins with the
   separator before it. Returns the first row with fewer fields, or -1. */
PUBLIC int64_t find_text_fields(const uint8_t *buffer, const int64_t *row_ends, int64_t rows, int64_t leading,
                                int32_t *starts, int32_t *offsets, uint8_t *valid, int64_t *nulls, int32_t *tails)
{
    const int64_t bitmap = (rows + 7) / 8;
    int64_t position = 0;
    for (int64_t field = 0; field < leading; field++)
        offsets[field * (rows + 1)] = 0;
    for (int64_t row = 0; row < rows; position = row_ends[row], row++) {
        const int64_t newline = row_ends[row] - 1;
        for (int64_t field = 0; field < leading; field++, position++) {
            if (position > newline)
                return row;
            const uint8_t *begin = buffer + position, *end = memchr(begin, TAB, newline - position);
            end = end ? end : buffer + newline;
            int64_t length = end - begin - escapes_in(begin, end);
            if (end - begin != 2 || begin[0] != BACKSLASH || begin[1] != 'N')
                valid[field * bitmap + row / 8] |= 1 << row % 8;
            else
                length = 0, nulls[field]++;
            int32_t *offset = offsets + field * (rows + 1) + row;
            starts[field * rows + row] = (int32_t)position;
            offset[1] = offset[0] + (int32_t)length;
            position = end - buffer;
        }
        tails[row] = (int32_t)position - (leading > 0);
    }
    return -1;
}

/* Bring the values of one column together, without their escapes. */
PUBLIC void gather_text_field(const uint8_t *buffer, const int32_t *starts, const int32_t *offsets, int64_t rows,
                              uint8_t *out)
{
    for (int64_t row = 0; row < rows; row++) {
        const uint8_t *at = buffer + starts[row];
        const int64_t length = offsets[row + 1] - offsets[row];
        uint8_t *to = out + offsets[row], *const end = to + length;
        if (!memchr(at, BACKSLASH, length))
            memcpy(to, at, length);
        else
            for (; to < end; at++)
                *to++ = *at == BACKSLASH ? unescaped(*++at) : *at;
    }
}

/* Whether a value holds a byte to escape. It looks at every byte: the compiler makes vectors of that. */
static int has_escapes(const uint8_t *at, int64_t length)
{
    int found = 0;
    for (int64_t place = 0; place < length; place++)
        found |= (at[place] >= '\b' && at[place] <= '\r') | (at[place] == BACKSLASH);
    return found;
}

static uint8_t *write_escaped(uint8_t *out, const uint8_t *at, int64_t length)
{
    if (!has_escapes(at, length)) {
        memcpy(out, at, length);
        return out + length;
    }
    for (const uint8_t *end = at + length; at < end; at++) {
        const uint8_t letter = ESCAPES[*at];
        if (letter)
            *out++ = BACKSLASH;
        *out++ = letter ? letter : *at;
    }
    return out;
}

/* Write every row again, as write_rows does: its leading fields from columns, its tail from where it was read. Room is
   needed for two bytes a byte of the columns, and three a field. Returns the bytes written. */
PUBLIC int64_t write_text_rows(const uint8_t *buffer, const int64_t *row_ends, const int32_t *tails, int64_t rows,
                               int64_t leading, const uint8_t *const *data, const int32_t *const *offsets,
                               const uint8_t *const *valid, const int64_t *first, uint8_t *out)
{
    uint8_t *at = out;
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t field = 0; field < leading; field++) {
            const int64_t place = first[field] + row;
            if (field)
                *at++ = TAB;
            if (valid[field] && !(valid[field][place / 8] >> place % 8 & 1)) {
                *at++ = BACKSLASH, *at++ = 'N';
                continue;
            }
            const int32_t begin = offsets[field][place], length = offsets[field][place + 1] - begin;
            at = write_escaped(at, data[field] + begin, length);
        }
        memcpy(at, buffer + tails[row], row_ends[row] - tails[row]);
        at += row_ends[row] - tails[row];
    }
    return at - out;
}
