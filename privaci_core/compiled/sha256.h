/* SHA-256 of FIPS 180-4, over some messages at once: by arithmetic, or by what the processor has for it. */
#ifndef PRIVACI_SHA256_H
#define PRIVACI_SHA256_H

#include "loops.h"

enum { BLOCK = 64, STATE = 8, TOGETHER = 2 };

typedef uint32_t State[STATE];
/* Takes one block into each of `count` states, at most TOGETHER. */
typedef void Compress(State *states, const uint8_t *const *blocks, int count);

static const State FIRST_STATE = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint32_t ROUND_CONSTANTS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

static void compress_anywhere(State *states, const uint8_t *const *blocks, int count)
{
    for (int lane = 0; lane < count; lane++) {
        uint32_t w[16], *state = states[lane];
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (int word = 0; word < 16; word++)
            w[word] = (uint32_t)read_length(blocks[lane] + 4 * word);
#pragma GCC unroll 64
        for (int turn = 0; turn < 64; turn++) {
            if (turn >= 16) {
                const uint32_t early = w[(turn + 1) % 16], late = w[(turn + 14) % 16];
                w[turn % 16] += (turned(early, 7) ^ turned(early, 18) ^ early >> 3) + w[(turn + 9) % 16] +
                                (turned(late, 17) ^ turned(late, 19) ^ late >> 10);
            }
            const uint32_t first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) +
                                   ROUND_CONSTANTS[turn] + w[turn % 16];
            const uint32_t second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + first;
            d = c, c = b, b = a, a = first + second;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/* The same by the processor's own instructions, which keep a state as ABEF and CDGH. They wait for one another: two
   chains at once fill each other's gaps. */
__attribute__((target("sha,sse4.1,ssse3")))
static void compress_by_instructions(State *states, const uint8_t *const *blocks, int count)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i words[TOGETHER][4], abef[TOGETHER], cdgh[TOGETHER];
    for (int lane = 0; lane < TOGETHER; lane++) {
        const int used = lane < count ? lane : 0;
        const uint32_t *h = states[used];
        abef[lane] = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
        cdgh[lane] = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
        for (int part = 0; part < 4; part++)
            words[lane][part] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks[used] + 16 * part)), swap);
    }
#pragma GCC unroll 16
    for (int turn = 0; turn < 16; turn++) {
        const __m128i constants = _mm_loadu_si128((const __m128i *)(ROUND_CONSTANTS + 4 * turn));
        for (int lane = 0; lane < TOGETHER; lane++) {
            __m128i *w = words[lane];
            const __m128i last = w[(turn + 3) % 4];
            if (turn >= 4) {
                const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[turn % 4], w[(turn + 1) % 4]),
                                                  _mm_alignr_epi8(last, w[(turn + 2) % 4], 4));
                w[turn % 4] = _mm_sha256msg2_epu32(sum, last);
            }
            const __m128i round = _mm_add_epi32(w[turn % 4], constants);
            cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], round);
            abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(round, 0x0e));
        }
    }
    for (int lane = 0; lane < count; lane++) {
        uint32_t now[STATE];
        _mm_storeu_si128((__m128i *)now, _mm_shuffle_epi32(_mm_unpackhi_epi64(cdgh[lane], abef[lane]), 0x1b));
        _mm_storeu_si128((__m128i *)(now + 4), _mm_shuffle_epi32(_mm_unpacklo_epi64(cdgh[lane], abef[lane]), 0x1b));
        for (int word = 0; word < STATE; word++)
            states[lane][word] += now[word];
    }
}

static int has_sha256(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b >> 29 & 1))
        return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && c >> 9 & 1 && c >> 19 & 1;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <sys/auxv.h>

#if defined(__clang__)
#define WITH_SHA256 __attribute__((target("sha2")))
#else
#define WITH_SHA256 __attribute__((target("+crypto")))
#endif
/* What the kernel says of the processor, as in /proc/cpuinfo. */
enum { SHA256_BIT = 6 };

/* The same by ARM's instructions, which take four rounds at once. */
WITH_SHA256
static void compress_by_instructions(State *states, const uint8_t *const *blocks, int count)
{
    uint32x4_t words[TOGETHER][4], abcd[TOGETHER], efgh[TOGETHER];
    for (int lane = 0; lane < TOGETHER; lane++) {
        const int used = lane < count ? lane : 0;
        abcd[lane] = vld1q_u32(states[used]), efgh[lane] = vld1q_u32(states[used] + 4);
        for (int part = 0; part < 4; part++)
            words[lane][part] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks[used] + 16 * part)));
    }
#pragma GCC unroll 16
    for (int turn = 0; turn < 16; turn++) {
        const uint32x4_t constants = vld1q_u32(ROUND_CONSTANTS + 4 * turn);
        for (int lane = 0; lane < TOGETHER; lane++) {
            uint32x4_t *w = words[lane];
            if (turn >= 4)
                w[turn % 4] = vsha256su1q_u32(vsha256su0q_u32(w[turn % 4], w[(turn + 1) % 4]), w[(turn + 2) % 4],
                                              w[(turn + 3) % 4]);
            const uint32x4_t round = vaddq_u32(w[turn % 4], constants), before = abcd[lane];
            abcd[lane] = vsha256hq_u32(before, efgh[lane], round);
            efgh[lane] = vsha256h2q_u32(efgh[lane], before, round);
        }
    }
    for (int lane = 0; lane < count; lane++) {
        vst1q_u32(states[lane], vaddq_u32(vld1q_u32(states[lane]), abcd[lane]));
        vst1q_u32(states[lane] + 4, vaddq_u32(vld1q_u32(states[lane] + 4), efgh[lane]));
    }
}

static int has_sha256(void) { return getauxval(AT_HWCAP) >> SHA256_BIT & 1; }
#else
static Compress *const compress_by_instructions = compress_anywhere;

static int has_sha256(void) { return 0; }
#endif

#endif
