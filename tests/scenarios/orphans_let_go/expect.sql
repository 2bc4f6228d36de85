SELECT count(*) = 30 AND bool_and(region = 'eu') FROM person;
SELECT count(*) = 0 FROM person AS p WHERE NOT EXISTS (SELECT FROM team AS t WHERE t.id = p.team) AND team IS NOT NULL;
SELECT bool_and((team IS NULL) = (id % 10 + 1 <= 5)) FROM person;
SELECT count(*) = 10 FROM person WHERE boss IS NULL;
SELECT count(*) = 3 FROM pg_constraint WHERE contype = 'f' AND convalidated;
