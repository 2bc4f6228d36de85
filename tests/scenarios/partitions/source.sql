-- Rules on the parent reach leaves at any depth, and a masked partition key finds the partition of its fake.
CREATE TABLE event (id int, who text, region text, at date, PRIMARY KEY (id, region, at)) PARTITION BY LIST (region);
CREATE TABLE event_eu PARTITION OF event FOR VALUES IN ('eu') PARTITION BY RANGE (at);
CREATE TABLE event_eu_20 PARTITION OF event_eu FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE event_eu_21 PARTITION OF event_eu FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
INSERT INTO event SELECT n, 'secret ' || n, CASE WHEN n % 3 = 0 THEN 'us' ELSE 'eu' END, date '2020-01-01' + n FROM generate_series(1, 700) AS n;
CREATE TABLE born (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE born_old PARTITION OF born FOR VALUES FROM (MINVALUE) TO ('1980-01-01');
CREATE TABLE born_new PARTITION OF born FOR VALUES FROM ('1980-01-01') TO (MAXVALUE);
INSERT INTO born SELECT n, date '1979-06-01' + n FROM generate_series(1, 500) AS n;
CREATE TABLE parent_of (id int, name text);
CREATE TABLE child_of (more text) INHERITS (parent_of);
INSERT INTO parent_of VALUES (1, 'secret parent'); INSERT INTO child_of VALUES (2, 'secret child', 'kept');
