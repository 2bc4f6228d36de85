/* HMAC-SHA256 of columns of values. */
#include "loops.h"

/* SHA-256 of FIPS 180-4 and HMAC of RFC 2104, over some messages at once. */
enum { BLOCK = 64, STATE = 8, WORDS = 4, TOGETHER = 2, LONGEST_IN_ONE = BLOCK - 9 };

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

/* Whether this processor has the instructions. */
PUBLIC int64_t has_instructions(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b >> 29 & 1))
        return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && c >> 9 & 1 && c >> 19 & 1;
}
#else
static Compress *const compress_by_instructions = compress_anywhere;

PUBLIC int64_t has_instructions(void) { return 0; }
#endif

static void write_word(uint8_t *at, uint32_t word) { write_length(at, (int32_t)word); }

static void put_bits(uint8_t *block, uint64_t bytes)
{
    write_word(block + BLOCK - 8, (uint32_t)(bytes >> 29));
    write_word(block + BLOCK - 4, (uint32_t)(bytes << 3));
}

/* The end of a message in one block or two: what is left of it, the standard's mark behind it, the length of the whole.
   Returns how many blocks that takes. */
static int pad(uint8_t *out, const uint8_t *rest, int64_t length, uint64_t whole)
{
    const int blocks = length > LONGEST_IN_ONE ? 2 : 1;
    memset(out, 0, blocks * BLOCK);
    if (length)
        memcpy(out, rest, length);
    out[length] = 0x80;
    put_bits(out + (blocks - 1) * BLOCK, whole);
    return blocks;
}

/* Take a message of any length into a state that has taken one block before. */
static void take_message(Compress *compress, State *state, const uint8_t *message, int64_t length)
{
    uint8_t end[2 * BLOCK];
    const uint64_t whole = BLOCK + length;
    for (; length >= BLOCK; length -= BLOCK, message += BLOCK)
        compress(state, &message, 1);
    const int blocks = pad(end, message, length, whole);
    for (int block = 0; block < blocks; block++) {
        const uint8_t *at = end + block * BLOCK;
        compress(state, &at, 1);
    }
}

/* Take some messages of one block each, which is what names and numbers are. */
static void take_short(Compress *compress, State *states, const uint8_t *const *messages, const int64_t *lengths, int count)
{
    uint8_t blocks[TOGETHER][BLOCK];
    const uint8_t *at[TOGETHER];
    for (int lane = 0; lane < count; lane++) {
        pad(blocks[lane], messages[lane], lengths[lane], BLOCK + lengths[lane]);
        at[lane] = blocks[lane];
    }
    compress(states, at, count);
}

/* From inner digests to the whole ones, as numbers: the first eight bytes of a digest are its first. */
static void finish(Compress *compress, State *inner, const State outer, int count, uint64_t *out)
{
    static const int64_t lengths[TOGETHER] = {sizeof(State), sizeof(State)};
    uint8_t digests[TOGETHER][sizeof(State)];
    const uint8_t *at[TOGETHER];
    for (int lane = 0; lane < count; lane++) {
        for (int word = 0; word < STATE; word++)
            write_word(digests[lane] + 4 * word, inner[lane][word]);
        at[lane] = digests[lane];
        memcpy(inner[lane], outer, sizeof(State));
    }
    take_short(compress, inner, at, lengths, count);
    for (int lane = 0; lane < count; lane++)
        for (int word = 0; word < WORDS; word++)
            *out++ = (uint64_t)inner[lane][2 * word] << 32 | inner[lane][2 * word + 1];
}

static void take_key(Compress *compress, State state, const uint8_t *key, uint8_t with)
{
    uint8_t block[BLOCK];
    const uint8_t *at = block;
    for (int place = 0; place < BLOCK; place++)
        block[place] = key[place] ^ with;
    memcpy(state, FIRST_STATE, sizeof FIRST_STATE);
    compress((State *)state, &at, 1);
}

/* HMAC-SHA256 of each value under a key of one block (a shorter one has zeros behind it). */
PUBLIC void hash_values(const uint8_t *key, const uint8_t *data, const int64_t *offsets, int64_t count,
                        int64_t instructions, uint64_t *out)
{
    Compress *compress = instructions ? compress_by_instructions : compress_anywhere;
    State inner, outer, states[TOGETHER];
    take_key(compress, inner, key, 0x36);
    take_key(compress, outer, key, 0x5c);
    for (int64_t place = 0; place < count;) {
        const uint8_t *messages[TOGETHER];
        int64_t lengths[TOGETHER];
        int taken = 0;
        for (; taken < TOGETHER && place + taken < count; taken++) {
            messages[taken] = data + offsets[place + taken];
            lengths[taken] = offsets[place + taken + 1] - offsets[place + taken];
            if (lengths[taken] > LONGEST_IN_ONE)
                break;
            memcpy(states[taken], inner, sizeof inner);
        }
        if (taken) {
            take_short(compress, states, messages, lengths, taken);
        } else {
            memcpy(states[0], inner, sizeof inner);
            take_message(compress, states, messages[0], lengths[0]);
            taken = 1;
        }
        finish(compress, states, outer, taken, out + WORDS * place);
        place += taken;
    }
}
