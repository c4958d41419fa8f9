-- What was kept and told stays without its text: whoever sent it, and was killed before that was on record, sends it again.
alter table held add column told_at timestamptz(3);
create index held_waiting on held (tenant_id, person_id, n) where told_at is null;
