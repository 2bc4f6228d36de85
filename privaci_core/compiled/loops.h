/* What the loops share: how a name is exported, how COPY binary writes a length, and COPY text an escape. */
#ifndef PRIVACI_LOOPS_H
#define PRIVACI_LOOPS_H

#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

enum { COUNT_BYTES = 2, LENGTH_BYTES = 4, NULL_LENGTH = -1 };

static inline int is_digit(uint8_t letter) { return letter >= '0' && letter <= '9'; }

static inline int32_t read_length(const uint8_t *at)
{
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

static inline uint8_t *write_length(uint8_t *at, int32_t length)
{
    uint32_t word = (uint32_t)length;
    at[0] = word >> 24, at[1] = word >> 16, at[2] = word >> 8, at[3] = word;
    return at + LENGTH_BYTES;
}

/* The byte that a letter stands for behind a backslash. */
static inline uint8_t unescaped(uint8_t letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return letter;
    }
}

#endif
