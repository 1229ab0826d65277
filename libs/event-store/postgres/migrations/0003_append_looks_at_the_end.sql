-- Up Migration

-- event_store.append as it was made in 0002, but for the look at the end of a stream: it begins at the expected revision, so
-- that it meets one event and not all those of the stream that stand on the same page of the index.
CREATE OR REPLACE FUNCTION event_store.append(batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  before bigint;
  written bigint;
  refused jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('event_store.append', 0));
  before := coalesce((SELECT position FROM event_store.events ORDER BY position DESC LIMIT 1), 0);

  INSERT INTO event_store.events (position, stream, revision, type, data, metadata)
  SELECT before + row_number() OVER (), event.stream, event.revision, event.type, event.data, event.metadata
  FROM jsonb_to_recordset(batch) AS event
    (stream text, revision integer, type text, data jsonb, metadata jsonb, expected integer, previous text)
  LEFT JOIN LATERAL (
    SELECT newest.revision, newest.metadata ->> 'hash' AS hash
    FROM event_store.events newest
    WHERE newest.stream = event.stream AND newest.revision >= event.expected
    ORDER BY newest.revision DESC
    LIMIT 1
  ) AS last ON true
  WHERE coalesce(last.revision, -1) = event.expected
    AND coalesce(last.hash, repeat('0', 64)) = event.previous;
  GET DIAGNOSTICS written = ROW_COUNT;

  IF written < jsonb_array_length(batch) THEN
    SELECT jsonb_object_agg(event.append, coalesce(last.revision, -1)) INTO refused
    FROM jsonb_to_recordset(batch) AS event (append integer, stream text, revision integer)
    LEFT JOIN LATERAL (
      SELECT newest.revision
      FROM event_store.events newest
      WHERE newest.stream = event.stream
      ORDER BY newest.revision DESC
      LIMIT 1
    ) AS last ON true
    WHERE NOT EXISTS (
      SELECT FROM event_store.events own
      WHERE own.stream = event.stream AND own.revision = event.revision AND own.position > before
    );
  END IF;

  IF written > 0 THEN
    PERFORM pg_notify('event_store', (before + written)::text);
  END IF;
  RETURN jsonb_build_object('before', before::text, 'refused', refused);
END
$$;
