/* IPv4 addresses between COPY binary and what Postgres prints; others are left to Python. */
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

/* Read a number of at most `highest` without zeros in front; NULL if there is none. */
static const uint8_t *read_small(const uint8_t *at, const uint8_t *end, unsigned highest, uint8_t *number)
{
    unsigned found = 0;
    const uint8_t *begin = at;
    for (; at < end && is_digit(*at) && at - begin < 3; at++)
        found = 10 * found + (*at - '0');
    if (at == begin || found > highest || (*begin == '0' && at - begin > 1))
        return NULL;
    *number = (uint8_t)found;
    return at;
}

static int read_address(const uint8_t *at, const uint8_t *end, uint8_t is_network, uint8_t *value)
{
    const uint8_t head[HEAD] = {FAMILY, BITS, is_network, OCTETS};
    memcpy(value, head, HEAD);
    for (int octet = 0; octet < OCTETS; octet++) {
        if (octet && (at == end || *at++ != '.'))
            return 0;
        if (!(at = read_small(at, end, UINT8_MAX, value + HEAD + octet)))
            return 0;
    }
    if (at < end && *at == '/')
        at = read_small(at + 1, end, BITS, value + 1);
    return at == end;
}

/* Read addresses, with the length of a network or without; one of another form takes no byte and is marked. */
PUBLIC void read_addresses(const uint8_t *data, const int64_t *offsets, int64_t count, int64_t is_network, uint8_t *out,
                           int32_t *out_offsets, uint8_t *is_left)
{
    uint8_t *to = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        is_left[place] = !read_address(data + offsets[place], data + offsets[place + 1], (uint8_t)is_network, to);
        if (!is_left[place])
            to += HEAD + OCTETS;
        out_offsets[place + 1] = (int32_t)(to - out);
    }
}
