/* Dates and timestamps of the years 1 to 9999 as a pinned session prints them; others are left to Python. */
#include "loops.h"

enum { DATE_LETTERS = 10, TIME_LETTERS = 8, MOST_FRACTION = 6, CYCLE_DAYS = 146097, CYCLE_YEARS = 400 };
/* Days from 1970: the first of March of year 0, and the first of the year 2000. */
enum { MARCH_OF_YEAR_0 = -719468, EPOCH = 10957 };
static const int64_t SECOND = 1000000, DAY = 86400 * (int64_t)1000000;

static uint8_t *write_digits(uint8_t *at, int64_t number, int count)
{
    for (int place = count - 1; place >= 0; place--, number /= 10)
        at[place] = '0' + number % 10;
    return at + count;
}

/* A day from 1970 of the years 1 to 9999. Years begin in March here, so that a leap day is the last of its year. */
static uint8_t *write_date(uint8_t *at, int64_t days)
{
    const int64_t since = days - MARCH_OF_YEAR_0, cycle = since / CYCLE_DAYS, day = since % CYCLE_DAYS;
    const int64_t year = (day - (day / 1460 - day / 36524 + day / 146096)) / 365;
    const int64_t of_year = day - (365 * year + year / 4 - year / 100), months = (5 * of_year + 2) / 153;
    const int64_t month = (months + 2) % 12 + 1;
    at = write_digits(at, cycle * CYCLE_YEARS + year + (month <= 2), 4);
    *at++ = '-';
    at = write_digits(at, month, 2);
    *at++ = '-';
    return write_digits(at, of_year - (153 * months + 2) / 5 + 1, 2);
}

static int64_t read_digits(const uint8_t *at, int count)
{
    int64_t number = 0;
    for (int place = 0; place < count; place++) {
        if (!is_digit(at[place]))
            return -1;
        number = number * 10 + (at[place] - '0');
    }
    return number;
}

/* Read a date of ten letters as a day from 1970. Returns whether it is one. */
static int read_date(const uint8_t *at, int64_t *days)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int64_t year = read_digits(at, 4), month = read_digits(at + 5, 2), day = read_digits(at + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || at[4] != '-' || at[7] != '-')
        return 0;
    const int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (month == 2 && is_leap))
        return 0;
    const int64_t counted = year - (month <= 2), of_cycle = counted % CYCLE_YEARS;
    const int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    *days = MARCH_OF_YEAR_0 + counted / CYCLE_YEARS * CYCLE_DAYS + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year;
    return 1;
}

/* Read `HH:MM:SS` up to the end, with up to six digits behind a point and with the zone or without. */
static int read_time(const uint8_t *at, const uint8_t *end, int64_t *micros)
{
    if (end - at >= 3 && memcmp(end - 3, "+00", 3) == 0)
        end -= 3;
    if (end - at < TIME_LETTERS || at[2] != ':' || at[5] != ':')
        return 0;
    const int64_t hour = read_digits(at, 2), minute = read_digits(at + 3, 2), second = read_digits(at + 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return 0;
    *micros = ((hour * 60 + minute) * 60 + second) * SECOND;
    at += TIME_LETTERS;
    if (at == end)
        return 1;
    const int digits = (int)(end - at - 1);
    if (*at++ != '.' || digits < 1 || digits > MOST_FRACTION)
        return 0;
    int64_t fraction = read_digits(at, digits);
    if (fraction < 0)
        return 0;
    for (int place = digits; place < MOST_FRACTION; place++)
        fraction *= 10;
    *micros += fraction;
    return 1;
}

static uint8_t *write_time(uint8_t *at, int64_t micros)
{
    const int64_t seconds = micros / SECOND;
    int64_t fraction = micros % SECOND;
    at = write_digits(at, seconds / 3600, 2);
    *at++ = ':';
    at = write_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = write_digits(at, seconds % 60, 2);
    if (fraction == 0)
        return at;
    int digits = MOST_FRACTION;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    *at++ = '.';
    return write_digits(at, fraction, digits);
}

/* Write microseconds from 2000 as timestamps, with a zone or without. */
PUBLIC void write_timestamps(const int64_t *micros, int64_t count, int64_t has_zone, uint8_t *out, int64_t *offsets)
{
    uint8_t *at = out;
    offsets[0] = 0;
    for (int64_t place = 0; place < count; place++) {
        int64_t days = micros[place] / DAY, within = micros[place] % DAY;
        if (within < 0)
            days--, within += DAY;
        at = write_date(at, days + EPOCH);
        *at++ = ' ';
        at = write_time(at, within);
        if (has_zone)
            memcpy(at, "+00", 3), at += 3;
        offsets[place + 1] = at - out;
    }
}

/* Read timestamps as microseconds from 2000; a date alone is its midnight. Those of another form are marked. */
PUBLIC void read_timestamps(const uint8_t *data, const int64_t *offsets, int64_t count, int64_t *micros, uint8_t *is_left)
{
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        int64_t days, within = 0;
        is_left[place] = end - at < DATE_LETTERS || !read_date(at, &days) ||
                         (end - at > DATE_LETTERS &&
                          (at[DATE_LETTERS] != ' ' || !read_time(at + DATE_LETTERS + 1, end, &within)));
        micros[place] = is_left[place] ? 0 : (days - EPOCH) * DAY + within;
    }
}

/* Write days from 1970, of the years 1 to 9999, as dates of ten letters. */
PUBLIC void write_dates(const int64_t *days, int64_t count, uint8_t *out)
{
    for (int64_t place = 0; place < count; place++)
        out = write_date(out, days[place]);
}

/* Read dates of ten letters as days from 1970, or such dates with ` HH:MM` and more behind them but no era.
   Those of another form are marked. */
PUBLIC void read_dates(const uint8_t *data, const int64_t *offsets, int64_t count, int64_t may_have_time, int64_t *days,
                       uint8_t *is_left)
{
    for (int64_t place = 0; place < count; place++) {
        const uint8_t *at = data + offsets[place], *end = data + offsets[place + 1];
        days[place] = 0;
        is_left[place] = end - at < DATE_LETTERS || !read_date(at, days + place);
        if (is_left[place] || end - at == DATE_LETTERS)
            continue;
        at += DATE_LETTERS;
        is_left[place] = !may_have_time || end - at < 7 || (*at != ' ' && *at != 'T') || read_digits(at + 1, 2) < 0 ||
                         at[3] != ':' || read_digits(at + 4, 2) < 0 || end[-1] == 'C' || end[-1] > 0x7f;
        for (; at < end && !is_left[place]; at++)
            is_left[place] = *at == '\n';
    }
}

/* Write texts again with other dates in their first ten letters; `out` begins as a copy of them. */
PUBLIC void replace_dates(const int64_t *offsets, int64_t count, const int64_t *days, uint8_t *out)
{
    for (int64_t place = 0; place < count; place++)
        write_date(out + offsets[place] - offsets[0], days[place]);
}
