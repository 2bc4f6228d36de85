-- A table of every kind of type, with the values at their edges.
CREATE TYPE mood AS ENUM ('glad', 'sad', 'it''s "odd", \ really');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE DOMAIN tags AS text[];
CREATE TYPE float_range AS RANGE (subtype = float8);
CREATE TABLE everything (
    id int PRIMARY KEY, b boolean, i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(10, 3),
    m money, t text, v varchar(20), c char(7), ch "char", nm name, by bytea, d date, tm time, tmtz timetz, ts timestamp,
    tstz timestamptz, iv interval, u uuid, ip inet, net cidr, mac macaddr, mac8 macaddr8, j json, jb jsonb, x xml, bt bit(5),
    vb varbit, pt point, ln line, bx box, pa path, po polygon, ci circle, i4r int4range, nr numrange, tsr tsrange, dr daterange,
    ia int[], ta text[], na numeric[], da date[], mo mood, moa mood[], pr pair, pra pair[], sm small, tg tags, fr float_range,
    tsv tsvector, tsq tsquery, reg regclass, o oid, lsn pg_lsn, ua uuid[], jba jsonb[], ipa inet[], tza timestamptz[]
);
INSERT INTO everything (id) VALUES (0);
INSERT INTO everything (id, b, i2, i4, i8, f4, f8, n, n2, m, t, v, c, ch, nm, by, d, tm, tmtz, ts, tstz, iv, u, ip, net, mac, mac8, j, jb, x,
    bt, vb, pt, ln, bx, pa, po, ci, i4r, nr, tsr, dr, ia, ta, na, da, mo, moa, pr, pra, sm, tg, fr, tsv, tsq, reg, o, lsn, ua, jba, ipa, tza)
VALUES
 (1, true, -32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', 'NaN', 1234567.891, 12.34, E'tab\there\nnew\rcr \\N \\. "q"', '', 'a  ', 'x',
  'n', '\x00ff10', '4713-01-01 BC', '24:00', '23:59:59.999999+15:59', '-infinity', '294276-12-31 23:59:59.999999+00', '-178000000 years 11 mons -3 days 04:05:06.789',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2001:db8::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '{"a" :  [1, null]}', '"scalar"',
  {xml_1}, B'10101', B'', '(1.5,-2)', '{1,2,3}', '((0,0),(1,1))', '[(0,0),(1,2)]', '((0,0),(1,1),(2,0))', '<(0,0),5>', '[1,5)', '(,1.5]', 'empty',
  '[2020-01-01,)', '{{1,NULL},{3,4}}', ARRAY['a,b', NULL, '', 'NULL', E'x\\y"z\n', '{}'], '{NaN,1e-20}', '{infinity,"4713-01-01 BC"}', 'it''s "odd", \ really',
  ARRAY['glad', NULL, 'it''s "odd", \ really']::mood[], ROW(1, 'a,"b")'), ARRAY[ROW(NULL, ''), NULL]::pair[], 99, ARRAY['t1', NULL], '[1.5,NaN]',
  'a:1A cat:2', 'a & !b', 'everything', 4294967295, '16/B374D848', ARRAY['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', NULL]::uuid[],
  ARRAY['{"a": 1}', NULL, 'null']::jsonb[], '{10.0.0.1,::1}', '{"2020-01-01 00:00+00",-infinity}'),
 (2, false, 32767, 2147483647, 9223372036854775807, 'Infinity', 1e-307, 1e-1000, -0.001, -0.01, '🦄 émoji ' || chr(1), '\\', '       ', '\', '', '', 'infinity',
  '00:00', '00:00+00', '0001-01-01 BC', 'infinity', '0', NULL, '0.0.0.0/0', '::/0', NULL, NULL, '[]', 'null', {xml_2}, B'00000', B'1', NULL, NULL, NULL, NULL, NULL, NULL,
  'empty', NULL, '[,]', 'empty', '{}', '{}', '[0:1]={1,2}', NULL, 'glad', '{}', ROW(NULL, NULL), '{}', NULL, '{}', 'empty', '', NULL, NULL, 0, NULL, '{}', '{}', NULL, NULL);
