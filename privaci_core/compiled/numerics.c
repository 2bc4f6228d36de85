/* Numerics: digits to the base of 10,000 in COPY binary, and as text. */
#include "loops.h"

enum { HEAD_BYTES = 8, GROUP = 4, BASE = 10000 };
enum { POSITIVE = 0, NEGATIVE = 0x4000, NOT_A_NUMBER = 0xc000, INFINITE = 0xd000, BELOW_ALL = 0xf000 };

static int read_word(const uint8_t *at) { return at[0] << 8 | at[1]; }

static uint8_t *write_word(uint8_t *at, int word)
{
    *at++ = (uint8_t)(word >> 8);
    *at++ = (uint8_t)word;
    return at;
}

/* The digit of a number at a place before the point (0 is the last one) or behind it (-1 is the first). */
static uint8_t digit_at(const uint8_t *groups, int count, int weight, int64_t place)
{
    static const int powers[] = {1, 10, 100, 1000};
    const int64_t group = place >= 0 ? weight - place / GROUP : weight + (-place - 1) / GROUP + 1;
    if (group < 0 || group >= count)
        return '0';
    const int within = (int)(place >= 0 ? place % GROUP : GROUP - 1 - (-place - 1) % GROUP);
    return '0' + read_word(groups + 2 * group) / powers[within] % 10;
}

/* How many letters a numeric takes at most. */
static int64_t letters_of(const uint8_t *at)
{
    const int weight = (int16_t)read_word(at + 2);
    return 12 + GROUP * (int64_t)(weight > 0 ? weight + 1 : 1) + read_word(at + 6);
}

static uint8_t *write_one(uint8_t *out, const uint8_t *at, int count)
{
    const int weight = (int16_t)read_word(at + 2), sign = read_word(at + 4), scale = read_word(at + 6);
    if (sign == NOT_A_NUMBER || sign == INFINITE || sign == BELOW_ALL) {
        const char *said = sign == NOT_A_NUMBER ? "NaN" : sign == INFINITE ? "Infinity" : "-Infinity";
        memcpy(out, said, strlen(said));
        return out + strlen(said);
    }
    if (sign == NEGATIVE)
        *out++ = '-';
    int64_t place = weight < 0 ? 0 : GROUP * (int64_t)(weight + 1) - 1;
    while (place > 0 && digit_at(at + HEAD_BYTES, count, weight, place) == '0')
        place--;
    for (; place >= 0; place--)
        *out++ = digit_at(at + HEAD_BYTES, count, weight, place);
    if (scale > 0)
        *out++ = '.';
    for (int behind = 1; behind <= scale; behind++)
        *out++ = digit_at(at + HEAD_BYTES, count, weight, -behind);
    return out;
}

/* How many bytes the texts of numerics take at most; -1 where one is shorter than it says. */
PUBLIC int64_t measure_numerics(const uint8_t *data, const int32_t *offsets, int64_t count)
{
    int64_t letters = 0;
    for (int64_t place = 0; place < count; place++) {
        const int64_t size = offsets[place + 1] - offsets[place];
        if (size < HEAD_BYTES || size < HEAD_BYTES + 2 * (int64_t)read_word(data + offsets[place]))
            return -1;
        letters += letters_of(data + offsets[place]);
    }
    return letters;
}

/* Write numerics as text, each with as many digits behind the point as it was given. */
PUBLIC void write_numerics(const uint8_t *data, const int32_t *offsets, int64_t count, uint8_t *out, int64_t *out_offsets)
{
    uint8_t *at = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        at = write_one(at, data + offsets[place], read_word(data + offsets[place]));
        out_offsets[place + 1] = at - out;
    }
}

/* Four digits from a place before or behind the point; beyond either end they are zeros. */
static int group_from(const uint8_t *first, const uint8_t *last, const uint8_t *at)
{
    int group = 0;
    for (int place = 0; place < GROUP; place++, at++)
        group = group * 10 + (at >= first && at < last ? *at - '0' : 0);
    return group;
}

/* Write one plain decimal as a numeric; NULL where it is none. */
static uint8_t *pack_one(uint8_t *out, const uint8_t *at, const uint8_t *end)
{
    const int is_negative = at < end && *at == '-';
    at += is_negative;
    const uint8_t *point = at, *begin = at;
    while (point < end && is_digit(*point))
        point++;
    if (point == begin || (point < end && (*point != '.' || point + 1 == end)))
        return NULL;
    for (const uint8_t *behind = point + 1; behind < end; behind++)
        if (!is_digit(*behind))
            return NULL;
    const int64_t scale = point < end ? end - point - 1 : 0, before = (point - begin + GROUP - 1) / GROUP;
    const int64_t all = before + (scale + GROUP - 1) / GROUP;
    if (before > INT16_MAX || scale > 0x3fff)
        return NULL;
    uint8_t *head = out, *groups = out + HEAD_BYTES;
    int64_t first = all, last = 0;
    for (int64_t place = 0; place < all; place++) {
        const int group = place < before ? group_from(begin, point, point - GROUP * (before - place))
                                         : group_from(point + 1, end, point + 1 + GROUP * (place - before));
        if (group != 0) {
            first = place < first ? place : first;
            last = place + 1;
        }
        if (first < all)
            write_word(groups + 2 * (place - first), group);
    }
    const int is_zero = first == all;
    head = write_word(head, is_zero ? 0 : (int)(last - first));
    head = write_word(head, is_zero ? 0 : (int)(before - first - 1));
    head = write_word(head, is_negative && !is_zero ? NEGATIVE : POSITIVE);
    head = write_word(head, (int)scale);
    return is_zero ? head : head + 2 * (last - first);
}

/* Write plain decimals as numerics; one of another form takes no byte and is marked. Room for half of the letters and
   sixteen bytes for each is enough. Returns the bytes written. */
PUBLIC int64_t pack_numerics(const uint8_t *data, const int64_t *offsets, int64_t count, uint8_t *out, int32_t *out_offsets,
                             uint8_t *is_left)
{
    uint8_t *at = out;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        uint8_t *written = pack_one(at, data + offsets[place], data + offsets[place + 1]);
        is_left[place] = written == NULL;
        at = written ? written : at;
        out_offsets[place + 1] = (int32_t)(at - out);
    }
    return at - out;
}
