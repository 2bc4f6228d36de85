/* IPv4 addresses of single hosts in COPY binary, as Postgres prints them; others are left to Python. */
#include "loops.h"

enum { FAMILY = 2, BITS = 32, OCTETS = 4, HEAD = 4 };

static uint8_t *write_octet(uint8_t *out, uint8_t octet)
{
    if (octet >= 100)
        *out++ = '0' + octet / 100;
    if (octet >= 10)
        *out++ = '0' + octet / 10 % 10;
    *out++ = '0' + octet % 10;
    return out;
}

/* Write addresses; one that is no IPv4 address of a host takes no letter and is marked. */
PUBLIC void write_addresses(const uint8_t *data, const int32_t *offsets, int64_t count, uint8_t *out, int64_t *out_offsets,
                            uint8_t *is_left)
{
    uint8_t *at = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *value = data + offsets[place];
        const int64_t size = offsets[place + 1] - offsets[place];
        is_left[place] = size != HEAD + OCTETS || value[0] != FAMILY || value[1] != BITS || value[2] != 0;
        for (int octet = 0; octet < OCTETS && !is_left[place]; octet++) {
            at = write_octet(at, value[HEAD + octet]);
            if (octet < OCTETS - 1)
                *at++ = '.';
        }
        out_offsets[place + 1] = at - out;
    }
}
