-- Soft references that the policy joins by the path of the column they mean, as PrivaCI's files do.
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, login varchar(40) UNIQUE, badge text);
CREATE TABLE orders (id int PRIMARY KEY, customer_email text, email_of_login varchar(80));
CREATE TABLE profile (user_email text UNIQUE REFERENCES users (email));
CREATE TABLE likes (id int PRIMARY KEY, liked_by text, badge text, payload jsonb);
INSERT INTO users SELECT n, 'person' || n || '@org.example', 'login' || n, 'B-' || 1000 + n FROM generate_series(1, 50) AS n;
INSERT INTO orders SELECT n, 'person' || n || '@org.example', 'login' || n FROM generate_series(1, 50) AS n;
INSERT INTO profile SELECT email FROM users;
INSERT INTO likes SELECT n, 'person' || n || '@org.example', 'B-' || 1000 + n, jsonb_build_object('by', 'person' || n || '@org.example') FROM generate_series(1, 50) AS n;
