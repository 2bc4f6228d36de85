SELECT count(*) = 100000 AND count(DISTINCT email) = 100000 AND count(DISTINCT lower(name)) = 100000 AND count(DISTINCT serial) = 100000 FROM person;
SELECT count(*) = 8 FROM pg_index WHERE indrelid = 'person'::regclass AND indisunique AND indisvalid;
SELECT bool_and(serial LIKE 'SN________') FROM person;
