-- Up Migration

-- Appends a batch in one transaction and one round trip. `batch` holds one object per event, in order:
--   append      which append of the batch it belongs to: 0, 1, 2 …; a stream may stand in one append of a batch only
--   stream, revision, type, data, metadata
--   expected    revision the stream must be at, -1 for a new stream: the same for all events of an append
--   previous    hash of the event at `expected`, zeros for a new stream: the same for all events of an append
-- Returns {"before": "<position before the first event written>", "refused": {"<append>": <revision>}}: nothing was written of
-- the appends refused, with the revision their streams are really at; all others got the positions that follow, in order.
--
-- The lock comes before everything that is read: under READ COMMITTED each statement after it sees all that was
-- committed by those who held it before. It is held until the commit is visible, so that positions are dense and in
-- the order of commits. They are drawn from the index of positions and not from a counter row, whose dead versions
-- would pile up, and slow down every append, for as long as any other transaction stays open.
CREATE FUNCTION event_store.append(batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
    WHERE newest.stream = event.stream
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
