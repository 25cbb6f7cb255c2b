-- +goose Up
-- The audit log: what is older than its retention may go, month by month or row by row, and
-- nothing younger than a month ever does, whatever the server is set to.
CREATE POLICY system_delete ON events FOR DELETE TO laneway_system USING (at < now() - interval '31 days');
GRANT DELETE ON events TO laneway_system;

-- +goose Down
REVOKE DELETE ON events FROM laneway_system;
DROP POLICY system_delete ON events;
