-- +goose Up
-- People who sign in with another service. A person is known there by issuer and subject, and by
-- nothing else: an address can change hands, and whether it is theirs only some services know.

-- Whoever comes through another service may have no address, or one that somebody has here already.
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

-- email is what the service said when it was linked, for people to know one from another.
CREATE TABLE identities (
  issuer text NOT NULL CONSTRAINT identities_issuer_length CHECK (length(issuer) BETWEEN 1 AND 1000),
  subject text NOT NULL CONSTRAINT identities_subject_length CHECK (length(subject) BETWEEN 1 AND 255),
  id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  email text CONSTRAINT identities_email_length CHECK (length(email) BETWEEN 3 AND 254),
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  PRIMARY KEY (issuer, subject),
  CONSTRAINT identities_id_key UNIQUE (id)
);
CREATE INDEX identities_user ON identities (user_id);

-- A sign-in that is on its way through another service, known by the secret in the browser's cookie.
-- user_id and session_id: somebody who is signed in wants to link. The fields after them are filled
-- in when the service has said who it is and their address belongs to an account, which they have to
-- show is theirs.
CREATE TABLE sign_in_flows (
  secret_hash bytea PRIMARY KEY,
  provider text NOT NULL CONSTRAINT sign_in_flows_provider_length CHECK (length(provider) BETWEEN 1 AND 100),
  next text NOT NULL CONSTRAINT sign_in_flows_next_length CHECK (length(next) BETWEEN 1 AND 2000),
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  session_id uuid,
  issuer text CONSTRAINT sign_in_flows_issuer_length CHECK (length(issuer) BETWEEN 1 AND 1000),
  subject text CONSTRAINT sign_in_flows_subject_length CHECK (length(subject) BETWEEN 1 AND 255),
  email text CONSTRAINT sign_in_flows_email_length CHECK (length(email) BETWEEN 3 AND 254),
  expires_at timestamptz NOT NULL,
  CONSTRAINT sign_in_flows_identity CHECK ((issuer IS NULL) = (subject IS NULL) AND (issuer IS NULL) = (email IS NULL))
);
CREATE INDEX sign_in_flows_expires ON sign_in_flows (expires_at);

ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_flows ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_flows FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON identities TO laneway_maintenance USING (true) WITH CHECK (true);
CREATE POLICY maintenance ON sign_in_flows TO laneway_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON identities, sign_in_flows TO laneway_maintenance;
CREATE POLICY system_all ON identities TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_all ON sign_in_flows TO laneway_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON identities, sign_in_flows TO laneway_system;
-- Whose an identity is never changes; it can be unlinked and linked anew.
GRANT UPDATE (used_at) ON identities TO laneway_system;

-- +goose Down
DROP TABLE sign_in_flows, identities;
-- A change of type rewrites the rows that are there, which an UPDATE of the owner would not see.
ALTER TABLE users
  ALTER COLUMN email TYPE text USING coalesce(email, id::text || '@example.invalid'),
  ALTER COLUMN email SET NOT NULL;
