-- Checks and domains that fakes break are found before anything is copied, each by its name; others are met.
CREATE DOMAIN plate AS text CHECK (VALUE ~ '^[A-Z]{2}-[0-9]{4}$');
CREATE TABLE person (
    id int PRIMARY KEY, plate plate, level int CONSTRAINT level_is_small CHECK (level < 10),
    low int, high int, CONSTRAINT low_is_below_high CHECK (low < high), email text CONSTRAINT has_at CHECK (email LIKE '%@%'), code text);
ALTER TABLE person ADD CONSTRAINT old_rows_break_it CHECK (code <> '') NOT VALID;
INSERT INTO person SELECT n, 'AB-' || (1000 + n), n % 10, n, n + 1, 'secret' || n || '@corp.example', 'c' || n FROM generate_series(1, 50) AS n;
