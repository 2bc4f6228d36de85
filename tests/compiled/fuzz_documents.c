/* Feeds the pass over documents with texts that are almost JSON, and some that are; sanitizers see what is read or written
   beside. Every buffer is as long as what it holds. */
#include "documents.c"

#include "fuzz.h"

enum { MOST_DOCUMENTS = 6, LONGEST = 120, ROUNDS = 20000, POINTS = 4, LONGEST_ESCAPE = 6 };

/* Two named steps from the first point, an index behind the first of them, and nothing behind all others. */
static const int32_t ends[POINTS] = {NO_PATH, 0, 1, 2}, others[POINTS] = {1, 1, 3, 3};
static const int32_t first_name[POINTS + 1] = {0, 2, 2, 2, 2}, first_index[POINTS + 1] = {0, 0, 0, 1, 1};
static const int64_t name_offsets[] = {0, 1, 1}, indexes[] = {1};
static const int32_t name_targets[] = {2, 3}, index_targets[] = {3};

static int64_t draw_documents(uint8_t *text, int64_t *offsets, int count)
{
    static const char signs[] = "{}[],:\"\"\\ \n-0123456789atfn.eE\x01\x1f\xc3\xa9";
    int64_t size = 0;
    offsets[0] = 0;
    for (int place = 0; place < count; offsets[++place] = size)
        for (uint32_t length = drawn(LONGEST); length > 0; length--)
            text[size++] = (uint8_t)signs[drawn(sizeof signs - 1)];
    return size;
}

static void look_at_documents(const Paths *paths)
{
    uint8_t text[MOST_DOCUMENTS * LONGEST];
    const int count = 1 + (int)drawn(MOST_DOCUMENTS);
    int64_t offsets[MOST_DOCUMENTS + 1], upto[MOST_DOCUMENTS], out_offsets[MOST_DOCUMENTS + 1];
    uint8_t is_left[MOST_DOCUMENTS];
    const int64_t size = draw_documents(text, offsets, count), most = drawn(2) ? size : size / 4;
    uint8_t *data = memcpy(room_for(size), text, size);
    Scalars found = {room_for(8 * most), room_for(8 * most), room_for(4 * most), room_for(most), room_for(most), 0, most};
    const int64_t scalars = find_scalars(data, offsets, count, paths, &found, upto, is_left);
    require(scalars == found.count && scalars <= most, "there are more scalars than room");
    int64_t inside = 0, *where = room_for(8 * scalars), *text_offsets = room_for(8 * (scalars + 1));
    uint8_t *is_quoted = room_for(scalars);
    for (int64_t place = 0; place < scalars; place++) {
        require(found.starts[place] < found.ends[place] && found.ends[place] <= size, "a scalar lies outside");
        where[place] = drawn(3) ? place : -1, is_quoted[place] = (uint8_t)drawn(2);
        inside += found.ends[place] - found.starts[place];
    }
    uint8_t *texts = room_for(inside), *out = room_for(size + LONGEST_ESCAPE * inside + 2 * scalars);
    gather_texts(data, found.starts, found.ends, scalars, texts, text_offsets);
    write_documents(data, offsets, count, upto, found.starts, found.ends, where, is_quoted, texts, text_offsets, out,
                    out_offsets);
    memset(is_quoted, 0, scalars);
    const int64_t written = write_documents(data, offsets, count, upto, found.starts, found.ends, where, is_quoted, texts,
                                            text_offsets, out, out_offsets);
    require(written == size && memcmp(out, data, size) == 0, "documents are not what they were");
    free(data), free(found.starts), free(found.ends), free(found.paths), free(found.kinds), free(found.escaped);
    free(where), free(text_offsets), free(is_quoted), free(texts), free(out);
}

int main(void)
{
    const Paths paths = {ends, others, first_name, first_index, (const uint8_t *)"a", name_offsets, name_targets, indexes,
                         index_targets};
    for (int round = 0; round < ROUNDS; round++)
        look_at_documents(&paths);
    return 0;
}
