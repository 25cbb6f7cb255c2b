-- +goose Up
-- Projects, diagrams and their versions.

CREATE TABLE projects (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL CONSTRAINT projects_name_length CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT projects_description_length CHECK (length(description) <= 2000),
  created_by uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz,
  PRIMARY KEY (org_id, id)
);

CREATE TABLE diagrams (
  org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  project_id uuid,
  title text COLLATE "C" NOT NULL CONSTRAINT diagrams_title_length CHECK (length(title) BETWEEN 1 AND 200),
  version bigint NOT NULL CONSTRAINT diagrams_version CHECK (version > 0),
  created_by uuid NOT NULL REFERENCES users (id),
  updated_by uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (org_id, id),
  CONSTRAINT diagrams_project_fkey FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)
);
CREATE INDEX diagrams_by_updated ON diagrams (org_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX diagrams_by_created ON diagrams (org_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX diagrams_by_title ON diagrams (org_id, title, id) WHERE deleted_at IS NULL;
CREATE INDEX diagrams_project ON diagrams (org_id, project_id) WHERE deleted_at IS NULL;
CREATE INDEX diagrams_trash ON diagrams (deleted_at) WHERE deleted_at IS NOT NULL;

-- Append-only. xml is zstd, so that what is served can be sent as it lies; hash is the SHA-256
-- of the plain bytes.
CREATE TABLE diagram_versions (
  org_id uuid NOT NULL,
  diagram_id uuid NOT NULL,
  number bigint NOT NULL CONSTRAINT diagram_versions_number CHECK (number > 0),
  title text COLLATE "C" NOT NULL,
  xml bytea NOT NULL,
  xml_size integer NOT NULL CONSTRAINT diagram_versions_size CHECK (xml_size BETWEEN 1 AND 5242880),
  xml_hash bytea NOT NULL,
  changes jsonb,
  parents bigint[] NOT NULL DEFAULT '{}',
  label text CONSTRAINT diagram_versions_label_length CHECK (length(label) BETWEEN 1 AND 200),
  warnings jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_by uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, diagram_id, number),
  CONSTRAINT diagram_versions_diagram_fkey FOREIGN KEY (org_id, diagram_id) REFERENCES diagrams (org_id, id) ON DELETE CASCADE
);
ALTER TABLE diagram_versions ALTER COLUMN xml SET STORAGE EXTERNAL;

CREATE TABLE drafts (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  diagram_id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id),
  base_version bigint NOT NULL,
  xml bytea NOT NULL,
  baseline_xml bytea,
  conflicts jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id),
  CONSTRAINT drafts_diagram_fkey FOREIGN KEY (org_id, diagram_id) REFERENCES diagrams (org_id, id) ON DELETE CASCADE
);
CREATE INDEX drafts_diagram ON drafts (org_id, diagram_id, user_id);

CREATE TABLE search_documents (
  org_id uuid NOT NULL,
  diagram_id uuid NOT NULL,
  version bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (org_id, diagram_id),
  CONSTRAINT search_documents_diagram_fkey FOREIGN KEY (org_id, diagram_id) REFERENCES diagrams (org_id, id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE search_documents, drafts, diagram_versions, diagrams, projects;
