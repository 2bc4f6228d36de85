CREATE TYPE one AS ENUM ('only');
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, email varchar(12) UNIQUE, born date, kind one, code varchar(8) UNIQUE, bio text, pay int, n numeric);
CREATE TABLE pet (id int PRIMARY KEY, owner_id int REFERENCES person, full_name text GENERATED ALWAYS AS ('pet') STORED);
