-- +goose Up
-- Mail: what is to be sent is a job, written in the transaction of what it is about. A job holds no secret: whoever sends
-- the mail makes the secret of its link, and the database gets the hash.

-- A request adds jobs about its own organization and sees none; the server's worker takes them.
CREATE POLICY app_insert ON jobs FOR INSERT TO laneway_app WITH CHECK (about_org_id = (SELECT current_org()));
GRANT INSERT ON jobs TO laneway_app;
CREATE POLICY system_all ON jobs TO laneway_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON jobs TO laneway_system;
GRANT UPDATE (run_at, attempts, last_error) ON jobs TO laneway_system;

-- What became of the mail with an invitation. Its link has a secret of its own, beside that of the link which the
-- inviting person was shown.
ALTER TABLE invitations
  ADD COLUMN mail text CONSTRAINT invitations_mail CHECK (mail IN ('queued', 'sent', 'failed')),
  ADD COLUMN mail_problem text,
  ADD COLUMN mail_secret_hash bytea;
CREATE INDEX invitations_mail_secret_hash ON invitations (mail_secret_hash) WHERE mail_secret_hash IS NOT NULL;
GRANT SELECT (mail, mail_problem) ON invitations TO laneway_app;
GRANT UPDATE (mail, mail_problem, mail_secret_hash) ON invitations TO laneway_system;

-- Links to choose another password by.
CREATE TABLE password_resets (
  secret_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_user ON password_resets (user_id);
ALTER TABLE password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_resets FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON password_resets TO laneway_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON password_resets TO laneway_maintenance;
CREATE POLICY system_all ON password_resets TO laneway_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON password_resets TO laneway_system;

-- +goose Down
DROP TABLE password_resets;
REVOKE UPDATE (mail, mail_problem, mail_secret_hash) ON invitations FROM laneway_system;
REVOKE SELECT (mail, mail_problem) ON invitations FROM laneway_app;
DROP INDEX invitations_mail_secret_hash;
ALTER TABLE invitations DROP COLUMN mail, DROP COLUMN mail_problem, DROP COLUMN mail_secret_hash;
DROP POLICY app_insert ON jobs;
DROP POLICY system_all ON jobs;
REVOKE ALL ON jobs FROM laneway_app, laneway_system;
REVOKE UPDATE (run_at, attempts, last_error) ON jobs FROM laneway_system;
