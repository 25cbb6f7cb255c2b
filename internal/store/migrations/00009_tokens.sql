-- +goose Up
-- API tokens become credentials; sessions say which browser they are of.

GRANT SELECT (org_id, id, user_id, name, scope, created_at, expires_at, used_at, revoked_at) ON api_tokens TO laneway_app;
GRANT INSERT ON api_tokens TO laneway_app;
GRANT UPDATE (revoked_at) ON api_tokens TO laneway_app;
CREATE INDEX api_tokens_user ON api_tokens (org_id, user_id) WHERE revoked_at IS NULL;

-- A token says who asks before it is known for which organization.
CREATE POLICY system_select ON api_tokens FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_update ON api_tokens FOR UPDATE TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_delete ON api_tokens FOR DELETE TO laneway_system
  USING (revoked_at < now() - interval '30 days' OR expires_at < now() - interval '30 days');
GRANT SELECT, DELETE ON api_tokens TO laneway_system;
GRANT UPDATE (used_at) ON api_tokens TO laneway_system;

-- What the browser calls itself, so that people know their sessions from others.
ALTER TABLE sessions ADD COLUMN user_agent text CONSTRAINT sessions_user_agent_length CHECK (length(user_agent) BETWEEN 1 AND 400);

-- +goose Down
ALTER TABLE sessions DROP COLUMN user_agent;
REVOKE ALL ON api_tokens FROM laneway_system;
DROP POLICY system_select ON api_tokens;
DROP POLICY system_update ON api_tokens;
DROP POLICY system_delete ON api_tokens;
DROP INDEX api_tokens_user;
REVOKE ALL ON api_tokens FROM laneway_app;
REVOKE SELECT (org_id, id, user_id, name, scope, created_at, expires_at, used_at, revoked_at), UPDATE (revoked_at) ON api_tokens FROM laneway_app;
