CREATE TABLE team (id int PRIMARY KEY, region text, UNIQUE (id, region));
CREATE TABLE person (id int PRIMARY KEY, team int REFERENCES team, region text NOT NULL, boss int REFERENCES person,
    FOREIGN KEY (team, region) REFERENCES team (id, region));
INSERT INTO team SELECT n, 'eu' FROM generate_series(1, 10) AS n;
INSERT INTO person SELECT n, n % 10 + 1, 'eu', nullif(n - 1, 0) FROM generate_series(1, 40) AS n;
