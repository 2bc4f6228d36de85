/* The originals of masked columns as keyed fingerprints, in a table of bounded size with a filter ahead of it. */
#include <stdlib.h>

#include "search.h"

enum { FIRST_CAPACITY = 1 << 12, FIRST_WORDS = 1 << 12, MANY_ROWS = 10, SHORTEST = 5, SHORTEST_CODE = 6, TELLING_DIGITS = 3,
       SURE_CODE = 12, SURE_TEXT = 10, SHORTEST_JOINED = 8, DATE_DIGITS = 8, SAMPLED_DIGITS = 18, LIKE_FAKES = 1, UNLIKE_FAKES = 2, A_MOMENT = 3, UUID_WORDS = 5, UUID_LETTERS = 32 };
/* How many fingerprints wait at most, and how many one value has. */
enum { PUT_TOGETHER = 32, MOST_PUTS = 3 };

PUBLIC void search_free(Index *index)
{
    if (!index)
        return;
    free(index->prints), free(index->notes), free(index->filter), free(index->words), free(index->word_marks);
    free(index->digit_lengths), free(index->samples), free(index->sampled), free(index);
}

PUBLIC Index *search_new(uint64_t base, uint64_t secret, const uint16_t *fold, int64_t columns, int64_t most)
{
    Index *index = calloc(1, sizeof *index);
    if (!index)
        return 0;
    index->base = base | 1, index->secret = secret, index->columns = columns, index->most = (uint64_t)most;
    index->random = secret | 1;
    memcpy(index->fold, fold, sizeof index->fold);
    index->letter_powers[0] = index->word_powers[0] = 1;
    for (int place = 1; place <= JOINED_LETTERS; place++)
        index->letter_powers[place] = index->letter_powers[place - 1] * index->base;
    for (int place = 1; place <= MOST_WORDS; place++)
        index->word_powers[place] = index->word_powers[place - 1] * (secret | 1);
    index->capacity = FIRST_CAPACITY < index->most ? FIRST_CAPACITY : index->most;
    index->word_capacity = FIRST_WORDS;
    index->prints = calloc(index->capacity, sizeof *index->prints);
    index->notes = calloc(index->capacity, sizeof *index->notes);
    index->words = calloc(index->word_capacity, sizeof *index->words);
    index->word_marks = calloc(index->word_capacity, 1);
    index->digit_lengths = calloc(columns * DIGIT_LENGTHS + 1, sizeof *index->digit_lengths);
    index->samples = calloc(columns * SAMPLES + 1, sizeof *index->samples);
    index->sampled = calloc(columns + 1, sizeof *index->sampled);
    if (index->prints && index->notes && index->words && index->word_marks && index->digit_lengths && index->samples &&
        index->sampled)
        return index;
    search_free(index);
    return 0;
}

static uint64_t place_of(const uint64_t *prints, uint64_t capacity, uint64_t print)
{
    uint64_t place = print & (capacity - 1);
    while (prints[place] && prints[place] != print)
        place = (place + 1) & (capacity - 1);
    return place;
}

/* Twice the room; 0 where there is no memory. */
static int grow(Index *index)
{
    const uint64_t capacity = 2 * index->capacity;
    uint64_t *prints = calloc(capacity, sizeof *prints);
    uint32_t *notes = calloc(capacity, sizeof *notes);
    if (!prints || !notes) {
        free(prints), free(notes);
        return 0;
    }
    for (uint64_t from = 0; from < index->capacity; from++) {
        if (!index->prints[from])
            continue;
        const uint64_t place = place_of(prints, capacity, index->prints[from]);
        prints[place] = index->prints[from], notes[place] = index->notes[from];
    }
    free(index->prints), free(index->notes);
    index->prints = prints, index->notes = notes, index->capacity = capacity;
    return 1;
}

/* Whether one more fits: the table grows up to its bound, and stays a little empty there. */
static int has_room(Index *index)
{
    if (index->used * 4 < index->capacity * 3)
        return 1;
    if (index->capacity * 2 <= index->most && grow(index))
        return 1;
    return index->used * 20 < index->capacity * 17;
}

static uint8_t marks_of(const Index *index, uint64_t print)
{
    return index->word_marks[place_of(index->words, index->word_capacity, print)];
}

static void grow_words(Index *index)
{
    const uint64_t capacity = 2 * index->word_capacity;
    uint64_t *words = calloc(capacity, sizeof *words);
    uint8_t *marks = calloc(capacity, 1);
    for (uint64_t from = 0; words && marks && from < index->word_capacity; from++) {
        if (!index->words[from])
            continue;
        const uint64_t place = place_of(words, capacity, index->words[from]);
        words[place] = index->words[from], marks[place] = index->word_marks[from];
    }
    if (!words || !marks) {
        free(words), free(marks);
        return;
    }
    free(index->words), free(index->word_marks);
    index->words = words, index->word_marks = marks, index->word_capacity = capacity;
}

/* Mark each word of some texts. */
PUBLIC void search_mark_words(Index *index, const uint8_t *data, const int64_t *offsets, int64_t count, int64_t mark)
{
    Word word;
    for (int64_t text = 0; text < count; text++) {
        const uint8_t *at = data + offsets[text], *end = data + offsets[text + 1];
        while (next_word(index, &at, end, AS_WRITTEN, &word)) {
            if (index->words_used * 4 >= index->word_capacity * 3)
                grow_words(index);
            if (index->words_used + 1 >= index->word_capacity)
                return;
            const uint64_t print = word_print(index, word.hash);
            const uint64_t place = place_of(index->words, index->word_capacity, print ? print : 1);
            index->words_used += !index->words[place];
            index->words[place] = print ? print : 1, index->word_marks[place] |= (uint8_t)mark;
        }
    }
}

/* Of two classes the one that searches more: a reason not to is given only where no column wants more. */
static uint32_t wider(uint32_t one, uint32_t other)
{
    if (one == UNSET || other == UNSET)
        return one | other;
    return one < other ? one : other;
}

/* Put a fingerprint in; returns whether it was not there. */
static int put(Index *index, uint64_t print, uint32_t column, uint32_t class, uint32_t marks)
{
    uint64_t place = place_of(index->prints, index->capacity, print);
    if (index->prints[place]) {
        uint32_t note = index->notes[place];
        const uint32_t count = note >> COUNT_SHIFT & COUNT_MOST;
        const uint32_t takes = (note & IS_EXTRA) && !(marks & IS_EXTRA);
        uint32_t kept = (note | marks) & (IS_PREFIX | IS_WORD | IS_DIGITS);
        kept |= note & marks & IS_EXTRA;
        const uint32_t now = wider(note & CLASS_BITS, class);
        const uint32_t of = takes ? column : note >> COLUMN_SHIFT;
        const uint32_t seen = marks & IS_EXTRA ? count : count < COUNT_MOST ? count + 1 : count;
        index->notes[place] = now | kept | seen << COUNT_SHIFT | of << COLUMN_SHIFT;
        return takes;
    }
    if (!has_room(index)) {
        index->dropped += !(marks & IS_EXTRA);
        return 0;
    }
    place = place_of(index->prints, index->capacity, print);
    index->used++;
    index->prints[place] = print;
    index->notes[place] = class | marks | (marks & IS_EXTRA ? 0 : 1u) << COUNT_SHIFT | column << COLUMN_SHIFT;
    return 1;
}

/* The words of one original, as far as its fingerprint takes them. */
typedef struct {
    Word word[MOST_WORDS];
    uint8_t marks[MOST_WORDS];
    int64_t count, letters, digits;
    int all_digits, every_has_digit, plain, known, telling;
} Words;

static void read_words(const Index *index, const uint8_t *at, const uint8_t *end, Words *words)
{
    Word word;
    words->count = words->letters = words->digits = words->telling = 0;
    words->all_digits = words->every_has_digit = words->plain = words->known = 1;
    while (words->count < MOST_WORDS && next_word(index, &at, end, AS_WRITTEN, &word)) {
        const uint64_t print = word_print(index, word.hash);
        const uint8_t marks = word.has_letter ? marks_of(index, print ? print : 1) : 0;
        words->letters += word.length;
        words->digits += word.has_letter ? 0 : word.length;
        words->all_digits &= !word.has_letter, words->every_has_digit &= word.has_digit;
        if (word.has_letter && word.length > 2) {
            words->plain &= (marks & EVERYDAY) != 0, words->known &= marks != 0;
            words->telling |= !marks && word.length >= SHORTEST;
        }
        words->marks[words->count] = marks, words->word[words->count++] = word;
    }
}

/* Whether eight digits are a day of these two centuries. */
static int is_date(const uint8_t *digits)
{
    const int century = (digits[0] - '0') * 10 + digits[1] - '0', month = (digits[4] - '0') * 10 + digits[5] - '0';
    const int day = (digits[6] - '0') * 10 + digits[7] - '0';
    return (century == 19 || century == 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static int class_of_digits(const Words *words, int64_t count, const uint8_t *digits)
{
    int far_apart = words->count > JOINED_WORDS;
    for (int64_t place = 1; place < words->count; place++)
        far_apart |= words->word[place].gap > WIDEST_GAP;
    if (count < FEWEST_DIGITS)
        return FEW_DIGITS;
    if (count > JOINED_LETTERS || far_apart)
        return MANY_DIGITS;
    return count == DATE_DIGITS && is_date(digits) ? A_DATE : WHERE_CARRIED;
}

/* Where an original with letters is searched: everywhere if no fake could be made of its words. */
static int class_of_words(const Words *words, int likeness)
{
    const int like_fakes = likeness == LIKE_FAKES;
    if (likeness == A_MOMENT)
        return A_DATE;
    if (words->letters < SHORTEST)
        return TOO_SHORT;
    if (words->plain && words->digits < TELLING_DIGITS)
        return EVERYDAY_WORDS;
    if (words->count == 1) {
        const Word *word = words->word;
        if (!word->has_digit)
            return words->known ? EVERYDAY_WORDS : like_fakes ? WHERE_CARRIED : EVERYWHERE;
        if (word->length < SHORTEST_CODE)
            return TOO_SHORT;
        return word->length >= SURE_CODE && !like_fakes ? EVERYWHERE : WHERE_CARRIED;
    }
    const int is_sure = (words->telling && !like_fakes) || likeness == UNLIKE_FAKES;
    return is_sure && words->letters >= SURE_TEXT ? EVERYWHERE : WHERE_CARRIED;
}

static uint64_t joined_hash(const Index *index, const Words *words)
{
    uint64_t hash = 0;
    for (int64_t place = 0; place < words->count; place++) {
        int64_t rest = words->word[place].length;
        for (; rest > JOINED_LETTERS; rest -= JOINED_LETTERS)
            hash *= index->letter_powers[JOINED_LETTERS];
        hash = hash * index->letter_powers[rest] + words->word[place].hash;
    }
    return hash;
}

static uint64_t order_free(const Index *index, const Words *words, int64_t count)
{
    uint64_t sum = 0;
    for (int64_t place = 0; place < count; place++)
        sum += word_print(index, words->word[place].hash);
    return print_of(sum, (uint64_t)count);
}

static uint64_t in_order(const Index *index, const Words *words)
{
    uint64_t hash = 0;
    for (int64_t place = 0; place < words->count; place++)
        hash = hash * index->word_powers[1] + word_print(index, words->word[place].hash);
    return print_of(hash, (uint64_t)words->count);
}

/* A few of a column's numbers, each as likely as any other. */
static void sample(Index *index, uint32_t column, const uint8_t *digits, int64_t count)
{
    index->digit_lengths[column * DIGIT_LENGTHS + count]++;
    if (count > SAMPLED_DIGITS)
        return;
    uint64_t number = 0, place = index->sampled[column]++;
    for (int64_t digit = 0; digit < count; digit++)
        number = number * 10 + (digits[digit] - '0');
    index->random = index->random * 6364136223846793005ULL + 1442695040888963407ULL;
    if (place >= SAMPLES)
        place = (index->random >> 33) % (place + 1);
    if (place < SAMPLES)
        index->samples[column * SAMPLES + place] = number;
}

/* A fingerprint to put in; of a number its digits. */
typedef struct {
    uint64_t print;
    uint32_t class, marks;
    int64_t count;
    uint8_t digits[JOINED_LETTERS + 1];
} Put;

/* Those that wait while memory brings their places. */
typedef struct { Put put[PUT_TOGETHER]; int64_t count; } Waiting;

static Put *wait_to_put(Index *index, Waiting *waiting, uint64_t print, int class, uint32_t marks)
{
    const uint64_t place = print & (index->capacity - 1);
    __builtin_prefetch(index->prints + place, 1), __builtin_prefetch(index->notes + place, 1);
    Put *next = waiting->put + waiting->count++;
    next->print = print, next->class = (uint32_t)class, next->marks = marks, next->count = 0;
    return next;
}

static void put_waiting(Index *index, uint32_t column, Waiting *waiting)
{
    for (int64_t at = 0; at < waiting->count; at++) {
        const Put *next = waiting->put + at;
        const int new = put(index, next->print, column, next->class, next->marks);
        if (new && next->marks & IS_DIGITS && next->class == WHERE_CARRIED)
            sample(index, column, next->digits, next->count);
    }
    waiting->count = 0;
}

static void put_digits(Index *index, Waiting *waiting, const Words *words, int likeness, const uint8_t *at, const uint8_t *end)
{
    Put *next = wait_to_put(index, waiting, single_print(index, joined_hash(index, words)), A_DATE, IS_DIGITS);
    for (; at < end && next->count <= JOINED_LETTERS; at++)
        if (*at >= '0' && *at <= '9')
            next->digits[next->count++] = *at;
    if (likeness != A_MOMENT)
        next->class = (uint32_t)class_of_digits(words, next->count, next->digits);
}

static void put_words(Index *index, Waiting *waiting, const Words *words, int likeness)
{
    const int class = class_of_words(words, likeness);
    const int is_word = words->count == 1 && !words->word[0].has_digit;
    if (words->count <= ORDER_FREE) {
        wait_to_put(index, waiting, order_free(index, words, words->count), class, is_word ? IS_WORD : 0);
    } else {
        wait_to_put(index, waiting, in_order(index, words), class, 0);
        wait_to_put(index, waiting, order_free(index, words, ORDER_FREE), UNSET, IS_EXTRA | IS_PREFIX);
    }
    index->lengths |= 1ULL << words->count;
    const int is_uuid = words->count == UUID_WORDS && words->letters == UUID_LETTERS;
    const int joins = words->every_has_digit && words->letters >= SHORTEST_JOINED;
    if (words->count == 1 || class >= TOO_SHORT || words->letters > JOINED_LETTERS || !(joins || is_uuid))
        return;
    wait_to_put(index, waiting, single_print(index, joined_hash(index, words)), class, IS_EXTRA);
    index->lengths |= 1 << 1;
}

/* Put the values of one masked column in, each marked if it looks like a fake or no fake can look like it. */
PUBLIC void search_add(Index *index, int64_t column, const uint8_t *data, const int64_t *offsets, int64_t count,
                       const uint8_t *likeness)
{
    Words words;
    Waiting waiting;
    waiting.count = 0;
    for (int64_t value = 0; value < count; value++) {
        const uint8_t *at = data + offsets[value], *end = data + offsets[value + 1];
        read_words(index, at, end, &words);
        if (words.count && words.all_digits)
            put_digits(index, &waiting, &words, likeness[value], at, end);
        else if (words.count)
            put_words(index, &waiting, &words, likeness[value]);
        if (waiting.count > PUT_TOGETHER - MOST_PUTS)
            put_waiting(index, (uint32_t)column, &waiting);
    }
    put_waiting(index, (uint32_t)column, &waiting);
}

static uint32_t sealed_note(uint32_t note, const uint8_t *counted_up)
{
    uint32_t class = note & CLASS_BITS;
    if (class != EVERYWHERE && class != WHERE_CARRIED)
        return note;
    if (note & IS_WORD && (note >> COUNT_SHIFT & COUNT_MOST) > MANY_ROWS)
        class = SHARED_WORD;
    else if (note & IS_DIGITS && counted_up[note >> COLUMN_SHIFT])
        class = COUNTED_UP;
    return (note & ~(uint32_t)CLASS_BITS) | class;
}

static void filter_in(Index *index, uint64_t print)
{
    index->filter[print >> 32 & index->filter_mask] |= filter_bits(print);
}

/* Decide about words that many rows share and numbers that count up, build the filter, and count the originals of each
   class. Returns 0 where there is no memory. */
PUBLIC int64_t search_seal(Index *index, const uint8_t *counted_up, int64_t *of_class)
{
    uint64_t words = 64;
    while (words * 4 < index->used)
        words *= 2;
    free(index->filter);
    index->filter = calloc(words, sizeof *index->filter);
    if (!index->filter)
        return 0;
    index->filter_mask = words - 1;
    for (uint64_t place = 0; place < index->capacity; place++) {
        if (!index->prints[place])
            continue;
        const uint32_t note = index->notes[place] = sealed_note(index->notes[place], counted_up);
        const uint32_t class = note & CLASS_BITS;
        if (!(note & IS_EXTRA))
            of_class[class]++;
        if (class == EVERYWHERE || class == WHERE_CARRIED || note & IS_PREFIX)
            filter_in(index, index->prints[place]);
    }
    return 1;
}

/* How many numbers of each length each column has, a few of them, and how many values found no room. */
PUBLIC int64_t search_numbers(const Index *index, int64_t *lengths, uint64_t *samples, uint64_t *sampled)
{
    memcpy(lengths, index->digit_lengths, index->columns * DIGIT_LENGTHS * sizeof *lengths);
    memcpy(samples, index->samples, index->columns * SAMPLES * sizeof *samples);
    memcpy(sampled, index->sampled, index->columns * sizeof *sampled);
    return index->dropped;
}

/* How many bytes the table and its filter take. */
PUBLIC int64_t search_bytes(const Index *index)
{
    const uint64_t each = sizeof *index->prints + sizeof *index->notes;
    return (int64_t)(index->capacity * each + (index->filter ? (index->filter_mask + 1) * 8 : 0));
}
