/* Feeds the loops over hexadecimal digits with bytes of any length and texts that lie; sanitizers see what is read or
   written beside. What is written is read again. */
#include "hexadecimal.c"
#include "letters.c"

#include "fuzz.h"

enum { MOST_VALUES = 5, MOST_OCTETS = 40, MOST_DIGITS = 20 };

static const uint8_t PREFIX[] = {'\\', 'x'};

static void write_and_read(void)
{
    const int count = (int)drawn(MOST_VALUES);
    const uint64_t signs = drawn(2) ? 0 : (uint64_t)drawn(UINT32_MAX) << 8 | drawn(256);
    const int64_t prefix = drawn(2) * sizeof PREFIX;
    int32_t offsets[MOST_VALUES + 1] = {0}, again_offsets[MOST_VALUES + 1];
    int64_t texts[MOST_VALUES + 1];
    for (int place = 0; place < count; place++)
        offsets[place + 1] = offsets[place] + (int32_t)drawn(MOST_OCTETS);
    const int32_t size = offsets[count];
    uint8_t *data = room_for(size), *again = room_for(size), *out = room_for(3 * size + prefix * count);
    for (int32_t place = 0; place < size; place++)
        data[place] = (uint8_t)drawn(256);
    const int64_t written = write_octets(data, offsets, count, PREFIX, prefix, '-', signs, out, texts);
    require(written <= 3 * size + prefix * count && texts[count] == written, "digits take more room than they may");
    require(read_octets(out, texts, count, PREFIX, prefix, '-', again, again_offsets) < 0, "digits are not read again");
    require(memcmp(data, again, size) == 0, "digits stand for other bytes");
    free(data), free(again), free(out);
}

static void read_lies(void)
{
    int64_t offsets[3] = {0};
    int32_t out_offsets[3];
    offsets[1] = drawn(MOST_DIGITS), offsets[2] = offsets[1] + drawn(MOST_DIGITS);
    uint8_t *letters = room_for(offsets[2]), *out = room_for(offsets[2] / 2);
    for (int64_t place = 0; place < offsets[2]; place++)
        letters[place] = "0aF-\\xg:"[drawn(drawn(3) ? 4 : 8)];
    read_octets(letters, offsets, 2, PREFIX, drawn(2) * sizeof PREFIX, '-', out, out_offsets);
    free(letters), free(out);
}

static void spell(void)
{
    static const uint8_t ALPHABET[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const uint64_t size = 1 + drawn(sizeof ALPHABET - 1);
    const int64_t stride = 1 + drawn(4), rows = drawn(4), letters = drawn(16);
    uint64_t *numbers = room_for(8 * stride * rows);
    uint8_t *out = room_for(rows * letters), *alphabet = memcpy(room_for(size), ALPHABET, size);
    for (int64_t place = 0; place < stride * rows; place++)
        numbers[place] = (uint64_t)drawn(UINT32_MAX) << 32 | drawn(UINT32_MAX);
    spell_numbers(numbers, stride, rows, alphabet, size, letters, out);
    for (int64_t place = 0; place < rows * letters; place++)
        require(memchr(alphabet, out[place], size) != NULL, "a letter is none of the alphabet");
    free(numbers), free(out), free(alphabet);
}

int main(void)
{
    for (int turn = 0; turn < 20000; turn++)
        write_and_read(), read_lies(), spell();
    return 0;
}
