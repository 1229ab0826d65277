-- Up Migration
CREATE TABLE tokens (
  id text PRIMARY KEY,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  subject text NOT NULL CHECK (subject <> ''),
  name text NOT NULL CHECK (name <> ''),
  unit text NOT NULL CHECK (unit <> ''),
  role text NOT NULL CHECK (role IN ('clerk', 'supervisor', 'administrator', 'service')),
  prefectures text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);

COMMENT ON TABLE tokens IS 'Bearer tokens of people and services. The secret itself is shown once and never stored.';
COMMENT ON COLUMN tokens.secret_hash IS 'SHA-256 of the secret: 256 random bits need no slow hash.';
COMMENT ON COLUMN tokens.prefectures IS 'Regions a clerk may write for; empty for the other roles.';
COMMENT ON COLUMN tokens.revoked_at IS 'From then on the token is refused; null while it is good.';
