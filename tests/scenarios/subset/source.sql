-- Organizations with people who have bosses elsewhere, in a circle of keys; documents, notes about anything, and logs.
CREATE TABLE org (id int PRIMARY KEY, name text, owner int);
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE NOT NULL, org int NOT NULL REFERENCES org, boss int REFERENCES person, approved_by int REFERENCES person);
CREATE TABLE ticket (id int, at text, email text NOT NULL REFERENCES person (email), payload jsonb, PRIMARY KEY (id, at)) PARTITION BY LIST (at);
CREATE TABLE ticket_a PARTITION OF ticket FOR VALUES IN ('a');
CREATE TABLE ticket_b PARTITION OF ticket FOR VALUES IN ('b');
CREATE TABLE note (id int PRIMARY KEY, kind text, about int);
CREATE TABLE log (line text);
INSERT INTO org SELECT n, 'Org ' || n, CASE n WHEN 4 THEN 45 ELSE 10 * n END FROM generate_series(1, 5) AS n;
-- The first of organization 2 has the first of 3 for a boss, who has the first of 4.
INSERT INTO person SELECT 10 * org + n, 'person' || 10 * org + n || '@org.example', org,
    CASE WHEN n > 0 THEN 10 * org WHEN org IN (2, 3) THEN 10 * org + 10 END, 59
    FROM generate_series(1, 5) AS org, generate_series(0, 9) AS n;
ALTER TABLE org ADD FOREIGN KEY (owner) REFERENCES person DEFERRABLE;
INSERT INTO ticket SELECT id, CASE id % 2 WHEN 0 THEN 'a' ELSE 'b' END, email, jsonb_build_object('watcher', CASE org WHEN 2 THEN '33' END) FROM person;
INSERT INTO note SELECT n, CASE n % 2 WHEN 0 THEN 'person' ELSE 'org' END, CASE n % 2 WHEN 0 THEN n ELSE n % 5 + 1 END FROM generate_series(10, 59) AS n;
INSERT INTO log VALUES ('one'), ('two');
