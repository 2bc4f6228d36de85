/* HMAC-SHA256 of RFC 2104, of columns of values. */
#include "sha256.h"

enum { WORDS = 4, LONGEST_IN_ONE = BLOCK - 9 };

/* Whether this processor has instructions for SHA-256. */
PUBLIC int64_t has_instructions(void) { return has_sha256(); }

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
