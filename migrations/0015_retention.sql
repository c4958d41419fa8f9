-- How far what is kept only for a while has been taken away: runs are swept in the order they ended.
create table retention (
  tenant_id text not null references tenant,
  kind text not null check (kind in ('work', 'modelCalls', 'mail')),
  ended_at timestamptz(3) not null,
  run_id uuid not null,
  primary key (tenant_id, kind)
);
create index actor_ended on actor (tenant_id, ended_at, id) where machine = 'plan' and done;
create index artifact_actor on artifact (tenant_id, actor_id);
