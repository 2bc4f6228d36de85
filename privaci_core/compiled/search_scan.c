/* The search itself: one pass over texts and COPY rows, whose cost grows with their bytes alone. */
#include <stdlib.h>

#include "search.h"

/* How a value of a type is written in COPY binary, as far as the search must know; Python has the same list. */
enum { SKIPPED, A_TEXT, WITH_ESCAPES, A_JSONB, AN_INTEGER, A_NUMERIC, A_UUID, AN_ADDRESS, A_HARDWARE_ADDRESS, SOME_BYTES,
       AN_ARRAY, A_COMPOSITE, A_RANGE, A_MULTIRANGE, AN_HSTORE, A_TSVECTOR };
enum { RING = 64, DEEPEST = 16, LONGEST_NUMBER = 40, READ_AHEAD = 64, KNOWN_TYPES = 64 };
/* What a column is searched for: nothing, what no fake can be, or every original. */
enum { FOR_NOTHING, FOR_SURE_ONES, FOR_ALL };

/* Types by their oid, in order. */
typedef struct { const uint32_t *oids, *inner; const uint8_t *forms; int64_t count; } Types;

/* Where a type is among them: the same few come again in every row. */
typedef struct { uint32_t oid; int64_t at; } KnownType;

/* What was found in the columns of one table: for each column and each masked column the rows, and the last row that
   had one; how many numbers, and how many numbers of each length were looked at. */
typedef struct {
    uint32_t *found, *last, *numbers;
    int64_t *lengths;
    int64_t rows;
    int64_t hits; /* Nobody reads the rest of a tally without one. */
} Tally;

typedef struct Ahead Ahead;

typedef struct {
    const Index *index;
    Ahead *ahead;
    uint32_t *found, *last, *numbers;
    int64_t *lengths, *hits;
    uint32_t row;
    int all;
    int64_t own;
    int words_alone; /* Another reading of the same text counts the numbers. */
} Place;

typedef struct {
    uint64_t in_order[RING], joined[JOINED_WORDS];
    int64_t letters[JOINED_WORDS];
    int digits_only[JOINED_WORDS];
    uint64_t count, prefixes;
    int64_t run;
} Window;

/* A word that was read, and the fingerprints of it and of up to three before it; 0 where no original has so many. */
typedef struct {
    Word word;
    uint64_t prints[ORDER_FREE], print;
    const Place *place;
    int is_first;
} Read;

/* Words are read some way ahead of the looks, so that memory brings meanwhile what the looks need. */
struct Ahead {
    Read read[READ_AHEAD];
    Place places[READ_AHEAD];
    int64_t words, texts;
    Window window;
    KnownType known[KNOWN_TYPES];
};

static uint32_t look(const Place *place, uint64_t print, int is_number)
{
    const uint32_t note = note_of(place->index, print), class = note & CLASS_BITS;
    if (class != EVERYWHERE && !(class == WHERE_CARRIED && place->all))
        return note;
    const int64_t column = note >> COLUMN_SHIFT;
    if (column == place->own)
        return note;
    ++*place->hits;
    if (is_number) {
        place->numbers[column]++;
    } else if (place->last[column] != place->row + 1) {
        place->last[column] = place->row + 1;
        place->found[column]++;
    }
    return note;
}

/* Numbers and codes that were written in groups. */
static inline void look_at_joined(const Place *place, Window *window, const Word *word)
{
    const Index *index = place->index;
    if (!word->has_digit || word->length > JOINED_LETTERS) {
        window->run = 0;
        return;
    }
    const int64_t slot = window->run > 0 && word->gap <= WIDEST_GAP ? window->run : 0;
    /* The oldest of the groups makes way. */
    const int64_t at = slot < JOINED_WORDS ? slot : JOINED_WORDS - 1;
    if (slot == JOINED_WORDS) {
        memmove(window->joined, window->joined + 1, sizeof window->joined - sizeof *window->joined);
        memmove(window->letters, window->letters + 1, sizeof window->letters - sizeof *window->letters);
        memmove(window->digits_only, window->digits_only + 1, sizeof window->digits_only - sizeof *window->digits_only);
    }
    window->joined[at] = word->hash, window->letters[at] = word->length, window->digits_only[at] = !word->has_letter;
    window->run = at + 1;
    uint64_t hash = 0;
    int64_t letters = 0;
    int digits_only = 1;
    for (int64_t group = at; group >= 0; group--) {
        const int64_t more = window->letters[group];
        if (letters + more > JOINED_LETTERS)
            return;
        hash += window->joined[group] * index->letter_powers[letters];
        letters += more, digits_only &= window->digits_only[group];
        if (letters < FEWEST_DIGITS || (digits_only && (!place->all || place->words_alone)))
            continue;
        if (digits_only)
            place->lengths[letters]++;
        if (digits_only || group < at)
            look(place, single_print(index, hash), digits_only);
    }
}

/* Originals of up to four words in any order, and those of more whose first four were seen. */
static inline void look_at_words(const Place *place, Window *window, const Read *read)
{
    const Index *index = place->index;
    const uint64_t now = window->count++, before = window->in_order[(now - 1) % RING];
    window->in_order[now % RING] = (now ? before : 0) * index->word_powers[1] + read->print;
    window->prefixes <<= 1;
    for (int words = 1; words <= ORDER_FREE; words++) {
        const uint64_t print = read->prints[words - 1];
        if (print && look(place, print, 0) & IS_PREFIX && words == ORDER_FREE)
            window->prefixes |= 1;
    }
    uint64_t longer = window->prefixes & index->lengths >> ORDER_FREE & ~1ULL;
    for (; longer; longer &= longer - 1) {
        const uint64_t words = ORDER_FREE + (uint64_t)__builtin_ctzll(longer);
        const uint64_t start = now + 1 - words;
        const uint64_t ahead = start ? window->in_order[(start - 1) % RING] : 0;
        const uint64_t hash = window->in_order[now % RING] - ahead * index->word_powers[words];
        look(place, print_of(hash, words), 0);
    }
}

/* Look at the words that were read. */
static void look_at_read(Ahead *ahead)
{
    Window *window = &ahead->window;
    for (int64_t at = 0; at < ahead->words; at++) {
        const Read *read = ahead->read + at;
        if (read->is_first)
            window->count = window->prefixes = 0, window->run = 0;
        look_at_words(read->place, window, read);
        look_at_joined(read->place, window, &read->word);
    }
    ahead->words = ahead->texts = 0;
}

/* Bit k: the fingerprints of k words are looked at, those of the first four if there are longer originals. */
static unsigned wanted_of(const Index *index)
{
    const unsigned is_ahead = index->lengths >> (ORDER_FREE + 1) != 0;
    return ((unsigned)index->lengths & ((2u << ORDER_FREE) - 2)) | is_ahead << ORDER_FREE;
}

/* The fingerprints that end with a word, given the sums of the words before it, the longest first. */
static inline void read_prints(const Index *index, Read *read, uint64_t *sums, unsigned wanted, uint64_t words)
{
    /* A number by itself is counted with the joined ones. */
    wanted &= read->word.has_letter ? ~0u : ~2u;
    wanted &= words < ORDER_FREE ? (2u << words) - 1 : ~0u;
    for (int count = ORDER_FREE; count > 0; count--) {
        sums[count] = sums[count - 1] + read->print;
        read->prints[count - 1] = 0;
        if (wanted >> count & 1)
            bring_filter(index, read->prints[count - 1] = print_of(sums[count], (uint64_t)count));
    }
}

static void read_text(const Place *place, const uint8_t *at, const uint8_t *end, int escapes)
{
    const Index *index = place->index;
    Ahead *ahead = place->ahead;
    uint64_t sums[ORDER_FREE + 1] = {0}, words = 0;
    const unsigned wanted = wanted_of(index);
    const Place *own = 0;
    Word word;
    while (next_word(index, &at, end, escapes, &word)) {
        if (ahead->words == READ_AHEAD)
            look_at_read(ahead), own = 0;
        if (!own)
            own = memcpy(ahead->places + ahead->texts++, place, sizeof *place);
        Read *read = ahead->read + ahead->words++;
        read->word = word, read->place = own, read->is_first = !words++;
        read->print = word_print(index, word.hash);
        read_prints(index, read, sums, wanted, words);
    }
}

/* A text that may have been escaped is read as it is written, and as it was meant. */
static void look_at_text(const Place *place, const uint8_t *at, const uint8_t *end, int escapes)
{
    if (!has_escape(at, end)) {
        read_text(place, at, end, escapes);
        return;
    }
    Place words = *place;
    words.words_alone = 1;
    read_text(&words, at, end, escapes);
    read_text(place, at, end, EVERY_ESCAPE);
}

static void look_at_number(Place *place, uint64_t number)
{
    uint8_t digits[20];
    int count = 0;
    for (; number; number /= 10)
        digits[sizeof digits - ++count] = '0' + number % 10;
    look_at_text(place, digits + sizeof digits - count, digits + sizeof digits, AS_WRITTEN);
}

static uint64_t read_unsigned(const uint8_t *at, int64_t bytes)
{
    uint64_t number = 0;
    for (int64_t byte = 0; byte < bytes; byte++)
        number = number << 8 | at[byte];
    return number;
}

static void look_at_integer(Place *place, const uint8_t *at, int64_t size)
{
    if (size < 1 || size > 8)
        return;
    const int64_t number = (int64_t)(read_unsigned(at, size) << (64 - 8 * size)) >> (64 - 8 * size);
    look_at_number(place, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* The digits before the point. */
static void look_at_numeric(Place *place, const uint8_t *at, int64_t size)
{
    uint8_t digits[LONGEST_NUMBER];
    if (size < 8 || at[4] & 0x80)
        return;
    const int64_t count = (int64_t)read_unsigned(at, 2), weight = (int16_t)read_unsigned(at + 2, 2);
    if (8 + 2 * count > size || weight < 0 || 4 * (weight + 1) > LONGEST_NUMBER)
        return;
    int64_t length = 0;
    for (int64_t group = 0; group <= weight; group++) {
        uint64_t four = group < count ? read_unsigned(at + 8 + 2 * group, 2) : 0;
        for (int digit = 3; digit >= 0; digit--, four /= 10)
            digits[length + digit] = '0' + four % 10;
        length += 4;
    }
    int64_t zeros = 0;
    while (zeros < length && digits[zeros] == '0')
        zeros++;
    look_at_text(place, digits + zeros, digits + length, AS_WRITTEN);
}

static uint8_t *put_hex(uint8_t *out, uint8_t byte)
{
    *out++ = "0123456789abcdef"[byte >> 4], *out++ = "0123456789abcdef"[byte & 15];
    return out;
}

/* Bytes in hexadecimal, with a sign before every so many of them. */
static void look_at_hex(Place *place, const uint8_t *at, int64_t size, uint32_t signs)
{
    uint8_t text[64], *out = text;
    if (size > 16)
        return;
    for (int64_t byte = 0; byte < size; byte++) {
        if (signs >> byte & 1)
            *out++ = ':';
        out = put_hex(out, at[byte]);
    }
    look_at_text(place, text, out, AS_WRITTEN);
}

static uint8_t *put_number(uint8_t *out, unsigned number, unsigned base)
{
    unsigned unit = 1;
    while (number / unit >= base)
        unit *= base;
    for (; unit; unit /= base)
        *out++ = "0123456789abcdef"[number / unit % base];
    *out++ = base == 10 ? '.' : ':';
    return out;
}

/* The longest run of groups that are zero, at least two: an address leaves it out. */
static void zero_run(const uint8_t *at, int *begin, int *end)
{
    *begin = *end = 0;
    for (int group = 0, first = 0; group < 8; group++) {
        if (at[2 * group] || at[2 * group + 1])
            first = group + 1;
        else if (group + 1 - first > *end - *begin && group + 1 - first > 1)
            *begin = first, *end = group + 1;
    }
}

static void look_at_address(Place *place, const uint8_t *at, int64_t size)
{
    uint8_t text[64], *out = text;
    if (size < 8 || size < 4 + at[3])
        return;
    const int whole = at[3] == 4 ? 32 : 128;
    if (at[3] == 4) {
        for (int byte = 4; byte < 8; byte++)
            out = put_number(out, at[byte], 10);
    } else if (at[3] == 16) {
        int begin, end;
        zero_run(at + 4, &begin, &end);
        for (int group = 0; group < 8; group++)
            if (group < begin || group >= end)
                out = put_number(out, (unsigned)read_unsigned(at + 4 + 2 * group, 2), 16);
    }
    if (at[1] != whole || at[2])
        out = put_number(out, at[1], 10);
    look_at_text(place, text, out, AS_WRITTEN);
}

static int64_t sought_type(const Types *types, uint32_t oid)
{
    int64_t low = 0, high = types->count;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (types->oids[middle] < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < types->count && types->oids[low] == oid ? low : -1;
}

static int64_t type_at(const Types *types, Ahead *ahead, uint32_t oid)
{
    KnownType *known = ahead->known + oid % KNOWN_TYPES;
    if (known->oid != oid)
        *known = (KnownType){oid, sought_type(types, oid)};
    return known->at;
}

static void begin_ahead(Ahead *ahead)
{
    ahead->words = ahead->texts = 0;
    /* No such type has this place. */
    for (uint32_t place = 0; place < KNOWN_TYPES; place++)
        ahead->known[place].oid = place + 1;
}

static void look_at_value(Place *place, const Types *types, uint32_t oid, const uint8_t *at, int64_t size, int depth);

/* A value behind its length; returns where the next one begins, or 0 where there is none. */
static const uint8_t *look_at_part(Place *place, const Types *types, uint32_t oid, const uint8_t *at, const uint8_t *end,
                                   int depth)
{
    if (end - at < LENGTH_BYTES)
        return 0;
    const int32_t size = read_length(at);
    at += LENGTH_BYTES;
    if (size == NULL_LENGTH)
        return at;
    if (size < 0 || size > end - at)
        return 0;
    look_at_value(place, types, oid, at, size, depth);
    return at + size;
}

static void look_at_array(Place *place, const Types *types, const uint8_t *at, const uint8_t *end, int depth)
{
    if (end - at < 12)
        return;
    const int64_t dimensions = read_length(at);
    const uint32_t element = (uint32_t)read_length(at + 8);
    if (dimensions < 0 || dimensions > (end - at - 12) / 8)
        return;
    for (at += 12 + 8 * dimensions; at && at < end;)
        at = look_at_part(place, types, element, at, end, depth);
}

static void look_at_composite(Place *place, const Types *types, const uint8_t *at, const uint8_t *end, int depth)
{
    for (at += at + 4 <= end ? 4 : end - at; at && end - at >= 4;) {
        const uint32_t oid = (uint32_t)read_length(at);
        at = look_at_part(place, types, oid, at + 4, end, depth);
    }
}

static void look_at_range(Place *place, const Types *types, uint32_t inner, const uint8_t *at, const uint8_t *end, int depth)
{
    for (at++; at && at < end;)
        at = look_at_part(place, types, inner, at, end, depth);
}

/* Behind a count, values with their lengths. */
static void look_at_parts(Place *place, const Types *types, uint32_t inner, const uint8_t *at, const uint8_t *end, int depth)
{
    for (at += at + 4 <= end ? 4 : end - at; at && at < end;)
        at = look_at_part(place, types, inner, at, end, depth);
}

static void look_at_lexemes(Place *place, const uint8_t *at, const uint8_t *end)
{
    for (at += at + 4 <= end ? 4 : end - at; at < end;) {
        const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
        if (!stop || end - stop < 3)
            return;
        look_at_text(place, at, stop, AS_WRITTEN);
        at = stop + 3 + 2 * read_unsigned(stop + 1, 2);
    }
}

enum { TEXT_OID = 25 };

static void look_at_form(Place *place, const Types *types, int form, uint32_t inner, const uint8_t *at, int64_t size, int depth)
{
    const uint8_t *end = at + size;
    switch (form) {
    case A_TEXT: case SOME_BYTES: look_at_text(place, at, end, AS_WRITTEN); break;
    case WITH_ESCAPES: look_at_text(place, at, end, OF_DOCUMENT); break;
    case A_JSONB: look_at_text(place, at + (size > 0), end, OF_DOCUMENT); break;
    case AN_INTEGER: look_at_integer(place, at, size); break;
    case A_NUMERIC: look_at_numeric(place, at, size); break;
    case A_UUID: look_at_hex(place, at, size, 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10); break;
    case A_HARDWARE_ADDRESS: look_at_hex(place, at, size, 0xfffe); break;
    case AN_ADDRESS: look_at_address(place, at, size); break;
    case AN_ARRAY: look_at_array(place, types, at, end, depth); break;
    case A_COMPOSITE: look_at_composite(place, types, at, end, depth); break;
    case A_RANGE: look_at_range(place, types, inner, at, end, depth); break;
    case A_MULTIRANGE: look_at_parts(place, types, inner, at, end, depth); break;
    case AN_HSTORE: look_at_parts(place, types, TEXT_OID, at, end, depth); break;
    case A_TSVECTOR: look_at_lexemes(place, at, end); break;
    default: break;
    }
}

static void look_at_value(Place *place, const Types *types, uint32_t oid, const uint8_t *at, int64_t size, int depth)
{
    const int64_t type = type_at(types, place->ahead, oid);
    if (depth < DEEPEST)
        look_at_form(place, types, type < 0 ? A_TEXT : types->forms[type], type < 0 ? 0 : types->inner[type], at, size,
                     depth + 1);
}

/* One text that belongs to no row, searched for every original. */
PUBLIC void search_text(const Index *index, const uint8_t *text, int64_t size, Tally *tally, int64_t what)
{
    Ahead ahead;
    Place place = {index, &ahead, tally->found, tally->last, tally->numbers, tally->lengths, &tally->hits,
                   (uint32_t)tally->rows, what == FOR_ALL, -1, 0};
    if (what == FOR_NOTHING)
        return;
    begin_ahead(&ahead);
    look_at_text(&place, text, text + size, AS_WRITTEN);
    look_at_read(&ahead);
}

/* What a column's values are and what they are searched for. */
typedef struct { uint32_t oid; int32_t what; int64_t own; } Column;

static Place place_in(const Index *index, Ahead *ahead, Tally *tally, const Column *column, int64_t number, int64_t row)
{
    const int64_t first = number * index->columns;
    return (Place){index, ahead, tally->found + first, tally->last + first, tally->numbers + first,
                   tally->lengths + number * DIGIT_LENGTHS, &tally->hits, (uint32_t)(tally->rows + row), column->what == FOR_ALL,
                   column->own, 0};
}

/* The values of one row; returns whether it is as long as it says. */
static int look_at_row(const Types *types, const Column *columns, int64_t width, const uint8_t *value, const uint8_t *end,
                       Ahead *ahead, const Index *index, Tally *tally, int64_t row)
{
    for (int64_t number = 0; number < width; number++) {
        if (end - value < LENGTH_BYTES)
            return 0;
        const int32_t size = read_length(value);
        value += LENGTH_BYTES;
        if (size == NULL_LENGTH)
            continue;
        if (size < 0 || size > end - value)
            return 0;
        if (columns[number].what != FOR_NOTHING) {
            Place place = place_in(index, ahead, tally, columns + number, number, row);
            look_at_value(&place, types, columns[number].oid, value, size, 0);
        }
        value += size;
    }
    return 1;
}

/* COPY binary rows, without header and trailer; returns the first row that is shorter than it says, or -1. */
PUBLIC int64_t search_binary_rows(const Index *index, const Types *types, const Column *columns, int64_t width,
                                  const uint8_t *at, const int64_t *lengths, int64_t rows, Tally *tally)
{
    Ahead ahead;
    begin_ahead(&ahead);
    for (int64_t row = 0; row < rows; at += lengths[row], row++)
        if (!look_at_row(types, columns, width, at + COUNT_BYTES, at + lengths[row], &ahead, index, tally, row))
            return row;
    look_at_read(&ahead);
    tally->rows += rows;
    return -1;
}

/* A field of COPY text without its escapes; returns its size, or -1 for NULL. */
static int64_t unescape(const uint8_t *from, int64_t size, uint8_t *out)
{
    int64_t length = 0;
    if (size == 2 && from[0] == '\\' && from[1] == 'N')
        return -1;
    for (int64_t at = 0; at < size; at++)
        out[length++] = from[at] == '\\' && at + 1 < size ? unescaped(from[++at]) : from[at];
    return length;
}

/* The bytes of a bytea in text form; as they are where they are not written in hexadecimal. */
static int64_t from_hex(uint8_t *text, int64_t size)
{
    int64_t length = 0;
    if (size < 2 || text[0] != '\\' || text[1] != 'x')
        return size;
    for (int64_t at = 2; at + 1 < size; at += 2)
        text[length++] = (uint8_t)((unsigned)hex_value(text[at]) << 4 | (unsigned)hex_value(text[at + 1]));
    return length;
}

static void look_at_field(Place *place, int form, uint8_t *text, int64_t size)
{
    if (form == SKIPPED)
        return;
    if (form == SOME_BYTES)
        size = from_hex(text, size);
    if (form == A_NUMERIC) {
        const uint8_t *point = memchr(text, '.', (size_t)size);
        size = point ? point - text : size;
    }
    look_at_text(place, text, text + size, form == WITH_ESCAPES || form == A_JSONB ? OF_DOCUMENT : AS_WRITTEN);
}

/* COPY text rows; returns -1, or -2 where there is no memory. */
PUBLIC int64_t search_text_rows(const Index *index, const Types *types, const Column *columns, int64_t width,
                                const uint8_t *at, const int64_t *lengths, int64_t rows, Tally *tally)
{
    int64_t longest = 1;
    for (int64_t row = 0; row < rows; row++)
        longest = lengths[row] > longest ? lengths[row] : longest;
    uint8_t *text = malloc((size_t)longest);
    Ahead ahead;
    if (!text)
        return -2;
    begin_ahead(&ahead);
    for (int64_t row = 0; row < rows; at += lengths[row], row++) {
        const uint8_t *field = at, *end = at + lengths[row];
        end -= end > at && end[-1] == '\n';
        for (int64_t number = 0; number < width && field <= end; number++) {
            const uint8_t *stop = memchr(field, '\t', (size_t)(end - field));
            stop = stop ? stop : end;
            const int64_t size = columns[number].what == FOR_NOTHING ? -1 : unescape(field, stop - field, text);
            if (size > 0) {
                Place place = place_in(index, &ahead, tally, columns + number, number, row);
                const int64_t type = type_at(types, &ahead, columns[number].oid);
                look_at_field(&place, type < 0 ? A_TEXT : types->forms[type], text, size);
            }
            field = stop + 1;
        }
    }
    look_at_read(&ahead);
    free(text);
    tally->rows += rows;
    return -1;
}
