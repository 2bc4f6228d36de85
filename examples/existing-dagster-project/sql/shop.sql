-- A source to try the example on, with made-up people.
CREATE TABLE customer (id int PRIMARY KEY, full_name text, email text UNIQUE, city text);
CREATE TABLE purchase (
    id int PRIMARY KEY, customer int NOT NULL REFERENCES customer, paid numeric(9, 2)
);
INSERT INTO customer
SELECT n, 'Nimue ' || n, 'nimue' || n || '@shop.example',
       (ARRAY['Northwick', 'Kestrel Bay', 'Ravensholm'])[1 + n % 3]
FROM generate_series(1, 300) AS n;
INSERT INTO purchase SELECT n, 1 + n % 300, n / 7.0 FROM generate_series(1, 2000) AS n;
