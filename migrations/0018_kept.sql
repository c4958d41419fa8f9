-- What was kept and told stays without its text: whoever sent it, and was killed before that was on record, sends it again.
alter table held add column told_at timestamptz(3);
create index held_waiting on held (tenant_id, person_id, n) where told_at is null;
-- What was said goes by its age, whether or not it began a run: how far that was done is noted as for runs, with the last row instead of a run.
alter table retention drop constraint retention_kind_check,
  add constraint retention_kind_check check (kind in ('work', 'modelCalls', 'mail', 'inbox', 'posts'));
-- What Steward showed of runs goes with their mail from now on: those that were swept before are gone over once more.
delete from retention where kind = 'mail';
