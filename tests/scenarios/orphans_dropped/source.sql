CREATE EXTENSION citext;
CREATE TABLE team (id int PRIMARY KEY, region text, code citext UNIQUE, UNIQUE (id, region));
INSERT INTO team SELECT n, 'eu', 'T' || n FROM generate_series(1, 10) AS n;
-- A key of several columns, one that is compared without case, and one to its own table.
CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL, region text NOT NULL, code citext REFERENCES team (code),
    boss int REFERENCES person, email text, FOREIGN KEY (team, region) REFERENCES team (id, region) MATCH FULL);
INSERT INTO person SELECT n, (n - 1) % 10 + 1, 'eu', 't' || (n - 1) % 10 + 1, CASE WHEN n > 20 THEN n - 10 END,
    'nimue' || n || '@corp.example' FROM generate_series(1, 40) AS n;
-- Two tables that refer to each other: a row goes with the other one, a whole ring stays.
CREATE TABLE desk (id int PRIMARY KEY, person int NOT NULL REFERENCES person, lamp int);
CREATE TABLE lamp (id int PRIMARY KEY, desk int REFERENCES desk);
ALTER TABLE desk ADD FOREIGN KEY (lamp) REFERENCES lamp DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO desk SELECT n, n, n FROM generate_series(1, 40) AS n;
INSERT INTO lamp SELECT n, n FROM generate_series(1, 40) AS n;
COMMIT;
-- A partitioned table that the policy does not name, and one whose references become NULL instead.
CREATE TABLE visit (id int, desk int NOT NULL REFERENCES desk, place text, PRIMARY KEY (id, place)) PARTITION BY LIST (place);
CREATE TABLE visit_a PARTITION OF visit FOR VALUES IN ('a');
CREATE TABLE visit_b PARTITION OF visit FOR VALUES IN ('b');
INSERT INTO visit SELECT n, (n - 1) % 40 + 1, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 80) AS n;
CREATE TABLE note (id int PRIMARY KEY, person int REFERENCES person);
INSERT INTO note SELECT n, n FROM generate_series(1, 40) AS n;
CREATE TABLE unrelated (id int PRIMARY KEY);
INSERT INTO unrelated SELECT generate_series(1, 5);
