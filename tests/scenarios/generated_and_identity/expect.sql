SELECT count(*) = 20 AND bool_and(full_name = first_name || ' ' || last_name) FROM person;
SELECT min(id) = 100 AND max(id) = 290 FROM person;
SELECT nextval('person_id_seq') = 300 AND nextval('person_n_seq') = 21 AND nextval('person_other_seq') = 21;
SELECT count(*) = 2 FROM log;
SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'person'::regclass AND attidentity = 'a';
