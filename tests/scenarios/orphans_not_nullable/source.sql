CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team);
INSERT INTO team SELECT generate_series(1, 10);
INSERT INTO person SELECT n, n FROM generate_series(1, 10) AS n;
