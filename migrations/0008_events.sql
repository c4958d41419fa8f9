-- Of all that a system tells about the same thing, one run at a time: while it is open, this names the workflow and the thing.
alter table actor add column open_group text;
create unique index actor_open_group on actor (tenant_id, open_group) where open_group is not null;

-- What the trial company's own alerting has found, and what it has told of it.
create table trial_alert (
  tenant_id text not null references tenant,
  service text not null,
  environment text not null,
  name text not null,
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3),
  told text check (told in ('firing', 'resolved')),
  told_at timestamptz(3),
  primary key (tenant_id, service, environment, name, starts_at)
);
create unique index trial_alert_open on trial_alert (tenant_id, service, environment, name) where ends_at is null;
create index trial_alert_untold on trial_alert (tenant_id) where told is distinct from 'resolved';
