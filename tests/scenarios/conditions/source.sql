CREATE TABLE note (id int PRIMARY KEY, status text, body text, score int, at date, tags text[], flag boolean);
INSERT INTO note VALUES (1, 'closed', 'secret one', 10, '2020-01-01', '{a}', true), (2, 'open', 'kept two', 20, '2021-01-01', NULL, false),
    (3, NULL, 'kept three', NULL, NULL, '{}', NULL), (4, 'it''s "closed"', 'secret four', 5, '2022-02-02', '{b}', true);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE note_as_text (LIKE note, p pair);
INSERT INTO note_as_text SELECT *, ROW(1, '')::pair FROM note;
