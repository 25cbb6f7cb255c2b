-- +goose Up
-- Who operates the instance. It is a flag of a person, given and taken by whoever runs the server, and no
-- role in any organization. Each change stays on record; nothing of it belongs to an organization, so it
-- cannot stand in one's log.
CREATE TABLE operator_changes (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  operator boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operator_changes_user ON operator_changes (user_id);
CREATE INDEX operator_changes_at ON operator_changes (at);

ALTER TABLE operator_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON operator_changes TO laneway_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON operator_changes TO laneway_maintenance;
CREATE POLICY system_select ON operator_changes FOR SELECT TO laneway_system USING (true);
GRANT SELECT ON operator_changes TO laneway_system;

-- The operator's page: how much of its plan each organization uses.
CREATE POLICY system_select ON organization_usage FOR SELECT TO laneway_system USING (true);
GRANT SELECT ON organization_usage TO laneway_system;

-- +goose Down
REVOKE SELECT ON organization_usage FROM laneway_system;
DROP POLICY system_select ON organization_usage;
DROP TABLE operator_changes;
