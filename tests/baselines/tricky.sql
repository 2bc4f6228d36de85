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
