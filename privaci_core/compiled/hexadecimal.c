/* Bytes as Postgres prints them: hexadecimal digits after a prefix, with signs between some of them. */
#include "loops.h"

enum { MOST_SIGNS = 64 };

static const uint8_t DIGITS[] = "0123456789abcdef";

/* What a digit stands for, in upper case too, plus one; 0 where a letter is none. */
static const uint8_t VALUES[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Write values. A bit of `signs` says that a sign stands before the byte of that place. Returns the letters written. */
PUBLIC int64_t write_octets(const uint8_t *data, const int32_t *offsets, int64_t count, const uint8_t *prefix,
                            int64_t prefix_size, int64_t sign, uint64_t signs, uint8_t *out, int64_t *out_offsets)
{
    uint8_t *at = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        memcpy(at, prefix, prefix_size);
        at += prefix_size;
        const uint8_t *value = data + offsets[place];
        const int64_t size = offsets[place + 1] - offsets[place];
        for (int64_t octet = 0; octet < size; octet++) {
            if (octet < MOST_SIGNS && signs >> octet & 1)
                *at++ = (uint8_t)sign;
            *at++ = DIGITS[value[octet] >> 4];
            *at++ = DIGITS[value[octet] & 15];
        }
        out_offsets[place + 1] = at - out;
    }
    return at - out;
}

/* Read values, whose signs may stand between any bytes. Returns the first that has another prefix, other letters or half
   a byte, or -1. */
PUBLIC int64_t read_octets(const uint8_t *data, const int64_t *offsets, int64_t count, const uint8_t *prefix,
                           int64_t prefix_size, int64_t sign, uint8_t *out, int32_t *out_offsets)
{
    uint8_t *to = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        if (end - at < prefix_size || memcmp(at, prefix, prefix_size) != 0)
            return place;
        at += prefix_size;
        while (at < end) {
            if (*at == sign) {
                at++;
                continue;
            }
            if (end - at < 2 || !VALUES[at[0]] || !VALUES[at[1]])
                return place;
            *to++ = (uint8_t)((VALUES[at[0]] - 1) << 4 | (VALUES[at[1]] - 1));
            at += 2;
        }
        out_offsets[place + 1] = (int32_t)(to - out);
    }
    return -1;
}
