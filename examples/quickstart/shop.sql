-- A shop with two thousand made-up customers, for the examples of the documentation.
CREATE TABLE customer (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    phone text,
    born date,
    notes text,
    preferences jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customer,
    city text NOT NULL,
    total numeric(10, 2) NOT NULL CHECK (total >= 0),
    placed_at timestamptz NOT NULL
);
CREATE TABLE newsletter (
    email text PRIMARY KEY REFERENCES customer (email) ON UPDATE CASCADE,
    since date NOT NULL
);
CREATE VIEW revenue AS SELECT city, sum(total) AS total FROM orders GROUP BY city;

INSERT INTO customer (full_name, email, phone, born, notes, preferences)
SELECT name,
       address,
       '+1555' || lpad(n::text, 7, '0'),
       date '1950-01-01' + (n * 37 % 20000),
       'Called on Monday. ' || name || ' asked us to write to ' || address || '.',
       jsonb_build_object(
           'theme', 'dark',
           'delivery', jsonb_build_object('name', name, 'door', n % 90)
       )
FROM generate_series(1, 2000) AS n,
    LATERAL (
        SELECT ARRAY['Alice', 'Robert', 'Maria', 'Peter', 'Julia', 'Thomas', 'Laura', 'David'],
               ARRAY['Ashdown', 'Brambleby', 'Corvane', 'Dunmarrow', 'Eldertree', 'Fenwyck', 'Greyholm']
    ) AS names (given, family),
    LATERAL (SELECT given[1 + n % 8] || ' ' || family[1 + n % 7]) AS people (name),
    LATERAL (SELECT lower(replace(name, ' ', '.')) || n || '@shop.example') AS mail (address);
INSERT INTO orders (customer_id, city, total, placed_at)
SELECT 1 + n % 2000, (ARRAY['Kestrel Bay', 'Old Harbor', 'Millford'])[1 + n % 3], n % 500 + 0.95,
       timestamptz '2026-01-01 09:00+00' + n * interval '7 minutes'
FROM generate_series(1, 6000) AS n;
INSERT INTO newsletter SELECT email, date '2025-01-01' + id % 300 FROM customer WHERE id % 4 = 0;
ANALYZE;
