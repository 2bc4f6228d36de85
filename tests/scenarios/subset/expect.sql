-- The ten of organization 2, the two bosses above their first, and who watches their tickets.
SELECT array_agg(id ORDER BY id) = '{20,21,22,23,24,25,26,27,28,29,30,33,40}' FROM person;
SELECT count(*) = 13 FROM person WHERE email NOT LIKE 'person%';
SELECT array_agg(id ORDER BY id) = '{2,3,4}' FROM org;
-- Their own tickets, in both partitions, with the e-mail addresses that their people have now.
SELECT array_agg(id ORDER BY id) = '{20,21,22,23,24,25,26,27,28,29}' FROM ticket JOIN person USING (id, email);
-- Those about the ten and about organization 2; those about a boss stay away.
SELECT array_agg(id ORDER BY id) = '{11,20,21,22,24,26,28,31,41,51}' FROM note;
-- Cut references are NULL where the other row stayed away, and only there.
SELECT count(approved_by) = 0 FROM person;
SELECT array_agg(owner ORDER BY id) = '{20,30,NULL}' FROM org;
SELECT count(*) = 0 FROM log;
SELECT count(*) >= 5 FROM pg_constraint WHERE contype = 'f' AND convalidated;
