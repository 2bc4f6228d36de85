/* How texts write a letter as something else: JSON by a backslash, addresses by a percent sign, HTML and XML by a name. */
#ifndef PRIVACI_ESCAPES_H
#define PRIVACI_ESCAPES_H

#include "loops.h"

/* Which escapes a reading knows: none, those of a document, or all, wherever they are and however often escaped again. */
enum { AS_WRITTEN, OF_DOCUMENT, EVERY_ESCAPE };
/* A longer number of a letter is none. */
enum { DECIMAL_DIGITS = 6, HEX_DIGITS = 5 };

static inline int is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

static inline int begins_escape(uint8_t byte) { return byte == '\\' || byte == '%' || byte == '&'; }

/* How many bytes a code point takes. */
static inline int64_t size_of(int32_t point) { return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; }

static inline int hex_value(uint8_t letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter |= 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The code point of an escape \uXXXX, or -1. */
static inline int32_t escaped_point(const uint8_t *at, const uint8_t *end)
{
    int32_t point = 0;
    if (end - at < 6 || at[1] != 'u')
        return -1;
    for (int place = 2; place < 6; place++) {
        const int digit = hex_value(at[place]);
        if (digit < 0)
            return -1;
        point = point << 4 | digit;
    }
    return point;
}

/* However many backslashes: each time that a document is put into another doubles them. */
static inline int32_t behind_backslash(const uint8_t *at, const uint8_t *end, int64_t *bytes)
{
    const uint8_t *last = at;
    while (end - last > 1 && last[1] == '\\')
        last++;
    const int32_t point = escaped_point(last, end);
    const int is_blank = point < 0 && end - last > 1 && last[1] && strchr("nrtbfv", last[1]);
    if (point > 0 || is_blank)
        *bytes = last - at + (is_blank ? 2 : 6);
    return is_blank ? '\n' : point > 0 ? point : 0;
}

/* The byte of %XX, or -1. */
static inline int percent_byte(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 3 || at[0] != '%' || hex_value(at[1]) < 0 || hex_value(at[2]) < 0)
        return -1;
    return hex_value(at[1]) << 4 | hex_value(at[2]);
}

static inline int32_t behind_percent(const uint8_t *at, const uint8_t *end, int64_t *bytes)
{
    const int first = percent_byte(at, end);
    const int more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : -1;
    if (first <= 0 || more < 0)
        return 0;
    int32_t point = more == 0 ? first : more == 1 ? first & 0x1f : first & 0x0f;
    for (int next = 1; next <= more; next++) {
        const int byte = 3 * next < end - at ? percent_byte(at + 3 * next, end) : -1;
        if (byte < 0 || !is_continuation((uint8_t)byte))
            return 0;
        point = point << 6 | (byte & 0x3f);
    }
    *bytes = point ? 3 * (1 + more) : *bytes;
    return point;
}

/* A number behind &# or &#x, as far as `at` before its semicolon; 0 where there is none. */
static inline int32_t numbered_point(const uint8_t **at, const uint8_t *end)
{
    const int is_hex = end - *at > 0 && (**at | 0x20) == 'x';
    int32_t point = 0;
    int digits = 0;
    for (*at += is_hex; *at < end && digits <= DECIMAL_DIGITS; digits++, ++*at) {
        const int digit = hex_value(**at);
        if (digit < 0 || (!is_hex && digit > 9))
            break;
        point = point * (is_hex ? 16 : 10) + digit;
    }
    return digits <= (is_hex ? HEX_DIGITS : DECIMAL_DIGITS) ? point : 0;
}

/* What a name stands for: a sign, or a letter with an accent, which does not count. */
static inline int32_t named_point(const uint8_t *name, int64_t size)
{
    static const struct { const char *name; int32_t point; } signs[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xa0}};
    static const char *const accents[] = {"acute", "grave", "circ", "uml", "tilde", "cedil", "ring", "caron"};
    for (size_t sign = 0; sign < sizeof signs / sizeof *signs; sign++)
        if (size == (int64_t)strlen(signs[sign].name) && !memcmp(name, signs[sign].name, (size_t)size))
            return signs[sign].point;
    for (size_t accent = 0; accent < sizeof accents / sizeof *accents; accent++)
        if (size == 1 + (int64_t)strlen(accents[accent]) && !memcmp(name + 1, accents[accent], (size_t)size - 1))
            return name[0];
    return 0;
}

static inline int32_t behind_ampersand(const uint8_t *at, const uint8_t *end, int64_t *bytes)
{
    const uint8_t *stop = at + 1;
    int32_t point = 0;
    if (stop < end && *stop == '#') {
        stop++, point = numbered_point(&stop, end);
    } else {
        while (stop < end && stop - at < 8 && ((*stop | 0x20) >= 'a' && (*stop | 0x20) <= 'z'))
            stop++;
        point = named_point(at + 1, stop - at - 1);
    }
    if (!point || stop >= end || *stop != ';')
        return 0;
    *bytes = stop + 1 - at;
    return point;
}

/* The code point of an escape of any kind and how many bytes it takes, or 0. */
static inline int32_t read_escape(const uint8_t *at, const uint8_t *end, int64_t *bytes)
{
    switch (*at) {
    case '\\': return behind_backslash(at, end, bytes);
    case '%': return behind_percent(at, end, bytes);
    case '&': return behind_ampersand(at, end, bytes);
    default: return 0;
    }
}

static inline int has_escape(const uint8_t *at, const uint8_t *end)
{
    int64_t bytes;
    for (; at < end; at++)
        if (begins_escape(*at) && read_escape(at, end, &bytes))
            return 1;
    return 0;
}

#endif
