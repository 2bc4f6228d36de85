/* COPY binary rows: read from libpq, cut into fields, and written again. */
#include "loops.h"

#if !defined(_WIN32)
#include <poll.h>
#endif

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

/* libpq's own: the next message of a COPY, what frees it, and what takes in the bytes that the socket has. */
typedef int GetCopyData(void *connection, char **message, int without_waiting);
typedef void FreeMemory(void *memory);
typedef int ConsumeInput(void *connection);

/* A running COPY, and libpq's functions that read it. */
typedef struct { GetCopyData *get; FreeMemory *release; ConsumeInput *consume; void *connection; int64_t socket; } Copy;

/* How much of a block is there, and a row that is too long to be brought into one: it stays where libpq put it. */
typedef struct { int64_t bytes, rows, long_size; char *long_row; } Progress;

/* So long a wait is left to the caller, which notices signals and a server that is silent. */
enum { SHORT_WAIT_MS = 50, FAILED = -2 };

/* Take in what comes within a short wait: 1 if more bytes are there, 0 if none came, FAILED without a connection. */
static int receive_more(const Copy *copy)
{
#if defined(_WIN32)
    return 0;
#else
    struct pollfd socket = {.fd = (int)copy->socket, .events = POLLIN};
    if (poll(&socket, 1, SHORT_WAIT_MS) <= 0)
        return 0;
    return copy->consume(copy->connection) ? 1 : FAILED;
#endif
}

/* Bring the messages of a COPY together until a block is full (1), the server must be waited for (0), there are no more
   (-1), or libpq has failed (-2). */
PUBLIC int64_t read_rows(const Copy *copy, int64_t enough, int64_t longest, int64_t most, uint8_t *out, int64_t *lengths,
                         Progress *block)
{
    while (block->bytes < enough && block->rows < most) {
        char *message;
        const int size = copy->get(copy->connection, &message, 1);
        if (size < 0)
            return size;
        if (size == 0) {
            const int received = receive_more(copy);
            if (received == 1)
                continue;
            return received;
        }
        if (size > longest) {
            block->long_row = message, block->long_size = size;
            return 1;
        }
        memcpy(out + block->bytes, message, size);
        copy->release(message);
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
