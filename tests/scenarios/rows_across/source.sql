CREATE TABLE visit (patient int, first_name text, last_name text, email varchar(30), arrived date, left_at timestamp, who int);
INSERT INTO visit VALUES (1, 'Olga', 'Farrow', 'olga@org.example', '2020-01-01', '2020-01-05 10:00', 1), (1, 'Olga', 'Farrow', 'olga@org.example', '2020-03-01', '2020-03-02 11:30', 1),
    (2, 'Anders', 'Grim', 'a@org.example', '2020-01-01', NULL, NULL), (3, NULL, NULL, NULL, NULL, NULL, 3);
