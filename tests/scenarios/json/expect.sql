SELECT count(*) = 500 FROM event AS e JOIN person AS p ON p.email = body #>> '{user,email}' AND p.email = listed #>> '{0,to}';
SELECT bool_and(body - 'user' = '{"kind": "click"}' AND body #> '{user,age}' = '0' AND body #> '{user,ok}' = 'false' AND listed -> 2 = '7') FROM event WHERE id > 0;
SELECT bool_and((SELECT count(*) FROM jsonb_object_keys(body -> 'user')) = 3) FROM event WHERE id > 0;
SELECT bool_and(raw::text = '{"a" : "0", "a": 0}') FROM event WHERE id > 0;
SELECT body = '""' AND raw IS NULL AND said = 'null' AND listed = 'null' FROM event WHERE id = 0;
SELECT body IS NULL AND raw::text = '[]' AND said = '' FROM event WHERE id = -1;
SELECT (SELECT array_agg((id, body, raw::text, said, listed) ORDER BY id)::text FROM event) = (SELECT array_agg((id, body, raw::text, said, listed) ORDER BY id)::text FROM event_as_text);
