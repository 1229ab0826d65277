-- Up Migration
CREATE TABLE imports (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  bytes bigint NOT NULL,
  mapping text,
  backfill jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by jsonb NOT NULL,
  phase text NOT NULL CHECK (phase IN ('check', 'application')),
  status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
  -- Who asked for this phase, and what the phase may write.
  caller jsonb NOT NULL,
  runner uuid,
  heartbeat timestamptz NOT NULL DEFAULT now(),
  progress jsonb,
  report jsonb,
  problem jsonb,
  finished_at timestamptz
);
COMMENT ON TABLE imports IS 'Ledgers handed in over HTTP: first checked (a dry run), then applied when somebody asks for it';
COMMENT ON COLUMN imports.runner IS 'Process that works on it; its heartbeat tells whether it still lives';

CREATE INDEX imports_by_time ON imports (created_at DESC, id DESC);

CREATE TABLE file_parts (
  import uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
  part int NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (import, part)
);
ALTER TABLE file_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE file_parts IS 'The files as they came, so that any instance can read them again';

CREATE TABLE rows (
  import uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
  phase text NOT NULL,
  row int NOT NULL,
  outcome text NOT NULL,
  result jsonb NOT NULL,
  PRIMARY KEY (import, phase, row)
);
CREATE INDEX rows_by_outcome ON rows (import, phase, outcome, row);
COMMENT ON TABLE rows IS 'What became of each row, or would become of it';
