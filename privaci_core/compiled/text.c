/* Columns of text: numbers written as digits, texts compared and folded. */
#include "loops.h"

/* Numbers as hexadecimal digits, sixteen each. */
PUBLIC void write_hex(const uint64_t *words, int64_t count, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    for (int64_t place = 0; place < count; place++)
        for (int shift = 60; shift >= 0; shift -= 4)
            *out++ = digits[words[place] >> shift & 15];
}

/* Numbers as decimal digits, so many each, with zeros in front. */
PUBLIC void write_decimal(const uint64_t *numbers, int64_t count, int64_t digits, uint8_t *out)
{
    for (int64_t place = 0; place < count; place++, out += digits) {
        uint64_t rest = numbers[place];
        for (int64_t digit = digits; digit-- > 0; rest /= 10)
            out[digit] = '0' + rest % 10;
    }
}

static int is_blank(uint8_t letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

static uint8_t lowered(uint8_t letter) { return letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter; }

/* Whether two texts could be one but for case and blanks around the first; beyond ASCII that is for others to say. */
static int could_be(const uint8_t *value, const uint8_t *end, const uint8_t *fake, const uint8_t *fake_end)
{
    while (end > value && is_blank(end[-1]))
        end--;
    while (value < end && is_blank(*value))
        value++;
    if (value < end && end[-1] > 0x7f)
        return 1;
    for (; value < end && fake < fake_end; value++, fake++) {
        if ((*value | *fake) > 0x7f)
            return 1;
        if (lowered(*value) != lowered(*fake))
            return 0;
    }
    return (value == end && fake == fake_end) || (value < end && *value > 0x7f) || (fake < fake_end && *fake > 0x7f);
}

/* The places where a value and its fake could be the same. Returns how many. */
PUBLIC int64_t find_alike(const uint8_t *values, const int64_t *value_offsets, const uint8_t *fakes,
                          const int64_t *fake_offsets, int64_t count, uint32_t *places)
{
    int64_t found = 0;
    for (int64_t place = 0; place < count; place++)
        if (could_be(values + value_offsets[place], values + value_offsets[place + 1], fakes + fake_offsets[place],
                     fakes + fake_offsets[place + 1]))
            places[found++] = (uint32_t)place;
    return found;
}

/* Texts without the blanks around them and in lower case, end to end. Returns their bytes, or -1 where one holds more
   than ASCII. */
PUBLIC int64_t fold_texts(const uint8_t *data, const int64_t *offsets, int64_t count, uint8_t *out, int64_t *out_offsets)
{
    int64_t written = 0;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        uint8_t seen = 0;
        while (end > at && is_blank(end[-1]))
            end--;
        while (at < end && is_blank(*at))
            at++;
        for (; at < end; at++) {
            seen |= *at;
            out[written++] = lowered(*at);
        }
        if (seen > 0x7f)
            return -1;
        out_offsets[place + 1] = written;
    }
    return written;
}
