-- +goose Up
-- The event log, idempotent requests and background jobs.

-- Append-only: audit log, source of the live stream and outbox in one. Partitioned by month so
-- that old months can be dropped whole; rows of a month without a partition of its own go to the
-- default one.
CREATE TABLE events (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  actor_id uuid,
  subject_id uuid,
  data jsonb NOT NULL DEFAULT '{}'::jsonb,
  hash bytea NOT NULL,
  PRIMARY KEY (org_id, seq, at)
) PARTITION BY RANGE (at);
CREATE TABLE events_default PARTITION OF events DEFAULT;
ALTER TABLE events_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The link of the hash chain: the hash of the one before, then every field in a form that does
-- not depend on any setting of the session.
CREATE FUNCTION event_hash(before bytea, org uuid, seq bigint, at timestamptz, kind text, actor uuid, subject uuid, data jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(before || convert_to(concat_ws(E'\n', org, seq, (extract(epoch FROM at) * 1000000)::bigint, kind,
  coalesce(actor::text, '-'), coalesce(subject::text, '-'), data::text), 'UTF8'));

-- Writes one event as the last act of a transaction and gives its number. Numbers have no gaps
-- and commit order is number order, because the head row stays locked until the commit.
-- +goose StatementBegin
CREATE FUNCTION append_event(org uuid, kind text, actor uuid, subject uuid, data jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  number bigint;
  chained bytea;
BEGIN
  UPDATE organization_heads h
     SET seq = h.seq + 1,
         hash = event_hash(h.hash, org, h.seq + 1, moment, append_event.kind, actor, subject, append_event.data)
   WHERE h.org_id = org
  RETURNING h.seq, h.hash INTO STRICT number, chained;
  INSERT INTO events (org_id, seq, at, kind, actor_id, subject_id, data, hash)
  VALUES (org, number, moment, append_event.kind, actor, subject, append_event.data, chained);
  RETURN number;
END
$$;
-- +goose StatementEnd

CREATE TABLE idempotency_keys (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id),
  key text NOT NULL CONSTRAINT idempotency_keys_length CHECK (length(key) BETWEEN 1 AND 255),
  digest bytea NOT NULL,
  claim uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  status integer,
  headers jsonb,
  body bytea,
  PRIMARY KEY (org_id, user_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

-- The instance's own queue, which no tenant sees: a job may be about an organization or about none.
CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  about_org_id uuid REFERENCES organizations (id) ON DELETE CASCADE,
  kind text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}'::jsonb,
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX jobs_due ON jobs (run_at);

-- +goose Down
DROP TABLE jobs, idempotency_keys;
DROP FUNCTION append_event(uuid, text, uuid, uuid, jsonb);
DROP TABLE events;
DROP FUNCTION event_hash(bytea, uuid, bigint, timestamptz, text, uuid, uuid, jsonb);
