-- A new column that nobody listed must not leak, whatever its type.
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE team (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE person (id int PRIMARY KEY, team int REFERENCES team, email text UNIQUE, name varchar(4) NOT NULL, born date NOT NULL, pay numeric NOT NULL,
    ok bool NOT NULL, mood mood NOT NULL, body jsonb NOT NULL, at timestamptz NOT NULL, ip inet NOT NULL, tags text[], kept text, made text GENERATED ALWAYS AS ('x') STORED);
INSERT INTO team VALUES (1, 'secret team'), (2, 'secret too');
INSERT INTO person SELECT n, 1 + n % 2, 'secret' || n, 'sec', '1990-01-01', 999.5, true, 'sad', '{"a": "secret"}', '2020-02-02', '10.1.2.3', '{secret}', 'kept'
FROM generate_series(1, 30) AS n;
