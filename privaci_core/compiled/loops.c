/* The loops over rows and values that no vector library has: COPY binary rows cut and written, HMAC-SHA256 of columns. */
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/* Of which source this was compiled. */
#if !defined(SOURCE_MARK)
#define SOURCE_MARK 0
#endif
PUBLIC uint32_t source_mark(void) { return SOURCE_MARK; }

enum { COUNT_BYTES = 2, LENGTH_BYTES = 4, NULL_LENGTH = -1 };

static int32_t read_length(const uint8_t *at)
{
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

static uint8_t *write_length(uint8_t *at, int32_t length)
{
    uint32_t word = (uint32_t)length;
    at[0] = word >> 24, at[1] = word >> 16, at[2] = word >> 8, at[3] = word;
    return at + LENGTH_BYTES;
}

/* Find the leading fields of every row: where each begins, where it would end in a column of its own, whether it is
   there, how often it is not, and where the row's tail begins. Returns the first row that is shorter than its lengths
   say, or -1. */
PUBLIC int64_t find_fields(const uint8_t *buffer, const int64_t *row_ends, int64_t rows, int64_t leading,
                           int32_t *starts, int32_t *offsets, uint8_t *valid, int64_t *nulls, int32_t *tails)
{
    int64_t bitmap = (rows + 7) / 8, position = 0;
    for (int64_t field = 0; field < leading; field++)
        offsets[field * (rows + 1)] = 0;
    for (int64_t row = 0; row < rows; position = row_ends[row], row++) {
        const int64_t end = row_ends[row];
        position += COUNT_BYTES;
        if (position > end)
            return row;
        for (int64_t field = 0; field < leading; field++) {
            if (position + LENGTH_BYTES > end)
                return row;
            int32_t length = read_length(buffer + position);
            position += LENGTH_BYTES;
            if (length != NULL_LENGTH)
                valid[field * bitmap + row / 8] |= 1 << row % 8;
            else
                length = 0, nulls[field]++;
            if (length < 0 || position + length > end)
                return row;
            int32_t *offset = offsets + field * (rows + 1) + row;
            starts[field * rows + row] = (int32_t)position;
            offset[1] = offset[0] + length;
            position += length;
        }
        tails[row] = (int32_t)position;
    }
    return -1;
}

/* libpq's own: the next message of a COPY, and what frees it. */
typedef int GetCopyData(void *connection, char **message, int without_waiting);
typedef void FreeMemory(void *memory);

/* How much of a block is there, and a row that is too long to be brought into one: it stays where libpq put it. */
typedef struct { int64_t bytes, rows, long_size; char *long_row; } Progress;

/* Bring the messages of a COPY together until a block is full (1), the server must be waited for (0), there are no more
   (-1), or libpq has failed (-2). */
PUBLIC int64_t read_rows(GetCopyData *get, FreeMemory *release, void *connection, int64_t enough, int64_t longest,
                         int64_t most, uint8_t *out, int64_t *lengths, Progress *block)
{
    while (block->bytes < enough && block->rows < most) {
        char *message;
        const int size = get(connection, &message, 1);
        if (size <= 0)
            return size;
        if (size > longest) {
            block->long_row = message, block->long_size = size;
            return 1;
        }
        memcpy(out + block->bytes, message, size);
        release(message);
        block->bytes += size;
        lengths[block->rows++] = size;
    }
    return 1;
}

/* Bring the values of one column together. */
PUBLIC void gather_field(const uint8_t *buffer, const int32_t *starts, const int32_t *offsets, int64_t rows, uint8_t *out)
{
    for (int64_t row = 0; row < rows; row++)
        memcpy(out + offsets[row], buffer + starts[row], offsets[row + 1] - offsets[row]);
}

/* Write every row again: its field count, its leading fields from columns, its tail from where it was read. A column's
   bitmap may be missing; `first` is where the column begins in its buffers. Returns the bytes written. */
PUBLIC int64_t write_rows(const uint8_t *buffer, const int64_t *row_ends, const int32_t *tails, int64_t rows,
                          int64_t leading, const uint8_t *const *data, const int32_t *const *offsets,
                          const uint8_t *const *valid, const int64_t *first, int64_t field_count, uint8_t *out)
{
    uint8_t *at = out;
    for (int64_t row = 0; row < rows; row++) {
        *at++ = (uint8_t)(field_count >> 8);
        *at++ = (uint8_t)field_count;
        for (int64_t field = 0; field < leading; field++) {
            int64_t place = first[field] + row;
            if (valid[field] && !(valid[field][place / 8] >> place % 8 & 1)) {
                at = write_length(at, NULL_LENGTH);
                continue;
            }
            int32_t begin = offsets[field][place], length = offsets[field][place + 1] - begin;
            at = write_length(at, length);
            memcpy(at, data[field] + begin, length);
            at += length;
        }
        memcpy(at, buffer + tails[row], row_ends[row] - tails[row]);
        at += row_ends[row] - tails[row];
    }
    return at - out;
}

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
