SELECT count(*) = 30 AND count(DISTINCT email) = 30 AND bool_and(kept = 'kept' AND name = 'reda' AND pay = 0 AND NOT ok AND mood = 'glad' AND body = '{}' AND tags IS NULL AND born = '1970-01-01' AND ip = '192.0.2.1' AND made = 'x') FROM person;
SELECT count(*) = 30 FROM person JOIN team ON team.id = person.team WHERE team.name = 'redacted';
SELECT count(*) = 0 FROM team WHERE id IN (1, 2);
