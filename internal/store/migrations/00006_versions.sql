-- +goose Up
-- History: compact storage of versions, names for them, who made them, and thinning.

-- full_number is the version whose row holds the copy that this row's xml is a difference to; an
-- empty difference means the same bytes. Null: xml is a whole document by itself, as all are that
-- were stored before. A difference never leads to another one, and the foreign key keeps a copy
-- for as long as a difference needs it.
ALTER TABLE diagram_versions
  ADD COLUMN full_number bigint,
  ADD CONSTRAINT diagram_versions_full CHECK (CASE WHEN full_number IS NULL THEN octet_length(xml) > 0 ELSE full_number BETWEEN 1 AND number - 1 END),
  ADD CONSTRAINT diagram_versions_full_fkey FOREIGN KEY (org_id, diagram_id, full_number) REFERENCES diagram_versions (org_id, diagram_id, number);
CREATE INDEX diagram_versions_full ON diagram_versions (org_id, diagram_id, full_number) WHERE full_number IS NOT NULL;
CREATE INDEX diagram_versions_labelled ON diagram_versions (org_id, diagram_id, number) WHERE label IS NOT NULL;
CREATE INDEX diagram_versions_thin ON diagram_versions (created_at, org_id, diagram_id, number) WHERE label IS NULL;

-- The one thing about a version that changes is its name.
GRANT UPDATE (label) ON diagram_versions TO laneway_app;

-- What members are called, in the organizations that they are members of now.
CREATE POLICY app_select ON users FOR SELECT TO laneway_app
  USING (EXISTS (SELECT FROM memberships m WHERE m.org_id = (SELECT current_org()) AND m.user_id = users.id));
GRANT SELECT (id, display_name) ON users TO laneway_app;

-- purge: autosaves thin out; it sees when versions were made, never what they hold
CREATE POLICY system_select ON diagram_versions FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_delete ON diagram_versions FOR DELETE TO laneway_system
  USING (label IS NULL AND number > 1 AND created_at < now() - interval '1 day');
GRANT SELECT (org_id, diagram_id, number, label, created_at, full_number), DELETE ON diagram_versions TO laneway_system;
GRANT SELECT (org_id, diagram_id, base_version) ON drafts TO laneway_system;

-- +goose Down
REVOKE SELECT (org_id, diagram_id, base_version) ON drafts FROM laneway_system;
REVOKE ALL ON diagram_versions FROM laneway_system;
REVOKE SELECT (org_id, diagram_id, number, label, created_at, full_number) ON diagram_versions FROM laneway_system;
DROP POLICY system_select ON diagram_versions;
DROP POLICY system_delete ON diagram_versions;
REVOKE SELECT (id, display_name) ON users FROM laneway_app;
DROP POLICY app_select ON users;
REVOKE UPDATE (label) ON diagram_versions FROM laneway_app;
DROP INDEX diagram_versions_full, diagram_versions_labelled, diagram_versions_thin;
ALTER TABLE diagram_versions DROP CONSTRAINT diagram_versions_full_fkey, DROP CONSTRAINT diagram_versions_full, DROP COLUMN full_number;
