-- Up Migration

-- Identity of this store: a checkpoint of one store means nothing in another.
CREATE TABLE event_store.store (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO event_store.store DEFAULT VALUES;

-- No check constraints: they are set up anew for every statement, a tenth of what an append costs.
CREATE TABLE event_store.events (
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  revision integer NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  UNIQUE (stream, revision)
);

COMMENT ON TABLE event_store.events IS 'Every event of every stream, as evidence: written by the event store only, never changed.';
COMMENT ON COLUMN event_store.events.position IS 'Place in the whole store: 1, 2, 3 … without gaps, in the order of commits.';
COMMENT ON COLUMN event_store.events.stream IS 'Whose history this belongs to, such as project-<uuid>.';
COMMENT ON COLUMN event_store.events.revision IS 'Place in its stream: 0, 1, 2 … without gaps.';
COMMENT ON COLUMN event_store.events.type IS 'Wire name of the event; its schema version stands in the metadata.';
COMMENT ON COLUMN event_store.events.data IS 'What happened.';
COMMENT ON COLUMN event_store.events.metadata IS 'Who recorded it and when, the command it came from, and its link in the hash chain of the stream.';

CREATE FUNCTION event_store.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are never changed or deleted: % on event_store.events is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', HINT = 'Answer a mistake by a correcting event.';
END
$$;

-- Once per statement, so that it costs an append nothing.
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON event_store.events
  FOR EACH STATEMENT EXECUTE FUNCTION event_store.refuse_change();
