-- +goose Up
-- People, organizations and what belongs to every tenant. Conventions of all migrations:
-- org_id stands first in the key of every tenant table and in every foreign key between them;
-- every table has row level security enabled and forced; grants name the verbs that are used.

-- The tenant of the running transaction. An unset setting is '' on a pooled connection, not NULL.
CREATE FUNCTION current_org() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('laneway.org_id', true), '')::uuid;

CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_length CHECK (length(email) BETWEEN 3 AND 254),
  display_name text NOT NULL CONSTRAINT users_display_name_length CHECK (length(display_name) BETWEEN 1 AND 200),
  password_hash text,
  default_org_id uuid,
  operator boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE organizations (
  id uuid PRIMARY KEY,
  name text NOT NULL CONSTRAINT organizations_name_length CHECK (length(name) BETWEEN 1 AND 200),
  plan text NOT NULL DEFAULT 'free' CONSTRAINT organizations_plan CHECK (plan IN ('free', 'pro', 'enterprise')),
  created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE users ADD CONSTRAINT users_default_org_fkey
  FOREIGN KEY (default_org_id) REFERENCES organizations (id) ON DELETE SET NULL;

CREATE TABLE memberships (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id),
  role text NOT NULL CONSTRAINT memberships_role CHECK (role IN ('admin', 'member', 'viewer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE invitations (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  email text NOT NULL CONSTRAINT invitations_email_length CHECK (length(email) BETWEEN 3 AND 254),
  role text NOT NULL CONSTRAINT invitations_role CHECK (role IN ('admin', 'member', 'viewer')),
  secret_hash bytea NOT NULL,
  invited_by uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (org_id, id)
);

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT sessions_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE api_tokens (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id),
  name text NOT NULL CONSTRAINT api_tokens_name_length CHECK (length(name) BETWEEN 1 AND 200),
  scope text NOT NULL CONSTRAINT api_tokens_scope CHECK (scope IN ('read', 'write', 'admin')),
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  used_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX api_tokens_secret_hash ON api_tokens (secret_hash);

-- Failed sign-ins, counted before the password is checked; the key is a hash of who is guessed
-- at and from where, so no address is kept.
CREATE TABLE sign_in_attempts (
  key bytea PRIMARY KEY,
  failures integer NOT NULL,
  blocked_until timestamptz NOT NULL,
  last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (last_at);

-- How much of its plan an organization uses: changed in the transaction that uses it, because a
-- count before an insert lets two at once slip past the limit.
CREATE TABLE organization_usage (
  org_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
  diagrams integer NOT NULL DEFAULT 0 CONSTRAINT organization_usage_diagrams CHECK (diagrams >= 0)
);

-- The number and the hash of an organization's last event. Nothing else may live in this row: it
-- is locked at the end of every writing transaction of the tenant.
CREATE TABLE organization_heads (
  org_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
  seq bigint NOT NULL DEFAULT 0,
  hash bytea NOT NULL DEFAULT ''::bytea
);

-- +goose Down
DROP TABLE organization_heads, organization_usage, sign_in_attempts, api_tokens, sessions, invitations, memberships;
ALTER TABLE users DROP CONSTRAINT users_default_org_fkey;
DROP TABLE organizations, users;
DROP FUNCTION current_org();
