-- Who has a thing for itself while it is at work on it, and who waits for that, in the order in which they came. What is over
-- is taken away when the next may begin, or soon after.
create table occupant (
  tenant_id text not null,
  effect_id uuid not null,
  -- What it is, as its tool names it: "services/production/checkout".
  thing text not null,
  n bigint generated always as identity,
  at_work boolean not null,
  primary key (tenant_id, effect_id)
);
-- The judge: of two that would begin at the same moment one is refused, and looks again.
create unique index occupant_at_work on occupant (tenant_id, thing) where at_work;
create index occupant_line on occupant (tenant_id, thing, n);
