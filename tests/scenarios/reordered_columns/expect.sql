SELECT id = 2 AND email LIKE '%@example.test' AND code = 'ab    ' FROM person;
SELECT count(*) = 100 AND bool_and(note = 'kept' || id AND at = date '2020-01-01' + id AND length(who) = 64) FROM event;
