/* Numbers as letters of an alphabet, the lowest digit first. */
#include "loops.h"

/* Spell one number of each row, with so many letters; `stride` is how many numbers a row has. */
PUBLIC void spell_numbers(const uint64_t *numbers, int64_t stride, int64_t count, const uint8_t *alphabet, uint64_t size,
                          int64_t letters, uint8_t *out)
{
    const int is_power = (size & (size - 1)) == 0;
    int bits = 0;
    while (is_power && (uint64_t)1 << bits < size)
        bits++;
    for (int64_t row = 0; row < count; row++) {
        uint64_t rest = numbers[row * stride];
        for (int64_t letter = 0; letter < letters; letter++) {
            const uint64_t above = is_power ? rest >> bits : rest / size;
            *out++ = alphabet[rest - above * size];
            rest = above;
        }
    }
}
