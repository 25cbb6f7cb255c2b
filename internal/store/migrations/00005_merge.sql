-- +goose Up
-- Saves that are merged: what each version changed and where it comes from, what was sent, and the
-- work of people whose save has to be decided first.

-- sent_hash is the SHA-256 of the document as it was sent, which differs from what is stored when
-- it was merged; a repeated save is known by it. change_count counts against parents[1], changes
-- lists them while they are small. resolution is {"conflict id": "choice"}.
ALTER TABLE diagram_versions
  ADD COLUMN sent_hash bytea,
  ADD COLUMN change_count integer CONSTRAINT diagram_versions_change_count CHECK (change_count >= 0),
  ADD COLUMN kind text,
  ADD COLUMN from_version bigint,
  ADD COLUMN resolution jsonb;
-- A change of type rewrites the rows that are there, which an UPDATE of the owner would not see.
ALTER TABLE diagram_versions
  ALTER COLUMN kind TYPE text USING CASE WHEN number = 1 THEN 'created' ELSE 'saved' END,
  ALTER COLUMN kind SET NOT NULL,
  ALTER COLUMN kind SET DEFAULT 'saved',
  ADD CONSTRAINT diagram_versions_kind CHECK (kind IN ('created', 'saved', 'merged', 'restored', 'resolved', 'taken'));

-- The last documents that each person sent for a diagram and that were stored as something else:
-- the baselines of their next saves, which name them by hash.
CREATE TABLE sent_documents (
  org_id uuid NOT NULL,
  diagram_id uuid NOT NULL,
  version bigint NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id),
  hash bytea NOT NULL,
  xml bytea NOT NULL,
  xml_size integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, diagram_id, version),
  CONSTRAINT sent_documents_diagram_fkey FOREIGN KEY (org_id, diagram_id) REFERENCES diagrams (org_id, id) ON DELETE CASCADE
);
ALTER TABLE sent_documents ALTER COLUMN xml SET STORAGE EXTERNAL;
CREATE INDEX sent_documents_created ON sent_documents (created_at);

-- One draft of a person and diagram: the last save that conflicted.
ALTER TABLE drafts
  DROP COLUMN conflicts,
  ADD COLUMN title text COLLATE "C" CONSTRAINT drafts_title_length CHECK (length(title) BETWEEN 1 AND 200),
  ADD COLUMN xml_size integer NOT NULL,
  ADD COLUMN sent_hash bytea NOT NULL,
  ADD COLUMN baseline_size integer,
  ADD COLUMN conflict_count integer NOT NULL,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD CONSTRAINT drafts_baseline CHECK ((baseline_xml IS NULL) = (baseline_size IS NULL)),
  ADD CONSTRAINT drafts_one UNIQUE (org_id, diagram_id, user_id);
DROP INDEX drafts_diagram;
ALTER TABLE drafts ALTER COLUMN xml SET STORAGE EXTERNAL, ALTER COLUMN baseline_xml SET STORAGE EXTERNAL;
CREATE INDEX drafts_updated ON drafts (updated_at);

ALTER TABLE sent_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE sent_documents FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON sent_documents TO laneway_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sent_documents TO laneway_maintenance;
CREATE POLICY app_select ON sent_documents FOR SELECT TO laneway_app USING (org_id = (SELECT current_org()));
CREATE POLICY app_insert ON sent_documents FOR INSERT TO laneway_app WITH CHECK (org_id = (SELECT current_org()));
CREATE POLICY app_delete ON sent_documents FOR DELETE TO laneway_app USING (org_id = (SELECT current_org()));
GRANT SELECT, INSERT, DELETE ON sent_documents TO laneway_app;
GRANT SELECT, INSERT, DELETE ON drafts TO laneway_app;
GRANT UPDATE (id, base_version, xml, xml_size, sent_hash, baseline_xml, baseline_size, title, conflict_count, updated_at) ON drafts TO laneway_app;

-- purge: what nobody came back for
CREATE POLICY system_select ON drafts FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_delete ON drafts FOR DELETE TO laneway_system USING (true);
CREATE POLICY system_select ON sent_documents FOR SELECT TO laneway_system USING (true);
CREATE POLICY system_delete ON sent_documents FOR DELETE TO laneway_system USING (true);
GRANT SELECT (created_at), DELETE ON sent_documents TO laneway_system;
GRANT SELECT (updated_at), DELETE ON drafts TO laneway_system;

-- +goose Down
DROP TABLE sent_documents;
DROP INDEX drafts_updated;
DROP POLICY system_select ON drafts;
DROP POLICY system_delete ON drafts;
REVOKE ALL ON drafts FROM laneway_app, laneway_system;
ALTER TABLE drafts
  DROP CONSTRAINT drafts_one,
  DROP CONSTRAINT drafts_baseline,
  DROP COLUMN title,
  DROP COLUMN xml_size,
  DROP COLUMN sent_hash,
  DROP COLUMN baseline_size,
  DROP COLUMN conflict_count,
  DROP COLUMN updated_at,
  ADD COLUMN conflicts jsonb NOT NULL DEFAULT '[]'::jsonb;
CREATE INDEX drafts_diagram ON drafts (org_id, diagram_id, user_id);
ALTER TABLE diagram_versions
  DROP COLUMN sent_hash,
  DROP COLUMN change_count,
  DROP COLUMN kind,
  DROP COLUMN from_version,
  DROP COLUMN resolution;
