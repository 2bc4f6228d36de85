-- Arrays of keys and a polymorphic reference to classes of an application, which the policy declares.
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE team (id int PRIMARY KEY, member_ids int[], emails text[]);
CREATE TABLE comment (id int PRIMARY KEY, on_id bigint, on_type text);
INSERT INTO users SELECT n, 'person' || n || '@org.example' FROM generate_series(1, 60) AS n;
INSERT INTO team SELECT n, ARRAY[n, n + 1, NULL], ARRAY['person' || n || '@org.example'] FROM generate_series(1, 50) AS n;
INSERT INTO team VALUES (99, '{}', NULL);
INSERT INTO comment SELECT n, n, CASE WHEN n % 2 = 0 THEN 'App\Models\User' ELSE 'Other' END FROM generate_series(1, 50) AS n;
