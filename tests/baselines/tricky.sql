-- What a text form, a list or a reader of lines could take for something else.
CREATE TABLE tricky (a text, b bytea, c int[], d float8[], e bool[], f numeric(38, 10),
                     g numeric(9, 2), h date, i timestamptz, j uuid, k time);
INSERT INTO tricky VALUES
 (E'a\n\\.\nb', '\x', '{}', '{}', '{}', -1e-10, 0.50, '0001-01-01',
  '9999-12-31 23:59:59.999999+00', '00000000-0000-0000-0000-000000000000', '00:00'),
 (E'\\.', '\x0a5c', '{1,NULL}', '{NaN,-Infinity,1e-300,NULL}', '{t,f,NULL}', 1, -0.01, '9999-12-31',
  '0001-01-01 00:00:00+00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '23:59:59.999999'),
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (E'\t"\\N",\r', '\x00', '{-5}', '{-0}', '{t}', 0, 1, NULL, NULL, NULL, NULL);
CREATE TABLE one (a text);
INSERT INTO one VALUES (''), (NULL), ('x'), (E'\n'), (E'\\N'), (E'\\.');
CREATE TABLE nothing (id int);
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
CREATE TABLE computed (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO computed VALUES (1), (2);
-- Every column has a binary form, and the rows are sent in it.
CREATE DOMAIN code AS varchar(5);
CREATE TABLE sent_in_binary (a int2, b int8, c float4, d float8, e bool, f date, g timestamp, h timestamptz,
                             i numeric, j numeric(12, 2), k uuid, l bytea, m text, n char(4), o code, p json,
                             q jsonb, r inet, s cidr, t macaddr, u name, v int GENERATED ALWAYS AS (a + 1) STORED);
INSERT INTO sent_in_binary VALUES
 (-32768, -9223372036854775808, '-0', 'NaN', true, '-infinity', 'infinity', '4714-11-24 00:00:00+00 BC', 'NaN',
  -0.50, '00000000-0000-0000-0000-000000000000', '\x', '', 'a', 'x', '{"a" : 1}', '{"a": "\\"}', '192.0.2.1/24',
  '192.0.2.0/24', '00:00:5e:00:53:00', 'n'),
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL),
 (32767, 9223372036854775807, 1e-45, -1e308, false, '0044-03-15 BC', '1999-12-31 23:59:59.999999',
  '294276-12-31 23:59:59.999999+00', 1.10000, 9999999999.99, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '\x5c00',
  E'\t\\', 'ab', 'ü', '[]', '[]', '2001:db8::1', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', '');
