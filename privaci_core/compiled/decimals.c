/* Plain decimals as text: how many digits stand behind their point, and as many as a column has. */
#include "loops.h"

/* How many letters stand behind the point of each text; 0 without one. */
PUBLIC void count_decimals(const uint8_t *data, const int64_t *offsets, int64_t count, int64_t *out)
{
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        const uint8_t *point = memchr(at, '.', end - at);
        out[place] = point ? end - point - 1 : 0;
    }
}

static const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* How many digits a plain decimal has behind its point, -1 without a point, -2 if it is none. */
static int64_t decimals_of(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == '-')
        at++;
    const uint8_t *point = skip_digits(at, end);
    if (point == at)
        return -2;
    if (point == end)
        return -1;
    return *point == '.' && skip_digits(point + 1, end) == end ? end - point - 1 : -2;
}

/* Write decimals with exactly `scale` digits behind the point. One that has more, or is spelled otherwise, takes no
   letter and is marked. Room is needed for scale + 1 letters more each. */
PUBLIC void pad_decimals(const uint8_t *data, const int64_t *offsets, int64_t count, int64_t scale, uint8_t *out,
                         int64_t *out_offsets, uint8_t *is_left)
{
    uint8_t *to = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        int64_t decimals = decimals_of(at, end);
        is_left[place] = decimals < -1 || decimals > scale;
        if (!is_left[place]) {
            memcpy(to, at, end - at);
            to += end - at;
            if (decimals < 0)
                *to++ = '.', decimals = 0;
            memset(to, '0', scale - decimals);
            to += scale - decimals;
        }
        out_offsets[place + 1] = to - out;
    }
}
