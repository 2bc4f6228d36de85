-- The same value has the same fake in both formats.
SELECT count(*) = 101 FROM in_binary AS b JOIN in_text AS t USING (id)
WHERE (b.i2, b.i4, b.i8, b.n, b.d, b.ts, b.tstz, b.u, b.ip, b.net, b.mac, b.by, b.t, b.v, b.c, b.mo, b.shifted, b.near, b.born)
   IS NOT DISTINCT FROM (t.i2, t.i4, t.i8, t.n, t.d, t.ts, t.tstz, t.u, t.ip, t.net, t.mac, t.by, t.t, t.v, t.c, t.mo, t.shifted, t.near, t.born);
SELECT bool_and(abs(b.f - t.f) < 0.000001) FROM in_binary AS b JOIN in_text AS t USING (id) WHERE id > 0;
-- NULL stays NULL.
SELECT num_nulls(i2, i4, i8, n, f, d, ts, tstz, u, ip, net, mac, by, t, v, c, mo, shifted, near, born) = 20
FROM in_binary WHERE id = 0;
-- No value is its own fake.
SELECT count(*) = 0 FROM in_binary WHERE i2 = id OR i4 = id * 1000 OR i8 = id * 10000000000 OR n = id + 0.25
   OR d = date '1950-01-01' + id * 17 OR v = 'short' || id OR ip <<= '10.0.0.0/8' OR mac = ('00:00:5e:00:53:' || lpad(to_hex(id), 2, '0'))::macaddr
   OR shifted = date '2000-01-01' + id OR abs(shifted - (date '2000-01-01' + id)) > 10 OR near = id * 10
   OR abs(near - id * 10) > id + 0.01 OR abs(born - (date '1980-05-05' + id)) > 1827
   OR mo = (enum_range(NULL::mood))[1 + id % 4];
-- A hash keeps keys apart.
SELECT count(DISTINCT (i2)) = 100 AND count(DISTINCT i4) = 100 AND count(DISTINCT i8) = 100 AND count(DISTINCT n) = 100
   AND count(DISTINCT d) = 100 AND count(DISTINCT ts) = 100 AND count(DISTINCT tstz) = 100 AND count(DISTINCT u) = 100
   AND count(DISTINCT mac) = 100 AND count(DISTINCT by) = 100 AND count(DISTINCT v) = 100 AND count(DISTINCT c) = 100
   AND count(DISTINCT mo) = 4 FROM in_binary WHERE id > 0;
