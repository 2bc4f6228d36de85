/* Arrays in the text form that Postgres prints: their elements, and arrays written again with others. */
#include "loops.h"

enum { NULL_LETTERS = 4 };

/* The elements that were found: where each begins and ends, quotes included, whether it has quotes and escapes, and for how
   many there is room. */
typedef struct {
    int64_t *starts, *ends;
    uint8_t *has_quotes, *has_escapes;
    int64_t most;
} Elements;

static int is_sign(uint8_t letter) { return letter == '{' || letter == '}' || letter == ',' || letter == '"'; }

/* Whether a text is the word NULL in any case. */
static int is_null(const uint8_t *at, const uint8_t *end)
{
    return end - at == NULL_LETTERS && (at[0] | 0x20) == 'n' && (at[1] | 0x20) == 'u' && (at[2] | 0x20) == 'l' &&
           (at[3] | 0x20) == 'l';
}

/* What bounds that are not the usual ones stand in front of the first bracket: `[2:3]=`. */
static const uint8_t *after_bounds(const uint8_t *at, const uint8_t *end)
{
    if (at == end || *at != '[')
        return at;
    const uint8_t *sign = memchr(at, '=', end - at);
    return sign ? sign + 1 : at;
}

/* Find the elements of arrays that are not NULL; `upto` says how many there are up to the end of each array. Returns how many
   there are, or -1 where they have no room. */
PUBLIC int64_t find_elements(const uint8_t *data, const int64_t *offsets, int64_t count, const Elements *found,
                             int64_t *upto)
{
    int64_t elements = 0;
    for (int64_t place = 0; place < count; upto[place++] = elements) {
        const uint8_t *end = data + offsets[place + 1], *at = after_bounds(data + offsets[place], end);
        while (at < end) {
            const uint8_t *start = at, sign = *at++;
            uint8_t escapes = 0;
            if (sign == '{' || sign == '}' || sign == ',')
                continue;
            for (; at < end && (sign == '"' ? *at != '"' : !is_sign(*at)); at++)
                if (*at == '\\' && sign == '"' && at + 1 < end)
                    escapes = 1, at++;
            const int is_cut = sign == '"' && at == end;
            at += sign == '"' && !is_cut;
            if (is_cut || (sign != '"' && is_null(start, at)))
                continue;
            if (elements == found->most)
                return -1;
            found->starts[elements] = start - data, found->ends[elements] = at - data;
            found->has_quotes[elements] = sign == '"', found->has_escapes[elements++] = escapes;
        }
    }
    return elements;
}

static int needs_quotes(const uint8_t *at, const uint8_t *end)
{
    if (at == end || is_null(at, end))
        return 1;
    for (; at < end; at++)
        if (is_sign(*at) || *at == '\\' || *at == ' ' || (*at >= '\t' && *at <= '\r'))
            return 1;
    return 0;
}

/* An element as Postgres prints it: in quotes only where it needs them. */
static uint8_t *print(uint8_t *out, const uint8_t *at, const uint8_t *end)
{
    if (!needs_quotes(at, end)) {
        memcpy(out, at, end - at);
        return out + (end - at);
    }
    *out++ = '"';
    for (; at < end; at++) {
        if (*at == '"' || *at == '\\')
            *out++ = '\\';
        *out++ = *at;
    }
    *out++ = '"';
    return out;
}

/* Write arrays with other elements, NULL where `is_there` has a zero. Returns the bytes written. */
PUBLIC int64_t write_arrays(const uint8_t *data, const int64_t *offsets, int64_t count, const int64_t *upto,
                            const Elements *found, const uint8_t *texts, const int64_t *text_offsets,
                            const uint8_t *is_there, uint8_t *out, int64_t *out_offsets)
{
    uint8_t *at = out;
    int64_t element = 0;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        int64_t last = offsets[place];
        for (; element < upto[place]; element++) {
            memcpy(at, data + last, found->starts[element] - last);
            at += found->starts[element] - last;
            if (is_there[element])
                at = print(at, texts + text_offsets[element], texts + text_offsets[element + 1]);
            else
                memcpy(at, "NULL", NULL_LETTERS), at += NULL_LETTERS;
            last = found->ends[element];
        }
        memcpy(at, data + last, offsets[place + 1] - last);
        at += offsets[place + 1] - last;
        out_offsets[place + 1] = at - out;
    }
    return at - out;
}
