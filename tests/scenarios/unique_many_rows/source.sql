-- Every unique column keeps a hundred thousand values apart, under partial and expression indexes too.
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, name text, login varchar(30), phone text, token uuid UNIQUE, number bigint UNIQUE, serial varchar(12) UNIQUE);
CREATE UNIQUE INDEX ON person (lower(name));
CREATE UNIQUE INDEX ON person (login) WHERE id > 5;
CREATE UNIQUE INDEX ON person (phone, number);
INSERT INTO person SELECT n, 'p' || n || '@org.example', 'Person ' || n, 'login' || n, '+1555' || lpad(n::text, 7, '0'), gen_random_uuid(), n * 7, 'SN' || lpad(n::text, 8, '0')
FROM generate_series(1, 100000) AS n;
