-- What people said that was not understood, and what they turned out to mean: examples for recognising it next time. Names
-- and times are taken out of the text. The id is the delivery's that said it.
create table learned_example (
  tenant_id text not null references tenant,
  id uuid not null,
  n bigint generated always as identity,
  person_id text not null,
  text text not null,
  intent text not null,
  primary key (tenant_id, id)
);
create index learned_example_person on learned_example (tenant_id, person_id, n);
