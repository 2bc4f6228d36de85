SELECT count(*) = 2 AND bool_and(l = r AND "Odd ""Name" = 'gone') FROM bottom JOIN "left" ON "left".id = l JOIN "right" ON "right".id = r JOIN top ON top.id = l;
SELECT array_agg(body::text ORDER BY body::text) = ARRAY['"scalar"', '[1, {"a": null}]', 'null'] FROM doc;
SELECT count(*) = 1 FROM doc WHERE moods = '{glad,NULL}' AND ids = '{00000000-0000-4000-8000-000000000001}' AND id <> ids[1];
SELECT count(*) = 1 FROM pg_constraint WHERE conrelid = 'room'::regclass AND contype = 'x';
SELECT bool_and(condeferrable) FROM pg_constraint WHERE conname IN ('room_code_key', 'bottom_r_fkey');
