SELECT array_agg(body ORDER BY id) = '{gone,kept two,kept three,gone}' FROM note;
SELECT array_agg(score ORDER BY id) = ARRAY[(SELECT score FROM note WHERE id = 1), 20, NULL, 5] AND min(score) FILTER (WHERE id = 1) <> 10 FROM note;
SELECT (SELECT array_agg((id, status, body, score) ORDER BY id)::text FROM note) = (SELECT array_agg((id, status, body, score) ORDER BY id)::text FROM note_as_text);
