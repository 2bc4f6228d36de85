CREATE TABLE country (code text PRIMARY KEY);
CREATE TABLE person (id int PRIMARY KEY, country text NOT NULL REFERENCES country);
INSERT INTO country VALUES ('DE');
INSERT INTO person VALUES (1, 'DE');
