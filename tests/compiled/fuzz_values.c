/* Feeds the loops over dates, numerics and numbers with bytes of any kind; sanitizers see what is read or written beside.
   Every buffer is as long as what it holds. */
#include "dates.c"
#include "numerics.c"
#include "permute.c"
#include "addresses.c"
#include "decimals.c"
#include "arrays.c"

#include "fuzz.h"

enum { MOST_VALUES = 6, LONGEST = 40, TURNS = 20000 };

/* Texts that are dates, timestamps or decimals, or nearly so. */
static uint8_t *draw_texts(int count, int64_t *offsets)
{
    static const char signs[] = "0123456789-:. +T\nCe\xc3{},\"\\=",
                      *forms[] = {"2024-02-29", "1999-12-31 23:59:59.25+00", "-12.50", "[1:2]={\"a\\\"b\",nulL}"};
    uint8_t text[MOST_VALUES * LONGEST];
    offsets[0] = 0;
    for (int place = 0; place < count; place++) {
        const char *form = forms[drawn(4)];
        const size_t whole = strlen(form), size = drawn(4) ? whole : drawn((uint32_t)whole + 1);
        memcpy(text + offsets[place], form, size);
        for (uint32_t change = drawn(3); change > 0 && size > 0; change--)
            text[offsets[place] + drawn((uint32_t)size)] = (uint8_t)signs[drawn(sizeof signs - 1)];
        offsets[place + 1] = offsets[place] + size;
    }
    return memcpy(room_for(offsets[count]), text, offsets[count]);
}

static void look_at_texts(void)
{
    const int count = 1 + (int)drawn(MOST_VALUES);
    int64_t offsets[MOST_VALUES + 1], days[MOST_VALUES], micros[MOST_VALUES], out_offsets[MOST_VALUES + 1];
    int32_t packed_offsets[MOST_VALUES + 1];
    uint8_t is_left[MOST_VALUES], *data = draw_texts(count, offsets);
    read_dates(data, offsets, count, drawn(2), days, is_left);
    int is_whole = 1;
    for (int place = 0; place < count; place++)
        is_whole &= !is_left[place];
    if (is_whole) {
        uint8_t *out = memcpy(room_for(offsets[count]), data, offsets[count]);
        replace_dates(offsets, count, days, out);
        require(memcmp(out, data, offsets[count]) == 0, "a date is not what it was");
        free(out);
    }
    read_timestamps(data, offsets, count, micros, is_left);
    uint8_t *out = room_for(29 * count);
    write_timestamps(micros, count, 1, out, out_offsets);
    require(out_offsets[count] <= 29 * count, "a timestamp is too long");
    int64_t starts[MOST_VALUES * LONGEST], ends[MOST_VALUES * LONGEST], upto[MOST_VALUES];
    uint8_t quotes[MOST_VALUES * LONGEST], escapes[MOST_VALUES * LONGEST];
    const Elements elements = {starts, ends, quotes, escapes, MOST_VALUES * LONGEST};
    const int64_t found = find_elements(data, offsets, count, &elements, upto);
    for (int64_t place = 0; place < found; place++)
        require(starts[place] + quotes[place] <= ends[place] - quotes[place], "an element has no letters");
    uint8_t *packed = room_for(offsets[count] / 2 + 16 * count);
    pack_numerics(data, offsets, count, packed, packed_offsets, is_left);
    free(data), free(out), free(packed);
}

static void look_at_numerics(void)
{
    const int count = 1 + (int)drawn(MOST_VALUES);
    int32_t offsets[MOST_VALUES + 1] = {0};
    int64_t out_offsets[MOST_VALUES + 1];
    uint8_t text[MOST_VALUES * (HEAD_BYTES + 2 * LONGEST)], *at = text;
    for (int place = 0; place < count; offsets[++place] = (int32_t)(at - text)) {
        const int groups = (int)drawn(6), signs[] = {POSITIVE, NEGATIVE, NOT_A_NUMBER, INFINITE, BELOW_ALL};
        at = write_word(at, drawn(30) ? groups : 7);
        at = write_word(at, (int)drawn(60) - 30);
        at = write_word(at, signs[drawn(5)]);
        at = write_word(at, (int)drawn(50));
        for (int group = 0; group < groups; group++)
            at = write_word(at, (int)drawn(drawn(9) ? BASE : 65536));
    }
    uint8_t *data = memcpy(room_for(at - text), text, at - text);
    const int64_t size = measure_numerics(data, offsets, count);
    if (size >= 0) {
        uint8_t *out = room_for(size);
        write_numerics(data, offsets, count, out, out_offsets);
        require(out_offsets[count] <= size, "a numeric is too long");
        free(out);
    }
    free(data);
}

static void look_at_addresses(void)
{
    int32_t offsets[3] = {0};
    int64_t out_offsets[3];
    uint8_t is_left[2], *data = room_for(16);
    offsets[1] = (int32_t)drawn(9), offsets[2] = offsets[1] + (int32_t)drawn(8);
    for (int place = 0; place < 16; place++)
        data[place] = (uint8_t[]){FAMILY, BITS, 0, (uint8_t)drawn(256)}[drawn(4)];
    uint8_t *exact = memcpy(room_for(offsets[2]), data, offsets[2]), *out = room_for(30);
    write_addresses(exact, offsets, 2, out, out_offsets, is_left);
    free(data), free(exact), free(out);
}

static void read_drawn_addresses(void)
{
    int64_t offsets[3] = {0};
    int32_t out_offsets[3];
    uint8_t is_left[2];
    offsets[1] = drawn(20), offsets[2] = offsets[1] + drawn(20);
    uint8_t *letters = room_for(offsets[2]), *out = room_for(2 * (HEAD + OCTETS));
    for (int64_t place = 0; place < offsets[2]; place++)
        letters[place] = place % 3 == 1 ? '.' : "0129/.:x"[drawn(drawn(4) ? 4 : 8)];
    read_addresses(letters, offsets, 2, drawn(2), out, out_offsets, is_left);
    free(letters), free(out);
}

static void look_at_decimals(void)
{
    int64_t offsets[3] = {0}, out_offsets[3], behind[2];
    uint8_t is_left[2];
    const int64_t scale = 1 + drawn(5);
    offsets[1] = drawn(9), offsets[2] = offsets[1] + drawn(9);
    uint8_t *letters = room_for(offsets[2]), *out = room_for(offsets[2] + 2 * (scale + 1));
    for (int64_t place = 0; place < offsets[2]; place++)
        letters[place] = "0123.-e"[drawn(drawn(5) ? 5 : 7)];
    count_decimals(letters, offsets, 2, behind);
    pad_decimals(letters, offsets, 2, scale, out, out_offsets, is_left);
    count_decimals(out, out_offsets, 2, behind);
    for (int place = 0; place < 2; place++)
        require(is_left[place] || behind[place] == scale, "a decimal has another scale");
    free(letters), free(out);
}

static void look_at_numbers(void)
{
    const uint64_t width = 257 + drawn(1 << 30), size = width * width - drawn((uint32_t)width);
    const int64_t count = drawn(20);
    uint64_t keys[2 * ROUNDS], *numbers = room_for(8 * count), *out = room_for(8 * count);
    for (int place = 0; place < 2 * ROUNDS; place++)
        keys[place] = (uint64_t)drawn(UINT32_MAX) << 32 | drawn(UINT32_MAX);
    for (int64_t place = 0; place < count; place++)
        numbers[place] = ((uint64_t)drawn(UINT32_MAX) << 32 | drawn(UINT32_MAX)) % size;
    permute_numbers(keys, width, width, size, numbers, count, out);
    for (int64_t place = 0; place < count; place++)
        require(out[place] < size && out[place] != numbers[place], "a number is itself or too large");
    free(numbers), free(out);
}

int main(void)
{
    for (int turn = 0; turn < TURNS; turn++) {
        look_at_texts();
        look_at_numerics();
        look_at_addresses();
        read_drawn_addresses();
        look_at_decimals();
        if (turn % 10 == 0)
            look_at_numbers();
    }
    return 0;
}
