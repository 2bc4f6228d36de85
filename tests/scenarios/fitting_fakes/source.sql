-- Columns that a fake must fit: short and unique numbers, combinations, places.
CREATE TABLE person (
    id int PRIMARY KEY, phone varchar(12) UNIQUE, ssn char(11) UNIQUE, tax char(11), card text UNIQUE, mobile bigint UNIQUE,
    name text UNIQUE, given text NOT NULL, family text NOT NULL, born date NOT NULL, latitude numeric(9, 6), longitude float8,
    home point, UNIQUE (given, family, born)
);
INSERT INTO person
SELECT n, '555-010-' || lpad(n::text, 4, '0'), '900-12-' || lpad(n::text, 4, '0'), '900-13-' || lpad(n::text, 4, '0'),
    '4111 1111 1111 ' || lpad(n::text, 4, '0'), 5550100000 + n, 'Person ' || n, 'Given' || n % 7, 'Family' || n % 11,
    date '1980-01-01' + n % 53, 52 + n / 1000.0, 13 + n / 1000.0, point(13 + n / 1000.0, 52 + n / 1000.0)
FROM generate_series(1, 2000) AS n;
-- Detection masks these by itself: the names of a row are those of one person.
CREATE TABLE account (
    id int PRIMARY KEY, first_name text, last_name text, full_name text, email varchar(60) UNIQUE, username text UNIQUE, display_name text
);
INSERT INTO account
SELECT n, given, family, family || ', ' || given, 'z.quillow' || n || '@shop.invalid', 'zquillow' || n, given || ' ' || family
FROM generate_series(1, 300) AS n,
    LATERAL (SELECT 'Zo' || translate(left(md5(n::text), 5), '0123456789', 'ghijklmnop') AS given,
        'Qui' || translate(left(md5('f' || n), 5), '0123456789', 'ghijklmnop') AS family) AS people;
INSERT INTO account (id, first_name, last_name) VALUES (301, 'Zofiana', 'Quillow');
CREATE TABLE login_log (id int PRIMARY KEY, email text);
INSERT INTO login_log SELECT id, email FROM account WHERE email IS NOT NULL;
-- A policy says it itself; the table travels as text.
CREATE TYPE pair AS (a int, b text);
CREATE TABLE staff (id int PRIMARY KEY, called text, mail char(40) NOT NULL, forces_text pair);
INSERT INTO staff SELECT n, 'Zofiana Quillow', 'z' || n || '@shop.invalid', ROW(1, 'x')::pair FROM generate_series(1, 50) AS n;
