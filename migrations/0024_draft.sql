-- What a list of repeats proposes, by its number in that list: the runs that a draft is made of whenever somebody reads it. No words are kept here.
create table draft (
  tenant_id text not null references tenant,
  run_id uuid not null,
  n integer not null,
  runs uuid[] not null,
  primary key (tenant_id, run_id, n)
);
