/* What the fuzzing programs share: numbers from a fixed seed, exact buffers, and an end with a word. */
#ifndef PRIVACI_FUZZ_H
#define PRIVACI_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252ULL;

static inline uint32_t drawn(uint32_t below)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

/* malloc may answer nothing with NULL, which is no buffer. */
static inline void *room_for(size_t bytes) { return malloc(bytes ? bytes : 1); }

static inline void require(int holds, const char *what)
{
    if (!holds) {
        puts(what);
        exit(1);
    }
}

#endif
