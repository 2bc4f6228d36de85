SELECT count(*) = 20 AND bool_and((id - 1) % 10 >= 5) FROM person;
SELECT count(*) = 20 FROM desk;
SELECT count(*) = 20 FROM lamp;
SELECT count(*) = 40 AND count(*) FILTER (WHERE place = 'a') = 24 FROM visit;
SELECT count(*) = 40 AND count(person) = 20 FROM note;
SELECT count(*) = 5 FROM unrelated;
SELECT count(*) >= 7 FROM pg_constraint WHERE contype = 'f' AND convalidated;
