-- Members that a policy masks, and columns with the same values that it forgot: the search finds each.
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE reached AS (kind text, mail text);
CREATE TABLE person (id int PRIMARY KEY, pair reached, map hstore, page xml, many reached[]);
CREATE TABLE forgot (id int PRIMARY KEY, pair text, map text, page text, many text, kind text);
INSERT INTO person
SELECT n, ROW('nobody''s word', 'a' || n || '@corp.example')::reached, hstore('mail', 'b' || n || '@corp.example'),
    format('<p mail="c%s@corp.example"/>', n)::xml, ARRAY[ROW('x', 'd' || n || '@corp.example')::reached]
FROM generate_series(1, 20) AS n;
INSERT INTO forgot SELECT n, 'a' || n || '@corp.example', 'b' || n || '@corp.example', 'c' || n || '@corp.example', 'd' || n || '@corp.example', 'nobody''s word'
FROM generate_series(1, 20) AS n;
