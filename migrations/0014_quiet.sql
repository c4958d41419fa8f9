-- When somebody is not to be disturbed: minutes after midnight in their zone. Without minutes: never, whatever steward.yaml says.
create table quiet_hours (
  tenant_id text not null references tenant,
  person_id text not null,
  from_minute integer check (from_minute between 0 and 1439),
  to_minute integer check (to_minute between 0 and 1439),
  primary key (tenant_id, person_id),
  check ((from_minute is null) = (to_minute is null))
);
-- What is kept for somebody until then: once under its key. It goes when it was told.
create table held (
  tenant_id text not null references tenant,
  id uuid not null,
  n bigint generated always as identity,
  person_id text not null,
  key text not null,
  text text not null,
  held_at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, id),
  unique (tenant_id, person_id, key)
);
