-- The record is searched by time and by who did it. An entry is canonical JSON: its first value is its instant, 24 characters
-- that sort as they are, and the first "by" is its own. Most entries are the system's and need no index by name.
create index audit_at on audit (tenant_id, (substr(entry, 8, 24) collate "C"));
create index audit_by on audit (tenant_id, (split_part(split_part(entry, '"by":"', 2), '"', 1)), (substr(entry, 8, 24) collate "C"))
  where split_part(split_part(entry, '"by":"', 2), '"', 1) <> 'system';
