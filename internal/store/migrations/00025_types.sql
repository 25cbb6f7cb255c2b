-- +goose Up
-- What a save costs the database.

-- event_hash was declared more than it is: parts of it depend on settings in general, though not with these
-- arguments. As STABLE it becomes part of the statement that asks for it, where it was started as a statement
-- of its own for every event.
ALTER FUNCTION event_hash(bytea, uuid, bigint, timestamptz, text, uuid, uuid, jsonb) STABLE;

-- Postgres reads the constraints of a table anew for every statement that writes to it, and keeps those of a
-- type. So what holds for one column by itself is said by its type. The types get their constraints when the
-- columns have them already: then rows are looked at and not written again.
CREATE DOMAIN diagram_title AS text COLLATE "C";
CREATE DOMAIN version_number AS bigint;
CREATE DOMAIN version_kind AS text;
CREATE DOMAIN version_label AS text;
CREATE DOMAIN document_size AS integer;
CREATE DOMAIN change_count AS integer;

ALTER TABLE diagrams
  DROP CONSTRAINT diagrams_title_length,
  DROP CONSTRAINT diagrams_version,
  ALTER COLUMN title TYPE diagram_title,
  ALTER COLUMN version TYPE version_number;

-- A column that a policy names keeps its type.
DROP POLICY system_delete ON diagram_versions;
-- That full_number is a version, and so above 0, is what its foreign key says.
ALTER TABLE diagram_versions
  DROP CONSTRAINT diagram_versions_number,
  DROP CONSTRAINT diagram_versions_kind,
  DROP CONSTRAINT diagram_versions_label_length,
  DROP CONSTRAINT diagram_versions_size,
  DROP CONSTRAINT diagram_versions_change_count,
  DROP CONSTRAINT diagram_versions_full,
  ALTER COLUMN number TYPE version_number,
  ALTER COLUMN kind TYPE version_kind,
  ALTER COLUMN label TYPE version_label,
  ALTER COLUMN xml_size TYPE document_size,
  ALTER COLUMN change_count TYPE change_count,
  ADD CONSTRAINT diagram_versions_full CHECK (coalesce(full_number < number, octet_length(xml) > 0));
CREATE POLICY system_delete ON diagram_versions FOR DELETE TO laneway_system
  USING (label IS NULL AND number > 1 AND created_at < now() - interval '1 day');

ALTER DOMAIN diagram_title ADD CONSTRAINT diagram_title_length CHECK (length(VALUE) BETWEEN 1 AND 200);
ALTER DOMAIN version_number ADD CONSTRAINT version_number_positive CHECK (VALUE > 0);
ALTER DOMAIN version_kind ADD CONSTRAINT version_kind_known CHECK (VALUE IN ('created', 'saved', 'merged', 'restored', 'resolved', 'taken'));
ALTER DOMAIN version_label ADD CONSTRAINT version_label_length CHECK (length(VALUE) BETWEEN 1 AND 200);
ALTER DOMAIN document_size ADD CONSTRAINT document_size_limit CHECK (VALUE BETWEEN 1 AND 5242880);
ALTER DOMAIN change_count ADD CONSTRAINT change_count_positive CHECK (VALUE >= 0);

-- +goose Down
DROP POLICY system_delete ON diagram_versions;
ALTER TABLE diagram_versions
  DROP CONSTRAINT diagram_versions_full,
  ALTER COLUMN number TYPE bigint,
  ALTER COLUMN kind TYPE text,
  ALTER COLUMN label TYPE text,
  ALTER COLUMN xml_size TYPE integer,
  ALTER COLUMN change_count TYPE integer,
  ADD CONSTRAINT diagram_versions_number CHECK (number > 0),
  ADD CONSTRAINT diagram_versions_kind CHECK (kind IN ('created', 'saved', 'merged', 'restored', 'resolved', 'taken')),
  ADD CONSTRAINT diagram_versions_label_length CHECK (length(label) BETWEEN 1 AND 200),
  ADD CONSTRAINT diagram_versions_size CHECK (xml_size BETWEEN 1 AND 5242880),
  ADD CONSTRAINT diagram_versions_change_count CHECK (change_count >= 0),
  ADD CONSTRAINT diagram_versions_full CHECK (CASE WHEN full_number IS NULL THEN octet_length(xml) > 0 ELSE full_number BETWEEN 1 AND number - 1 END);
CREATE POLICY system_delete ON diagram_versions FOR DELETE TO laneway_system
  USING (label IS NULL AND number > 1 AND created_at < now() - interval '1 day');
ALTER TABLE diagrams
  ALTER COLUMN title TYPE text COLLATE "C",
  ALTER COLUMN version TYPE bigint,
  ADD CONSTRAINT diagrams_title_length CHECK (length(title) BETWEEN 1 AND 200),
  ADD CONSTRAINT diagrams_version CHECK (version > 0);
DROP DOMAIN diagram_title, version_number, version_kind, version_label, document_size, change_count;
ALTER FUNCTION event_hash(bytea, uuid, bigint, timestamptz, text, uuid, uuid, jsonb) IMMUTABLE;
