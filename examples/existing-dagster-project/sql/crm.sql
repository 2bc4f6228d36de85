-- A source to try the example on, with made-up people.
CREATE TABLE contact (id int PRIMARY KEY, email text, note text);
INSERT INTO contact SELECT n, 'nimue' || n || '@shop.example', 'Nimue called about order ' || n
FROM generate_series(1, 300) AS n;
