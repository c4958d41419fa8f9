-- Which tasks of a specialist are at work, in the order they came. A task that has ended counts no more.
create table seat (
  tenant_id text not null,
  specialist text not null,
  actor_id uuid not null,
  n bigint generated always as identity,
  primary key (tenant_id, specialist, actor_id)
);

-- What the agents of a run write down for each other. A value is never overwritten: the next version stands beside it.
create table blackboard (
  tenant_id text not null,
  run_id uuid not null,
  key text not null,
  version integer not null check (version > 0),
  value text not null,
  by_actor uuid not null,
  -- The effect that wrote it: asked twice, it is written once.
  effect_id uuid not null,
  at timestamptz(3) not null default steward.now(),
  primary key (tenant_id, run_id, key, version)
);
