/* JSON documents: the scalars that a rule's paths lead to, and the documents written again with others in their places. */
#include "loops.h"

/* A document that nests deeper is left to Python. */
enum { DEEPEST = 512, NO_INDEX = -1, NO_PATH = -1 };
enum { TEXT, WHOLE, REAL, TRUTH, NOTHING, MOST_DIGITS = 18 };

/* What the paths demand at each point of a document: the path that ends there, where every key or index that no path
   names leads, and where those lead that one names. */
typedef struct {
    const int32_t *ends, *others, *first_name, *first_index;
    const uint8_t *names;
    const int64_t *name_offsets;
    const int32_t *name_targets;
    const int64_t *indexes;
    const int32_t *index_targets;
} Paths;

/* The scalars that were found: where each begins and ends, its path, its kind, whether its text has escapes, how many
   there are and for how many there is room. */
typedef struct {
    int64_t *starts, *ends;
    int32_t *paths;
    uint8_t *kinds, *escaped;
    int64_t count, most;
} Scalars;

typedef struct { int32_t point; int64_t index; } Container;

static int32_t by_name(const Paths *paths, int32_t point, const uint8_t *name, int64_t length)
{
    for (int32_t place = paths->first_name[point]; place < paths->first_name[point + 1]; place++) {
        const int64_t start = paths->name_offsets[place];
        if (paths->name_offsets[place + 1] - start == length && memcmp(paths->names + start, name, length) == 0)
            return paths->name_targets[place];
    }
    return paths->others[point];
}

static int32_t by_index(const Paths *paths, int32_t point, int64_t index)
{
    for (int32_t place = paths->first_index[point]; place < paths->first_index[point + 1]; place++)
        if (paths->indexes[place] == index)
            return paths->index_targets[place];
    return paths->others[point];
}

static int is_space(uint8_t sign) { return sign == ' ' || sign == '\n' || sign == '\t' || sign == '\r'; }

static int ends_bare(uint8_t sign)
{
    return is_space(sign) || sign == ',' || sign == '}' || sign == ']' || sign == ':' || sign == '"' || sign == '{' ||
           sign == '[';
}

static uint8_t kind_of(const uint8_t *at, const uint8_t *end)
{
    if (*at == '"')
        return TEXT;
    if (*at == 't' || *at == 'f')
        return TRUTH;
    if (*at == 'n')
        return NOTHING;
    at += *at == '-';
    if (at == end || end - at > MOST_DIGITS)
        return REAL;
    for (; at < end; at++)
        if (*at < '0' || *at > '9')
            return REAL;
    return WHOLE;
}

/* The closing quote of a text that begins behind `at`, or the end. */
static const uint8_t *closing(const uint8_t *at, const uint8_t *end, uint8_t *escaped)
{
    for (*escaped = 0; at < end && *at != '"'; at++)
        if (*at == '\\')
            *escaped = 1, at++;
    return at < end ? at : end;
}

/* Find the scalars of one document. Returns whether it could be read: its keys have no escapes, it is not too deep, its
   scalars have room. */
static int read_document(const uint8_t *data, const uint8_t *at, const uint8_t *end, const Paths *paths, Scalars *found)
{
    Container around[DEEPEST];
    int depth = 0;
    int32_t here = 0;
    while (at < end) {
        const uint8_t *start = at, sign = *at++;
        uint8_t escaped = 0;
        if (is_space(sign) || sign == ':')
            continue;
        if (sign == '{' || sign == '[') {
            if (depth == DEEPEST)
                return 0;
            around[depth++] = (Container){here, sign == '[' ? 0 : NO_INDEX};
            if (sign == '[')
                here = by_index(paths, here, 0);
            continue;
        }
        if (sign == '}' || sign == ']' || sign == ',') {
            if (depth == 0)
                return 0;
            Container *inner = around + depth - 1;
            if (sign != ',')
                depth--;
            else if (inner->index != NO_INDEX)
                here = by_index(paths, inner->point, ++inner->index);
            continue;
        }
        if (sign == '"') {
            at = closing(at, end, &escaped);
            if (at == end)
                return 0;
            const uint8_t *behind = ++at;
            while (behind < end && is_space(*behind))
                behind++;
            if (behind < end && *behind == ':') {
                if (depth == 0 || escaped)
                    return 0;
                here = by_name(paths, around[depth - 1].point, start + 1, at - start - 2);
                at = behind + 1;
                continue;
            }
        } else
            while (at < end && !ends_bare(*at))
                at++;
        if (paths->ends[here] == NO_PATH)
            continue;
        if (found->count == found->most)
            return 0;
        found->starts[found->count] = start - data, found->ends[found->count] = at - data;
        found->paths[found->count] = paths->ends[here], found->kinds[found->count] = kind_of(start, at);
        found->escaped[found->count++] = escaped;
    }
    return depth == 0;
}

/* Find the scalars of documents; `upto` says how many there are up to the end of each, `is_left` which documents are
   left to Python. Returns the number of scalars. */
PUBLIC int64_t find_scalars(const uint8_t *data, const int64_t *offsets, int64_t count, const Paths *paths,
                            Scalars *found, int64_t *upto, uint8_t *is_left)
{
    found->count = 0;
    for (int64_t place = 0; place < count; place++) {
        const int64_t before = found->count;
        is_left[place] = !read_document(data, data + offsets[place], data + offsets[place + 1], paths, found);
        if (is_left[place])
            found->count = before;
        upto[place] = found->count;
    }
    return found->count;
}

/* Bring the texts at some places together. */
PUBLIC void gather_texts(const uint8_t *data, const int64_t *starts, const int64_t *ends, int64_t count, uint8_t *out,
                         int64_t *out_offsets)
{
    int64_t written = 0;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        memcpy(out + written, data + starts[place], ends[place] - starts[place]);
        out_offsets[place + 1] = written += ends[place] - starts[place];
    }
}

/* A text as JSON writes it, with no escape that it does without. */
static uint8_t *quote(uint8_t *out, const uint8_t *at, const uint8_t *end)
{
    static const char digits[] = "0123456789abcdef", letters[] = "btn\0fr";
    *out++ = '"';
    for (; at < end; at++) {
        if (*at >= ' ' && *at != '"' && *at != '\\') {
            *out++ = *at;
            continue;
        }
        *out++ = '\\';
        if (*at >= ' ')
            *out++ = *at;
        else if (*at >= '\b' && *at <= '\r' && letters[*at - '\b'])
            *out++ = letters[*at - '\b'];
        else {
            memcpy(out, "u00", 3);
            out[3] = digits[*at >> 4], out[4] = digits[*at & 15];
            out += 5;
        }
    }
    *out++ = '"';
    return out;
}

/* Write documents with the text at `where` in the place of each scalar; one at -1 stays. Returns the bytes written. */
PUBLIC int64_t write_documents(const uint8_t *data, const int64_t *offsets, int64_t count, const int64_t *upto,
                               const int64_t *starts, const int64_t *ends, const int64_t *where, const uint8_t *is_quoted,
                               const uint8_t *texts, const int64_t *text_offsets, uint8_t *out, int64_t *out_offsets)
{
    uint8_t *at = out;
    int64_t scalar = 0;
    out_offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        int64_t last = offsets[place];
        for (; scalar < upto[place]; scalar++) {
            if (where[scalar] < 0)
                continue;
            const uint8_t *text = texts + text_offsets[where[scalar]], *end = texts + text_offsets[where[scalar] + 1];
            memcpy(at, data + last, starts[scalar] - last);
            at += starts[scalar] - last;
            if (is_quoted[scalar])
                at = quote(at, text, end);
            else
                memcpy(at, text, end - text), at += end - text;
            last = ends[scalar];
        }
        memcpy(at, data + last, offsets[place + 1] - last);
        at += offsets[place + 1] - last;
        out_offsets[place + 1] = at - out;
    }
    return at - out;
}
