-- Up Migration
CREATE TABLE subscriptions (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  url text NOT NULL,
  secret text NOT NULL,
  programmes text[] NOT NULL,
  prefectures text[] NOT NULL,
  event_types text[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE subscriptions IS 'Webhooks, and which events each of them wants. An empty list wants all.';
COMMENT ON COLUMN subscriptions.secret IS 'Key of the signatures (whsec_…), in plain text: signing needs it itself, a hash would not do. Nobody but the notifier may read this table.';
COMMENT ON COLUMN subscriptions.created_at IS 'Events that were recorded before are not delivered, even when the topic is read again from its beginning.';

CREATE TABLE messages (
  event_id text PRIMARY KEY,
  type text NOT NULL,
  body text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE messages IS 'The events that somebody wants, as they came: the body is what webhooks are sent.';

CREATE TABLE deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  event_id text NOT NULL REFERENCES messages,
  project text NOT NULL,
  revision bigint NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  delivered_at timestamptz,
  UNIQUE (subscription, event_id)
);
CREATE INDEX deliveries_due ON deliveries (subscription, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_order ON deliveries (subscription, project, revision) WHERE state = 'pending';

COMMENT ON TABLE deliveries IS 'One event for one subscriber. It is unique, so an event that is consumed twice is delivered once.';
COMMENT ON COLUMN deliveries.attempts IS 'Calls begun; counted before the call, so that one that ends the process counts too.';
COMMENT ON COLUMN deliveries.due_at IS 'Not called before. While a call runs: when it is taken to be lost with its process.';

CREATE TABLE dead_letters (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  delivery bigint REFERENCES deliveries ON DELETE CASCADE,
  topic text,
  partition integer,
  kafka_offset bigint,
  message_key bytea,
  message_value bytea,
  attempts integer NOT NULL,
  reason text NOT NULL,
  died_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  retried_at timestamptz,
  UNIQUE (topic, partition, kafka_offset),
  CHECK ((delivery IS NULL) = (kafka_offset IS NOT NULL))
);
CREATE INDEX dead_letters_unpublished ON dead_letters (died_at) WHERE published_at IS NULL;

COMMENT ON TABLE dead_letters IS 'What was given up: a delivery after its last attempt, or a message that cannot be read (then with its place and bytes).';
COMMENT ON COLUMN dead_letters.published_at IS 'When it was written to the dead letter topic; null until then.';
COMMENT ON COLUMN dead_letters.retried_at IS 'When it was put back to work; null while it is dead.';
