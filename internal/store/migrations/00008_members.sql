-- +goose Up
-- Members and invitations: roles that change, people who go, links that let one person in.

-- An invitation need not name anybody: the link is what counts.
ALTER TABLE invitations ALTER COLUMN email DROP NOT NULL;
-- Not unique: a unique key of a tenant table has org_id, and 256 random bits do not meet.
CREATE INDEX invitations_secret_hash ON invitations (secret_hash);
CREATE INDEX invitations_expires ON invitations (expires_at);

-- What members are called, to list them; the policy lets an organization see its own members alone.
GRANT SELECT (email) ON users TO laneway_app;
GRANT UPDATE (role), DELETE ON memberships TO laneway_app;
-- The hash of a secret is written and never read by requests of an organization.
GRANT SELECT (org_id, id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at) ON invitations TO laneway_app;
GRANT INSERT ON invitations TO laneway_app;
GRANT UPDATE (revoked_at) ON invitations TO laneway_app;

-- An invitation is looked at and used by people who are no members yet, so across organizations.
CREATE POLICY system_select ON invitations FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_update ON invitations FOR UPDATE TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_delete ON invitations FOR DELETE TO laneway_system USING (expires_at < now() - interval '30 days');
GRANT SELECT, DELETE ON invitations TO laneway_system;
GRANT UPDATE (accepted_at) ON invitations TO laneway_system;

-- +goose Down
REVOKE ALL ON invitations FROM laneway_system;
DROP POLICY system_select ON invitations;
DROP POLICY system_update ON invitations;
DROP POLICY system_delete ON invitations;
REVOKE ALL ON invitations FROM laneway_app;
REVOKE SELECT (org_id, id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at), UPDATE (revoked_at) ON invitations FROM laneway_app;
REVOKE UPDATE (role), DELETE ON memberships FROM laneway_app;
REVOKE SELECT (email) ON users FROM laneway_app;
DROP INDEX invitations_secret_hash, invitations_expires;
-- A change of type rewrites the rows that are there, which an UPDATE of the owner would not see.
ALTER TABLE invitations
  ALTER COLUMN email TYPE text USING coalesce(email, 'nobody@example.invalid'),
  ALTER COLUMN email SET NOT NULL;
