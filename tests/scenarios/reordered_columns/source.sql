-- Columns dropped before, and a partition attached whose columns stand in another order.
CREATE TABLE person (gone int, id int, also_gone text, email text, code char(6));
INSERT INTO person VALUES (1, 2, 'secret dropped', 'secret@org.example', 'ab');
ALTER TABLE person DROP COLUMN gone, DROP COLUMN also_gone;
CREATE TABLE event (id int, who text, note text, at date) PARTITION BY RANGE (at);
CREATE TABLE event_1 (at date, dropped int, note text, who text, id int);
ALTER TABLE event_1 DROP COLUMN dropped;
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO event SELECT n, 'secret' || n, 'kept' || n, date '2020-01-01' + n FROM generate_series(1, 100) AS n;
