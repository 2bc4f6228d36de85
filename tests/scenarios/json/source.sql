-- Documents in every kind of column, scalars among them, in a table of each format; arrays of objects.
CREATE TABLE event (id int PRIMARY KEY, body jsonb, raw json, said text, listed jsonb);
INSERT INTO event SELECT n, jsonb_build_object('user', jsonb_build_object('email', 'secret' || n || '@org.example', 'age', 30 + n % 50, 'ok', true, 'pass', 'secret'), 'kind', 'click', 'gone', jsonb_build_array('secret')),
    ('{"a" : "secret", "a": 1.50}')::json, '{"note": "secret note"}', jsonb_build_array(jsonb_build_object('to', 'secret' || n || '@org.example'), NULL, 7)
FROM generate_series(1, 500) AS n;
INSERT INTO event VALUES (0, '"secret"', NULL, 'secret, no document', 'null'), (-1, NULL, '[]', '', '[]');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE event_as_text (LIKE event, p pair);
INSERT INTO event_as_text SELECT *, ROW(1, '')::pair FROM event;
CREATE TABLE person (email text UNIQUE);
INSERT INTO person SELECT 'secret' || n || '@org.example' FROM generate_series(1, 500) AS n;
