-- +goose Up
-- Who may touch which row. laneway_app sees the organization that the transaction names and
-- nothing else; laneway_system sees across organizations, but only the tables and verbs that
-- sign-in, sign-up, the list of one's organizations and the purge need; laneway_maintenance is
-- for backfills by hand. The form (SELECT current_org()) is evaluated once per statement and
-- keeps the index usable.

-- +goose StatementBegin
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT c.relname, EXISTS (
             SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped) AS tenant
             FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND c.relname <> 'goose_db_version'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.relname);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.relname);
    EXECUTE format('CREATE POLICY maintenance ON %I TO laneway_maintenance USING (true) WITH CHECK (true)', t.relname);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO laneway_maintenance', t.relname);
    IF t.tenant THEN
      EXECUTE format('CREATE POLICY app_select ON %I FOR SELECT TO laneway_app USING (org_id = (SELECT current_org()))', t.relname);
      EXECUTE format('CREATE POLICY app_insert ON %I FOR INSERT TO laneway_app WITH CHECK (org_id = (SELECT current_org()))', t.relname);
      EXECUTE format('CREATE POLICY app_update ON %I FOR UPDATE TO laneway_app USING (org_id = (SELECT current_org())) WITH CHECK (org_id = (SELECT current_org()))', t.relname);
      EXECUTE format('CREATE POLICY app_delete ON %I FOR DELETE TO laneway_app USING (org_id = (SELECT current_org()))', t.relname);
    END IF;
  END LOOP;
END
$$;
-- +goose StatementEnd

CREATE POLICY app_select ON organizations FOR SELECT TO laneway_app USING (id = (SELECT current_org()));
CREATE POLICY app_update ON organizations FOR UPDATE TO laneway_app USING (id = (SELECT current_org())) WITH CHECK (id = (SELECT current_org()));

GRANT SELECT ON organizations, memberships, organization_usage, organization_heads TO laneway_app;
GRANT UPDATE (name) ON organizations TO laneway_app;
GRANT UPDATE (diagrams) ON organization_usage TO laneway_app;
GRANT UPDATE (seq, hash) ON organization_heads TO laneway_app;
GRANT SELECT, INSERT ON projects, diagrams, diagram_versions, events TO laneway_app;
GRANT UPDATE (project_id, title, version, updated_by, updated_at, deleted_at) ON diagrams TO laneway_app;
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO laneway_app;
GRANT UPDATE (digest, claim, lease_until, created_at, status, headers, body) ON idempotency_keys TO laneway_app;

-- sign-up, sign-in, sessions
CREATE POLICY system_select ON users FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_insert ON users FOR INSERT TO laneway_system WITH CHECK (true);
CREATE POLICY system_update ON users FOR UPDATE TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_all ON sessions TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_all ON sign_in_attempts TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_select ON organizations FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_insert ON organizations FOR INSERT TO laneway_system WITH CHECK (true);
CREATE POLICY system_select ON memberships FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_insert ON memberships FOR INSERT TO laneway_system WITH CHECK (true);
CREATE POLICY system_insert ON organization_usage FOR INSERT TO laneway_system WITH CHECK (true);
CREATE POLICY system_select ON organization_heads FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_insert ON organization_heads FOR INSERT TO laneway_system WITH CHECK (true);
CREATE POLICY system_update ON organization_heads FOR UPDATE TO laneway_system USING (true) WITH CHECK (true);
CREATE POLICY system_select ON events FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_insert ON events FOR INSERT TO laneway_system WITH CHECK (true);
GRANT SELECT, INSERT ON users, organizations, memberships, events TO laneway_system;
GRANT UPDATE (password_hash, display_name, default_org_id) ON users TO laneway_system;
GRANT INSERT ON organization_usage TO laneway_system;
GRANT SELECT, INSERT ON organization_heads TO laneway_system;
GRANT UPDATE (seq, hash) ON organization_heads TO laneway_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sign_in_attempts TO laneway_system;

-- purge: what has been in the trash for too long, and answers kept for repetition
CREATE POLICY system_select ON diagrams FOR SELECT TO laneway_system USING (deleted_at IS NOT NULL);
CREATE POLICY system_delete ON diagrams FOR DELETE TO laneway_system USING (deleted_at IS NOT NULL);
CREATE POLICY system_select ON idempotency_keys FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_delete ON idempotency_keys FOR DELETE TO laneway_system USING (true);
GRANT SELECT, DELETE ON diagrams, idempotency_keys TO laneway_system;

GRANT EXECUTE ON FUNCTION current_org(), append_event(uuid, text, uuid, uuid, jsonb),
  event_hash(bytea, uuid, bigint, timestamptz, text, uuid, uuid, jsonb) TO laneway_app, laneway_system;

-- What the server may know of goose's own table: how far the schema is.
CREATE VIEW schema_version WITH (security_invoker = true) AS SELECT version_id FROM goose_db_version WHERE is_applied;
GRANT SELECT ON schema_version, goose_db_version TO laneway_app, laneway_system;

-- +goose Down
DROP VIEW schema_version;
-- +goose StatementBegin
DO $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename);
  END LOOP;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM laneway_app, laneway_system, laneway_maintenance;
