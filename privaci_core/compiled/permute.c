/* Permutes numbers by a key: a Feistel network of two halves with SipHash-2-4 in it, forward, plus one, and backward. */
#include "loops.h"

/* So many numbers pass a round side by side: the compiler makes vectors of them. */
enum { LANES = 8, ROUNDS = 8, STRETCH = 4 };

typedef struct { uint64_t size, inverse; } Modulus;
typedef struct { uint64_t a[LANES], b[LANES], c[LANES], d[LANES]; } Hash;

static Modulus modulus_of(uint64_t size) { return (Modulus){size, UINT64_MAX / size}; }

/* The inverse is too small by less than one, so the quotient is too small by one at most. */
static inline uint64_t divided(uint64_t number, Modulus by, uint64_t *rest)
{
    uint64_t quotient = (uint64_t)((unsigned __int128)number * by.inverse >> 64);
    *rest = number - quotient * by.size;
    const uint64_t more = *rest >= by.size;
    *rest -= more ? by.size : 0;
    return quotient + more;
}

static inline uint64_t left_turned(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

static inline void mix(Hash *hash)
{
    for (int lane = 0; lane < LANES; lane++) {
        uint64_t a = hash->a[lane] + hash->b[lane], b = left_turned(hash->b[lane], 13) ^ a;
        uint64_t c = hash->c[lane] + hash->d[lane], d = left_turned(hash->d[lane], 16) ^ c;
        a = left_turned(a, 32) + d;
        hash->a[lane] = a, hash->d[lane] = left_turned(d, 21) ^ a;
        c += b;
        hash->c[lane] = left_turned(c, 32), hash->b[lane] = left_turned(b, 17) ^ c;
    }
}

static inline void absorb(Hash *hash, const uint64_t *words)
{
    for (int lane = 0; lane < LANES; lane++)
        hash->d[lane] ^= words[lane];
    mix(hash), mix(hash);
    for (int lane = 0; lane < LANES; lane++)
        hash->a[lane] ^= words[lane];
}

/* SipHash-2-4 of one word each. */
static void hash_words(const uint64_t *key, const uint64_t *words, uint64_t *out)
{
    Hash hash;
    uint64_t length[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        hash.a[lane] = 0x736f6d6570736575 ^ key[0], hash.b[lane] = 0x646f72616e646f6d ^ key[1];
        hash.c[lane] = 0x6c7967656e657261 ^ key[0], hash.d[lane] = 0x7465646279746573 ^ key[1];
        length[lane] = (uint64_t)8 << 56;
    }
    absorb(&hash, words);
    absorb(&hash, length);
    for (int lane = 0; lane < LANES; lane++)
        hash.c[lane] ^= 0xff;
    for (int turn = 0; turn < STRETCH; turn++)
        mix(&hash);
    for (int lane = 0; lane < LANES; lane++)
        out[lane] = hash.a[lane] ^ hash.b[lane] ^ hash.c[lane] ^ hash.d[lane];
}

/* One pass of the network over numbers below the product of its halves, forward or backward. */
static void pass(const uint64_t *keys, const Modulus *halves, int is_backward, uint64_t *numbers)
{
    uint64_t parts[2][LANES], steps[LANES], step;
    for (int lane = 0; lane < LANES; lane++)
        parts[0][lane] = divided(numbers[lane], halves[1], &parts[1][lane]);
    for (int count = 0; count < ROUNDS; count++) {
        const int turn = is_backward ? ROUNDS - 1 - count : count;
        const Modulus half = halves[turn & 1];
        uint64_t *changed = parts[turn & 1];
        hash_words(keys + 2 * turn, parts[!(turn & 1)], steps);
        for (int lane = 0; lane < LANES; lane++) {
            divided(steps[lane], half, &step);
            changed[lane] += is_backward ? half.size - step : step;
            changed[lane] -= changed[lane] >= half.size ? half.size : 0;
        }
    }
    for (int lane = 0; lane < LANES; lane++)
        numbers[lane] = parts[0][lane] * halves[1].size + parts[1][lane];
}

/* A pass over each number, and more over one that has left the size: the way back is as long. */
static void walk(const uint64_t *keys, const Modulus *halves, uint64_t size, int is_backward, uint64_t *numbers)
{
    pass(keys, halves, is_backward, numbers);
    for (int lane = 0; lane < LANES; lane++)
        while (numbers[lane] >= size) {
            uint64_t alone[LANES] = {numbers[lane]};
            pass(keys, halves, is_backward, alone);
            numbers[lane] = alone[0];
        }
}

/* Permute numbers below a size without a fixed point; the halves' product is at least the size. */
PUBLIC void permute_numbers(const uint64_t *keys, uint64_t left, uint64_t right, uint64_t size, const uint64_t *numbers,
                            int64_t count, uint64_t *out)
{
    const Modulus halves[2] = {modulus_of(left), modulus_of(right)};
    for (int64_t place = 0; place < count; place += LANES) {
        const int64_t rest = count - place < LANES ? count - place : LANES;
        uint64_t lanes[LANES] = {0};
        memcpy(lanes, numbers + place, 8 * rest);
        walk(keys, halves, size, 0, lanes);
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] = lanes[lane] + 1 == size ? 0 : lanes[lane] + 1;
        walk(keys, halves, size, 1, lanes);
        memcpy(out + place, lanes, 8 * rest);
    }
}
