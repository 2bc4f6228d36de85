CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE room (id int PRIMARY KEY, during daterange, code char(5), EXCLUDE USING gist (during WITH &&), UNIQUE (code) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO room VALUES (1, '[2020-01-01,2020-02-01)', 'a'), (2, '[2020-02-01,2020-03-01)', 'b');
CREATE TABLE top (id int PRIMARY KEY); CREATE TABLE "left" (id int PRIMARY KEY REFERENCES top); CREATE TABLE "right" (id int PRIMARY KEY REFERENCES top);
CREATE TABLE bottom (l int REFERENCES "left", r int REFERENCES "right" ON DELETE CASCADE DEFERRABLE, "Odd ""Name" text, PRIMARY KEY (l, r));
INSERT INTO top VALUES (1), (2); INSERT INTO "left" VALUES (1), (2); INSERT INTO "right" VALUES (1), (2); INSERT INTO bottom VALUES (1, 1, 'secret'), (2, 2, 'secret');
CREATE TABLE doc (id uuid PRIMARY KEY, key bytea UNIQUE, moods mood[], ids uuid[], body jsonb, who text);
INSERT INTO doc VALUES ('00000000-0000-4000-8000-000000000001', '\x01', '{glad,NULL}', '{00000000-0000-4000-8000-000000000001}', '"scalar"', 'secret'),
    ('00000000-0000-4000-8000-000000000002', '\x02', '{}', NULL, 'null', 'secret'), ('00000000-0000-4000-8000-000000000003', NULL, NULL, '{}', '[1, {"a": null}]', NULL);
