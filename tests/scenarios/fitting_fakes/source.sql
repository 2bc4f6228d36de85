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
