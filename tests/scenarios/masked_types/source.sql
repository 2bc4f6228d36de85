-- The same values in two tables: one travels in binary, the other, for its composite column, as text.
CREATE TYPE pair AS (a int, b text);
CREATE TYPE mood AS ENUM ('glad', 'sad', 'odd', 'even');
CREATE TABLE in_binary (
    id int, i2 smallint, i4 int, i8 bigint, n numeric(10, 2), f float8, d date, ts timestamp, tstz timestamptz,
    u uuid, ip inet, net cidr, mac macaddr, by bytea, t text, v varchar(12), c char(20), mo mood, shifted date,
    near numeric(10, 2), born date
);
INSERT INTO in_binary
SELECT n, n, n * 1000, n * 10000000000, n + 0.25, n / 3.0, date '1950-01-01' + n * 17,
       timestamp '2020-01-01 10:20:30.5' + n * interval '1 hour', timestamptz '2020-01-01 10:20:30Z' + n * interval '1 day',
       ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('10.1.0.' || n)::inet, ('10.' || n || '.0.0/16')::cidr,
       ('00:00:5e:00:53:' || lpad(to_hex(n), 2, '0'))::macaddr, decode(lpad(to_hex(n), 8, '0'), 'hex'), 'secret ' || n,
       'short' || n, 'padded' || n, (enum_range(NULL::mood))[1 + n % 4], date '2000-01-01' + n, n * 10, date '1980-05-05' + n
FROM generate_series(1, 100) AS n;
INSERT INTO in_binary (id) VALUES (0);
CREATE TABLE in_text (LIKE in_binary);
ALTER TABLE in_text ADD COLUMN forces_text pair;
INSERT INTO in_text SELECT *, ROW(1, 'x')::pair FROM in_binary;
