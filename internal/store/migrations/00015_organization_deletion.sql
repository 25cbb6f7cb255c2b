-- +goose Up
-- Deleting an organization: it is closed at once, can be restored for 30 days, and is removed with all that it has
-- afterwards. deleted_by is null where the operator did it.
ALTER TABLE organizations
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN deleted_by uuid REFERENCES users (id);
CREATE INDEX organizations_deleted ON organizations (deleted_at) WHERE deleted_at IS NOT NULL;
GRANT UPDATE (deleted_at, deleted_by) ON organizations TO laneway_app;

-- What is left of a removed organization: that there was one, when it went and by whom, and where its log ended, so
-- that a copy of the log can be held against it. No name and nothing that anybody wrote. It has no org_id, because
-- there is no organization any more that it could belong to.
CREATE TABLE removed_organizations (
  id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL,
  deleted_at timestamptz NOT NULL,
  deleted_by uuid,
  removed_at timestamptz NOT NULL DEFAULT now(),
  last_seq bigint NOT NULL,
  last_hash bytea NOT NULL
);
ALTER TABLE removed_organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE removed_organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON removed_organizations TO laneway_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON removed_organizations TO laneway_maintenance;
CREATE POLICY system_insert ON removed_organizations FOR INSERT TO laneway_system WITH CHECK (true);
GRANT INSERT ON removed_organizations TO laneway_system;

-- purge: an organization whose time to be restored is over. What may be much goes first, in batches; the rest goes with
-- its row.
CREATE POLICY system_delete ON organizations FOR DELETE TO laneway_system USING (deleted_at < now() - interval '30 days');
GRANT DELETE ON organizations TO laneway_system;
CREATE POLICY system_select_removed ON diagrams FOR SELECT TO laneway_system
  USING (org_id IN (SELECT o.id FROM organizations o WHERE o.deleted_at < now() - interval '30 days'));
CREATE POLICY system_delete_removed ON diagrams FOR DELETE TO laneway_system
  USING (org_id IN (SELECT o.id FROM organizations o WHERE o.deleted_at < now() - interval '30 days'));
CREATE POLICY system_delete_removed ON diagram_versions FOR DELETE TO laneway_system
  USING (org_id IN (SELECT o.id FROM organizations o WHERE o.deleted_at < now() - interval '30 days'));
CREATE POLICY system_delete_removed ON events FOR DELETE TO laneway_system
  USING (org_id IN (SELECT o.id FROM organizations o WHERE o.deleted_at < now() - interval '30 days'));

-- +goose Down
DROP POLICY system_delete_removed ON events;
DROP POLICY system_delete_removed ON diagram_versions;
DROP POLICY system_delete_removed ON diagrams;
DROP POLICY system_select_removed ON diagrams;
REVOKE DELETE ON organizations FROM laneway_system;
DROP POLICY system_delete ON organizations;
DROP TABLE removed_organizations;
REVOKE UPDATE (deleted_at, deleted_by) ON organizations FROM laneway_app;
DROP INDEX organizations_deleted;
ALTER TABLE organizations DROP COLUMN deleted_at, DROP COLUMN deleted_by;
