-- What was wrong with a service of the trial company, from when until when. Mending it does not change its past.
create table trial_fault (
  tenant_id text not null references tenant,
  id bigint generated always as identity,
  service text not null,
  environment text not null,
  kind text not null,
  since timestamptz(3) not null default steward.now(),
  until_at timestamptz(3),
  -- The release that brought it, where one did: whoever goes back to it has the fault again.
  version text,
  -- How many instances there were when it began.
  instances integer not null,
  primary key (tenant_id, id)
);
create unique index trial_fault_open on trial_fault (tenant_id, service, environment) where until_at is null;
insert into trial_fault (tenant_id, service, environment, kind, since, version, instances)
select s.tenant_id, s.name, s.environment, s.fault::json->>'kind', (s.fault::json->>'since')::timestamptz,
       case when s.fault::json->>'kind' = 'bad-deploy' then s.version end,
       (select count(*) from trial_instance i where i.tenant_id = s.tenant_id and i.service = s.name and i.environment = s.environment)
  from trial_service s where s.fault is not null;
alter table trial_service drop column fault;
alter table trial_deploy add column change text not null default 'version' check (change in ('version', 'configuration', 'rollback'));
