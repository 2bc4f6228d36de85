-- A key to a unique column, a composite one, a self reference, a cycle, a bigint that refers to an int, and soft references.
CREATE TABLE account (id int PRIMARY KEY, email text UNIQUE, code varchar(20), region text, boss int REFERENCES account, UNIQUE (code, region));
CREATE TABLE login (id int PRIMARY KEY, account_id bigint REFERENCES account, email text REFERENCES account (email), code varchar(20), region text,
    FOREIGN KEY (code, region) REFERENCES account (code, region));
ALTER TABLE account ADD COLUMN last_login int REFERENCES login DEFERRABLE;
CREATE TABLE invoice (id int PRIMARY KEY, paid_by text);
CREATE TABLE comment (id int PRIMARY KEY, on_type text, on_id int);
INSERT INTO account SELECT n, 'person' || n || '@org.example', 'code' || n, 'eu', nullif(n - 1, -1) FROM generate_series(0, 50) AS n;
INSERT INTO login SELECT n + 100, n, 'person' || n || '@org.example', 'code' || n, 'eu' FROM generate_series(0, 50) AS n;
UPDATE account SET last_login = id + 100;
INSERT INTO invoice SELECT n, 'person' || n || '@org.example' FROM generate_series(0, 50) AS n;
INSERT INTO comment SELECT n, CASE n % 3 WHEN 0 THEN 'account' WHEN 1 THEN 'login' ELSE 'other' END, CASE n % 3 WHEN 1 THEN n + 100 ELSE n END FROM generate_series(0, 50) AS n;
