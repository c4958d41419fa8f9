-- What a list of repeats proposes, by its number in that list: the runs that a draft is made of whenever somebody reads it. No words are kept here.
create table draft (
  tenant_id text not null references tenant,
  run_id uuid not null,
  n integer not null,
  runs uuid[] not null,
  primary key (tenant_id, run_id, n)
);
-- Workflows taken into use besides those of the folder, and out of it again (without a hash): of each name the newest row holds.
create table workflow_use (
  tenant_id text not null references tenant,
  n bigint generated always as identity,
  -- The effect that did it: once, however often it is tried.
  effect_id uuid not null,
  name text not null,
  hash text,
  by_id text,
  run_id uuid not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, n),
  unique (tenant_id, effect_id)
);
