-- +goose Up
-- Projects can be renamed, described and archived; version lets two changes not overwrite each other.
ALTER TABLE projects
  ADD COLUMN version bigint NOT NULL DEFAULT 1 CONSTRAINT projects_version CHECK (version > 0);
CREATE INDEX projects_by_name ON projects (org_id, name COLLATE "C", id);
GRANT UPDATE (name, description, version, updated_at, archived_at) ON projects TO laneway_app;

-- An archived project takes no diagrams. The row lock makes archiving and moving in wait for each
-- other, so that neither can slip past; the function sees what the login sees, so a foreign project
-- is left to the foreign key, like one that is not there.
-- +goose StatementBegin
CREATE FUNCTION refuse_archived_project() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM FROM projects WHERE org_id = NEW.org_id AND id = NEW.project_id FOR SHARE;
  IF EXISTS (SELECT FROM projects WHERE org_id = NEW.org_id AND id = NEW.project_id AND archived_at IS NOT NULL) THEN
    RAISE EXCEPTION 'project % is archived', NEW.project_id USING ERRCODE = 'check_violation', CONSTRAINT = 'diagrams_project_archived';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION refuse_archived_project() FROM PUBLIC;
CREATE TRIGGER created_in_project BEFORE INSERT ON diagrams
  FOR EACH ROW WHEN (NEW.project_id IS NOT NULL) EXECUTE FUNCTION refuse_archived_project();
CREATE TRIGGER moved_to_project BEFORE UPDATE OF project_id ON diagrams
  FOR EACH ROW WHEN (NEW.project_id IS NOT NULL AND NEW.project_id IS DISTINCT FROM OLD.project_id) EXECUTE FUNCTION refuse_archived_project();

-- +goose Down
DROP TRIGGER created_in_project ON diagrams;
DROP TRIGGER moved_to_project ON diagrams;
DROP FUNCTION refuse_archived_project();
REVOKE UPDATE (name, description, version, updated_at, archived_at) ON projects FROM laneway_app;
DROP INDEX projects_by_name;
ALTER TABLE projects DROP COLUMN version;
