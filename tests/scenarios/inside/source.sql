-- People inside values of other types, in texts, and in what was indexed of them, with no rule at all.
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE home AS (street text, city text, since date, mail text);
CREATE DOMAIN mailboxes AS varchar(40)[];
CREATE TYPE family AS (mails mailboxes, homes home[], sizes int[]);
CREATE TYPE size AS (width int, unit text);
CREATE TABLE customer (
    id int PRIMARY KEY, full_name text, profile jsonb, stored text, extra hstore, kept hstore NOT NULL, page xml, lives home, homes home[], kin family,
    box size, birth daterange, words tsvector, note text, made tsvector GENERATED ALWAYS AS (to_tsvector('simple', note)) STORED);
INSERT INTO customer
SELECT n, 'Mary Secretia' || n, jsonb_build_object('name', 'Mary Secretia' || n, 'plan', 'gold', 'phone', 15550100000 + n),
    json_build_object('customer', json_build_object('name', 'Mary Secretia' || n, 'plan', repeat('gold ', 100)),
        'log', json_build_array('On Monday secret' || n || '@corp.example asked for a table by the window', 'ok'))::text,
    hstore('mail', 'secret' || n || '@corp.example'), hstore('mail', 'secret' || n || '@corp.example'),
    format('<person><mail>secret%s@corp.example</mail></person>', n)::xml,
    ROW(n || ' Secret Road', 'Bonn', date '2020-02-02', 'secret' || n || '@corp.example')::home,
    ARRAY[ROW(n || ' Secret Road', 'Bonn', date '2020-02-02', 'secret' || n || '@corp.example')::home],
    ROW(ARRAY['secret' || n || '@corp.example', NULL], ARRAY[ROW(n || ' Secret Road', 'Bonn', date '2020-02-02', 'secret' || n || '@corp.example')::home],
        ARRAY[1, 2])::family,
    ROW(n, 'cm')::size, daterange(date '1950-01-01' + n, date '1950-01-05' + n), to_tsvector('simple', 'Mary Secretia' || n || ' asked for a table'),
    'On Monday Mary Secretia' || n || ' asked for a table by the window'
FROM generate_series(1, 40) AS n;
CREATE TABLE product (id int PRIMARY KEY, name text, description text, words tsvector, extra hstore);
INSERT INTO product
SELECT n, 'Walnut Table ' || n, 'A table of walnut with ' || n || ' drawers on the left', to_tsvector('simple', 'walnut ' || n), hstore('size', n::text)
FROM generate_series(1, 40) AS n;
